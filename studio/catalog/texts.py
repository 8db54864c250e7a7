"""Folders of transformers on disk: models that write, see, find or enlarge; told by `config.json`."""

import hashlib
import importlib.util
import os
import re
from pathlib import Path
from typing import cast

import msgspec

from studio.catalog.files import ModelFolder, find_weights, fingerprint
from studio.catalog.thoughts import TOKENIZER, thoughts_of
from studio.catalog.tokenizers import check_tokenizer
from studio.core.errors import ModelIsAdapter, ModelNeedsCode, ModelUnsupported
from studio.core.model import Ability, Defaults, Kind, ModelSpec

ADAPTER = "adapter_config.json"
# Quantised weights that transformers unpacks by itself; every other method needs a package of its own.
_READABLE_QUANTISATION = ("mxfp4", "fp8")
# Besides the plain causal models: those of several modes that are one even where their config tells of no
# sight (MODEL_FOR_CAUSAL_LM_MAPPING_NAMES in transformers 5.23).
_CAUSAL = re.compile(
    "ForCausalLM$|LMHeadModel$|^(Gemma[34]|Qwen3_5|Qwen4|Llama4|Mllama).*ForConditionalGeneration$"
)
# Keys of a config whose model also reads pictures.
_SEEING = ("vision_config", "visual", "vision_tower", "mm_vision_tower")
_SEARCHING = re.compile(
    "^(Bert|Roberta|XLMRoberta|CamembertModel|MPNet|DistilBert|NomicBert|ModernBert|DebertaV2|New|Gte|JinaBert"
    "|XLMRobertaLora|EuroBert)Model$"
)
# What says how such a model is shown pictures; without it, it writes and cannot see.
_PROCESSORS = ("processor_config.json", "preprocessor_config.json")
# As the library sentence-transformers keeps what turns a model into one that finds.
_SENTENCES = ("modules.json", "config_sentence_transformers.json")
_ENCODER = re.compile("^(CLIP|Siglip|Dinov|ChineseCLIP).*Model|T5.*EncoderModel$")
_UPSCALING = "ForImageSuperResolution"
_MATTING = "ForImageMatting"
# What finds objects at places, and the class that does so with its weights: those for films have all that
# those for pictures have (transformers 5.23).
SELECTORS = {
    "SamModel": "SamModel",
    "SamHQModel": "SamHQModel",
    "Sam2Model": "Sam2Model",
    "Sam2VideoModel": "Sam2Model",
    "EdgeTamModel": "EdgeTamModel",
    "EdgeTamVideoModel": "EdgeTamModel",
    "Sam3TrackerModel": "Sam3TrackerModel",
    "Sam3TrackerVideoModel": "Sam3TrackerModel",
    "Sam3VideoModel": "Sam3TrackerModel",
}
# Of those that read no words.
_FAMILIES = {
    Kind.ENCODER: "",
    Kind.UPSCALER: "upscaling",
    Kind.MATTING: "cutting_out",
    Kind.SELECTOR: "selecting",
}
_CONTEXT_KEYS = ("max_position_embeddings", "n_positions", "n_ctx", "max_seq_len", "seq_length")


def describe_text(folder: ModelFolder, config: dict[str, object]) -> ModelSpec:
    """Raises ModelUnsupported for any other kind, ModelIsAdapter, ModelNeedsCode, ModelIncomplete."""
    base = _architecture(folder, config)
    kind, abilities = _kind_of(folder, config, base)
    if _needs_code(config):
        raise ModelNeedsCode(model=folder.name)
    refuse_adapter(folder.path, folder.name)
    family = _FAMILIES.get(kind, "language")
    if family == "language":
        check_tokenizer(folder)
    has_wishes = bool(abilities) and folder.has("generation_config.json")
    return ModelSpec(
        id="",
        name=folder.name,
        family=family,
        base=base,
        abilities=abilities,
        path=str(folder.path),
        kind=kind,
        size_bytes=find_weights(folder).size_bytes,
        fingerprint=fingerprint(folder, ()),
        context_length=_context_length(config),
        vocabulary=_vocabulary(folder) if family == "language" else "",
        thinks=thoughts_of(folder) if Ability.REPLY in abilities else None,
        defaults=_sampling_defaults(folder.json("generation_config.json")) if has_wishes else Defaults(),
    )


