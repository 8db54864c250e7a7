"""Models that change pictures by words, tiny: they want one, look at it, and keep nothing of it."""

import inspect
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from diffusers import QwenImageEditPipeline
from PIL import Image

from studio.catalog.inspect import inspect_model
from studio.core.errors import InputUnsupported, ReferenceNeeded
from studio.core.inputs import InputPicture, Role
from studio.core.messages import Preview, Stage
from studio.core.model import Ability, Kind
from studio.core.passes import SecondPass
from studio.runtime.cancel import Stopped
from studio.runtime.desk import Desk
from studio.runtime.families import diffusion
from studio.runtime.pictures.load import LoadedPipeline
from tests.runtime.painting import load, order, paint
from tests.runtime.stops import StopAfter
from tests.zoo import others

SIDE = 64
EDITORS: dict[str, Callable[[Path], Path]] = {
    "flux_kontext": others.flux_kontext,
    "instruct_pix2pix": others.instruct_pix2pix,
    "longcat_image_edit": others.longcat_image_edit,
    "qwen_image_edit": partial(others.qwen_image_edit, made=QwenImageEditPipeline),
    "qwen_image_edit_plus": others.qwen_image_edit,
}
SEVERAL = {"qwen_image_edit_plus"}
QUICK = {"instruct_pix2pix", "qwen_image_edit_plus"}


@pytest.fixture(
    scope="module",
    params=[pytest.param(one, marks=[] if one in QUICK else pytest.mark.long) for one in EDITORS],
)
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LoadedPipeline:
    return load(EDITORS[request.param](tmp_path_factory.mktemp("editors") / request.param))


@pytest.fixture(autouse=True)
def small(loaded: LoadedPipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    others.looks_at_small_ones(type(loaded.pipe), monkeypatch, SIDE)


@pytest.fixture
def photos(tmp_path: Path) -> list[InputPicture]:
    made = list[InputPicture]()
    for number, mode in enumerate(("noise", "plain")):
        picture = (
            Image.effect_noise((96, 64), 60) if mode == "noise" else Image.new("RGB", (64, 64), "orange")
        )
        path = tmp_path / f"{number}.png"
        picture.convert("RGB").save(path)
        made.append(InputPicture(role=Role.REFER, path=str(path)))
    return made


def test_words_alone_are_not_enough(
    loaded: LoadedPipeline, tmp_path: Path, photos: list[InputPicture]
) -> None:
    spec = inspect_model(Path(loaded.spec.path))
    assert (spec.kind, spec.abilities) == (Kind.EDIT, (Ability.GENERATE,))
    start = InputPicture(role=Role.START, path=photos[0].path)
    for inputs in ((), (start,)):
        with pytest.raises(ReferenceNeeded):
            paint(loaded, tmp_path, inputs=inputs)


def test_the_picture_that_is_looked_at_and_the_words_change_what_is_made(
    loaded: LoadedPipeline, tmp_path: Path, photos: list[InputPicture], request: pytest.FixtureRequest
) -> None:
    one, other = photos
    first = paint(loaded, tmp_path, inputs=(one,))
    assert first.pictures[0].std() > 1 and first.notes.keys() <= {"size_changed"}
    assert first.recipes[0].inputs[0].role is Role.REFER and first.recipes[0].strength is None
    for changed in (
        paint(loaded, tmp_path, inputs=(other,)),
        paint(loaded, tmp_path, inputs=(one,), prompt="without the house"),
        paint(loaded, tmp_path, inputs=(one,), seed=8),
    ):
        assert (changed.pictures[0] != first.pictures[0]).any()
    both = paint(loaded, tmp_path, inputs=(one, other))
    several = request.node.callspec.params["loaded"] in SEVERAL
    assert ("references_left_out" in both.notes) == (not several)
    assert (both.pictures[0] != first.pictures[0]).any() == several


def test_several_come_of_one_job_with_previews_and_the_first_is_as_alone(
    loaded: LoadedPipeline, tmp_path: Path, photos: list[InputPicture]
) -> None:
    wishes = {"inputs": tuple(photos[:1]), "num_inference_steps": 5}
    together = paint(loaded, tmp_path, num_images=2, previews=True, **wishes)
    alone = paint(loaded, tmp_path, **wishes)
    first, second = together.pictures
    assert (first != second).any()
    assert np.abs(first.astype(int) - alone.pictures[0]).mean() <= 1
    assert {one.index for one in together.sent if isinstance(one, Preview)} == {0, 1}


def test_a_stop_leaves_the_model_as_it_was(
    loaded: LoadedPipeline, tmp_path: Path, photos: list[InputPicture]
) -> None:
    wishes = {"inputs": tuple(photos[:1])}
    before = paint(loaded, tmp_path, **wishes)
    for stage, looks in ((Stage.ENCODING, 1), (Stage.DENOISING, 4)):
        stop = StopAfter(stage, looks)
        stop.desk = desk = Desk("job", tmp_path, [].append, stop)
        with pytest.raises(Stopped):
            diffusion.generate(loaded, order(loaded.spec, prompt="unread yet", **wishes), desk)
    after = paint(loaded, tmp_path, **wishes)
    assert (before.pictures[0] == after.pictures[0]).all()


def test_without_a_size_the_picture_keeps_its_shape(
    loaded: LoadedPipeline, tmp_path: Path, photos: list[InputPicture], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.runtime.pictures.arguments.default_side", lambda _: SIDE)
    made = paint(loaded, tmp_path, inputs=tuple(photos[:1]), width=None, height=None)
    height, width, _ = made.pictures[0].shape
    assert width > height and width * height == pytest.approx(SIDE**2, rel=0.6) and not made.notes


def test_what_was_changed_is_painted_over_larger(
    loaded: LoadedPipeline, tmp_path: Path, photos: list[InputPicture]
) -> None:
    """Where its size can be told."""
    wishes = {"inputs": tuple(photos[:1]), "second_pass": SecondPass(scale=1.5, strength=0.5)}
    if "width" not in inspect.signature(type(loaded.pipe).__call__).parameters:
        with pytest.raises(InputUnsupported):
            paint(loaded, tmp_path, **wishes)
        return
    plain = paint(loaded, tmp_path, inputs=wishes["inputs"])
    made = paint(loaded, tmp_path, **wishes)
    assert made.recipes[0].second_pass is not None and made.pictures[0].shape == (96, 96, 3)
    assert (paint(loaded, tmp_path, inputs=wishes["inputs"]).pictures[0] == plain.pictures[0]).all()
