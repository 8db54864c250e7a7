"""Which of the hub's models the studio can run, told by what the hub says about them."""

from datetime import datetime

import msgspec

from studio.catalog.hub.names import is_repository
from studio.core.downloads import HubModel
from studio.core.model import Kind

_PICTURE_TASKS = {"text-to-image": Kind.PICTURE, "image-to-image": Kind.EDIT, "inpainting": Kind.EDIT}
_TEXT_TASKS = {"text-generation": Kind.TEXT, "image-text-to-text": Kind.VISION}
_GGUF_LIBRARIES = ("gguf", "llama.cpp", "llama-cpp-python")


class _Pipeline(msgspec.Struct, frozen=True, rename={"class_name": "_class_name"}):
    class_name: str = ""


class _Config(msgspec.Struct, frozen=True):
    architectures: tuple[str, ...] | None = None
    diffusers: _Pipeline = _Pipeline()


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A repository as the hub's search describes it; the names are the hub's."""

    id: str
    tags: tuple[str, ...] = ()
    pipeline_tag: str | None = None
    library_name: str | None = None
    gated: bool | str = False
    downloads: int = 0
    likes: int = 0
    lastModified: str | None = None
    config: _Config | None = None


def runnable(found: Found) -> HubModel | None:
    """The model, or None for what the studio cannot run: other tasks, pickles alone, code of its own."""
    kind = _kind(found)
    if kind is None or not is_repository(found.id) or "custom_code" in found.tags:
        return None
    return HubModel(
        repository=found.id,
        kind=kind,
        base=_base(found),
        licence=_tagged(found, "license:"),
        gated=bool(found.gated),
        downloads=found.downloads,
        likes=found.likes,
        updated=_seconds(found.lastModified),
    )


def _kind(found: Found) -> Kind | None:
    task, tags = found.pipeline_tag or "", found.tags
    if "gguf" in tags or found.library_name in _GGUF_LIBRARIES:
        return _TEXT_TASKS.get(task)
    match found.library_name:
        case "diffusers" if "lora" in tags and task in _PICTURE_TASKS:
            return Kind.LORA
        case "diffusers":
            return _PICTURE_TASKS.get(task)
        # Of a language model the tag tells whether there is more than pickles.
        case "transformers" if "safetensors" in tags:
            return _TEXT_TASKS.get(task)
        case _:
            return None


def _base(found: Found) -> str:
    """`StableDiffusionXLPipeline`, from a tag, or `Qwen3ForCausalLM`, from the configuration."""
    if pipeline := _tagged(found, "diffusers:"):
        return pipeline
    config = found.config or _Config()
    return next(iter(config.architectures or ()), config.diffusers.class_name)


def _tagged(found: Found, prefix: str) -> str:
    return next((tag.removeprefix(prefix) for tag in found.tags if tag.startswith(prefix)), "")


def _seconds(stamp: str | None) -> float:
    try:
        return datetime.fromisoformat(stamp or "").timestamp()
    except ValueError:
        return 0.0
