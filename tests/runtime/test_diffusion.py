"""Real pipelines at tiny sizes: every wish is met or noted, and a stop or a fault leaves no trace."""

import io
import itertools
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import msgspec
import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL, AutoencoderTiny, FluxPipeline, StableDiffusionPipeline
from PIL import Image
from safetensors.torch import load_file, save_file

from studio.catalog.inspect import inspect_model
from studio.core.errors import (
    ModelIncomplete,
    ModelNeedsPackage,
    ModelProducedNothing,
    ModelUnreadable,
    ModelUnsupported,
)
from studio.core.jobs import MAX_SEED, GenerateImages
from studio.core.messages import FromWorker, Phase, Preview, Result, Saved, Stage
from studio.core.model import ModelSpec
from studio.core.paths import resources_dir
from studio.media.recipes import read_recipe
from studio.runtime.cancel import Stopped
from studio.runtime.desk import Desk
from studio.runtime.families import diffusion
from studio.runtime.pictures.arguments import Call, mend
from studio.runtime.pictures.channels import lay_out
from studio.runtime.pictures.load import LoadedPipeline
from studio.runtime.pictures.previews import FIRST_STEP, LatentColours, unpacked
from studio.runtime.residency import LoadContext
from tests import zoo
from tests.runtime.stops import StopAfter
from tests.zoo import unusual

BUILDERS = {
    "stable_diffusion": zoo.stable_diffusion,
    "stable_diffusion_xl": zoo.stable_diffusion_xl,
    "flux": zoo.flux,
    "flux_unguided": lambda folder: zoo.flux(folder, guided=False),
    "pixart": zoo.pixart,
}
Run = Callable[..., tuple[Result, list[FromWorker]]]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    root = tmp_path_factory.mktemp("pipelines")

    def find(name: str) -> Path:
        path = root / name
        return path if path.exists() else BUILDERS[name](path)

    return find


@pytest.fixture(scope="session")
def model(
    folder: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], LoadedPipeline]:
    loaded: dict[str, LoadedPipeline] = {}

    def find(name: str) -> LoadedPipeline:
        if name not in loaded:
            loaded[name] = load(folder(name))
        return loaded[name]

    return find


def load(path: Path, desk: Desk | None = None) -> LoadedPipeline:
    spec = inspect_model(path)
    return diffusion.load(spec, LoadContext(desk or Desk("job", path, [].append), 1 << 40))


def order(spec: ModelSpec, **wishes: object) -> GenerateImages:
    basic = {"prompt": "a boat", "seed": 7, "num_inference_steps": 3, "width": 64, "height": 64}
    return GenerateImages(id="job", model=spec, **(basic | wishes))  # type: ignore[arg-type]


@pytest.fixture
def run(model: Callable[[str], LoadedPipeline], tmp_path: Path) -> Run:
    def run(name: str, **wishes: object) -> tuple[Result, list[FromWorker]]:
        loaded, sent = model(name), list[FromWorker]()
        desk = Desk("job", tmp_path, sent.append)
        return diffusion.generate(loaded, order(loaded.spec, **wishes), desk), sent

    return run


def pixels(sent: list[FromWorker]) -> list[np.ndarray]:
    return [np.asarray(Image.open(one.path)) for one in sent if isinstance(one, Saved)]


def notes(result: Result) -> dict[str, dict[str, str | int | float]]:
    return {note.code: note.params for note in result.notes}


