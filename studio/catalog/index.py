"""What was found in headers, kept in a file, so that the next start reads only what has changed."""

import os
from contextlib import suppress
from pathlib import Path

import msgspec

from studio.core.ids import new_id
from studio.core.model import ModelProblem, ModelSpec

# To be raised whenever a file would be described in another way than before.
VERSION = 8
_LIMIT = 64 << 20  # bytes; 10,000 models take about 4 MB


class Seen(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What lay at a path with that stamp, id and name; neither spec nor problem where it was no model."""

    stamp: tuple[int, int]
    id: str = ""
    name: str = ""
    spec: ModelSpec | None = None
    problem: ModelProblem | None = None


class _Kept(msgspec.Struct, frozen=True):
    version: int
    seen: dict[str, Seen]


class ModelIndex:
    """The index in that file. A file that is damaged, too large or of another version counts as empty."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = _load(path)
        self._changed = False

    def get(self, path: str) -> Seen | None:
        return self._seen.get(path)

    def put(self, path: str, seen: Seen) -> None:
        self._seen[path] = seen
        self._changed = True

    def keep_only(self, paths: set[str]) -> None:
        """Forgets what is no longer there."""
        if not self._seen.keys() <= paths:
            self._seen = {path: seen for path, seen in self._seen.items() if path in paths}
            self._changed = True

    def save(self) -> None:
        """Writes it whole or not at all; one that cannot be written is made again at the next start."""
        if not self._changed:
            return
        part = self._path.with_name(f"{self._path.name}.{new_id()}.part")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(msgspec.msgpack.encode(_Kept(VERSION, self._seen)))
            os.replace(part, self._path)
            self._changed = False
        except OSError:
            with suppress(OSError):
                part.unlink(missing_ok=True)


def _load(path: Path) -> dict[str, Seen]:
    try:
        if path.stat().st_size > _LIMIT:
            return {}
        kept = msgspec.msgpack.decode(path.read_bytes(), type=_Kept)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return kept.seen if kept.version == VERSION else {}
