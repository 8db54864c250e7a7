"""A model's folder as plain files: read by header alone, never left through a link or a `../`."""

import json
import os
import re
import stat
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path, PurePosixPath
from typing import cast

import msgspec

from studio.catalog.safetensors import Header, read_safetensors
from studio.core.errors import ModelForbidden, ModelIncomplete, ModelMissing, ModelUnreadable, ModelUnsafe

PICKLES = (".bin", ".ckpt", ".pt", ".pth", ".pkl", ".pickle")
JSON_LIMIT = 16 << 20  # bytes; the largest shard index seen in the wild has about 8 MB
# Of the marks `,`, `[` and `{`, one of which comes with each value but the first: bounds the memory.
JSON_MARKS = 400_000
LEAST_BYTES = 10  # of a safetensors file: the length of its header and an empty one

_WEIGHTS = re.compile(
    r"(?P<stem>model|diffusion_pytorch_model)(?:\.(?P<variant>\w+))?(?:-(?P<number>\d{5})-of-(?P<count>\d{5}))?"
    r"\.safetensors"
)


class Weights(msgspec.Struct, frozen=True, kw_only=True):
    """The tensor files of one model; `files` are relative to the folder of the whole model."""

    files: tuple[str, ...]
    variant: str | None = None
    size_bytes: int = 0


class ModelFolder:
    """One model's folder as it was when first looked at. Every name given or found in it must stay inside.

    The hub's cache keeps files as links into folders of `blobs`; those count as inside.
    """

    def __init__(self, path: Path, name: str = "") -> None:
        if not path.is_dir():
            raise ModelMissing(path=str(path))
        self.path = path.resolve()
        self.name = name or path.name
        self._roots = (self.path, *_blobs_of(self.path))
        self._names: dict[str, list[str]] = {}

    def file(self, relative: str) -> Path:
        """The regular file of that name; raises ModelIncomplete, ModelUnreadable where it leads out."""
        path = self._inside(relative)
        try:
            mode = path.stat().st_mode
        except OSError as error:
            raise ModelIncomplete(model=self.name, file=relative) from error
        if not stat.S_ISREG(mode):
            raise ModelUnreadable(model=self.name, file=relative)
        return path

    def has(self, relative: str) -> bool:
        return os.path.exists(self._inside(relative))  # unlike Path's, False too for what one may not look at

    def names(self, sub: str = "") -> list[str]:
        """The names in the folder or one of its subfolders, sorted; none where there is no such folder.

        Raises ModelForbidden, ModelUnreadable where the disk fails or something is neither file nor folder:
        whoever loads the model would open it and wait for ever.
        """
        if sub not in self._names:
            try:
                with os.scandir(self._inside(sub) if sub else self.path) as entries:
                    listed = list(entries)
                if odd := next(filter(_is_odd, listed), None):
                    raise ModelUnreadable(model=self.name, file=f"{sub}/{odd.name}" if sub else odd.name)
                self._names[sub] = sorted(entry.name for entry in listed)
            except (FileNotFoundError, NotADirectoryError):
                self._names[sub] = []
            except PermissionError as error:
                raise ModelForbidden(path=str(self.path / sub)) from error
            except OSError as error:
                raise ModelUnreadable(model=self.name, file=sub or self.path.name) from error
        return self._names[sub]

    def json(self, relative: str) -> dict[str, object]:
        path = self.file(relative)
        try:
            if path.stat().st_size > JSON_LIMIT:
                raise ModelUnreadable(model=self.name, file=relative)
            raw = path.read_bytes()
            if sum(map(raw.count, (b",", b"[", b"{"))) > JSON_MARKS:
                raise ModelUnreadable(model=self.name, file=relative)
            # Not msgspec: schedulers write `-Infinity`, which is no JSON but what Python's own module makes.
            found: object = json.loads(raw, parse_int=_whole_number)
            if b"\\ud" in raw.lower():  # half of a character, perhaps: no text that could be shown or sent
                json.dumps(found, ensure_ascii=False).encode()
        except (OSError, ValueError, RecursionError) as error:
            raise ModelUnreadable(model=self.name, file=relative) from error
        if not isinstance(found, dict):
            raise ModelUnreadable(model=self.name, file=relative)
        return cast(dict[str, object], found)

    def _inside(self, relative: str) -> Path:
        pure = PurePosixPath(relative)
        # A backslash or a drive would be a way out on Windows only; no model file is named so anywhere.
        if pure.is_absolute() or ".." in pure.parts or any(mark in relative for mark in "\\:\0"):
            raise ModelUnreadable(model=self.name, file=relative)
        path = self.path / pure
        try:
            resolved = path.resolve()
        except (OSError, RuntimeError) as error:  # RuntimeError: a link that leads to itself
            raise ModelUnreadable(model=self.name, file=relative) from error
        if not any(resolved == root or root in resolved.parents for root in self._roots):
            raise ModelUnreadable(model=self.name, file=relative)
        return path