@pytest.mark.parametrize("name", ["stable_diffusion", "stable_diffusion_xl", "flux", "pixart"])
def test_any_pipeline_makes_its_pictures_and_says_how(run: Run, name: str) -> None:
    result, sent = run(name, num_images=2, guidance_scale=3.0)
    saved = [one for one in sent if isinstance(one, Saved)]
    assert [(one.index, one.seed, one.width, one.height) for one in saved] == [(0, 7, 64, 64), (1, 8, 64, 64)]
    stages = [one.stage for one in sent if isinstance(one, Phase)]
    assert list(dict.fromkeys(stages)) == [Stage.ENCODING, Stage.DENOISING, Stage.DECODING, Stage.SAVING]
    last = [one for one in sent if isinstance(one, Phase) and one.stage == Stage.DENOISING][-1]
    assert last.done == last.total == 3
    previews = [one for one in sent if isinstance(one, Preview)]
    assert {one.index for one in previews} == {0, 1}
    assert min(one.step for one in previews) == FIRST_STEP
    assert all(Image.open(io.BytesIO(one.jpeg)).size == (64, 64) for one in previews)
    recipe = read_recipe(Path(saved[1].path))
    assert recipe is not None and recipe.execution is not None
    assert (recipe.seed, recipe.index, recipe.num_inference_steps, recipe.guidance_scale) == (8, 1, 3, 3.0)
    assert (recipe.execution.device, recipe.execution.precision, recipe.execution.batch) == (
        "cpu",
        "float32",
        2,
    )
    assert recipe.execution.threads == torch.get_num_threads() and "diffusers" in recipe.execution.versions
    assert result.pictures == 2 and not result.notes
    assert (
        result.figures.steps == 3 and result.figures.denoise_seconds > 0 and result.figures.decode_seconds > 0
    )


def test_watching_changes_no_pixel(run: Run, folder: Callable[[str], Path]) -> None:
    bare = StableDiffusionPipeline.from_pretrained(folder("stable_diffusion"), local_files_only=True)
    bare.set_progress_bar_config(disable=True)
    lay_out(bare, bare.device)  # as ours, so that sums are taken in the same order
    seeds = [torch.Generator("cpu").manual_seed(seed) for seed in (7, 8)]
    made = bare(
        "a boat", num_inference_steps=3, width=64, height=64, num_images_per_prompt=2, generator=seeds
    )
    _, sent = run("stable_diffusion", num_images=2)
    assert all(
        (ours == np.asarray(theirs)).all() for ours, theirs in zip(pixels(sent), made.images, strict=True)
    )


def test_a_seed_is_a_picture_alone_or_among_others(run: Run) -> None:
    _, together = run("stable_diffusion", seed=MAX_SEED, num_images=3, previews=False)
    _, alone = run("stable_diffusion", seed=1, previews=False)
    assert [one.seed for one in together if isinstance(one, Saved)] == [MAX_SEED, 0, 1]
    first, second, third = pixels(together)
    assert (first != second).any()
    # The size of a batch changes the order of sums, so the last bit of a pixel and no more.
    assert np.abs(third.astype(int) - pixels(alone)[0].astype(int)).max() <= 1
    assert not [one for one in together if isinstance(one, Preview)]


def test_a_job_goes_on_after_the_pictures_that_are_there(run: Run) -> None:
    _, sent = run("stable_diffusion", seed=5, num_images=4, first=2)
    assert [(one.index, one.seed) for one in sent if isinstance(one, Saved)] == [(2, 7), (3, 8)]
    assert {(one.index, one.count) for one in sent if isinstance(one, Phase)} >= {(2, 2)}


@pytest.mark.parametrize("stage", [Stage.ENCODING, Stage.DENOISING, Stage.DECODING])
@pytest.mark.parametrize("name", ["stable_diffusion", "pixart"])
def test_a_stop_within_a_block_leaves_no_trace(
    run: Run, model: Callable[[str], LoadedPipeline], tmp_path: Path, name: str, stage: Stage
) -> None:
    _, before = run(name)
    loaded, sent = model(name), list[FromWorker]()
    loaded.encodings.clear()
    stop = StopAfter(stage, looks=3)
    stop.desk = desk = Desk("job", tmp_path, sent.append, stop)
    with pytest.raises(Stopped):
        diffusion.generate(loaded, order(loaded.spec), desk)
    assert desk.stage == stage and not desk.delivered
    _, after = run(name)
    assert (pixels(before)[0] == pixels(after)[0]).all()


