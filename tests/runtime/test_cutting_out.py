"""Models that tell a thing from its background: what they are given, and the alpha that comes of it."""

import sys
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from studio.catalog.inspect import inspect_model
from studio.core.edits import operations_of
from studio.core.errors import (
    ModelNeedsPackage,
    ModelProducedNothing,
    ModelUnable,
    ModelUnreadable,
    NothingChosen,
    NothingFound,
)
from studio.core.inputs import InputPicture, Role
from studio.core.messages import Stage
from studio.core.model import Kind, ModelSpec
from studio.runtime.cancel import Stopped
from studio.runtime.desk import Desk
from studio.runtime.families import cutting_out
from studio.runtime.pictures import cutters
from studio.runtime.pictures.cutters import TorchCutter
from studio.runtime.pictures.mattes import Matte, at_size, evened, trimap
from tests.catalog import onnx_files
from tests.runtime.processing import Run, cut_out, enlarge, given
from tests.runtime.stops import StopAfter
from tests.zoo import others

HAS_ONNX = "the extra `matting` is not installed"


@pytest.fixture(scope="module")
def specs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModelSpec]:
    folder = tmp_path_factory.mktemp("cutters")
    builders = {"vitmatte": others.vitmatte, "sapiens2": others.sapiens2}
    return {name: inspect_model(build(folder / name)) for name, build in builders.items()}


@pytest.fixture
def disc(tmp_path: Path) -> InputPicture:
    """A bright disc before a dark ground."""
    picture = Image.new("RGB", (300, 200), (10, 10, 20))
    ImageDraw.Draw(picture).ellipse((100, 50, 200, 150), fill=(250, 240, 230))
    return given(picture, tmp_path / "disc.png")


@pytest.fixture
def around(tmp_path: Path) -> InputPicture:
    """A rough choice of the disc."""
    mask = Image.new("L", (300, 200))
    ImageDraw.Draw(mask).rectangle((90, 40, 210, 160), fill=255)
    return given(mask, tmp_path / "mask.png", Role.MASK)


def test_a_model_gives_the_alpha(specs: dict[str, ModelSpec], disc: InputPicture, tmp_path: Path) -> None:
    spec = specs["sapiens2"]
    assert (spec.kind, spec.family, operations_of(spec)) == (Kind.MATTING, "cutting_out", {"cut_out"})
    run = Run(cutting_out, cut_out(disc, spec=spec), tmp_path)
    assert (run.picture.mode, run.picture.size) == ("RGBA", (300, 200))
    assert run.picture.getpixel((150, 100))[:3] == (250, 240, 230)
    assert run.recipe.edit is not None and run.recipe.edit.method == "model"


def test_what_was_clear_stays_clear(specs: dict[str, ModelSpec], tmp_path: Path) -> None:
    picture = Image.new("RGBA", (60, 40), (200, 100, 50, 255))
    picture.paste((200, 100, 50, 0), (0, 0, 30, 40))
    job = cut_out(given(picture, tmp_path / "a.png"), spec=specs["sapiens2"])
    alpha = np.asarray(Run(cutting_out, job, tmp_path).picture.getchannel("A"))
    assert alpha[:, :30].max() == 0 and alpha[:, 30:].max() > 0


def test_vitmatte_is_told_where_the_thing_is(
    specs: dict[str, ModelSpec], disc: InputPicture, around: InputPicture, tmp_path: Path
) -> None:
    with pytest.raises(NothingChosen):
        Run(cutting_out, cut_out(disc, spec=specs["vitmatte"]), tmp_path)
    run = Run(cutting_out, cut_out(disc, around, spec=specs["vitmatte"]), tmp_path)
    alpha = np.asarray(run.picture.getchannel("A"))
    assert alpha[:20].max() == 0 and alpha[:, :70].max() == 0
    assert [one.role for one in run.recipe.inputs] == [Role.CHANGE, Role.MASK]


def test_a_trimap_leaves_open_what_is_near_the_edge() -> None:
    mask = np.zeros((100, 120), np.uint8)
    mask[20:80, 30:90] = 255
    found = trimap(mask)
    assert (found[50, 60], found[20, 60], found[17, 60], found[5, 60]) == (255, 128, 128, 0)


