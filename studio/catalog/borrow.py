"""What a picture model in one file is built as, what it lacks, and which installed model can lend that."""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import cast

import msgspec

from studio.catalog.bases import base_of
from studio.catalog.files import ModelFolder
from studio.catalog.gguf import read_gguf
from studio.catalog.pipelines import SKIPPED, index_of
from studio.catalog.safetensors import read_safetensors
from studio.core.errors import ModelError, ModelNeedsParts, ModelUnsupported
from studio.core.model import ModelSpec
from studio.core.paths import resources_dir

Shapes = Mapping[str, Sequence[int]]

WHOLE = "model.diffusion_model."  # what the denoiser's tensors begin with beside other parts
DENOISERS = ("unet", "transformer")
# Channels that go into Stable Diffusion's U-Net: latents alone, or before the picture to fill and its mask.
LATENTS, WITH_MASK = 4, 9
# The studio's own configs of each base (resources/configs, whose README has the sources).
CONFIGS = {
    "sd1": ("sd1",),
    "sd2": ("sd2",),
    "sdxl": ("sdxl",),
    "sd3": ("sd3-medium", "sd3.5-medium", "sd3.5-large"),
    "flux1": ("flux1-dev", "flux1-schnell"),
}
# Where the parts that a file lacks can be fetched: `DIFFUSERS_DEFAULT_PIPELINE_PATHS` in diffusers 0.42,
# loaders/single_file_utils.py; for Qwen-Image, which has none there, its makers' own repository.
REPOSITORIES = {
    "sd1": "stable-diffusion-v1-5/stable-diffusion-v1-5",
    "sd2": "stabilityai/stable-diffusion-2-1",
    "sdxl": "stabilityai/stable-diffusion-xl-base-1.0",
    "sd3": "stabilityai/stable-diffusion-3-medium-diffusers",
    "flux1": "black-forest-labs/FLUX.1-schnell",
    "flux2": "black-forest-labs/FLUX.2-dev",
    "chroma": "lodestones/Chroma1-HD",
    "auraflow": "fal/AuraFlow-v0.3",
    "lumina2": "Alpha-VLLM/Lumina-Image-2.0",
    "z-image": "Tongyi-MAI/Z-Image-Turbo",
    "sana": "Efficient-Large-Model/Sana_1600M_1024px_diffusers",
    "qwen-image": "Qwen/Qwen-Image",
    "qwen-image-2.1": "Qwen/Qwen-Image-2.1",
    "krea2": "krea/Krea-2-Raw",
}
# One tensor of each part as single files have it, by which diffusers' own conversion knows it
# (`CHECKPOINT_KEY_NAMES`, `LDM_VAE_KEYS` and `is_t5_in_single_file`, same file).
_CLIP_END = "transformer.text_model.embeddings.position_embedding.weight"
_T5 = "text_encoders.t5xxl.transformer.shared.weight"
_MARKS = {
    "vae": ("first_stage_model.decoder.conv_in.weight", "vae.decoder.conv_in.weight"),
    "text_encoder": (
        f"cond_stage_model.{_CLIP_END}",
        "cond_stage_model.model.token_embedding.weight",
        f"conditioner.embedders.0.{_CLIP_END}",
        f"text_encoders.clip_l.{_CLIP_END}",
    ),
    "text_encoder_2": (
        "conditioner.embedders.1.model.positional_embedding",
        f"text_encoders.clip_g.{_CLIP_END}",
    ),
}
# What lent parts must have in common with those that the file was made with.
_SINGLE_FILES = (".safetensors", ".sft", ".gguf")
_CRUCIAL = ("vocab_size", "hidden_size", "d_model", "latent_channels")


def shapes_of(spec: ModelSpec) -> Shapes:
    """Every tensor of a `.safetensors` or GGUF file by its header; raises ModelError for a damaged one."""
    path = Path(spec.path)
    if path.suffix.lower() == ".gguf":
        return read_gguf(path, spec.name).shapes
    return read_safetensors(path, spec.name).shapes


