"""Documents for tests of their logs: made, left as a dying process leaves them, forged and read again."""

import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from studio.core.ids import new_id
from studio.core.layers import SELECTION, Document, Layer
from studio.media.planes import Plane
from studio.store import edit_log
from studio.store.edit_cards import LOG
from studio.store.edit_history import EditHistory
from studio.store.edit_timeline import Timeline

_FRAME = struct.Struct("<QII")


class Kept:
    """A document that is open on the disk.

    Attributes:
        folder: where it is kept.
        history, line: of it while it is open.
    """

    def __init__(self, edits: Path, width: int = 300, height: int = 270) -> None:
        """A new one of a layer in which each pixel is another."""
        layer = Layer(id="layer", name="Photo", plane="plane")
        state = Document(
            id=new_id(), name="Photo", width=width, height=height, layers=(layer,), active="layer"
        )
        pixels = np.random.default_rng(0).integers(0, 256, (height, width, 4), np.uint8)
        self.folder = edits / state.id
        planes = {"plane": Plane.of(pixels), SELECTION: Plane(width, height, 1)}
        self.history, self.line = EditHistory.create(self.folder, state, planes)
        self.is_open = True

    @property
    def log(self) -> Path:
        return self.folder / LOG

    @property
    def held(self) -> dict[str, bytes]:
        return held(self.line)

    def record(self, *args: Any, **rest: Any) -> None:
        self.history.add(self.line.record(*args, **rest))

    def go(self, done: int) -> None:
        self.line.go_to(done)
        self.history.stands(done)

    def again(self) -> None:
        self.leave()
        self.history, self.line = EditHistory.open(self.folder)
        self.is_open = True

    def leave(self) -> None:
        """As when the process dies: it is open no longer, and nothing more is written."""
        if self.is_open:
            self.history._log.close()
            self.history._lock.close()
            self.is_open = False


def held(line: Timeline) -> dict[str, bytes]:
    """All that is shown."""
    state, planes = line.now
    pixels = {name: plane.read(plane.region).tobytes() for name, plane in planes.items()}
    return {**pixels, "state": msgspec.json.encode(state)}


def records(log: bytes) -> list[tuple[bytes, bytes]]:
    """The header and the bytes of each."""
    found, at = list[tuple[bytes, bytes]](), len(edit_log._MAGIC)
    while at < len(log):
        length, _, header = _FRAME.unpack_from(log, at)
        at += _FRAME.size
        found.append((log[at : at + header], log[at + header : at + length]))
        at += length
    return found


def sealed(found: list[tuple[bytes, bytes]]) -> bytes:
    """The log of those records, with the lengths and checksums that belong to them."""
    parts = [edit_log._MAGIC]
    for header, data in found:
        whole = header + data
        parts += [_FRAME.pack(len(whole), zlib.crc32(whole), len(header)), whole]
    return b"".join(parts)


def forge(kept: Kept, number: int, change: Callable[[dict[str, object], bytes], bytes | None]) -> None:
    """Changes the header of one record, in place, and perhaps its bytes; everything else still fits."""
    kept.leave()
    found = records(kept.log.read_bytes())
    header, data = found[number]
    content = msgspec.msgpack.decode(header)
    data = data if (changed := change(content, data)) is None else changed
    found[number] = msgspec.msgpack.encode(content), data
    kept.log.write_bytes(sealed(found))
