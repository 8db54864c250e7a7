"""What a file lacks, whose configs it has, and who can lend; told by headers and configs alone."""

import json
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.catalog.borrow import holds_part, lacking, layout_of, lender_for, shapes_of
from studio.catalog.files import ModelFolder
from studio.core.errors import ModelNeedsParts, ModelUnreadable, ModelUnsupported
from studio.core.model import Ability, Kind, ModelSpec
from studio.core.paths import resources_dir

CONFIGS = resources_dir() / "configs"
CLIP = "transformer.text_model.embeddings.position_embedding.weight"
UNET = {
    "model.diffusion_model.input_blocks.0.0.weight": (320, 4, 3, 3),
    "model.diffusion_model.input_blocks.4.1.transformer_blocks.0.attn2.to_k.weight": (640, 768),
    "first_stage_model.decoder.conv_in.weight": (512, 4, 3, 3),
}
SD1 = {**UNET, f"cond_stage_model.{CLIP}": (77, 768)}
SD3 = {
    "model.diffusion_model.x_embedder.proj.weight": (1536, 16, 2, 2),
    "model.diffusion_model.pos_embed": (1, 36864, 1536),
    "model.diffusion_model.context_embedder.weight": (1536, 4096),
    **{f"model.diffusion_model.joint_blocks.{block}.x_block.a": (1,) for block in range(24)},
}
FLUX = {
    "img_in.weight": (3072, 64),
    "txt_in.weight": (3072, 4096),
    **{f"double_blocks.{block}.a": (1,) for block in range(19)},
    **{f"single_blocks.{block}.a": (1,) for block in range(38)},
}


def write(shapes: dict[str, tuple[int, ...]], file: Path) -> Path:
    """A safetensors file with those tensors, all zeros; its data is a hole in the file."""
    header, at = dict[str, object](), 0
    for name, shape in shapes.items():
        size = 2
        for side in shape:
            size *= side
        header[name] = {"dtype": "F16", "shape": shape, "data_offsets": [at, at + size]}
        at += size
    raw = json.dumps(header).encode()
    with file.open("wb") as opened:
        opened.write(struct.pack("<Q", len(raw)) + raw)
        opened.truncate(8 + len(raw) + at)
    return file


def spec(path: Path, suits: str = "", base: str = "StableDiffusionPipeline") -> ModelSpec:
    return ModelSpec(
        id=path.name,
        name=path.stem,
        family="diffusion",
        base=base,
        abilities=(Ability.GENERATE,),
        path=str(path),
        kind=Kind.PICTURE,
        suits=suits,
    )


@pytest.fixture
def lender(tmp_path: Path) -> Callable[[str], Path]:
    """A folder of that config, as if its weights and tokenizers were there: only configs are looked at."""

    def make(name: str, **changes: int) -> Path:
        folder = tmp_path / f"lender-{name}-{len(list(tmp_path.iterdir()))}"
        shutil.copytree(CONFIGS / name, folder)
        config = folder / "text_encoder" / "config.json"
        config.write_text(json.dumps(json.loads(config.read_text()) | changes))
        return folder

    return make


@pytest.mark.parametrize(
    ("suits", "shapes", "name"),
    [
        ("sd1", SD1, "sd1"),
        ("sd3", SD3, "sd3-medium"),
        ("sd3", SD3 | {"model.diffusion_model.pos_embed": (1, 147456, 1536)}, "sd3.5-medium"),
        ("flux1", FLUX, "flux1-schnell"),
        ("flux1", FLUX | {"guidance_in.in_layer.weight": (3072, 256)}, "flux1-dev"),
    ],
)
def test_a_file_of_the_usual_size_has_the_studio_s_own_configs(
    suits: str, shapes: dict[str, tuple[int, ...]], name: str, tmp_path: Path
) -> None:
    one = spec(write(shapes, tmp_path / "model.safetensors"), suits)
    assert layout_of(one, shapes_of(one), None).path == (CONFIGS / name).resolve()