def test_the_picture_itself_says_where_the_edges_are() -> None:
    large = np.zeros((600, 800), np.uint8)
    cv2.ellipse(large, (400, 300), (221, 150), 30, 0, 360, 255, -1)
    picture = Image.merge("RGB", [Image.fromarray(large)] * 3)
    matte: Matte = cv2.resize(large, (100, 75), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    exact = large.astype(np.float32) / 255
    plain = cv2.resize(matte, (800, 600))
    refined = at_size(matte, picture)
    assert refined.shape == (600, 800) and refined.min() >= 0 and refined.max() <= 1
    assert np.abs(refined - exact).mean() < 0.5 * np.abs(plain - exact).mean()
    assert at_size(matte, picture.resize((50, 40))).shape == (40, 50)


def test_numbers_of_any_range_become_a_share() -> None:
    logits = np.array([[-9.0, 0.0, 9.0]], np.float32)
    assert np.allclose(evened(logits, False), [[0, 0.5, 1]], atol=1e-3)
    part = np.array([[0.2, 0.5, 0.6]], np.float32)
    assert np.allclose(evened(part, True), [[0, 0.75, 1]]) and np.allclose(evened(part, False), part)
    assert np.allclose(evened(np.full((2, 2), 0.01, np.float32), True), 0.01)


def test_nothing_found_and_nothing_made_are_told(
    specs: dict[str, ModelSpec], disc: InputPicture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for value, error in ((0.0, NothingFound), (float("nan"), ModelProducedNothing)):

        def answer(self: TorchCutter, *_: object, value: float = value) -> Matte:
            return cutters._checked(np.full((8, 8), value, np.float32), "cutter")

        monkeypatch.setattr(TorchCutter, "matte", answer)
        with pytest.raises(error):
            Run(cutting_out, cut_out(disc, spec=specs["sapiens2"]), tmp_path)


@pytest.mark.parametrize("size", [(1, 1), (2, 90)])
def test_the_smallest_pictures(specs: dict[str, ModelSpec], tmp_path: Path, size: tuple[int, int]) -> None:
    picture = given(Image.new("L", size, 200), tmp_path / "a.png")
    mask = given(Image.new("L", size, 255), tmp_path / "m.png", Role.MASK)
    for job in (cut_out(picture, spec=specs["sapiens2"]), cut_out(picture, mask, spec=specs["vitmatte"])):
        assert Run(cutting_out, job, tmp_path).picture.size == size


def test_a_stop_is_heard_within_the_model(
    specs: dict[str, ModelSpec], disc: InputPicture, tmp_path: Path
) -> None:
    stop = StopAfter(Stage.WORKING, 5)
    desk = stop.desk = Desk("job", tmp_path / "staging", [].append, stop)
    with pytest.raises(Stopped):
        Run(cutting_out, cut_out(disc, spec=specs["sapiens2"]), tmp_path, desk)
    assert not any((tmp_path / "staging").iterdir())


def test_it_does_nothing_else(specs: dict[str, ModelSpec], disc: InputPicture, tmp_path: Path) -> None:
    with pytest.raises(ModelUnable):
        Run(cutting_out, enlarge(disc, 2, specs["sapiens2"]), tmp_path)


def test_an_onnx_file_needs_its_runtime(
    disc: InputPicture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    spec = inspect_model(onnx_files.brightness(tmp_path / "u2net.onnx", 320))
    with pytest.raises(ModelNeedsPackage) as raised:
        Run(cutting_out, cut_out(disc, spec=spec), tmp_path)
    assert raised.value.params["package"] == "onnxruntime"


@pytest.mark.parametrize(
    ("name", "side"), [("u2net", 320), ("isnet", 64), ("birefnet", 96), ("modnet", "side")]
)
def test_an_onnx_file_cuts_out(disc: InputPicture, tmp_path: Path, name: str, side: int | str) -> None:
    pytest.importorskip("onnxruntime", reason=HAS_ONNX)
    spec = inspect_model(onnx_files.brightness(tmp_path / f"{name}.onnx", side))
    run = Run(cutting_out, cut_out(disc, spec=spec), tmp_path)
    alpha = np.asarray(run.picture.getchannel("A"))
    assert alpha[100, 150] > 150 and alpha[100, 150] - int(alpha[5, 5]) > 80
    assert run.recipe.execution is not None and "onnxruntime" in run.recipe.execution.versions


def test_an_onnx_folder_says_how_its_pictures_are(disc: InputPicture, tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime", reason=HAS_ONNX)
    folder = tmp_path / "birefnet"
    onnx_files.brightness(folder / "onnx" / "model.onnx", 64)
    (folder / "config.json").write_text('{"architectures": ["BiRefNet"]}')
    (folder / "preprocessor_config.json").write_text('{"image_mean": [0, 0, 0], "image_std": [1, 1, 1]}')
    alpha = Run(cutting_out, cut_out(disc, spec=inspect_model(folder)), tmp_path).picture.getchannel("A")
    assert alpha.getpixel((150, 100)) == round((250 + 240 + 230) / 3)


def test_a_damaged_onnx_file_is_told(disc: InputPicture, tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime", reason=HAS_ONNX)
    path = tmp_path / "u2net.onnx"
    onnx_files.brightness(path, 320)
    path.write_bytes(path.read_bytes().replace(b"ReduceMean", b"ReduceMoan"))
    with pytest.raises(ModelUnreadable):
        Run(cutting_out, cut_out(disc, spec=inspect_model(path)), tmp_path)


def test_a_run_of_onnx_is_ended_by_a_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    class Options:
        terminate = False

    monkeypatch.setitem(sys.modules, "onnxruntime", type(sys)("onnxruntime"))
    monkeypatch.setattr(sys.modules["onnxruntime"], "RunOptions", Options, raising=False)

    def run(options: Options) -> list[object]:
        while not options.terminate:
            time.sleep(0.005)
        raise RuntimeError("Exiting due to terminate flag being set to true.")

    stop = threading.Event()
    threading.Timer(0.1, stop.set).start()
    with pytest.raises(Stopped):
        cutters.run_watched(run, Desk("job", Path(), [].append, stop))

    def full(_: Options) -> list[object]:
        raise RuntimeError("Failed to allocate memory for requested buffer of size 9")

    with pytest.raises(MemoryError):
        cutters.run_watched(full, Desk("job", Path(), [].append))
    assert cutters.run_watched(lambda _: [1, 2], Desk("job", Path(), [].append)) == [1, 2]
