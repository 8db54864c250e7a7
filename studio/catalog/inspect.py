"""What a folder or file on disk is: a ModelSpec made from its headers alone; no tensor is loaded."""

import os
import re
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import cast

import msgspec

from studio.catalog.files import PICKLES, ModelFolder, Weights, find_weights, fingerprint, verify_weights
from studio.catalog.gguf import read_gguf
from studio.catalog.pipelines import index_of, pipeline_class, read_parts
from studio.catalog.tokenizers import check_tokenizer
from studio.core.errors import (
    ModelForbidden,
    ModelIsAdapter,
    ModelMisnamed,
    ModelUnreadable,
    ModelUnsafe,
    ModelUnsupported,
)
from studio.core.model import Ability, Defaults, ModelSpec
from studio.core.schedulers import usual_name

# Quantised weights that transformers unpacks by itself; every other method needs a package of its own.
_READABLE_QUANTISATION = ("mxfp4", "fp8")
# Besides the plain causal models: those of several modes whose text half loads as a causal model
# (MODEL_FOR_CAUSAL_LM_MAPPING_NAMES in transformers 5.23).
_CAUSAL = re.compile(
    "ForCausalLM$|LMHeadModel$|^(Gemma[34]|Qwen3_5|Qwen4|Llama4|Mllama).*ForConditionalGeneration$"
)
_CONTEXT_KEYS = ("max_position_embeddings", "n_positions", "n_ctx", "max_seq_len", "seq_length")
_CARD_BYTES = 4096
_ADAPTER = "adapter_config.json"


class StudioFile(msgspec.Struct, frozen=True, kw_only=True):
    """`studio.json` beside a model: how it likes to be used. An id in it is not believed."""

    name: str = ""
    defaults: Defaults = Defaults()
    abilities: tuple[Ability, ...] = ()
    license: str | None = None
    latent_rgb: tuple[tuple[float, float, float], ...] = ()
    latent_rgb_bias: tuple[float, float, float] = (0.5, 0.5, 0.5)
    about: dict[str, str] = {}
    examples: dict[str, tuple[str, ...]] = {}


def inspect_model(path: Path, *, id: str = "", name: str = "") -> ModelSpec:
    """What lies at `path` (a folder, or a `.gguf` file), after reading every header; no tensor is loaded.

    Raises ModelIncomplete, ModelUnreadable, ModelForbidden, ModelMisnamed, ModelUnsafe, ModelIsAdapter or
    ModelUnsupported.
    """
    spec = describe_model(path, id=id, name=name)
    if path.is_dir():
        folder = ModelFolder(path, spec.name)
        for sub, weights in _weights_of(folder):
            verify_weights(folder, sub, weights)
    return spec


def describe_model(path: Path, *, id: str = "", name: str = "") -> ModelSpec:
    """As `inspect_model`, by names, sizes and configs alone: fast enough for many folders at start.

    Raises ModelForbidden, ModelMisnamed too.
    """
    if readable(path) != str(path):  # neither the database nor a message to a worker can hold such a path
        raise ModelMisnamed(path=readable(path))
    try:
        return _describe(path, id, name)
    except PermissionError as error:
        raise ModelForbidden(path=str(path)) from error
    except OSError as error:
        raise ModelUnreadable(model=name or path.name, file=path.name) from error


def readable(path: Path) -> str:
    """The path as text that can be shown and sent: what is no UTF-8 in it becomes �."""
    return str(path).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _describe(path: Path, id: str, name: str) -> ModelSpec:
    if path.is_file():
        return _describe_file(path, id or local_id(path), name or path.stem)
    folder = ModelFolder(path, name)
    if folder.has("model_index.json"):
        spec = _describe_pipeline(folder)
    elif folder.has("config.json"):
        spec = _describe_language(folder)
    else:
        raise ModelUnsupported(model=folder.name, kind="no model_index.json or config.json")
    spec = msgspec.structs.replace(spec, id=id or local_id(path), licence=_licence_of(folder))
    return _with_studio_file(folder, spec)


def local_id(path: Path) -> str:
    """`local/<slug>-<hash8>`: the folder's name for people, the hash of its place so no two are alike."""
    slug = re.sub(r"[^a-z0-9]+", "-", path.stem.lower() if path.is_file() else path.name.lower()).strip("-")
    digest = blake2b(os.fsencode(path.resolve()), digest_size=4).hexdigest()
    return f"local/{slug or 'model'}-{digest}"


def _describe_pipeline(folder: ModelFolder) -> ModelSpec:
    index = index_of(folder)
    base = pipeline_class(folder, index)
    parts = read_parts(folder, index)
    for part in parts:
        if part.library == "transformers":
            _refuse_adapter(folder.path, folder.name, f"{part.name}/")
    return ModelSpec(
        id="",
        name=folder.name,
        family="diffusion",
        base=base,
        abilities=(Ability.GENERATE,),
        path=str(folder.path),
        size_bytes=sum(part.weights.size_bytes for part in parts if part.weights),
        fingerprint=fingerprint(folder, [part.name for part in parts]),
    )


