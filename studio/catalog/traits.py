"""What a picture model lets one set, by its configs alone; nothing of diffusers is imported."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from studio.catalog.files import ModelFolder
from studio.catalog.pipelines import index_of
from studio.catalog.roles import adapter_for, roles_of
from studio.core.errors import ModelError
from studio.core.model import ModelSpec
from studio.core.traits import Guidance, Traits

# Pipelines (diffusers 0.42) whose `true_cfg_scale` is what others call guidance, unless the transformer reads
# the number itself (`guidance_embeds`); and those that take no such number at all.
_TRUE = (
    "FluxPipeline",
    "FluxKontextPipeline",
    "QwenImagePipeline",
    "QwenImageEditPipeline",
    "QwenImageEditPlusPipeline",
    "QwenImage21Pipeline",
)
_TRUE_ALONE = ("QwenImage21Pipeline",)
_NONE = ("Flux2KleinKVPipeline",)
# Where their index says `is_distilled`, these guide by nothing (`do_classifier_free_guidance`).
_UNGUIDED_DISTILLED = ("Flux2KleinPipeline",)


def traits_of(spec: ModelSpec, installed: Sequence[ModelSpec] = ()) -> Traits:
    """Of a model in a folder, or in one file by what lends to it; little is known of a file alone.

    `installed` are those among which an IP-Adapter may be.
    """
    if spec.family != "diffusion":
        return Traits()
    return msgspec.structs.replace(
        _of_files(spec),
        roles=roles_of(spec, installed),
        weighs=adapter_for(spec, installed) is not None,  # what looks by itself has no such measure
    )


def _of_files(spec: ModelSpec) -> Traits:
    path = Path(spec.path)
    place = path if path.is_dir() else Path(spec.lender) if spec.lender else None
    if place is None:
        return Traits(guidance=guidance_of(spec.base))
    try:
        return _of_folder(ModelFolder(place, spec.name), spec)
    except ModelError:  # the list of models tells what is wrong with it
        return Traits()


def _of_folder(folder: ModelFolder, spec: ModelSpec) -> Traits:
    index = index_of(folder)
    match index.get("scheduler"):
        case [str(), str() as own]:
            pass
        case _:  # pipelines of several stages may have none by that name
            own = ""
    has_transformer = folder.has("transformer/config.json")
    transformer = folder.json("transformer/config.json") if has_transformer else {}
    return Traits(
        scheduler=own,
        guidance=guidance_of(
            spec.base,
            embeds=bool(transformer.get("guidance_embeds")),
            distilled=bool(index.get("is_distilled")),
        ),
        caches=has_transformer,
    )


def guidance_of(pipeline: str, *, embeds: bool = False, distilled: bool = False) -> Guidance:
    """As `runtime/pictures/arguments.py` will choose it."""
    if pipeline in _NONE or (distilled and pipeline in _UNGUIDED_DISTILLED):
        return Guidance.NONE
    if embeds:
        return Guidance.NONE if pipeline in _TRUE_ALONE else Guidance.DISTILLED
    return Guidance.TRUE if pipeline in _TRUE else Guidance.PLAIN