def _whole_number(text: str) -> int | float:
    """Nothing counts by more than 64 bits, and neither the index nor a message to a worker can hold more."""
    number = int(text)
    return number if abs(number) < 1 << 63 else float(text)


def _is_odd(entry: "os.DirEntry[str]") -> bool:
    """A pipe, a socket or a device."""
    try:
        mode = entry.stat().st_mode
    except OSError:  # a link that leads nowhere
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _blobs_of(path: Path) -> tuple[Path, ...]:
    """Of a snapshot in the hub's cache: its repository's own, and those that all repositories share
    (`<cache>/blobs/<prefix>/<hash>`, huggingface_hub 2.4, `utils/_shared_blobs.py`)."""
    if len(path.parents) < 3 or path.parent.name != "snapshots":
        return ()
    repository = path.parents[1]
    shared = (path.parents[2] / "blobs",) if repository.name.startswith("models--") else ()
    return (repository / "blobs", *shared)


def find_weights(folder: ModelFolder, sub: str = "", stem: str = "model") -> Weights:
    """The safetensors of one component, by names and sizes: the plain ones, else a variant such as fp16.

    `stem` is how its kind names them, for the sentence where there are none. Raises ModelUnsafe where there
    are only pickles, ModelIncomplete where a file is missing, ModelUnreadable for one that cannot be whole.
    """
    names = folder.names(sub)
    found = [match for name in names if (match := _WEIGHTS.fullmatch(name))]
    prefix = f"{sub}/" if sub else ""
    if not found:
        pickle = next((name for name in names if name.endswith(PICKLES)), None)
        if pickle:
            raise ModelUnsafe(file=prefix + pickle)
        raise ModelIncomplete(model=folder.name, file=f"{prefix}{stem}.safetensors")
    variants = {cast("str | None", match["variant"]) for match in found}
    variant = None if None in variants else "fp16" if "fp16" in variants else min(filter(None, variants))
    chosen = [match for match in found if match["variant"] == variant]
    whole = [match[0] for match in chosen if match["number"] is None]
    files = [prefix + name for name in whole[:1] or _shards(folder, chosen, names, prefix)]
    sizes = [folder.file(name).stat().st_size for name in files]
    for name, size in zip(files, sizes, strict=True):
        if size < LEAST_BYTES:
            raise ModelUnreadable(model=folder.name, file=name)
    return Weights(files=tuple(files), variant=variant, size_bytes=sum(sizes))


def _shards(folder: ModelFolder, found: list[re.Match[str]], listed: list[str], prefix: str) -> list[str]:
    names = {match[0] for match in found}
    first = found[0]
    if not any(".safetensors.index" in name for name in listed):
        raise ModelIncomplete(model=folder.name, file=f"{prefix}{first['stem']}.safetensors.index.json")
    for number in range(1, int(first["count"]) + 1):
        start, end = first.start("number"), first.end("number")
        name = f"{first[0][:start]}{number:05d}{first[0][end:]}"
        if name not in names:
            raise ModelIncomplete(model=folder.name, file=prefix + name)
    return sorted(names)


def verify_weights(folder: ModelFolder, sub: str, weights: Weights) -> list[Header]:
    """The header of each file, after reading them and the index too.

    Raises ModelUnreadable for a damaged or cut file or a name that leads outside, ModelUnsafe or ModelPointer
    for what only has the name of such a file, ModelIncomplete for a file that the index names in vain.
    """
    headers = [read_safetensors(folder.file(name), folder.name, name) for name in weights.files]
    prefix = f"{sub}/" if sub else ""
    for name in folder.names(sub):
        if ".safetensors.index" in name and name.endswith(".json"):
            shards = folder.json(prefix + name).get("weight_map")
            if not isinstance(shards, dict):
                raise ModelUnreadable(model=folder.name, file=prefix + name)
            for shard in sorted(set(map(str, cast(dict[str, object], shards).values()))):
                folder.file(prefix + shard)
    return headers


def read_header(folder: ModelFolder, name: str) -> dict[str, dict[str, object]]:
    """The tensors of a safetensors file (dtype, shape, data_offsets), after checking that it is whole."""
    tensors = read_safetensors(folder.file(name), folder.name, name).tensors
    return {key: msgspec.structs.asdict(tensor) for key, tensor in tensors.items()}


def fingerprint(folder: ModelFolder, subs: Sequence[str]) -> str:
    """16 hexadecimal digits that change when a file's name, size or time changes, there or in `subs`."""
    digest = blake2b(digest_size=8)
    for sub in ("", *subs):
        for name in folder.names(sub):
            try:
                status = (folder.path / sub / name).stat()
            except OSError:  # a link that leads nowhere; a file that the model needs was missed before this
                continue
            if stat.S_ISREG(status.st_mode):
                line = f"{sub}/{name}\0{status.st_size}\0{status.st_mtime_ns}\n"
                digest.update(line.encode(errors="surrogateescape"))
    return digest.hexdigest()
