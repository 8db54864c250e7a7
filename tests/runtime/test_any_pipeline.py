"""Every kind of pipeline that people have, tiny: words and seeds, several at once, previews, stops, sizes."""

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution
from PIL import Image

from studio.catalog.inspect import inspect_model
from studio.core.inputs import InputPicture, Role
from studio.core.jobs import GenerateImages
from studio.core.messages import FromWorker, Preview, Result, Saved, Stage
from studio.core.passes import Variation
from studio.runtime.cancel import Stopped
from studio.runtime.desk import Desk
from studio.runtime.families import diffusion
from studio.runtime.pictures.latents import encoded
from studio.runtime.pictures.load import LoadedPipeline
from studio.runtime.pictures.wraps import wrapped
from studio.runtime.residency import LoadContext
from tests import zoo
from tests.runtime.painting import FAMILIES
from tests.runtime.stops import StopAfter
from tests.zoo import further, pictures, unusual

pytestmark = pytest.mark.long

BUILDERS = FAMILIES | {
    "aura_flow": further.aura_flow,
    "cogview4": further.cogview4,
    "hunyuan_dit": further.hunyuan_dit,
    "hunyuan_image": further.hunyuan_image,
    "ideogram4": unusual.ideogram4,
    "kandinsky22": unusual.kandinsky22,
    "kandinsky5": unusual.kandinsky5,
    "krea2": unusual.krea2,
    "latent_consistency": zoo.latent_consistency,
    "lumina2": further.lumina2,
    "pixart_sigma": pictures.pixart_sigma,
    "prx": unusual.prx,
    "prx_pixel": unusual.prx_pixel,
}
# It takes what its denoiser believes the picture to be; one that learned nothing believes the same of all.
UNTAUGHT = {"prx_pixel"}
# Those make a megapixel whatever is asked for (facts of their pipelines): the rest make what they are asked.
LARGE = {"hunyuan_dit", "kandinsky5"}


@pytest.fixture(scope="module", params=sorted(BUILDERS))
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LoadedPipeline:
    path = BUILDERS[request.param](tmp_path_factory.mktemp("pipelines") / request.param)
    context = LoadContext(Desk("job", path, [].append), 1 << 40)
    return diffusion.load(inspect_model(path), context)


Run = Callable[..., tuple[Result, list[FromWorker]]]


@pytest.fixture
def run(loaded: LoadedPipeline, tmp_path: Path) -> Run:
    def run(**wishes: object) -> tuple[Result, list[FromWorker]]:
        sent = list[FromWorker]()
        return diffusion.generate(loaded, order(loaded, **wishes), Desk("job", tmp_path, sent.append)), sent

    return run


def order(loaded: LoadedPipeline, **wishes: object) -> GenerateImages:
    basic = {"prompt": "a boat", "seed": 7, "num_inference_steps": 3, "width": 64, "height": 64}
    return GenerateImages(id="job", model=loaded.spec, **(basic | wishes))  # type: ignore[arg-type]


def made(sent: list[FromWorker]) -> list[np.ndarray]:
    return [np.asarray(Image.open(one.path)) for one in sent if isinstance(one, Saved)]


def test_words_and_seeds_change_the_picture_and_nothing_else_does(run: Run) -> None:
    (first,), (again,) = made(run()[1]), made(run()[1])
    assert np.array_equal(first, again)
    (worded,), (seeded,) = made(run(prompt="a red house under seven tall trees")[1]), made(run(seed=8)[1])
    assert not np.array_equal(first, worded)
    assert not np.array_equal(first, seeded)


def test_several_pictures_come_of_one_job_and_show_while_they_are_made(run: Run) -> None:
    _, sent = run(num_images=2, num_inference_steps=5)
    one, other = made(sent)
    assert one.shape == other.shape and not np.array_equal(one, other)
    assert {message.index for message in sent if isinstance(message, Preview)} == {0, 1}


def test_a_stop_within_a_block_leaves_the_model_as_it_was(
    run: Run, loaded: LoadedPipeline, tmp_path: Path
) -> None:
    (before,) = made(run()[1])
    for stage, looks in ((Stage.ENCODING, 1), (Stage.DENOISING, 4), (Stage.DENOISING, 11)):
        stop = StopAfter(stage, looks)
        stop.desk = desk = Desk("job", tmp_path, [].append, stop)
        with pytest.raises(Stopped):
            diffusion.generate(loaded, order(loaded, prompt="unread yet", num_inference_steps=20), desk)
    (after,) = made(run()[1])
    assert np.array_equal(before, after)


