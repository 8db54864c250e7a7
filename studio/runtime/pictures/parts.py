"""The models that a pipeline is made of, each loaded by its own class and checked to be whole."""

import importlib
import inspect
from typing import Any

import diffusers
import torch
import transformers
from diffusers import DiffusionPipeline
from torch import nn
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

from studio.catalog.files import ModelFolder
from studio.catalog.pipelines import Part, pipeline_kind
from studio.catalog.signatures import edits_by_words, fills_by_words
from studio.core.errors import ModelIncomplete, ModelUnsupported
from studio.core.model import Kind
from studio.runtime.loading import OWN_CHOICES, load_errors
from studio.runtime.processors import load_processor, reads_films


def makes_pictures(pipeline: Any) -> bool:
    """Whether it is a pipeline that can be called with a prompt and nothing else, or, if it is for editing,
    with pictures to refer to besides, or with one to fill a place in."""
    if not (isinstance(pipeline, type) and issubclass(pipeline, DiffusionPipeline)):
        return False
    accepted = inspect.signature(pipeline.__call__).parameters
    needed = {
        name for name, one in accepted.items() if one.default is one.empty and one.kind < one.VAR_POSITIONAL
    }
    if pipeline_kind(pipeline.__name__)[0] is Kind.EDIT:
        return any(takes(accepted.keys(), needed) for takes in (edits_by_words, fills_by_words))
    return "prompt" in accepted and needed <= {"self", "prompt"}


def load_part(folder: ModelFolder, part: Part, precision: torch.dtype, **options: Any) -> nn.Module:
    """One model of the pipeline, with every tensor it needs; diffusers leaves missing ones without data.

    `options` go to its `from_pretrained`: how it is quantised.
    """
    made = class_of(part.library, part.class_name)
    if made is None:
        raise ModelUnsupported(model=folder.name, kind=f"{part.library}.{part.class_name}")
    with load_errors(folder.name, f"{part.name}/", part.class_name):
        module, info = made.from_pretrained(
            folder.path / part.name,
            variant=part.weights.variant if part.weights else None,
            use_safetensors=True,
            local_files_only=True,
            output_loading_info=True,
            dtype=precision,
            **(_transformers_options(folder, part, made) if part.library == "transformers" else {}),
            **options,
        )
    if info["missing_keys"]:
        raise ModelIncomplete(model=folder.name, file=f"{part.name}/ ({min(info['missing_keys'])})")
    return module.eval()


def _transformers_options(folder: ModelFolder, part: Part, made: Any) -> dict[str, Any]:
    """A class reads its config as that of the whole model; one that was saved for a half of it (T5Gemma's
    encoder, in PRX) is what it says it is."""
    said = folder.json(f"{part.name}/config.json").get("model_type")
    own = CONFIG_MAPPING[said] if isinstance(said, str) and said in CONFIG_MAPPING else None
    whole = getattr(made, "config_class", None)
    half = own and whole and own.model_type in _halves(whole)
    config = {"config": own.from_pretrained(folder.path / part.name, local_files_only=True)} if half else {}
    return {"trust_remote_code": False, **OWN_CHOICES, **config}


def _halves(whole: Any) -> set[str]:
    """The model types of the configs that a config is made of."""
    return {one.model_type for one in getattr(whole, "sub_configs", {}).values()}


def load_processor_part(folder: ModelFolder, part: Part) -> Any | None:
    """A processor that would also read films; None for any other, which diffusers loads as it is."""
    made = class_of(part.library, part.class_name)
    if made is None or not reads_films(made):
        return None
    with load_errors(folder.name, f"{part.name}/", part.class_name):
        return load_processor(made, folder.path / part.name)


def class_of(library: str, class_name: str) -> Any:
    """The class that an entry of `model_index.json` names; None where the library has none."""
    match library:
        case "diffusers":
            return getattr(diffusers, class_name, None)
        case "transformers":
            return getattr(transformers, class_name, None)
        case module:  # one of diffusers' own, as `read_parts` has made sure
            return getattr(importlib.import_module(f"diffusers.pipelines.{module}"), class_name, None)
