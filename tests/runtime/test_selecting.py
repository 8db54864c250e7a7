"""Models that find the object at a place: what they are given, what they answer, and what is kept."""

import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import SamImageProcessorPil

from studio.catalog.inspect import inspect_model
from studio.core.edits import Point
from studio.core.errors import InputMissing, ModelProducedNothing, PictureUnreadable
from studio.core.inputs import InputPicture, Role
from studio.core.jobs import SelectObject
from studio.core.messages import FromWorker, Result, Selected, Stage
from studio.core.model import Ability, Kind, ModelSpec
from studio.runtime.cancel import Stopped
from studio.runtime.desk import Desk
from studio.runtime.families import selecting
from studio.runtime.families.selecting import Selector
from studio.runtime.residency import LoadContext
from tests.runtime.stops import StopAfter
from tests.zoo import others

BUILDERS: dict[str, Callable[[Path], Path]] = {
    "sam": others.sam,
    "sam_hq": lambda folder: others.sam(folder, finer=True),
    "sam2": others.sam2,
    "sam3": others.sam3,
    "sam2_films": lambda folder: others.sam2(folder, films=True),
}


@pytest.fixture(scope="module")
def specs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModelSpec]:
    folder = tmp_path_factory.mktemp("selectors")
    return {name: inspect_model(build(folder / name)) for name, build in BUILDERS.items()}


