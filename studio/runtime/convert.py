"""Turns a pickled checkpoint into safetensors: `python -m studio.runtime.convert SOURCE TARGET`.

A pickle can run code, so this is a process of its own, which loads with torch's restricted reader, may open
no network socket and start no program, and writes one file. It says one line of JSON: a `Conversion`. It ends
at once when stdin closes: its parent died, or wants no more of it.
"""

import hashlib
import os
import pickle
import sys
import threading
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import msgspec
import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

from studio import __version__
from studio.core.errors import (
    FileUnwritable,
    ModelMissing,
    ModelUnreadable,
    ModelUnsupported,
    PickleRefused,
    StudioError,
)
from studio.core.messages import Conversion, Converted, NotConverted
from studio.media.durable import fsync_file, fsync_folder, write_error

# Where trainers keep the tensors, the better ones first: smoothed (ESRGAN and its kin), plain, whole modules'
# (AUTOMATIC1111, pytorch-lightning), of generators in pairs, of textual inversions.
KEYS = (
    "params_ema",
    "params",
    "state_dict",
    "model_state_dict",
    "model",
    "net_g",
    "generator",
    "string_to_param",
)
DEPTH = 4
_WORD = "*"  # how a textual inversion calls its one tensor; in safetensors it is `emb_params` everywhere
# Notes of trainers that lie in most checkpoints of Stable Diffusion; their objects become empty ones of ours.
_HARMLESS = ("pytorch_lightning.", "lightning.", "lightning_fabric.")
_FORBIDDEN = (
    "socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.startfile",
    "pty.", "urllib.", "http.", "ftplib.", "smtplib.", "webbrowser.",
)  # fmt: skip
_CHUNK = 1 << 20


class Note:
    """An object, or a class, that a trainer left in a file: a name without its code."""


def convert(source: Path, target: Path) -> Converted:
    """Writes the checkpoint's tensors to `target`, which must not be there yet.

    Raises PickleRefused for anything but tensors and plain values, ModelUnreadable for a damaged file,
    ModelUnsupported for one without tensors, ModelMissing, FileUnwritable, DiskFull.
    """
    if not source.is_file():
        raise ModelMissing(path=str(source))
    if target.exists():
        raise FileUnwritable(path=str(target), cause="a file of that name is there")
    tensors = _tensors_of(_load(source), source)
    notes = {
        "format": "pt",
        "converted_by": f"Atelier {__version__}",
        "converted_from": source.name,
        "converted_sha256": _sha256(source),
    }
    _write(tensors, target, notes)
    return Converted(target=str(target), tensors=len(tensors), size_bytes=target.stat().st_size)


def _write(tensors: dict[str, torch.Tensor], target: Path, notes: dict[str, str]) -> None:
    """As `whole_file`, which cannot be used here: safetensors puts a file of its own in the place of ours."""
    part = part_of(target)
    try:
        save_file(tensors, part, notes)
        part.chmod(0o666 & ~_umask())  # safetensors makes files that nobody else may read
        with part.open("rb+") as file:
            fsync_file(file.fileno())
        part.replace(target)
        fsync_folder(target.parent)
    except OSError as error:
        raise write_error(error, target) from error
    except SafetensorError as error:
        raise FileUnwritable(path=str(target), cause=str(error)) from error
    finally:
        part.unlink(missing_ok=True)


def _umask() -> int:
    """What the person withholds from others; it can only be asked for by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _load(source: Path) -> Any:
    """What torch's restricted reader makes of the file; mapped, so that it is read as it is written."""
    mapped = zipfile.is_zipfile(source)
    try:
        unknown = torch.serialization.get_unsafe_globals_in_checkpoint(source) if mapped else []
        stranger = next((name for name in unknown if not name.startswith(_HARMLESS)), None)
        if stranger:
            raise PickleRefused(file=source.name, name=stranger)
        with torch.serialization.safe_globals([(Note, name) for name in unknown]):
            return torch.load(source, map_location="cpu", weights_only=True, mmap=mapped)
    except pickle.UnpicklingError as error:
        raise PickleRefused(file=source.name, name=_named(error)) from error
    except (RuntimeError, EOFError, OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise ModelUnreadable(model=source.stem, file=source.name) from error


def _named(error: pickle.UnpicklingError) -> str:
    """What the reader refused, out of its long message: `GLOBAL os.system was not an allowed global`."""
    words = str(error).split()
    return next((words[place + 1] for place, word in enumerate(words[:-1]) if word == "GLOBAL"), "code")


def _tensors_of(found: Any, source: Path) -> dict[str, torch.Tensor]:
    """The tensors of the first level that has any, each whole and apart from the others."""
    level = found
    for _ in range(DEPTH):
        if isinstance(level, torch.Tensor):  # an embedding by itself
            level = {_WORD: level}
        if not isinstance(level, Mapping):
            break
        tensors = {str(name): one for name, one in level.items() if isinstance(one, torch.Tensor)}
        if tensors:
            return _apart(tensors, source)
        level = next((level[key] for key in KEYS if key in level), None)
    raise ModelUnsupported(model=source.stem, kind="no tensors")


def _apart(tensors: dict[str, torch.Tensor], source: Path) -> dict[str, torch.Tensor]:
    """Contiguous, and with a copy for each that lies in another's memory: safetensors keeps no ties.

    Raises PickleRefused for a tensor that safetensors has no place for.
    """
    seen, made = set[int](), dict[str, torch.Tensor]()
    for name, tensor in tensors.items():
        if not _has_a_place(name, tensor):
            said = f"{name} ({tensor.dtype}, {tensor.layout})".encode("utf-8", "replace").decode()
            raise PickleRefused(file=source.name, name=said)
        place, one = tensor.untyped_storage().data_ptr(), tensor.detach()
        if place in seen:
            one = one.clone(memory_format=torch.contiguous_format)
        made["emb_params" if name == _WORD else name] = one.contiguous()
        seen.add(place)
    return made


def _has_a_place(name: str, tensor: torch.Tensor) -> bool:
    """Whether safetensors can hold a tensor of that kind and name."""
    plain = tensor.layout == torch.strided and not (tensor.is_quantized or tensor.is_meta)
    return plain and tensor.dtype != torch.complex128 and name.isprintable() and name != "__metadata__"


def _sha256(source: Path) -> str:
    digest = hashlib.sha256()
    with source.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _refuse(event: str, _: tuple[object, ...]) -> None:
    """Python asks this before it does anything of the kind (PEP 578)."""
    if event.startswith(_FORBIDDEN):
        raise PermissionError(f"{event} has no place in a conversion")


def _outcome(arguments: list[str]) -> Conversion:
    try:
        source, target = arguments
        return convert(Path(source), Path(target))
    except StudioError as error:
        return NotConverted(code=error.code, params=error.params)


def _end_with_parent(arguments: list[str]) -> None:
    while os.read(0, 1):  # not through Python's buffer, whose lock would end the process with a complaint
        pass
    if len(arguments) == 2:
        part_of(Path(arguments[1])).unlink(missing_ok=True)
    os._exit(1)


def part_of(target: Path) -> Path:
    """The file under this name until it is whole."""
    return target.with_name(target.name + ".part")


def main() -> NoReturn:
    threading.Thread(target=_end_with_parent, args=(sys.argv[1:],), name="parent", daemon=True).start()
    sys.addaudithook(_refuse)
    outcome = _outcome(sys.argv[1:])
    sys.stdout.write(msgspec.json.encode(outcome).decode() + "\n")
    sys.stdout.flush()
    sys.exit(isinstance(outcome, NotConverted))


if __name__ == "__main__":
    main()
