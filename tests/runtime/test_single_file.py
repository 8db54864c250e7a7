"""Checkpoints in one file make the picture that their folder makes, offline, or are refused in a sentence."""

import itertools
import json
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import diffusers
import msgspec
import numpy as np
import pytest
import torch
from diffusers import DiffusionPipeline
from diffusers.loaders import single_file_utils as reading
from PIL import Image
from safetensors.torch import load_file, save_file

from studio.catalog.inspect import inspect_model
from studio.core.edits import Edit, Operation
from studio.core.errors import (
    ModelError,
    ModelIncomplete,
    ModelNeedsParts,
    ModelProducedNothing,
    ModelUnreadable,
    ModelUnsupported,
)
from studio.core.inputs import InputPicture, Role
from studio.core.jobs import GenerateImages
from studio.core.messages import FromWorker, Phase, Preview, Saved, Stage
from studio.core.model import Ability, Kind, ModelSpec
from studio.core.paths import resources_dir
from studio.runtime.cancel import Stopped
from studio.runtime.desk import Desk
from studio.runtime.families import diffusion
from studio.runtime.residency import LoadContext
from tests import zoo
from tests.runtime import single_files
from tests.runtime.painting import paint
from tests.zoo import fillers

CONFIGS = resources_dir() / "configs"


BASES = {
    "sd1": (zoo.stable_diffusion, single_files.write_sd1, "StableDiffusionPipeline"),
    "sd2": (zoo.stable_diffusion, single_files.write_sd2, "StableDiffusionPipeline"),
    "sdxl": (zoo.stable_diffusion_xl, single_files.write_sdxl, "StableDiffusionXLPipeline"),
    "sd3": (single_files.stable_diffusion_3, single_files.write_sd3, "StableDiffusion3Pipeline"),
    "flux1": (zoo.flux, single_files.write_flux, "FluxPipeline"),
}


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, Path]]:
    """The folder and the file of a base."""
    root = tmp_path_factory.mktemp("single")

    def find(base: str) -> tuple[Path, Path]:
        folder, file = root / base, root / f"{base}.safetensors"
        if not file.exists():
            build, write, _ = BASES[base]
            build(folder)
            write(DiffusionPipeline.from_pretrained(folder, local_files_only=True), file)
        return folder, file

    return find


def spec_of(file: Path, base: str, lender: Path | None) -> ModelSpec:
    return ModelSpec(
        id=f"local/{base}",
        name=file.stem,
        family="diffusion",
        base=BASES[base][2],
        abilities=(Ability.GENERATE,),
        path=str(file),
        kind=Kind.PICTURE,
        suits=base,
        size_bytes=file.stat().st_size,
        lender=str(lender) if lender else "",
    )


def load(spec: ModelSpec, desk: Desk | None = None) -> diffusion.LoadedPipeline:
    return diffusion.load(spec, LoadContext(desk or Desk("job", Path(spec.path), [].append), 1 << 40))


def picture(spec: ModelSpec, folder: Path) -> tuple[np.ndarray, list[FromWorker]]:
    job = GenerateImages(
        id="job", model=spec, prompt="a boat", seed=7, num_inference_steps=2, width=64, height=64
    )
    sent = list[FromWorker]()
    diffusion.generate(load(spec), job, Desk("job", folder, sent.append))
    path = next(Path(one.path) for one in sent if isinstance(one, Saved))
    return np.asarray(Image.open(path), dtype=float), sent


@pytest.mark.parametrize("base", BASES)
def test_a_file_makes_the_picture_of_its_folder(
    made: Callable[[str], tuple[Path, Path]], base: str, tmp_path: Path
) -> None:
    folder, file = made(base)
    ours, sent = picture(spec_of(file, base, folder), tmp_path)
    whole = msgspec.structs.replace(spec_of(file, base, None), path=str(folder))
    assert np.abs(ours - picture(whole, tmp_path)[0]).max() <= 1 and ours.std() > 1
    stages = [one.stage for one in sent if isinstance(one, Phase)]
    assert [
        one for one in dict.fromkeys(stages) if one in (Stage.ENCODING, Stage.DENOISING, Stage.DECODING)
    ] == [Stage.ENCODING, Stage.DENOISING, Stage.DECODING]