@pytest.mark.long
def test_schedulers_go_by_their_usual_names_where_they_fit(run: Run) -> None:
    _, own = run("stable_diffusion")
    made = {}
    names = (
        "Euler",
        "euler a",
        "DPM++ 2M",
        "DPM++ 2M Karras",
        "Heun",
        "UniPC",
        "PNDMScheduler",
        "LCM",
        "TCD",
    )
    for name in names:
        result, sent = run("stable_diffusion", scheduler=name)
        saved = next(one for one in sent if isinstance(one, Saved))
        recipe = read_recipe(Path(saved.path))
        assert recipe is not None and recipe.scheduler is not None and not result.notes
        made[recipe.scheduler] = pixels(sent)[0]
    shown = ["Euler", "Euler a", "DPM++ 2M", "DPM++ 2M Karras", "Heun", "UniPC", "PLMS", "LCM", "TCD"]
    assert list(made) == shown
    assert all((made["DPM++ 2M"] != other).any() for name, other in made.items() if name != "DPM++ 2M")
    result, sent = run("stable_diffusion", scheduler="Rubbish")
    assert notes(result) == {"scheduler_unused": {"scheduler": "Rubbish"}}
    assert (pixels(sent)[0] == pixels(own)[0]).all()
    assert not run("flux", scheduler="Euler")[0].notes
    assert "scheduler_unused" in notes(run("flux", scheduler="DPM++ 2M")[0])


def test_a_negative_prompt_works_or_is_said_not_to(run: Run) -> None:
    _, without = run("stable_diffusion", guidance_scale=5.0)
    result, against = run("stable_diffusion", guidance_scale=5.0, negative_prompt="grey")
    assert not result.notes and (pixels(without)[0] != pixels(against)[0]).any()
    assert "negative_unused" in notes(run("stable_diffusion", guidance_scale=1.0, negative_prompt="grey")[0])
    assert "negative_unused" in notes(run("flux", negative_prompt="grey")[0])


def test_guidance_goes_where_the_model_reads_it(run: Run) -> None:
    """Flux dev reads an embedding; schnell has none, and compares when told to, if need be with nothing."""
    assert (
        pixels(run("flux", guidance_scale=2.0)[1])[0] != pixels(run("flux", guidance_scale=9.0)[1])[0]
    ).any()
    _, plain = run("flux_unguided")
    result, guided = run("flux_unguided", guidance_scale=4.0)
    _, against = run("flux_unguided", guidance_scale=4.0, negative_prompt="grey")
    assert not result.notes
    assert (pixels(plain)[0] != pixels(guided)[0]).any() and (pixels(guided)[0] != pixels(against)[0]).any()


def test_sizes_are_fitted_and_read_back(run: Run) -> None:
    result, sent = run("stable_diffusion", width=70, height=33)
    assert notes(result) == {"size_changed": {"width": 72, "height": 32, "asked": "70 × 33"}}
    assert pixels(sent)[0].shape == (32, 72, 3)
    result, sent = run("flux", width=72, height=40)
    assert notes(result) == {"size_changed": {"width": 64, "height": 32, "asked": "72 × 40"}}
    result, sent = run("stable_diffusion", width=None, height=None)
    assert not result.notes and pixels(sent)[0].shape == (64, 64, 3)  # what its config says


