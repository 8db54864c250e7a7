"""Pictures that a job begins with, on real pipelines at tiny sizes: painted over, looked at, enlarged."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from studio.catalog.inspect import inspect_model
from studio.core.errors import (
    InputUnsupported,
    ReferencesUnsupported,
)
from studio.core.inputs import InputPicture, Role, UsedInput
from studio.core.jobs import GenerateImages
from studio.core.messages import FromWorker, Phase, Preview, Result, Saved, Stage
from studio.core.passes import SecondPass
from studio.core.recipe import Recipe
from studio.core.sheets import Shot
from studio.media.recipes import read_recipe
from studio.runtime.cancel import Stopped
from studio.runtime.desk import Desk
from studio.runtime.families import diffusion
from studio.runtime.pictures.given import read_input
from studio.runtime.pictures.latents import encoded
from studio.runtime.pictures.load import LoadedPipeline
from studio.runtime.pictures.watch import wrapped
from studio.runtime.residency import LoadContext
from tests import zoo
from tests.runtime.painting import FAMILIES
from tests.runtime.stops import StopAfter
from tests.zoo import further

BUILDERS = FAMILIES | {
    "latent_consistency": zoo.latent_consistency,
    "lumina2": further.lumina2,
    "sana": further.sana,
}
# What paints over a picture with the parts of each; None where the scheduler has to be led.
QUICK = {
    "stable_diffusion": "StableDiffusionImg2ImgPipeline",
    "flux": "FluxImg2ImgPipeline",
    "flux2_klein": None,
}
LONG = {
    "stable_diffusion_xl": "StableDiffusionXLImg2ImgPipeline",
    "stable_diffusion_3": "StableDiffusion3Img2ImgPipeline",
    "latent_consistency": "LatentConsistencyModelImg2ImgPipeline",
    "qwen_image": "QwenImageImg2ImgPipeline",
    "z_image": "ZImageImg2ImgPipeline",
    "pixart": None,
    "sana": None,
    "lumina2": None,
}
SIBLINGS = QUICK | LONG
EACH = [*QUICK, *(pytest.param(name, marks=pytest.mark.long) for name in LONG)]
Run = Callable[..., tuple[Result, list[FromWorker]]]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], LoadedPipeline]:
    root, loaded = tmp_path_factory.mktemp("pipelines"), dict[str, LoadedPipeline]()

    def find(name: str) -> LoadedPipeline:
        if name not in loaded:
            spec = inspect_model(BUILDERS[name](root / name))
            loaded[name] = diffusion.load(spec, LoadContext(Desk("job", root, [].append), 1 << 40))
            _without_chance(loaded[name].pipe.vae)
        return loaded[name]

    return find


def _without_chance(vae: torch.nn.Module) -> None:
    """What it encodes is one point: with random weights its spread would be as large as all there is."""
    last = getattr(vae, "quant_conv", None) or getattr(vae.encoder, "conv_out", None)
    if not hasattr(vae.config, "scaling_factor") or type(vae).__name__ != "AutoencoderDC":
        half = last.weight.shape[0] // 2
        last.weight.data[half:] = 0
        last.bias.data[half:] = -30


@pytest.fixture
def run(model: Callable[[str], LoadedPipeline], tmp_path: Path) -> Run:
    def run(name: str, **wishes: object) -> tuple[Result, list[FromWorker]]:
        loaded, sent = model(name), list[FromWorker]()
        desk = Desk("job", tmp_path, sent.append)
        return diffusion.generate(loaded, order(loaded, **wishes), desk), sent

    return run


def order(loaded: LoadedPipeline, **wishes: object) -> GenerateImages:
    basic = {"prompt": "a boat", "seed": 7, "num_inference_steps": 4, "width": 64, "height": 64}
    return GenerateImages(id="job", model=loaded.spec, **(basic | wishes))  # type: ignore[arg-type]


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    """Wider than high."""
    rows, columns = np.mgrid[0:64, 0:96]
    colours = np.stack([columns * 2, rows * 4, 255 - rows - columns], axis=-1)
    path = tmp_path / "scene.png"
    Image.fromarray(colours.astype(np.uint8)).save(path)
    return path


@pytest.fixture
def start(scene: Path) -> tuple[InputPicture, ...]:
    return (InputPicture(role=Role.START, path=str(scene), name="scene", asset="a1"),)


def refer(path: Path, **said: object) -> InputPicture:
    return InputPicture(role=Role.REFER, path=str(path), **said)  # type: ignore[arg-type]


def pixels(sent: list[FromWorker]) -> list[np.ndarray]:
    return [np.asarray(Image.open(one.path)).astype(int) for one in sent if isinstance(one, Saved)]


def recipe_of(sent: list[FromWorker]) -> Recipe:
    recipe = read_recipe(Path([one for one in sent if isinstance(one, Saved)][-1].path))
    assert recipe is not None
    return recipe


def steps(sent: list[FromWorker]) -> list[tuple[int, int]]:
    return [(one.done, one.total) for one in sent if isinstance(one, Phase) and one.stage == Stage.DENOISING]


def notes(result: Result) -> dict[str, dict[str, str | int | float]]:
    return {note.code: note.params for note in result.notes}


@pytest.mark.parametrize("name", EACH)
def test_a_picture_is_painted_over_as_far_as_the_strength_says(
    run: Run, model: Callable[[str], LoadedPipeline], scene: Path, start: tuple[InputPicture, ...], name: str
) -> None:
    loaded, seen = model(name), list[torch.Tensor]()
    _, before = run(name)

    def decoded(
        original: Callable[..., object], latents: torch.Tensor, *rest: object, **more: object
    ) -> object:
        seen.append(latents)
        return original(latents, *rest, **more)

    with wrapped(loaded.pipe.vae, "decode", decoded):
        result, low = run(name, inputs=start, strength=0.02, num_inference_steps=50, guidance_scale=1.0)
        _, high = run(name, inputs=start, strength=1.0, num_inference_steps=4, guidance_scale=1.0)
    square = Image.open(scene).crop((16, 0, 80, 64))
    near, far = seen[-2:]
    rows = near.shape[-2] * 64 // seen[-2].shape[-2]
    assert rows == 64
    there = encoded(loaded.pipe.vae, _at_size_of(near, square, loaded), torch.device("cpu"))
    there = there.reshape(near.shape)
    assert (near - there).abs().mean() < (far - there).abs().mean() / 4
    assert (pixels(low)[0] != pixels(high)[0]).any()
    done, total = steps(low)[-1]
    assert done == total <= 2 and steps(high)[-1] == (4, 4)
    recipe = recipe_of(low)
    assert recipe.inputs == (UsedInput(role=Role.START, name="scene", asset="a1"),)
    assert recipe.strength is not None and recipe.strength < 0.03
    sibling = loaded.sibling()
    assert (type(sibling).__name__ if sibling else None) == SIBLINGS[name]
    assert "size_changed" not in notes(result)
    _, after = run(name)
    assert (pixels(before)[0] == pixels(after)[0]).all()


def _at_size_of(latents: torch.Tensor, picture: Image.Image, loaded: LoadedPipeline) -> Image.Image:
    """Some pipelines work at sizes of their own."""
    factor = 64 // encoded(loaded.pipe.vae, picture, torch.device("cpu")).shape[-1]
    rows, columns = latents.shape[-2:]
    return picture.resize((columns * factor, rows * factor), Image.Resampling.LANCZOS)


@pytest.mark.parametrize("name", EACH)
def test_a_seed_is_the_same_picture_alone_or_among_others_that_start_from_one(
    run: Run, start: tuple[InputPicture, ...], name: str
) -> None:
    wishes = {"inputs": start, "strength": 0.6, "previews": False}
    _, together = run(name, num_images=2, **wishes)
    _, alone = run(name, seed=8, **wishes)
    first, second = pixels(together)
    assert (first != second).any()
    # As without a picture to start from, but for the rounding of more sums.
    assert np.abs(second - pixels(alone)[0]).mean() <= 1


@pytest.mark.parametrize("stage", [Stage.DENOISING, Stage.DECODING])
@pytest.mark.parametrize("name", EACH)
def test_a_stop_while_it_paints_over_leaves_no_trace(
    run: Run,
    model: Callable[[str], LoadedPipeline],
    tmp_path: Path,
    start: tuple[InputPicture, ...],
    name: str,
    stage: Stage,
) -> None:
    _, before = run(name)
    loaded = model(name)
    stop = StopAfter(stage, looks=3)
    stop.desk = desk = Desk("job", tmp_path, [].append, stop)
    with pytest.raises(Stopped):
        diffusion.generate(loaded, order(loaded, inputs=start, strength=0.8), desk)
    assert desk.stage == stage and not desk.delivered
    _, after = run(name)
    assert (pixels(before)[0] == pixels(after)[0]).all()


@pytest.mark.parametrize("name", EACH)
def test_a_second_pass_makes_the_same_picture_larger(
    run: Run, model: Callable[[str], LoadedPipeline], tmp_path: Path, name: str
) -> None:
    wished = SecondPass(scale=1.5, strength=0.5, num_inference_steps=4)
    result, sent = run(name, second_pass=wished, num_images=2)
    assert [picture.shape for picture in pixels(sent)] == [(96, 96, 3)] * 2
    told = steps(sent)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1][0] == told[-1][1] and len({total for _, total in told}) == 1
    assert "size_changed" not in notes(result)
    recipe = recipe_of(sent)
    assert recipe.second_pass == wished and (recipe.width, recipe.height) == (96, 96)
    assert recipe.num_inference_steps == 4 and recipe.strength is None
    loaded = model(name)
    _, before = run(name)
    stop = StopAfter(Stage.DENOISING, looks=1_000_000)
    stop.desk = desk = Desk("job", tmp_path, [].append, stop)
    watched = wrapped(
        loaded.pipe.vae, "decode", lambda original, *args, **more: _stop_then(stop, original, *args, **more)
    )
    with watched, pytest.raises(Stopped):
        diffusion.generate(loaded, order(loaded, second_pass=wished), desk)
    _, after = run(name)
    assert (pixels(before)[0] == pixels(after)[0]).all()


def _stop_then(stop: StopAfter, original: Callable[..., object], *args: object, **more: object) -> object:
    stop.looks = 2  # of the second pass
    return original(*args, **more)


def test_the_first_pass_is_the_picture_that_would_be_without_a_second(
    run: Run, model: Callable[[str], LoadedPipeline]
) -> None:
    seen = list[torch.Tensor]()

    def decoded(
        original: Callable[..., object], latents: torch.Tensor, *rest: object, **more: object
    ) -> object:
        seen.append(latents)
        return original(latents, *rest, **more)

    with wrapped(model("stable_diffusion").pipe.vae, "decode", decoded):
        run("stable_diffusion")
        result, _ = run("stable_diffusion", second_pass=SecondPass(strength=0.01))
    alone, first, second = seen
    assert torch.equal(alone, first) and second.shape[-1] == 2 * first.shape[-1]
    assert "strength_raised" in notes(result)


def test_a_second_pass_that_cannot_be_is_told_before_the_first(
    run: Run,
    model: Callable[[str], LoadedPipeline],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loaded, sent = (
        diffusion.load(model("flux2_klein").spec, LoadContext(Desk("job", tmp_path, [].append), 1 << 40)),
        [],
    )
    monkeypatch.setattr("studio.runtime.pictures.starting.layout_between", lambda *_: None)
    with pytest.raises(InputUnsupported):
        diffusion.generate(
            loaded, order(loaded, second_pass=SecondPass()), Desk("job", tmp_path, sent.append)
        )
    assert not steps(sent)


def test_a_picture_is_read_once_for_all_cells_of_a_job(
    run: Run, start: tuple[InputPicture, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = list[InputPicture]()
    monkeypatch.setattr(diffusion, "read_input", lambda one: opened.append(one) or read_input(one))
    shots = tuple(Shot(num_inference_steps=count) for count in (3, 4, 5))
    _, sent = run("stable_diffusion", inputs=start, strength=0.6, shots=shots, num_images=3)
    assert len(pixels(sent)) == 3 and opened == list(start)


def test_previews_go_on_in_the_second_pass(run: Run) -> None:
    _, sent = run("stable_diffusion", second_pass=SecondPass(strength=1.0))
    shown = [one for one in sent if isinstance(one, Preview)]
    assert shown and all(one.index == 0 for one in shown)


def test_without_a_size_the_shape_of_the_picture_is_kept(run: Run, start: tuple[InputPicture, ...]) -> None:
    result, sent = run("stable_diffusion", inputs=start, width=None, height=None)
    height, width, _ = pixels(sent)[0].shape
    assert width / height == pytest.approx(1.5, abs=0.2) and width * height == pytest.approx(64 * 64, rel=0.2)
    assert not result.notes
    assert recipe_of(sent).strength == 0.8  # the pipeline's own


def test_a_size_that_cannot_be_is_told_with_a_picture_too(run: Run, start: tuple[InputPicture, ...]) -> None:
    result, sent = run("stable_diffusion", inputs=start, width=70, height=33)
    assert notes(result) == {"size_changed": {"width": 72, "height": 32, "asked": "70 × 33"}}
    assert pixels(sent)[0].shape == (32, 72, 3)


@pytest.mark.parametrize("name", QUICK)
def test_no_strength_is_one_step(run: Run, start: tuple[InputPicture, ...], name: str) -> None:
    result, sent = run(name, inputs=start, strength=0.0)
    assert notes(result)["strength_raised"] == {"strength": 0.25} and steps(sent)[-1][0] in (1, 2)
    assert recipe_of(sent).strength == 0.25


@pytest.mark.long
def test_consistency_models_make_no_more_steps_than_they_learned(
    run: Run, start: tuple[InputPicture, ...]
) -> None:
    result, sent = run("latent_consistency", inputs=start, strength=0.1, num_inference_steps=8)
    assert "steps_changed" in notes(result) and recipe_of(sent).num_inference_steps == 5


@pytest.mark.parametrize("scheduler", ["DPM++ 2M", "Euler", "Heun", "DDIM"])
def test_the_chosen_scheduler_paints_over_too(
    run: Run, start: tuple[InputPicture, ...], scheduler: str
) -> None:
    result, sent = run("stable_diffusion", inputs=start, scheduler=scheduler, strength=0.5)
    assert recipe_of(sent).scheduler == scheduler and not result.notes


@pytest.mark.long
@pytest.mark.parametrize("scheduler", ["DPM++ 2M", "Euler", "Heun", "UniPC"])
def test_any_scheduler_can_be_led(run: Run, start: tuple[InputPicture, ...], scheduler: str) -> None:
    """PixArt's own is DPM++; it takes many, and has no sibling."""
    result, near = run("pixart", inputs=start, scheduler=scheduler, strength=0.05, num_inference_steps=20)
    _, far = run("pixart", inputs=start, scheduler=scheduler, strength=1.0, num_inference_steps=20)
    assert not result.notes and (pixels(near)[0] != pixels(far)[0]).any()