def test_a_file_is_previewed_and_stopped_as_a_folder_is(
    made: Callable[[str], tuple[Path, Path]], tmp_path: Path
) -> None:
    folder, file = made("sd1")
    loaded, sent = load(spec_of(file, "sd1", folder)), list[FromWorker]()
    job = GenerateImages(
        id="job", model=loaded.spec, prompt="a boat", seed=7, num_inference_steps=4, width=64, height=64
    )
    diffusion.generate(loaded, job, Desk("job", tmp_path, sent.append))
    assert any(isinstance(one, Preview) for one in sent)
    stop = threading.Event()

    def send(message: FromWorker) -> None:
        if isinstance(message, Phase) and message.stage is Stage.DENOISING:
            stop.set()

    with pytest.raises(Stopped):
        diffusion.generate(loaded, job, Desk("job", tmp_path, send, stop))


def test_a_load_is_told_in_bytes_and_stopped_between_tensors(
    made: Callable[[str], tuple[Path, Path]], tmp_path: Path
) -> None:
    folder, file = made("sdxl")
    spec, sent, stop = spec_of(file, "sdxl", folder), list[FromWorker](), threading.Event()

    def told() -> list[int]:
        return [one.done for one in sent if isinstance(one, Phase) and one.stage is Stage.LOADING]

    def send(message: FromWorker) -> None:
        sent.append(message)
        if len(told()) == 9:
            stop.set()

    # A clock on which each look takes a second, so that nothing is left out for coming too soon.
    load(spec, Desk("job", tmp_path, sent.append, clock=itertools.count().__next__))
    assert told() == sorted(told()) and len(told()) > 100
    assert 0.9 * file.stat().st_size < told()[-2] < told()[-1] == file.stat().st_size
    sent.clear()
    with pytest.raises(Stopped):
        load(spec, Desk("job", tmp_path, send, stop, clock=itertools.count().__next__))
    assert len(told()) == 9


def test_what_a_file_lacks_is_borrowed(made: Callable[[str], tuple[Path, Path]], tmp_path: Path) -> None:
    folder, file = made("sd3")
    pipe = DiffusionPipeline.from_pretrained(folder, local_files_only=True)
    bare = single_files.write_sd3(pipe, tmp_path / "bare.safetensors", encoders=False)
    assert bare.stat().st_size < file.stat().st_size
    both = [picture(spec_of(one, "sd3", folder), tmp_path)[0] for one in (bare, file)]
    assert np.abs(both[0] - both[1]).max() <= 1


def test_a_file_with_everything_but_vocabularies_borrows_those_alone(
    made: Callable[[str], tuple[Path, Path]], tmp_path: Path
) -> None:
    folder, file = made("flux1")
    pipe = DiffusionPipeline.from_pretrained(folder, local_files_only=True)
    whole = single_files.write_flux(pipe, tmp_path / "whole.safetensors", whole=True)
    lender = tmp_path / "lender"
    shutil.copytree(folder, lender)
    other = zoo.vae(use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.1)
    torch.nn.init.zeros_(other.decoder.conv_out.weight)
    other.save_pretrained(lender / "vae")
    ours = picture(spec_of(whole, "flux1", lender), tmp_path)[0]
    assert np.abs(ours - picture(spec_of(file, "flux1", folder), tmp_path)[0]).max() <= 1
    grey = picture(spec_of(file, "flux1", lender), tmp_path)[0]
    assert grey.std(axis=(0, 1)).max() < 1  # without a decoder of its own it took the lender's


def test_a_packed_denoiser_makes_almost_the_same_picture(
    made: Callable[[str], tuple[Path, Path]], tmp_path: Path
) -> None:
    folder, file = made("sd3")
    pipe = DiffusionPipeline.from_pretrained(folder, local_files_only=True)
    packed = single_files.write_sd3_gguf(pipe, tmp_path / "packed.gguf")
    loaded = load(spec_of(packed, "sd3", folder))
    assert any(type(one).__name__ == "GGUFLinear" for one in loaded.pipe.transformer.modules())
    ours = picture(spec_of(packed, "sd3", folder), tmp_path)[0]
    assert 0 < np.abs(ours - picture(spec_of(file, "sd3", folder), tmp_path)[0]).mean() < 4


def test_without_a_lender_the_file_says_what_it_lacks_and_where_that_is(
    made: Callable[[str], tuple[Path, Path]], tmp_path: Path
) -> None:
    _, file = made("sd1")
    with pytest.raises(ModelNeedsParts) as caught:
        load(spec_of(file, "sd1", None))
    assert caught.value.params["repository"] == "stable-diffusion-v1-5/stable-diffusion-v1-5"