def test_a_size_that_the_pipeline_refuses_is_asked_again(
    run: Run, model: Callable[[str], LoadedPipeline], monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe = model("stable_diffusion").pipe
    check = pipe.check_inputs

    def refuse(prompt: str, height: int, width: int, *rest: object) -> None:
        if height % 32:
            raise ValueError(f"`height` and `width` have to be divisible by 32 but are {height} and {width}.")
        check(prompt, height, width, *rest)

    monkeypatch.setattr(pipe, "check_inputs", refuse)
    result, _ = run("stable_diffusion", width=56, height=40)
    assert notes(result)["size_changed"] == {"width": 64, "height": 32, "asked": "56 × 40"}


def test_what_a_pipeline_cannot_read_is_asked_otherwise(model: Callable[[str], LoadedPipeline]) -> None:
    pipe, call = model("flux").pipe, Call(arguments={"width": 48, "height": 40}, width=48, height=40)
    assert mend(call, pipe, ValueError("`height` and `width` must be divisible by 32 but are 48 and 40"))
    assert (call.arguments["width"], call.arguments["height"]) == (64, 32)
    assert not mend(call, pipe, ValueError("`height` and `width` must be divisible by 32 but are 64 and 32"))
    empty = RuntimeError("cannot reshape tensor of 0 elements into shape [1, 0, -1, 8]")  # CogView4's
    assert mend(call, pipe, empty) and call.arguments["negative_prompt"] == " "
    assert not mend(call, pipe, empty) and not mend(call, pipe, ValueError("something else"))


def test_a_prompt_longer_than_every_encoder_reads_is_noted(run: Run) -> None:
    assert notes(run("pixart", prompt="boat " * 40)[0]) == {"prompt_cut": {"used": 119, "tokens": 200}}
    # Flux's T5 reads on where its CLIP stops.
    assert not run("flux", prompt="boat " * 40)[0].notes
    assert notes(run("flux", prompt="boat " * 110)[0]) == {"prompt_cut": {"used": 511, "tokens": 550}}


def test_weights_that_are_not_numbers_give_an_error_and_no_picture(
    folder: Callable[[str], Path], tmp_path: Path
) -> None:
    loaded = load(folder("stable_diffusion"))
    encoder = next(loaded.pipe.vae.encoder.parameters())  # only the previews' colours are asked of it
    encoder.data.fill_(float("nan"))
    for part in (loaded.pipe.vae.decoder, loaded.pipe.unet):
        weight = next(part.parameters())
        before = weight.detach().clone()
        weight.data.fill_(float("nan"))
        with pytest.raises(ModelProducedNothing):
            diffusion.generate(loaded, order(loaded.spec), Desk("job", tmp_path, [].append))
        weight.data.copy_(before)
    assert not list(tmp_path.glob("*.png"))


def test_loading_tells_bytes_and_stops_between_tensors(folder: Callable[[str], Path], tmp_path: Path) -> None:
    spec = inspect_model(folder("stable_diffusion"))
    sent = list[FromWorker]()
    # A clock on which each look takes a second, so that nothing is left out for coming too soon.
    desk = Desk("job", tmp_path, sent.append, clock=itertools.count().__next__)
    loaded = load(folder("stable_diffusion"), desk)
    told = [(one.done, one.total) for one in sent if isinstance(one, Phase) and one.stage == Stage.LOADING]
    assert told == sorted(told) and told[-1] == (spec.size_bytes, spec.size_bytes) and len(told) > 2
    assert 0 < loaded.size_bytes <= spec.size_bytes
    stop = StopAfter(Stage.LOADING, looks=5)
    stop.desk = desk = Desk("job", tmp_path, sent.append, stop)
    with pytest.raises(Stopped):
        load(folder("stable_diffusion"), desk)


def test_variants_and_shards_are_loaded_as_they_come(folder: Callable[[str], Path], tmp_path: Path) -> None:
    pipe = StableDiffusionPipeline.from_pretrained(folder("stable_diffusion"), local_files_only=True)
    path = tmp_path / "model"
    pipe.save_pretrained(path, variant="fp16")
    shutil.rmtree(path / "unet")
    pipe.unet.save_pretrained(path / "unet", max_shard_size="100KB")
    loaded = load(path)
    assert all(
        torch.equal(*pair) for pair in zip(loaded.pipe.unet.parameters(), pipe.unet.parameters(), strict=True)
    )


def _without_a_tensor(path: Path) -> None:
    file = path / "unet" / "diffusion_pytorch_model.safetensors"
    tensors = load_file(file)
    del tensors["conv_in.weight"]
    save_file(tensors, file)


def _with_other_shapes(path: Path) -> None:
    file = path / "vae" / "diffusion_pytorch_model.safetensors"
    save_file({name: tensor.flatten()[:1].clone() for name, tensor in load_file(file).items()}, file)


def _without_encoder_tensors(path: Path) -> None:
    save_file({"unknown": torch.zeros(1)}, path / "text_encoder" / "model.safetensors")


def _of_an_unknown_kind(path: Path) -> None:
    index = path / "model_index.json"
    index.write_text(index.read_text().replace("StableDiffusionPipeline", "StableDreamPipeline"))


def _with_an_unknown_part(path: Path) -> None:
    index = path / "model_index.json"
    index.write_text(index.read_text().replace("UNet2DConditionModel", "UNet9DModel"))


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        (_without_a_tensor, ModelIncomplete),
        (_with_other_shapes, ModelUnreadable),
        (_without_encoder_tensors, ModelIncomplete),
        (_of_an_unknown_kind, ModelUnsupported),
        (_with_an_unknown_part, ModelUnsupported),
    ],
)
def test_what_only_a_load_can_tell_ends_in_words(
    tmp_path: Path, damage: Callable[[Path], None], error: type[Exception]
) -> None:
    path = zoo.stable_diffusion(tmp_path / "model")
    damage(path)
    with pytest.raises(error):
        load(path)