def test_references_change_the_picture(run: Run, scene: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.png"
    Image.new("RGB", (64, 64), "orange").save(other)
    _, without = run("flux2_klein")
    result, one = run("flux2_klein", inputs=(refer(scene, weight=0.5),))
    _, two = run("flux2_klein", inputs=(refer(scene), refer(other)))
    _, after = run("flux2_klein")
    assert notes(result) == {"reference_weight_unused": {}}
    assert (pixels(without)[0] != pixels(one)[0]).any() and (pixels(one)[0] != pixels(two)[0]).any()
    assert (pixels(without)[0] == pixels(after)[0]).all()
    assert (
        recipe_of(one).inputs == (UsedInput(role=Role.REFER, weight=0.5),) and recipe_of(one).strength is None
    )


def test_a_model_may_start_from_one_picture_and_look_at_others(
    run: Run, scene: Path, start: tuple[InputPicture, ...]
) -> None:
    _, alone = run("flux2_klein", inputs=start, strength=0.6)
    _, both = run("flux2_klein", inputs=(*start, refer(scene)), strength=0.6)
    assert (pixels(alone)[0] != pixels(both)[0]).any()


def test_a_model_that_looks_at_nothing_says_so(run: Run, scene: Path) -> None:
    with pytest.raises(ReferencesUnsupported):
        run("stable_diffusion", inputs=(refer(scene),))