def test_a_lender_that_lacks_it_too_is_no_help(
    made: Callable[[str], tuple[Path, Path]], tmp_path: Path
) -> None:
    folder, file = made("sd1")
    tensors = {
        name: one for name, one in load_file(file).items() if not name.startswith("first_stage_model.")
    }
    save_file(tensors, tmp_path / "bare.safetensors")
    lender = tmp_path / "lender"
    shutil.copytree(folder, lender)
    index = json.loads((lender / "model_index.json").read_text())
    (lender / "model_index.json").write_text(json.dumps(index | {"vae": [None, None]}))
    with pytest.raises(ModelNeedsParts) as caught:
        load(spec_of(tmp_path / "bare.safetensors", "sd1", lender))
    assert caught.value.params["parts"] == "vae"


def test_a_file_that_predicts_velocities_says_so(
    made: Callable[[str], tuple[Path, Path]], tmp_path: Path
) -> None:
    folder, file = made("sdxl")
    tensors = load_file(file)
    marked, noted = tmp_path / "marked.safetensors", tmp_path / "noted.safetensors"
    save_file(tensors | {"v_pred": torch.tensor([]), "ztsnr": torch.tensor([])}, marked)
    save_file(tensors, noted, {"modelspec.prediction_type": "v"})
    config = load(spec_of(marked, "sdxl", folder)).pipe.scheduler.config
    assert config.prediction_type == "v_prediction" and config.rescale_betas_zero_snr
    assert load(spec_of(noted, "sdxl", folder)).pipe.scheduler.config.prediction_type == "v_prediction"
    assert load(spec_of(file, "sdxl", folder)).pipe.scheduler.config.prediction_type == "epsilon"


def _without_a_tensor(tensors: dict[str, torch.Tensor]) -> None:
    del tensors["model.diffusion_model.middle_block.0.in_layers.2.weight"]


def _without_half(tensors: dict[str, torch.Tensor]) -> None:
    for name in [name for name in tensors if "output_blocks" in name or "decoder.up" in name]:
        del tensors[name]


def _without_an_encoder_tensor(tensors: dict[str, torch.Tensor]) -> None:
    del tensors["cond_stage_model.transformer.text_model.final_layer_norm.weight"]


def _of_other_shapes(tensors: dict[str, torch.Tensor]) -> None:
    name = "model.diffusion_model.out.2.weight"
    tensors[name] = tensors[name][:2].clone()


def _of_another_size(tensors: dict[str, torch.Tensor]) -> None:
    name = "model.diffusion_model.input_blocks.0.0.weight"
    tensors[name] = torch.zeros(12, 4, 3, 3)


def _packed(tensors: dict[str, torch.Tensor]) -> None:
    tensors["model.diffusion_model.out.2.scale_weight"] = torch.ones(1)


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        (_without_a_tensor, ModelIncomplete),
        (_without_half, ModelIncomplete),
        (_without_an_encoder_tensor, ModelIncomplete),
        (_of_other_shapes, ModelUnsupported),
        (_of_another_size, ModelUnsupported),
        (_packed, ModelUnsupported),
    ],
)
def test_a_file_that_is_no_whole_model_ends_in_a_sentence(
    made: Callable[[str], tuple[Path, Path]],
    tmp_path: Path,
    damage: Callable[[dict[str, torch.Tensor]], None],
    error: type[ModelError],
) -> None:
    folder, file = made("sd1")
    tensors = load_file(file)
    damage(tensors)
    broken = tmp_path / "broken.safetensors"
    save_file(tensors, broken)
    with pytest.raises(error) as caught:
        load(spec_of(broken, "sd1", folder))
    assert str(caught.value)


def test_a_file_cut_short_is_refused(made: Callable[[str], tuple[Path, Path]], tmp_path: Path) -> None:
    folder, file = made("sd1")
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(ModelUnreadable):
        load(spec_of(cut, "sd1", folder))


def test_weights_that_are_not_numbers_give_an_error_and_no_picture(
    made: Callable[[str], tuple[Path, Path]], tmp_path: Path
) -> None:
    folder, file = made("sd1")
    tensors = load_file(file)
    name = "model.diffusion_model.out.2.weight"
    tensors[name] = torch.full_like(tensors[name], float("nan"))
    broken = tmp_path / "broken.safetensors"
    save_file(tensors, broken)
    with pytest.raises(ModelProducedNothing):
        picture(spec_of(broken, "sd1", folder), tmp_path)