def holds_part(shapes: Shapes, name: str, class_name: str) -> bool:
    """Whether the file has this part of the pipeline."""
    if name in DENOISERS:
        return True
    marks = (_T5,) if class_name == "T5EncoderModel" else _MARKS.get(name, ())
    return any(mark in shapes for mark in marks)


def entries_of(index: Mapping[str, object]) -> dict[str, tuple[str, str]]:
    """The parts that a `model_index.json` names, each with the library and the class that read it."""
    found = dict[str, tuple[str, str]]()
    for name, entry in index.items():
        match entry:
            case [str() as library, str() as class_name] if name[:1] != "_" and name not in SKIPPED:
                found[name] = library, class_name
            case _:
                continue
    return found


def layout_of(spec: ModelSpec, shapes: Shapes, lender: ModelFolder | None) -> ModelFolder:
    """The folder whose configs fit the file: one of the studio's own, else the lender's.

    Raises ModelNeedsParts where only a lender could tell, ModelUnsupported where none fits.
    """
    numbers = _numbers_of_file(spec.suits, shapes)
    if numbers:
        for name in CONFIGS.get(spec.suits, ()):
            ours = ModelFolder(resources_dir() / "configs" / name, name)
            if _numbers_of_config(spec.suits, _denoiser_config(ours)) == numbers:
                return ours
    if lender is None:
        raise needs_parts(spec, ["model_index.json"])
    if numbers and _numbers_of_config(spec.suits, _denoiser_config(lender)) != numbers:
        raise ModelUnsupported(model=spec.name, kind=f"{spec.base}, {_said(numbers)}")
    return lender


def needs_parts(spec: ModelSpec, parts: Iterable[str]) -> ModelNeedsParts:
    """The error that names what a file lacks and where that is."""
    repository = lending_repository(spec) or spec.base
    return ModelNeedsParts(model=spec.name, parts=", ".join(parts), repository=repository)


def lending_repository(spec: ModelSpec) -> str:
    """Where the parts that a single file lacks can be fetched; "" where that is not known."""
    return REPOSITORIES.get(spec.suits, "")


def lacking(shapes: Shapes, layout: ModelFolder) -> list[str]:
    """The parts that have to come from another model: tokenizers always, weights where the file has none."""
    return [
        name
        for name, (_, class_name) in entries_of(index_of(layout)).items()
        if not class_name.endswith("Scheduler") and not holds_part(shapes, name, class_name)
    ]


def is_single_file(path: str) -> bool:
    return path.endswith(_SINGLE_FILES)


def may_borrow(spec: ModelSpec) -> bool:
    """It is one file of a picture model, which may lack what an installed folder has."""
    return spec.family == "diffusion" and is_single_file(spec.path) and not spec.lender


def with_lender(spec: ModelSpec, installed: Iterable[ModelSpec]) -> ModelSpec:
    """The model with the folder that lends what its file lacks, where one of those does.

    Raises ModelError for a file that cannot be read.
    """
    lender = lender_for(spec, installed) if may_borrow(spec) else None
    return msgspec.structs.replace(spec, lender=lender.path) if lender else spec


def lender_for(spec: ModelSpec, installed: Iterable[ModelSpec]) -> ModelSpec | None:
    """The first installed model in a folder that has what the file lacks, made as the file expects it.

    Raises ModelError for a file that cannot be read or used at all.
    """
    shapes = shapes_of(spec)
    for candidate in installed:
        path = Path(candidate.path)
        if not path.is_dir() or not _kin(spec.suits, candidate):
            continue
        try:
            if _can_lend(spec, shapes, ModelFolder(path, candidate.name)):
                return candidate
        except ModelError:  # damaged, or of other sizes: somebody else may lend
            continue
    return None


def _can_lend(spec: ModelSpec, shapes: Shapes, lender: ModelFolder) -> bool:
    layout = layout_of(spec, shapes, lender)
    offered, wanted = entries_of(index_of(lender)), lacking(shapes, layout)
    if not all(name in offered for name in wanted if not may_be_left_out(name)):
        return False
    # Each tokenizer is made for its encoder's vocabulary, whether the encoder is lent or not.
    named = [
        name for name in entries_of(index_of(layout)) if name.startswith("text_encoder") or name == "vae"
    ]
    return all(_alike(layout, lender, name) for name in named if name in offered)