def _vocabulary(folder: ModelFolder) -> str:
    """The same for models whose tokenizers are the same file."""
    if not folder.has(TOKENIZER):
        return ""
    with folder.file(TOKENIZER).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def refuse_adapter(folder: Path, name: str, sub: str = "") -> None:
    """Beside such a file transformers loads other weights too: a pickle, or the model of any folder it names
    (`maybe_load_adapters` and `_BaseAutoModelClass.from_pretrained`, transformers 5.23)."""
    if os.path.lexists(folder / sub / ADAPTER):
        raise ModelIsAdapter(model=name, file=sub + ADAPTER)


def _architecture(folder: ModelFolder, config: dict[str, object]) -> str:
    listed = config.get("architectures")
    if not isinstance(listed, list) or not listed:
        raise ModelUnsupported(model=folder.name, kind=str(config.get("_class_name", "unknown")))
    return str(cast(list[object], listed)[0])


def _kind_of(folder: ModelFolder, config: dict[str, object], name: str) -> tuple[Kind, tuple[Ability, ...]]:
    """What it is for, and what the studio can do with it; raises ModelUnsupported for anything else."""
    if _ENCODER.search(name):
        return Kind.ENCODER, ()
    if name.endswith(_UPSCALING):
        return Kind.UPSCALER, (Ability.UPSCALE,)
    if name.endswith(_MATTING):
        return Kind.MATTING, (Ability.CUT_OUT,)
    if name in SELECTORS:
        return Kind.SELECTOR, (Ability.SELECT,)
    if _SEARCHING.search(name) or any(folder.has(file) for file in _SENTENCES):
        return Kind.SEARCH, ()
    sees = any(key in config for key in _SEEING)
    answers = sees and name.endswith(("ForConditionalGeneration", "ForVisionText2Text"))
    if not answers and (not _CAUSAL.search(name) or config.get("is_encoder_decoder")):
        raise ModelUnsupported(model=folder.name, kind=name)
    causal = not config.get("is_encoder_decoder")
    match config.get("quantization_config"):
        case {"quant_method": str() as method} if method not in _READABLE_QUANTISATION:
            causal = False
        case _:
            pass
    shown = sees and any(folder.has(file) for file in _PROCESSORS)
    abilities = (Ability.REPLY, Ability.SEE) if shown else (Ability.REPLY,)
    return Kind.VISION if sees else Kind.TEXT, abilities if causal else ()


def _needs_code(config: dict[str, object]) -> bool:
    """Whether the model names code of its own and transformers has none for it; nothing is imported."""
    if "auto_map" not in config:
        return False
    kind = str(config.get("model_type", "")).replace("-", "_")
    found = importlib.util.find_spec("transformers")
    if found is None or not found.submodule_search_locations or not kind.isidentifier():
        return True
    models = Path(next(iter(found.submodule_search_locations)), "models")
    return not any((models / name).is_dir() for name in (kind, kind.removesuffix("_text")))


def _context_length(config: dict[str, object]) -> int | None:
    """Tokens the model was made for; None where its architecture has no such limit."""
    text = config.get("text_config")
    for source in (cast(dict[str, object], text) if isinstance(text, dict) else {}, config):
        for key in _CONTEXT_KEYS:
            value = source.get(key)
            if isinstance(value, int) and 0 < value < 1 << 40:
                return value
    return None


def _sampling_defaults(generation: dict[str, object]) -> Defaults:
    """What `generation_config.json` recommends; a model that does not sample takes the likeliest token."""
    known = ("temperature", "top_p", "top_k", "min_p", "repetition_penalty", "max_new_tokens")
    chosen = {key: value for key in known if (value := generation.get(key)) is not None}
    if generation.get("do_sample") is False:
        chosen["temperature"] = 0.0
    try:
        return msgspec.convert(chosen, Defaults, strict=False)
    except msgspec.ValidationError:  # a made-up value there is no reason to refuse the model
        return Defaults()
