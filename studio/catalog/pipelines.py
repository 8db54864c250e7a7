"""Diffusers pipelines on disk: which parts the index names, and whether each part has its files."""

import importlib.util
import re
from enum import StrEnum
from pathlib import Path

import msgspec

from studio.catalog.files import ModelFolder, Weights, find_weights
from studio.catalog.signatures import edits_by_words, fills_by_words, signature_of
from studio.catalog.tokenizers import check_tokenizer
from studio.core.errors import ModelIncomplete, ModelUnreadable, ModelUnsupported
from studio.core.model import Ability, Kind

# Words in the names of pipelines (diffusers 0.42) that make something else than a picture from words alone.
# The rest is text to image, or is refused when its arguments are read, once diffusers is imported.
_OTHER_TASKS = re.compile(
    "Img2Img|ImageToImage|I2I|Inpaint|RePaint|PaintBy|Control|Edit|Upscale|Upsampl|SuperResolution|Refine|SRP"
    "|Pix2Pix|Adapter|Prior|Decoder|Fill|Redux|Depth|LDM3D|Marigold|Variation|Kontext|Layered|VisualCloze|AttendAnd"
    "|Video|Animat|PIA|I2V|V2V|T2V|World|LTX|Wan|Mochi|Latte|Allegro|Helios|SkyReels|AnyFlow|Cosmos2_5|Cosmos3"
    "|SanaWM|Audio|Music|Dance|AceStep|ShapE|RFD|DiffusionGemma|LLaDA"
    "|^(DDIM|DDPM|PNDM|DiT|LDM|KarrasVe|ScoreSde|Consistency|BlipDiff|CycleDiff|VersatileDiffusionDual)"
    "|^(Kandinsky|KandinskyV22|Diffusion|VersatileDiffusion)Pipeline"
)
_MOVING = re.compile(
    "Video|Animat|PIA|I2V|V2V|T2V|World|LTX|Wan|Mochi|Latte|Allegro|Helios|SkyReels|AnyFlow|Cosmos|SanaWM|Audio|Music"
)
_UPSCALING = re.compile("Upscale|Upsampl|SuperResolution")
_EDITING = re.compile(
    "Img2Img|ImageToImage|I2I|Inpaint|RePaint|PaintBy|Edit|Pix2Pix|Fill|Kontext|Variation|Layered|CycleDiff|Refine"
)
# What pipelines of diffusers (0.42) are made with, and import only where it is installed.
PACKAGES = {"OmniGenPipeline": "torchvision"}
# Never loaded: a file that says what may be shown is nothing to trust, and its verdict is a black picture.
SKIPPED = ("safety_checker",)


class PartKind(StrEnum):
    SCHEDULER = "scheduler"
    TOKENIZER = "tokenizer"
    PROCESSOR = "processor"
    MODEL = "model"


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of `model_index.json`: its folder, and the library and class that read it."""

    name: str
    library: str
    class_name: str
    kind: PartKind
    weights: Weights | None = None


def pipeline_class(folder: ModelFolder, index: dict[str, object]) -> str:
    """The pipeline's class; raises ModelUnsupported unless it may make pictures from words, or from words
    and pictures, or fill places in them."""
    name = named_pipeline(folder, index)
    if not abilities_of(name):
        raise ModelUnsupported(model=folder.name, kind=name)
    return name


def named_pipeline(folder: ModelFolder, index: dict[str, object]) -> str:
    """The class that the index names; raises ModelUnsupported for what is none of diffusers' own."""
    name = index.get("_class_name")
    if not isinstance(name, str) or not name.isidentifier():
        # A list here names a file with code of its own.
        raise ModelUnsupported(model=folder.name, kind="custom pipeline")
    if not name.endswith("Pipeline"):
        raise ModelUnsupported(model=folder.name, kind=name)
    return name


def pipeline_kind(name: str) -> tuple[Kind, bool]:
    """What a pipeline of that class is for, and whether the studio may run it: on words alone, or, if it is
    for editing, on words and pictures to refer to."""
    if not _OTHER_TASKS.search(name):
        return Kind.PICTURE, True
    if _MOVING.search(name):
        return Kind.OTHER, False
    if _UPSCALING.search(name):
        return Kind.UPSCALER, False
    if not _EDITING.search(name):
        return Kind.OTHER, False
    read = signature_of(name)
    return Kind.EDIT, edits_by_words(read.accepted, read.needed)


def abilities_of(name: str) -> tuple[Ability, ...]:
    """What the studio can do with a pipeline of that class."""
    kind, runs = pipeline_kind(name)
    if runs:
        return (Ability.GENERATE,)
    read = signature_of(name) if kind is Kind.EDIT else None
    return (Ability.FILL,) if read and fills_by_words(read.accepted, read.needed) else ()


def read_parts(folder: ModelFolder, index: dict[str, object]) -> tuple[Part, ...]:
    """Every part the pipeline needs, by names and sizes alone; raises ModelError for what is missing."""
    parts = list[Part]()
    for name, entry in index.items():
        match entry:
            case [str() as library, str() as class_name] if name[:1] != "_" and name not in SKIPPED:
                parts.append(_part(folder, name, library, class_name))
            case _:
                continue
    return tuple(parts)


def _part(folder: ModelFolder, name: str, library: str, class_name: str) -> Part:
    if not (name.isidentifier() and class_name.isidentifier()):
        raise ModelUnreadable(model=folder.name, file="model_index.json")
    if library not in ("diffusers", "transformers") and not _is_pipeline_module(library):
        # Diffusers would import any module of that name.
        raise ModelUnsupported(model=folder.name, kind=f"{library}.{class_name}")
    kind = _kind_of(class_name)
    if not folder.names(name):
        raise ModelIncomplete(model=folder.name, file=f"{name}/")
    weights = None
    match kind:
        case PartKind.SCHEDULER:
            folder.json(f"{name}/scheduler_config.json")
        case PartKind.TOKENIZER:
            check_tokenizer(folder, name, class_name)
        case PartKind.MODEL:
            folder.json(f"{name}/config.json")
            stem = "model" if library == "transformers" else "diffusion_pytorch_model"
            weights = find_weights(folder, name, stem)
        case PartKind.PROCESSOR:
            pass
    return Part(name=name, library=library, class_name=class_name, kind=kind, weights=weights)


def _kind_of(class_name: str) -> PartKind:
    if class_name.endswith("Scheduler"):
        return PartKind.SCHEDULER
    if "Tokenizer" in class_name:
        return PartKind.TOKENIZER
    if class_name.endswith(("Processor", "Extractor", "Guider", "Guidance", "ProcessorFast", "ProcessorPil")):
        return PartKind.PROCESSOR
    return PartKind.MODEL


def _is_pipeline_module(library: str) -> bool:
    """Some parts (Wuerstchen's prior, say) live in `diffusers.pipelines.<library>`; nothing is imported."""
    found = importlib.util.find_spec("diffusers") if library.isidentifier() else None
    if found is None or not found.submodule_search_locations:
        return False
    return Path(next(iter(found.submodule_search_locations)), "pipelines", library).is_dir()


def index_of(folder: ModelFolder) -> dict[str, object]:
    return folder.json("model_index.json")