@pytest.fixture
def picture(tmp_path: Path) -> InputPicture:
    rows, columns = np.mgrid[0:90, 0:140]
    colours = np.stack([columns, rows * 2, 255 - rows - columns], axis=-1).astype(np.uint8)
    path = tmp_path / "scene.png"
    Image.fromarray(colours).save(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return InputPicture(role=Role.CHANGE, path=str(path), hash=digest, name="scene")


def load(spec: ModelSpec) -> Selector:
    return selecting.load(spec, LoadContext(Desk("job", Path(), [].append), 1 << 40))


def select(loaded: Selector, spec: ModelSpec, picture: InputPicture, *points: Point) -> Selected:
    sent: list[FromWorker] = []
    job = SelectObject(id="job", model=spec, picture=picture, points=points)
    result = selecting.select(loaded, job, Desk("job", Path(), sent.append))
    assert isinstance(result, Result) and result.pictures == 0
    [selected] = [one for one in sent if isinstance(one, Selected)]
    return selected


def mask_of(selected: Selected) -> Image.Image:
    return Image.open(io.BytesIO(selected.png))


@pytest.mark.parametrize("name", BUILDERS)
def test_a_click_is_answered_by_a_mask(specs: dict[str, ModelSpec], picture: InputPicture, name: str) -> None:
    spec = specs[name]
    assert (spec.kind, spec.family, spec.abilities) == (Kind.SELECTOR, "selecting", (Ability.SELECT,))
    loaded = load(spec)
    mask = mask_of(found := select(loaded, spec, picture, Point(30, 20)))
    assert (mask.format, mask.mode, mask.size) == ("PNG", "L", (140, 90))
    assert {value for _, value in mask.getcolors()} <= {0, 255} and 0 <= found.score <= 1
    both = select(loaded, spec, picture, Point(30, 20), Point(100, 80, inside=False))
    assert mask_of(both).size == (140, 90)
    assert select(loaded, spec, picture, Point(30, 20)) == found


def test_a_picture_is_looked_at_once(specs: dict[str, ModelSpec], picture: InputPicture) -> None:
    loaded = load(specs["sam2"])
    weights, first = loaded.size_bytes, select(loaded, specs["sam2"], picture, Point(30, 20))
    assert loaded.size_bytes > weights
    Path(picture.path).unlink()  # what was seen of it is enough
    assert select(loaded, specs["sam2"], picture, Point(30, 20)) == first
    loaded.seen.clear()
    with pytest.raises(InputMissing):
        select(loaded, specs["sam2"], picture, Point(30, 20))


def test_the_last_pictures_are_kept(specs: dict[str, ModelSpec], tmp_path: Path) -> None:
    loaded = load(specs["sam2"])
    for number in range(selecting.KEPT + 2):
        path = tmp_path / f"{number}.png"
        Image.new("RGB", (20, 20), (number, 0, 0)).save(path)
        select(loaded, specs["sam2"], InputPicture(role=Role.CHANGE, path=str(path)), Point(3, 3))
    assert len(loaded.seen) == selecting.KEPT


def test_a_model_sees_what_its_makers_meant_it_to(
    specs: dict[str, ModelSpec], picture: InputPicture, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = load(specs["sam"])
    given: dict[str, torch.Tensor] = {}
    genuine, embeddings = loaded.model.forward, loaded.model.get_image_embeddings
    monkeypatch.setattr(loaded.model, "forward", lambda **all: given.update(all) or genuine(**all))
    monkeypatch.setattr(
        loaded.model, "get_image_embeddings", lambda one: given.update(pixels=one) or embeddings(one)
    )
    select(loaded, specs["sam"], picture, Point(70, 45), Point(0, 0, inside=False))
    processor = SamImageProcessorPil(
        size={"longest_edge": 64}, pad_size={"height": 64, "width": 64}, do_normalize=True
    )
    with Image.open(picture.path) as image:
        expected = processor(image, return_tensors="pt")["pixel_values"]
    assert torch.allclose(given["pixels"], expected, atol=0.03)
    assert torch.allclose(given["input_points"], torch.tensor([[[[32, 45 * 41 / 90], [0, 0]]]]), atol=0.01)
    assert given["input_labels"].tolist() == [[[1, 0]]]


def test_places_outside_are_those_at_the_edge(specs: dict[str, ModelSpec], picture: InputPicture) -> None:
    loaded = load(specs["sam2"])
    beyond = select(loaded, specs["sam2"], picture, Point(900, -5))
    assert beyond == select(loaded, specs["sam2"], picture, Point(139, 0))


def test_a_stop_is_heard_while_it_looks(specs: dict[str, ModelSpec], picture: InputPicture) -> None:
    loaded = load(specs["sam2"])
    stop = StopAfter(Stage.WORKING, 3)
    desk = stop.desk = Desk("job", Path(), [].append, stop)
    job = SelectObject(id="job", model=specs["sam2"], picture=picture, points=(Point(1, 1),))
    with pytest.raises(Stopped):
        selecting.select(loaded, job, desk)
    assert not loaded.seen
    assert mask_of(select(loaded, specs["sam2"], picture, Point(1, 1))).size == (140, 90)


def test_numbers_that_are_none_are_no_mask(
    specs: dict[str, ModelSpec], picture: InputPicture, tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    for file in Path(specs["sam2"].path).iterdir():
        (broken / file.name).write_bytes(file.read_bytes())
    tensors = load_file(broken / "model.safetensors")
    save_file({name: one * float("nan") for name, one in tensors.items()}, broken / "model.safetensors")
    spec = inspect_model(broken)
    with pytest.raises(ModelProducedNothing):
        select(load(spec), spec, picture, Point(1, 1))


def test_strange_pictures(specs: dict[str, ModelSpec], tmp_path: Path) -> None:
    loaded = load(specs["sam2"])
    for size in ((1, 1), (3, 900)):
        path = tmp_path / "small.png"
        Image.new("L", size).save(path)
        loaded.seen.clear()
        found = select(loaded, specs["sam2"], InputPicture(role=Role.CHANGE, path=str(path)), Point(0, 0))
        assert mask_of(found).size == size
    path.write_bytes(path.read_bytes()[:40])
    loaded.seen.clear()
    with pytest.raises(PictureUnreadable):
        select(loaded, specs["sam2"], InputPicture(role=Role.CHANGE, path=str(path)), Point(0, 0))