# What the real files have: numbers in each model of that config (2.6 billion in SDXL's U-Net, …).
NUMBERS = {
    "sd1": {"unet": 859_520_964, "text_encoder": 123_060_480, "vae": 83_653_863},
    "sd2": {"unet": 865_910_724, "text_encoder": 340_387_840, "vae": 83_653_863},
    "sdxl": {"unet": 2_567_463_684, "text_encoder_2": 694_659_840},
    "sd3-medium": {"transformer": 2_028_328_000},
    "sd3.5-medium": {"transformer": 2_243_171_520},
    "sd3.5-large": {"transformer": 8_056_627_520},
    "flux1-dev": {"transformer": 11_901_408_320, "vae": 83_819_683},
    "flux1-schnell": {"transformer": 11_891_178_560},
}


def on_paper(folder: Path, name: str) -> torch.nn.Module:
    """A part at its real size without its numbers."""
    library, class_name = json.loads((folder / "model_index.json").read_text())[name]
    with torch.device("meta"):
        if library == "diffusers":
            cls = getattr(diffusers, class_name)
            return cls.from_config(cls.load_config(folder, subfolder=name))
        import transformers

        cls = getattr(transformers, class_name)
        return cls(cls.config_class.from_pretrained(folder, subfolder=name, local_files_only=True))


@pytest.mark.parametrize("name", NUMBERS)
def test_the_configs_make_models_of_the_real_size(name: str) -> None:
    sizes = {
        part: sum(one.numel() for one in on_paper(CONFIGS / name, part).parameters())
        for part in NUMBERS[name]
    }
    assert sizes == NUMBERS[name]


@pytest.mark.parametrize(
    ("name", "part", "write", "read"),
    [
        ("sd1", "unet", single_files.unet, reading.convert_ldm_unet_checkpoint),
        ("sdxl", "unet", single_files.unet, reading.convert_ldm_unet_checkpoint),
        ("sdxl", "vae", single_files.vae, reading.convert_ldm_vae_checkpoint),
        (
            "sd3-medium",
            "transformer",
            single_files.sd3,
            reading.convert_sd3_transformer_checkpoint_to_diffusers,
        ),
        (
            "flux1-dev",
            "transformer",
            single_files.flux,
            reading.convert_flux_transformer_checkpoint_to_diffusers,
        ),
        (
            "flux1-schnell",
            "transformer",
            single_files.flux,
            reading.convert_flux_transformer_checkpoint_to_diffusers,
        ),
    ],
)
def test_names_at_the_real_size_are_read_back(
    name: str, part: str, write: Callable[..., dict[str, torch.Tensor]], read: Callable[..., object]
) -> None:
    model = on_paper(CONFIGS / name, part)
    prefix = {"unet": "model.diffusion_model.", "vae": "first_stage_model."}.get(part, "")
    file = {prefix + key: tensor for key, tensor in write(model).items()}
    found = read(checkpoint=file, config=dict(model.config))
    assert {key: tuple(one.shape) for key, one in found.items()} == {  # type: ignore[attr-defined]
        key: tuple(one.shape) for key, one in model.state_dict().items()
    }


def test_a_lender_that_is_half_gone_ends_in_a_sentence(
    made: Callable[[str], tuple[Path, Path]], tmp_path: Path
) -> None:
    folder, file = made("sd1")
    lender = tmp_path / "lender"
    shutil.copytree(folder, lender)
    shutil.rmtree(lender / "tokenizer")
    with pytest.raises(ModelIncomplete):
        load(spec_of(file, "sd1", lender))


def test_a_file_that_fills_makes_what_its_folder_makes(
    made: Callable[[str], tuple[Path, Path]], tmp_path: Path
) -> None:
    """A model of words alone lends it what it lacks."""
    folder, file = fillers.stable_diffusion_inpaint(tmp_path / "folder"), tmp_path / "file.safetensors"
    single_files.write_sd1(DiffusionPipeline.from_pretrained(folder, local_files_only=True), file)
    whole = inspect_model(folder)
    spec = msgspec.structs.replace(
        spec_of(file, "sd1", made("sd1")[0]), base=whole.base, abilities=whole.abilities, kind=whole.kind
    )
    inputs = list[InputPicture]()
    for role, shade in ((Role.CHANGE, (90, 20, 200)), (Role.MASK, (255, 255, 255))):
        Image.new("RGB", (64, 64), shade).save(tmp_path / f"{role}.png")
        inputs.append(InputPicture(role=role, path=str(tmp_path / f"{role}.png")))
    wishes = {"inputs": tuple(inputs), "edit": Edit(operation=Operation.FILL)}
    ours, theirs = (paint(load(one), tmp_path, **wishes).pictures[0].astype(int) for one in (spec, whole))
    assert np.abs(ours - theirs).max() <= 1 and ours.std() > 1