def test_a_picture_to_start_from_is_kept_the_more_the_less_strength(
    run: Run,
    loaded: LoadedPipeline,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The spread of what an untrained encoder says is as large as all there is.
    monkeypatch.setattr(DiagonalGaussianDistribution, "sample", lambda self, generator=None: self.mode())
    rows, columns = np.mgrid[0:64, 0:64]
    colours = np.stack([columns * 4, rows * 4, 255 - rows - columns], axis=-1).astype(np.uint8)
    Image.fromarray(colours).save(tmp_path / "start.png")
    inputs = (InputPicture(role=Role.START, path=str(tmp_path / "start.png")),)
    wishes = {"inputs": inputs, "guidance_scale": 1.0, "previews": False}
    wishes |= {"num_inference_steps": 10}
    near = finished(loaded.pipe, lambda: run(strength=0.3, **wishes))
    far = finished(loaded.pipe, lambda: run(strength=0.9, **wishes))
    kept = kept_of(loaded.pipe, Image.fromarray(colours), near)
    if request.node.callspec.params["loaded"] in UNTAUGHT:
        assert distance(near, far)
    else:
        assert distance(near, kept) < distance(far, kept)


def finished(pipe: Any, paint: Callable[[], tuple[Result, list[FromWorker]]]) -> np.ndarray:
    """What is decoded in the end: an untrained decoder makes much the same of all; where there is none, the
    picture."""
    part, seen = autoencoder_of(pipe), list[torch.Tensor]()

    def decoded(original: Callable[..., Any], latents: torch.Tensor, *rest: Any, **more: Any) -> Any:
        seen.append(latents)
        return original(latents, *rest, **more)

    with wrapped(part, "decode", decoded) if part is not None else nullcontext():
        _, sent = paint()
    return seen[-1].float().numpy() if seen else made(sent)[0]


def kept_of(pipe: Any, picture: Image.Image, finished: np.ndarray) -> np.ndarray:
    """The picture as it would be there if nothing of it were lost, at the size that the pipeline makes."""
    part = autoencoder_of(pipe)
    if part is None:
        return np.asarray(picture)
    cpu = torch.device("cpu")
    factor = picture.width // encoded(part, picture, cpu).shape[-1]
    rows, columns = finished.shape[-2:]
    return (
        encoded(part, picture.resize((columns * factor, rows * factor)), cpu).numpy().reshape(finished.shape)
    )


def autoencoder_of(pipe: Any) -> Any:
    return getattr(pipe, "vae", None) or getattr(pipe, "movq", None)


def distance(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one.astype(float) - other.astype(float)).mean())


def test_weights_in_the_prompt_count_or_are_told(run: Run) -> None:
    _, plain = run(prompt="a red boat")
    result, weighted = run(prompt="a (red:1.8) boat")
    told = "weights_unused" in {note.code for note in result.notes}
    assert np.array_equal(made(plain)[0], made(weighted)[0]) == told


def test_a_variation_is_near_the_varied_picture_or_told(run: Run) -> None:
    (varied,) = made(run()[1])
    result, near = run(seed=8, variation=Variation(seed=7, strength=0.2))
    if "variation_unused" in {note.code for note in result.notes}:
        return
    _, far = run(seed=8, variation=Variation(seed=7, strength=1.0))
    assert 0 < distance(made(near)[0], varied) < distance(made(far)[0], varied)


def test_a_size_that_cannot_be_made_is_told(
    run: Run, loaded: LoadedPipeline, request: pytest.FixtureRequest
) -> None:
    result, sent = run(width=72, height=88)
    (saved,) = [one for one in sent if isinstance(one, Saved)]
    told = {note.code: note.params for note in result.notes}.get("size_changed")
    if (saved.width, saved.height) == (72, 88):
        assert told is None
    else:
        assert told == {"width": saved.width, "height": saved.height, "asked": "72 × 88"}
    if request.node.callspec.params["loaded"] not in LARGE:
        assert abs(saved.width - 72) <= 32 and abs(saved.height - 88) <= 32