def may_be_left_out(name: str) -> bool:
    """SD 3's T5: its pipeline does without it (`_optional_components` in diffusers 0.42)."""
    return name in ("text_encoder_3", "tokenizer_3")


def _alike(layout: ModelFolder, lender: ModelFolder, name: str) -> bool:
    ours, theirs = layout.json(f"{name}/config.json"), lender.json(f"{name}/config.json")
    return all(ours.get(key) == theirs.get(key) for key in _CRUCIAL)


def _kin(base: str, candidate: ModelSpec) -> bool:
    theirs = base_of(candidate)
    # Both have the same pipeline; which of them a folder is, its encoder's width tells.
    return theirs == base or {theirs, base} == {"sd1", "sd2"}


def _denoiser_config(folder: ModelFolder) -> dict[str, object]:
    name = next((one for one in DENOISERS if folder.has(f"{one}/config.json")), DENOISERS[0])
    return folder.json(f"{name}/config.json")


def _numbers_of_file(base: str, shapes: Shapes) -> dict[str, int]:
    """What tells one size of a base from another; none for bases of which the studio has no configs, nor
    where the tensors have diffusers' names."""
    bare = {name.removeprefix(WHOLE): shape for name, shape in shapes.items()}
    match base:
        case "sd1" | "sd2" | "sdxl" if "input_blocks.0.0.weight" in bare:
            first = bare["input_blocks.0.0.weight"]
            context = next((shape[-1] for name, shape in bare.items() if "attn2.to_k.weight" in name), 0)
            inward = LATENTS if first[1] == WITH_MASK else first[1]
            return {"width": first[0], "inward": inward, "context": context}
        case "sd3" if "x_embedder.proj.weight" in bare and "pos_embed" in bare:
            return {
                "width": bare["x_embedder.proj.weight"][0],
                "layers": _count(bare, "joint_blocks"),
                "places": math.isqrt(bare["pos_embed"][1]),
                "context": bare.get("context_embedder.weight", (0,))[-1],
            }
        case "flux1" if "img_in.weight" in bare:
            width, inward = bare["img_in.weight"]
            return {
                "width": width,
                "inward": inward,
                "layers": _count(bare, "double_blocks"),
                "more_layers": _count(bare, "single_blocks"),
                "context": bare.get("txt_in.weight", (0,))[-1],
                "guided": int("guidance_in.in_layer.weight" in bare),
            }
        case _:
            return {}


def _numbers_of_config(base: str, config: dict[str, object]) -> dict[str, int]:
    """The same of a denoiser's config."""
    context = _number(config, "cross_attention_dim") or _number(config, "joint_attention_dim")
    width = _number(config, "num_attention_heads") * _number(config, "attention_head_dim")
    match base:
        case "sd1" | "sd2" | "sdxl":
            widths = cast(Sequence[int], config.get("block_out_channels") or (0,))
            return {"width": widths[0], "inward": _number(config, "in_channels"), "context": context}
        case "sd3":
            places = _number(config, "pos_embed_max_size")
            return {
                "width": width,
                "layers": _number(config, "num_layers"),
                "places": places,
                "context": context,
            }
        case _:
            return {
                "width": width,
                "inward": _number(config, "in_channels"),
                "layers": _number(config, "num_layers"),
                "more_layers": _number(config, "num_single_layers"),
                "context": context,
                "guided": int(config.get("guidance_embeds") is True),
            }


def _number(config: dict[str, object], name: str) -> int:
    value = config.get(name)
    return value if isinstance(value, int) else 0


def _count(shapes: Shapes, block: str) -> int:
    """How many blocks there are of that name."""
    return len({name.split(".", 2)[1] for name in shapes if name.startswith(f"{block}.")})


def _said(numbers: dict[str, int]) -> str:
    return ", ".join(f"{name} {value}" for name, value in numbers.items())
