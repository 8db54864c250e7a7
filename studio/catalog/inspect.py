"""What a folder or file on disk is: a ModelSpec made from its headers alone; no tensor is loaded."""

import os
import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path

import msgspec

from studio.catalog.components import (
    STEM,
    adapter_weights,
    describe_adapter,
    describe_component,
    is_adapter,
    pipeline_base,
)
from studio.catalog.files import ModelFolder, Weights, find_weights, fingerprint, verify_weights
from studio.catalog.onnx import ONNX_BASES, describe_onnx, onnx_in
from studio.catalog.pipelines import abilities_of, index_of, named_pipeline, pipeline_kind, read_parts
from studio.catalog.safetensors import count_numbers, precision_of
from studio.catalog.single import describe_file
from studio.catalog.texts import describe_text, refuse_adapter
from studio.core.errors import (
    ModelForbidden,
    ModelIncomplete,
    ModelMisnamed,
    ModelNeedsCode,
    ModelUnreadable,
    ModelUnsafe,
    ModelUnsupported,
)
from studio.core.model import Ability, Defaults, Kind, ModelSpec
from studio.core.plain_text import clean_text
from studio.core.schedulers import usual_name

_CARD_BYTES = 4096


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
    """What lies at `path` (a folder, a `.safetensors` or a GGUF file), after reading every header.

    What the studio knows and cannot run, such as a LoRA or a pipeline that makes videos, has no abilities.
    Raises ModelIncomplete, ModelUnreadable, ModelForbidden, ModelMisnamed, ModelUnsafe, ModelPointer,
    ModelNeedsCode, ModelIsAdapter or ModelUnsupported.
    """
    spec = describe_model(path, id=id, name=name)
    with _named_errors(path, name):
        return _with_headers(path, spec)


def _with_headers(path: Path, spec: ModelSpec) -> ModelSpec:
    if spec.base in ONNX_BASES:
        return spec
    if not path.is_dir():
        sees = spec.kind is Kind.TEXT and has_sight(os.listdir(path.parent))
        return msgspec.structs.replace(spec, kind=Kind.VISION) if sees else spec
    folder = ModelFolder(path, spec.name)
    headers = [
        header
        for sub, weights in _weights_of(folder, spec.kind)
        for header in verify_weights(folder, sub, weights)
    ]
    return msgspec.structs.replace(spec, precision=precision_of(headers), parameters=count_numbers(headers))


def describe_model(path: Path, *, id: str = "", name: str = "") -> ModelSpec:
    """As `inspect_model`, of a folder by names, sizes and configs alone.

    Raises as it does.
    """
    if readable(path) != str(path):  # neither the database nor a message to a worker can hold such a path
        raise ModelMisnamed(path=readable(path))
    with _named_errors(path, name):
        return _shown(_describe(path, id, name))


@contextmanager
def _named_errors(path: Path, name: str) -> Generator[None]:
    """A disk may be taken away at any moment."""
    try:
        yield
    except PermissionError as error:
        raise ModelForbidden(path=str(path)) from error
    except OSError as error:
        raise ModelUnreadable(model=name or path.name, file=path.name) from error


def readable(path: Path) -> str:
    """The path as text that can be shown and sent: what is no UTF-8 in it becomes �."""
    return str(path).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def has_sight(names: list[str]) -> bool:
    """Whether one of the files that lie together is the half of a GGUF model that sees."""
    return any("mmproj" in name.lower() and name.lower().endswith(".gguf") for name in names)


def local_id(path: Path, name: str = "") -> str:
    """`local/<slug>-<hash8>`: the folder's name for people, the hash of its place so no two are alike.

    A file without an ending is called by a tool's own `name`: Ollama keeps its under their checksums.
    """
    called = path.stem if path.is_file() else path.name
    if name and not path.suffix and path.is_file():
        called = name
    slug = re.sub(r"[^a-z0-9]+", "-", called.lower()).strip("-")
    digest = blake2b(os.fsencode(path.resolve()), digest_size=4).hexdigest()
    return f"local/{slug or 'model'}-{digest}"


def _shown(spec: ModelSpec) -> ModelSpec:
    """Without what would steer a terminal or turn a line around in what the file says of itself."""
    return msgspec.structs.replace(
        spec,
        name=_line(spec.name),
        base=_line(spec.base),
        licence=spec.licence and _line(spec.licence),
        trigger_words=tuple(map(_line, spec.trigger_words)),
    )


def _line(text: str) -> str:
    return " ".join(clean_text(text).split())


def _describe(path: Path, id: str, name: str) -> ModelSpec:
    if path.is_file():
        spec = describe_file(path, id or local_id(path, name), name)
        return msgspec.structs.replace(spec, source="folder")
    if os.path.lexists(path) and not path.is_dir():  # a pipe, a device, a link that leads nowhere
        raise ModelUnreadable(model=name or path.name, file=path.name)
    folder = ModelFolder(path, name)
    spec = _describe_folder(folder)
    spec = msgspec.structs.replace(
        spec, id=id or local_id(path), licence=_licence_of(folder), source="folder"
    )
    return _with_studio_file(folder, spec)


def _describe_folder(folder: ModelFolder) -> ModelSpec:
    if folder.has("model_index.json"):
        return _describe_pipeline(folder)
    if is_adapter(folder):
        return describe_adapter(folder)
    if not folder.has("config.json"):
        raise ModelUnsupported(model=folder.name, kind="no model_index.json or config.json")
    config = folder.json("config.json")
    if "_class_name" in config and "architectures" not in config:
        return describe_component(folder, config)
    try:
        return describe_text(folder, config)
    except (ModelUnsupported, ModelNeedsCode, ModelIncomplete, ModelUnsafe):
        if name := onnx_in(folder):  # beside what nobody else can run
            with suppress(ModelUnsupported):
                return _describe_onnx(folder, name)
        raise


def _describe_onnx(folder: ModelFolder, name: str) -> ModelSpec:
    spec = describe_onnx(folder.file(name), "", folder.name, fingerprint(folder, ["onnx"]))
    return msgspec.structs.replace(spec, path=str(folder.path))


def _describe_pipeline(folder: ModelFolder) -> ModelSpec:
    index = index_of(folder)
    base = named_pipeline(folder, index)
    kind, _ = pipeline_kind(base)
    parts = read_parts(folder, index)
    for part in parts:
        if part.library == "transformers":
            refuse_adapter(folder.path, folder.name, f"{part.name}/")
    return ModelSpec(
        id="",
        name=folder.name,
        family="diffusion",
        base=base,
        abilities=abilities_of(base),
        path=str(folder.path),
        kind=kind,
        suits=pipeline_base(folder, base),
        size_bytes=sum(part.weights.size_bytes for part in parts if part.weights),
        fingerprint=fingerprint(folder, [part.name for part in parts]),
    )


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


def _weights_of(folder: ModelFolder, kind: Kind) -> Iterator[tuple[str, Weights]]:
    if folder.has("model_index.json"):
        for part in read_parts(folder, index_of(folder)):
            if part.weights:
                yield part.name, part.weights
    elif kind is Kind.LORA:
        yield "", adapter_weights(folder)
    else:
        yield (
            "",
            find_weights(folder, stem=STEM if kind in (Kind.VAE, Kind.DENOISER, Kind.CONTROL) else "model"),
        )
