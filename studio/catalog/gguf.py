"""The header of a GGUF file: what model it holds, and whether the file is whole.

Layout (github.com/ggml-org/ggml, docs/gguf.md): magic `GGUF`, version, number of tensors, number of keys;
the keys with their values; for each tensor name, dimensions, type and offset; padding; the data.
"""

import math
import mmap
import struct
from pathlib import Path

import msgspec

from studio.core.errors import ModelUnreadable, ModelUnsupported

_STRING, _ARRAY = 8, 9
# Value type → struct format.
_NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_DEFAULT_ALIGNMENT = 32
_MOST = 1 << 24  # of anything counted in a header

Value = str | int | float | bool


class GgufHeader(msgspec.Struct, frozen=True, kw_only=True):
    """What the header says; `parameters` counts every number in every tensor."""

    architecture: str
    name: str = ""
    licence: str | None = None
    context_length: int | None = None
    parameters: int = 0


class _Cut(Exception):
    """The file ends before its header does, or the header makes no sense."""


class _Cursor:
    """Reads little-endian values one after another."""

    def __init__(self, data: mmap.mmap) -> None:
        self.data, self.at = data, 0

    def number(self, kind: str) -> int | float | bool:
        size = struct.calcsize(f"<{kind}")
        if self.at + size > len(self.data):
            raise _Cut
        value: int | float | bool = struct.unpack_from(f"<{kind}", self.data, self.at)[0]
        self.at += size
        return value

    def count(self, kind: str = "Q") -> int:
        value = int(self.number(kind))
        if value > _MOST:
            raise _Cut
        return value

    def text(self) -> str:
        length = self.count()
        if self.at + length > len(self.data):
            raise _Cut
        self.at += length
        return self.data[self.at - length : self.at].decode("utf-8", "replace")

    def value(self) -> Value | None:
        """One typed value; arrays are stepped over."""
        kind = int(self.number("I"))
        if kind == _STRING:
            return self.text()
        if kind == _ARRAY:
            return self._skip_array()
        if kind not in _NUMBERS:
            raise _Cut
        return self.number(_NUMBERS[kind])

    def _skip_array(self) -> None:
        kind, count = int(self.number("I")), self.count()
        if kind in _NUMBERS:
            self.at += count * struct.calcsize(f"<{_NUMBERS[kind]}")
            return
        if kind != _STRING:
            raise _Cut
        for _ in range(count):
            length = self.count()
            self.at += length


def read_gguf(path: Path, name: str) -> GgufHeader:
    """Raises ModelUnreadable for a file that is damaged or cut, ModelUnsupported for one that is no model."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _read(_Cursor(data), name)
    except (OSError, ValueError, OverflowError, _Cut) as error:
        raise ModelUnreadable(model=name, file=path.name) from error


def _read(cursor: _Cursor, name: str) -> GgufHeader:
    cursor.at = 4
    if cursor.data[:4] != b"GGUF" or cursor.number("I") not in (2, 3):
        raise _Cut
    tensors, keys = cursor.count(), cursor.count()
    found = {cursor.text(): cursor.value() for _ in range(keys)}
    architecture = found.get("general.architecture")
    if not isinstance(architecture, str):
        raise ModelUnsupported(model=name, kind="GGUF")
    context = found.get(f"{architecture}.context_length")
    return GgufHeader(
        architecture=architecture,
        name=_text(found.get("general.name")) or "",
        licence=_text(found.get("general.license")),
        context_length=context if isinstance(context, int) else None,
        parameters=_check_tensors(cursor, tensors, int(found.get("general.alignment") or _DEFAULT_ALIGNMENT)),
    )


def _check_tensors(cursor: _Cursor, count: int, alignment: int) -> int:
    """The number of parameters; raises where the last tensor would begin behind the end of the file."""
    parameters = last = 0
    for _ in range(count):
        cursor.text()
        parameters += math.prod(cursor.count() for _ in range(cursor.count("I")))
        cursor.number("I")  # the quantisation
        last = max(last, int(cursor.number("Q")))
    start = -(-cursor.at // alignment) * alignment
    if count and start + last >= len(cursor.data):
        raise _Cut
    return parameters


def _text(value: Value | None) -> str | None:
    return value if isinstance(value, str) else None