def _describe_language(folder: ModelFolder) -> ModelSpec:
    config = folder.json("config.json")
    base = _causal_architecture(folder, config)
    _refuse_adapter(folder.path, folder.name)
    check_tokenizer(folder)
    generation = folder.json("generation_config.json") if folder.has("generation_config.json") else {}
    return ModelSpec(
        id="",
        name=folder.name,
        family="language",
        base=base,
        abilities=(Ability.REPLY,),
        path=str(folder.path),
        size_bytes=find_weights(folder).size_bytes,
        fingerprint=fingerprint(folder, ()),
        context_length=_context_length(config),
        defaults=_sampling_defaults(generation),
    )


def _describe_file(path: Path, id: str, name: str) -> ModelSpec:
    if path.suffix.lower() in PICKLES:
        raise ModelUnsafe(file=path.name)
    if path.suffix.lower() != ".gguf":
        raise ModelUnsupported(model=name, kind=path.suffix or path.name)
    _refuse_adapter(path.parent, name)
    header = read_gguf(path, name)
    status = path.stat()
    digest = blake2b(f"{path.name}\0{status.st_size}\0{status.st_mtime_ns}".encode(), digest_size=8)
    return ModelSpec(
        id=id,
        name=header.name or name,
        family="language",
        base=header.architecture,
        abilities=(Ability.REPLY,),
        path=str(path.resolve()),
        size_bytes=status.st_size,
        fingerprint=digest.hexdigest(),
        licence=header.licence,
        context_length=header.context_length,
    )


def _refuse_adapter(folder: Path, name: str, sub: str = "") -> None:
    """Beside such a file transformers loads other weights too: a pickle, or the model of any folder it names
    (`maybe_load_adapters` and `_BaseAutoModelClass.from_pretrained`, transformers 5.23)."""
    if os.path.lexists(folder / sub / _ADAPTER):
        raise ModelIsAdapter(model=name, file=sub + _ADAPTER)


def _causal_architecture(folder: ModelFolder, config: dict[str, object]) -> str:
    """The class that writes text; raises ModelUnsupported for any other kind of model."""
    listed = config.get("architectures")
    if not isinstance(listed, list) or not listed:
        raise ModelUnsupported(model=folder.name, kind=str(config.get("_class_name", "unknown")))
    name = str(cast(list[object], listed)[0])
    if config.get("is_encoder_decoder") or not _CAUSAL.search(name):
        raise ModelUnsupported(model=folder.name, kind=name)
    match config.get("quantization_config"):
        case {"quant_method": str() as method} if method not in _READABLE_QUANTISATION:
            raise ModelUnsupported(model=folder.name, kind=f"{name}, {method}")
        case _:
            return name


def _context_length(config: dict[str, object]) -> int | None:
    """Tokens the model was made for; None where its architecture has no such limit."""
    text = config.get("text_config")
    for source in (cast(dict[str, object], text) if isinstance(text, dict) else {}, config):
        for key in _CONTEXT_KEYS:
            value = source.get(key)
            if isinstance(value, int) and value > 0:
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


def _with_studio_file(folder: ModelFolder, spec: ModelSpec) -> ModelSpec:
    if not folder.has("studio.json"):
        return spec
    try:
        ours = msgspec.convert(folder.json("studio.json"), StudioFile)
    except msgspec.ValidationError as error:
        raise ModelUnreadable(model=folder.name, file="studio.json") from error
    given = msgspec.to_builtins(ours.defaults)
    if ours.defaults.scheduler:
        given["scheduler"] = usual_name(ours.defaults.scheduler)
    return msgspec.structs.replace(
        spec,
        name=ours.name or spec.name,
        defaults=msgspec.structs.replace(spec.defaults, **given),
        # A file may say that a model does less, never that it does more.
        abilities=tuple(one for one in spec.abilities if one in ours.abilities) or spec.abilities,
        licence=ours.license or spec.licence,
        latent_rgb=ours.latent_rgb,
        latent_rgb_bias=ours.latent_rgb_bias,
        about=ours.about,
        examples=ours.examples,
    )


def _licence_of(folder: ModelFolder) -> str | None:
    """`license:` in the front matter of the model card, as the hub keeps it."""
    if not folder.has("README.md"):
        return None
    with folder.file("README.md").open(encoding="utf-8", errors="replace") as file:
        card = file.read(_CARD_BYTES)
    found = re.match(r"---\n.*?^license:[ \t]*([\w.+-]+)[ \t]*$.*?^---$", card, re.DOTALL | re.MULTILINE)
    return found[1] if found else None


def _weights_of(folder: ModelFolder) -> Iterator[tuple[str, Weights]]:
    if folder.has("model_index.json"):
        for part in read_parts(folder, index_of(folder)):
            if part.weights:
                yield part.name, part.weights
    else:
        yield "", find_weights(folder)