def test_what_is_not_in_the_file_is_told(tmp_path: Path) -> None:
    sd1, flux = ModelFolder(CONFIGS / "sd1"), ModelFolder(CONFIGS / "flux1-dev")
    assert lacking(SD1, sd1) == ["tokenizer"]
    assert sorted(lacking(UNET, sd1)) == ["text_encoder", "tokenizer"]
    assert sorted(lacking(FLUX, flux)) == [
        "text_encoder",
        "text_encoder_2",
        "tokenizer",
        "tokenizer_2",
        "vae",
    ]
    t5 = "text_encoders.t5xxl.transformer.shared.weight"
    assert holds_part({t5: (32128, 4096)}, "text_encoder_2", "T5EncoderModel")
    assert not holds_part({t5: (32128, 4096)}, "text_encoder_2", "CLIPTextModelWithProjection")


def test_the_first_installed_model_of_its_base_lends(tmp_path: Path, lender: Callable[[str], Path]) -> None:
    file = spec(write(SD1, tmp_path / "model.safetensors"), "sd1")
    xl, two, one, other = (
        spec(lender("sdxl"), "sdxl", "StableDiffusionXLPipeline"),
        spec(lender("sd2")),
        spec(lender("sd1")),
        spec(lender("sd1")),
    )
    assert lender_for(file, [file, xl, two, one, other]) == one
    assert lender_for(file, [file, xl, two]) is None and lender_for(file, []) is None


def test_a_model_with_a_vocabulary_of_its_own_does_not_lend(
    tmp_path: Path, lender: Callable[..., Path]
) -> None:
    """As the starter's: its pipeline has the same class, and its encoder reads other numbers."""
    file = spec(write(SD1, tmp_path / "model.safetensors"), "sd1")
    assert lender_for(file, [spec(lender("sd1", vocab_size=1934))]) is None
    assert lender_for(file, [spec(resources_dir() / "starter" / "postcards")]) is None


def test_a_damaged_lender_is_passed_over(tmp_path: Path, lender: Callable[[str], Path]) -> None:
    file = spec(write(SD1, tmp_path / "model.safetensors"), "sd1")
    broken, whole = spec(lender("sd1")), spec(lender("sd1"))
    Path(broken.path, "model_index.json").write_text("{")
    assert lender_for(file, [broken, whole]) == whole


def test_schnell_lends_to_dev_and_without_t5_stable_diffusion_3_lends_too(
    tmp_path: Path, lender: Callable[[str], Path]
) -> None:
    dev = FLUX | {"guidance_in.in_layer.weight": (3072, 256)}
    schnell = spec(lender("flux1-schnell"), base="FluxPipeline")
    assert lender_for(spec(write(dev, tmp_path / "dev.safetensors"), "flux1"), [schnell]) == schnell
    folder = lender("sd3-medium")
    index = json.loads((folder / "model_index.json").read_text())
    index |= {"text_encoder_3": [None, None], "tokenizer_3": [None, None]}
    (folder / "model_index.json").write_text(json.dumps(index))
    three = spec(folder, base="StableDiffusion3Pipeline")
    assert lender_for(spec(write(SD3, tmp_path / "three.safetensors"), "sd3"), [three]) == three


def test_a_file_of_another_size_needs_a_lender_of_that_size(
    tmp_path: Path, lender: Callable[[str], Path]
) -> None:
    small = {**SD1, "model.diffusion_model.input_blocks.0.0.weight": (64, 4, 3, 3)}
    one = spec(write(small, tmp_path / "small.safetensors"), "sd1")
    with pytest.raises(ModelNeedsParts):
        layout_of(one, shapes_of(one), None)
    with pytest.raises(ModelUnsupported):
        layout_of(one, shapes_of(one), ModelFolder(lender("sd1")))
    fitting = lender("sd1")
    config = json.loads((fitting / "unet" / "config.json").read_text())
    config["block_out_channels"] = [64, 128, 256, 256]
    (fitting / "unet" / "config.json").write_text(json.dumps(config))
    assert layout_of(one, shapes_of(one), ModelFolder(fitting)).path == fitting.resolve()


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    file = write(SD1, tmp_path / "model.safetensors")
    with file.open("rb+") as opened:
        opened.truncate(5000)
    with pytest.raises(ModelUnreadable):
        lender_for(spec(file, "sd1"), [])
