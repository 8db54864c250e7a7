"""Folders of other tools, read in place and never changed: whose they are, and where in them models lie."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import cast

import msgspec
import yaml

from studio.core.model import Kind

_TEXT_LIMIT = 64 << 10  # bytes of a file that lists folders or layers; theirs have a few hundred
_MOST_ROWS = 20_000
# Folders of each tool's `models`, and what is in them (A1111 and Forge: modules/paths.py; ComfyUI:
# folder_paths.py).
_A1111 = {
    "Stable-diffusion": Kind.PICTURE,
    "Lora": Kind.LORA,
    "LyCORIS": Kind.LORA,
    "VAE": Kind.VAE,
    "ControlNet": Kind.CONTROL,
    "ESRGAN": Kind.UPSCALER,
    "RealESRGAN": Kind.UPSCALER,
    "SwinIR": Kind.UPSCALER,
    "DAT": Kind.UPSCALER,
    "text_encoder": Kind.ENCODER,
}
_COMFYUI = {
    "checkpoints": Kind.PICTURE,
    "diffusers": Kind.PICTURE,
    "loras": Kind.LORA,
    "vae": Kind.VAE,
    "controlnet": Kind.CONTROL,
    "t2i_adapter": Kind.CONTROL,
    "upscale_models": Kind.UPSCALER,
    "rembg": Kind.MATTING,
    "embeddings": Kind.WORD,
    "diffusion_models": Kind.DENOISER,
    "unet": Kind.DENOISER,
    "text_encoders": Kind.ENCODER,
    "clip": Kind.ENCODER,
    "clip_vision": Kind.ENCODER,
}
_EXTRA = "extra_model_paths.yaml"
_OLLAMA_MODEL = "application/vnd.ollama.image.model"
_OLLAMA_SIGHT = "application/vnd.ollama.image.projector"


class Adopted(msgspec.Struct, frozen=True, kw_only=True):
    """A tool's folder.

    Attributes:
        tool: `a1111`, `comfyui`, `invokeai`, `lmstudio` or `ollama`.
        folders: where models lie, with what the tool keeps there; OTHER where it keeps all kinds.
        files: models that have names of their own in the tool, whatever their files are called.
    """

    tool: str
    folders: tuple[tuple[Path, Kind], ...] = ()
    files: "tuple[Named, ...]" = ()


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """A file or folder and the name that the tool has for it."""

    path: Path
    name: str
    kind: Kind = Kind.OTHER


def recognise(folder: Path) -> Adopted | None:
    """The tool whose folder this is, with its models; None for a plain folder. Writes nothing."""
    for look in (_comfyui, _a1111, _invokeai, _ollama, _lm_studio):
        if adopted := look(folder):
            return adopted
    return None


def known_places(home: Path) -> list[Path]:
    """The usual folders of other tools that are on this machine, for an offer to adopt them."""
    usual = (
        "ComfyUI",
        "Documents/ComfyUI",
        "stable-diffusion-webui",
        "stable-diffusion-webui-forge",
        "invokeai",
    )
    usual += (".lmstudio", ".cache/lm-studio", ".ollama")
    return [home / name for name in usual if os.path.isdir(home / name) and recognise(home / name)]


def _comfyui(folder: Path) -> Adopted | None:
    models = folder / "models"
    folders = _kept(models, _COMFYUI)
    if len(folders) < 2 and not (folders and os.path.isfile(folder / "folder_paths.py")):
        return None
    return Adopted(tool="comfyui", folders=(*folders, *_extra_paths(folder / _EXTRA)))


def _extra_paths(file: Path) -> Iterator[tuple[Path, Kind]]:
    """The folders that `extra_model_paths.yaml` adds; one that leads nowhere is left out.

    Each section has a `base_path`, which may be relative to the file, and for each kind of model one folder a
    line (ComfyUI, utils/extra_config.py).
    """
    try:
        found: object = yaml.safe_load(_read(file))
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        return
    sections = cast(dict[object, object], found) if isinstance(found, dict) else {}
    for section in sections.values():
        if not isinstance(section, dict):
            continue
        named = cast(dict[object, object], section)
        base = file.parent / _expanded(str(named.get("base_path") or ""))
        for name, value in named.items():
            if name in _COMFYUI and isinstance(value, str):
                for line in filter(None, map(str.strip, value.splitlines())):
                    path = base / _expanded(line)
                    if os.path.isdir(path):
                        yield path, _COMFYUI[str(name)]


def _expanded(path: str) -> str:
    return os.path.expandvars(os.path.expanduser(path))


def _a1111(folder: Path) -> Adopted | None:
    folders = _kept(folder / "models", _A1111)
    if not any(path.name == "Stable-diffusion" for path, _ in folders):
        return None
    words = folder / "embeddings"
    return Adopted(tool="a1111", folders=(*folders, *(((words, Kind.WORD),) if os.path.isdir(words) else ())))


def _kept(models: Path, kinds: dict[str, Kind]) -> tuple[tuple[Path, Kind], ...]:
    return tuple((models / name, kind) for name, kind in kinds.items() if os.path.isdir(models / name))


def _invokeai(folder: Path) -> Adopted | None:
    database, models = folder / "databases" / "invokeai.db", folder / "models"
    if not os.path.isdir(models) or not (
        os.path.isfile(database) or os.path.isfile(folder / "invokeai.yaml")
    ):
        return None
    return Adopted(
        tool="invokeai", folders=((models, Kind.OTHER),), files=tuple(_invoke_names(database, models))
    )


def _invoke_names(database: Path, models: Path) -> Iterator[Named]:
    """Paths and names from the table of models; nothing where it cannot be read or is of another version."""
    try:
        # Immutable: no lock, no journal and no shared memory file beside a database that is not ours.
        address = f"{database.absolute().as_uri()}?mode=ro&immutable=1"
        with closing(sqlite3.connect(address, uri=True)) as connection:
            rows = connection.execute("SELECT config FROM models LIMIT ?", (_MOST_ROWS,)).fetchall()
    except sqlite3.Error:
        return
    for (text,) in cast(list[tuple[object]], rows):
        try:
            row = msgspec.json.decode(text if isinstance(text, (str, bytes)) else "", type=_InvokeModel)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        path = models / row.path
        if row.path and row.name and "\0" not in row.path and os.path.exists(path):
            yield Named(path=path, name=row.name)


class _InvokeModel(msgspec.Struct, frozen=True):
    path: str
    name: str


def _lm_studio(folder: Path) -> Adopted | None:
    for home in (folder, folder.parent):
        if (
            home.name in (".lmstudio", "lm-studio")
            and os.path.isdir(home / "models")
            and (folder == home or folder.name == "models")
        ):
            return Adopted(tool="lmstudio", folders=((home / "models", Kind.TEXT),))
    return None


def _ollama(folder: Path) -> Adopted | None:
    for models in (folder / "models", folder):
        if os.path.isdir(models / "manifests") and os.path.isdir(models / "blobs"):
            return Adopted(tool="ollama", files=tuple(_ollama_models(models)))
    return None


class _Layer(msgspec.Struct, frozen=True):
    digest: str
    media_type: str = msgspec.field(name="mediaType", default="")


class _Manifest(msgspec.Struct, frozen=True):
    layers: list[_Layer] = []


def _ollama_models(models: Path) -> Iterator[Named]:
    """`manifests/<host>/<owner>/<model>/<tag>` lists layers, which are `blobs/sha256-<sum>`."""
    manifests = models / "manifests"
    for file in _files_below(manifests, depth=4):
        host, *owner, model, tag = file.relative_to(manifests).parts
        try:
            layers = msgspec.json.decode(_read(file), type=_Manifest).layers
        except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        kinds = {layer.media_type: layer.digest for layer in layers}
        place = [] if host == "registry.ollama.ai" and owner == ["library"] else owner
        place = place if host == "registry.ollama.ai" else [host, *place]
        blob = models / "blobs" / kinds.get(_OLLAMA_MODEL, "").replace(":", "-")
        if blob.name.startswith("sha256-") and blob.parent.name == "blobs" and os.path.isfile(blob):
            kind = Kind.VISION if _OLLAMA_SIGHT in kinds else Kind.TEXT
            yield Named(path=blob, name=f"{'/'.join([*place, model])}:{tag}", kind=kind)


def _files_below(folder: Path, depth: int) -> Iterator[Path]:
    try:
        names = sorted(os.listdir(folder))[:_MOST_ROWS]
    except OSError:
        return
    for name in names:
        path = folder / name
        if depth > 1 and os.path.isdir(path):
            yield from _files_below(path, depth - 1)
        elif depth == 1 and os.path.isfile(path):
            yield path


def _read(file: Path) -> bytes:
    """A small file; raises OSError for a large one, and for a pipe, which could keep one waiting."""
    status = file.stat()
    if not stat.S_ISREG(status.st_mode) or status.st_size > _TEXT_LIMIT:
        raise OSError(f"{file} is no small file")
    return file.read_bytes()