def test_a_pipeline_that_wants_a_package_says_so_before_it_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torchvision", None)  # as where it is not installed
    path = unusual.omnigen(tmp_path / "model")
    assert inspect_model(path).abilities
    with pytest.raises(ModelNeedsPackage) as caught:
        load(path)
    assert caught.value.params["package"] == "torchvision"


def test_a_safety_checker_is_neither_needed_nor_read(tmp_path: Path) -> None:
    path = zoo.stable_diffusion(tmp_path / "model")
    index = path / "model_index.json"
    entry = '"safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"]'
    text = index.read_text()
    changed = msgspec.json.decode(text)
    changed |= msgspec.json.decode("{" + entry + ', "requires_safety_checker": true}')
    index.write_bytes(msgspec.json.encode(changed))
    assert load(path).pipe.safety_checker is None


def test_previews_show_the_latents_in_the_model_s_own_colours() -> None:
    rows = [[0.5, 0.0, 0.0], [0.0, 0.5, 0.0], [0.0, 0.0, 0.5], [0.0, 0.0, 0.0]]
    latents = torch.zeros(1, 4, 2, 4)
    latents[:, 0], latents[:, 1] = 1.0, -1.0
    picture = LatentColours(rows, [0.5, 0.5, 0.5]).pictures(latents, 1024, 512)[0]
    assert picture.size == (256, 128) and picture.getpixel((100, 100)) == (255, 0, 128)


def test_colours_that_nobody_gave_are_found_with_the_autoencoder() -> None:
    """On the starter's autoencoder, which is a trained one: with random weights there is nothing to find."""
    vae = AutoencoderKL.from_pretrained(resources_dir() / "starter" / "postcards" / "vae").eval()
    pipe = SimpleNamespace(vae=vae, _execution_device=torch.device("cpu"))
    colours = LatentColours.of(ModelSpec(id="", name="", family="", base="", abilities=(), path=""), pipe)
    assert colours is not None
    ramp = torch.linspace(0, 1, 128)
    picture = torch.stack(
        [ramp.expand(128, 128), ramp[:, None].expand(128, 128), torch.full((128, 128), 0.3)]
    )
    with torch.inference_mode():
        latents = vae.encode(picture[None] * 2 - 1).latent_dist.mode() * vae.config.scaling_factor
    seen = torch.tensor(np.asarray(colours.pictures(latents, 16, 16)[0])).permute(2, 0, 1) / 255
    expected = torch.nn.functional.interpolate(picture[None], size=(16, 16), mode="area")[0]
    assert (seen - expected).abs().mean() < 0.05


def test_a_pipeline_with_the_smallest_autoencoder_is_shown_too(
    folder: Callable[[str], Path], tmp_path: Path
) -> None:
    loaded, sent = load(folder("stable_diffusion")), list[FromWorker]()
    widths, ones = (8, 8, 8), (1, 1, 1)
    loaded.pipe.vae = AutoencoderTiny(
        encoder_block_out_channels=widths,
        decoder_block_out_channels=widths,
        num_encoder_blocks=ones,
        num_decoder_blocks=ones,
        upsampling_scaling_factor=2,
    ).eval()
    result = diffusion.generate(loaded, order(loaded.spec), Desk("job", tmp_path, sent.append))
    assert result.pictures == 1 and any(isinstance(one, Preview) for one in sent)


@pytest.mark.parametrize("failure", [ValueError("not 5-d"), TypeError(), Stopped(), MemoryError()])
def test_an_autoencoder_that_cannot_be_asked_costs_the_preview_alone(
    model: Callable[[str], LoadedPipeline], monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    loaded = model("stable_diffusion")

    def encode(_: torch.Tensor) -> None:
        raise failure

    monkeypatch.setattr(loaded.pipe.vae, "encode", encode)
    if isinstance(failure, Stopped | MemoryError):  # which the job itself has to hear of
        with pytest.raises(type(failure)):
            LatentColours.of(loaded.spec, loaded.pipe)
    else:
        assert LatentColours.of(loaded.spec, loaded.pipe) is None


def test_packed_latents_are_laid_out_as_flux_does_it() -> None:
    latents = torch.randn(2, 4, 6, 10)
    packed = FluxPipeline._pack_latents(latents, 2, 4, 6, 10)
    assert torch.equal(unpacked(packed, width=80, height=48), latents)
