"""The header of a safetensors file: its tensors and notes, after checking that the file is whole and honest.

Layout (github.com/huggingface/safetensors, README, "Format"): 8 bytes of length, little-endian; that many
bytes of JSON, `{name: {dtype, shape, data_offsets}}` and under `__metadata__` notes as text; then the data,
without gaps and without overlap.
"""

import math
import os
import stat
from collections.abc import Collection, Iterable
from operator import mul
from pathlib import Path
from typing import IO, Annotated, cast

import msgspec

from studio.core.errors import ModelEmpty, ModelForbidden, ModelPointer, ModelUnreadable, ModelUnsafe

# The format allows 100 MB (`MAX_HEADER_SIZE` in safetensors/src/tensor.rs); the longest headers known, of
# files with all experts of a large model, have under 10 MB. This much is decoded in less than 200 MB.
HEADER_LIMIT = 25_000_000
# What bounds the memory: a decoded tensor takes about 350 bytes and has at least seven of the marks `,`, `[`
# and `{` and ten quotes; a note takes 220 bytes and has one comma and four quotes.
_MOST_MARKS = 1_200_000
_MOST_QUOTES = 1_500_000
_MOST_DIMENSIONS = 16
_LARGEST = (1 << 63) - 1
_NOTES, _OFFSETS = "__metadata__", "data_offsets"
# Bits of one number (`Dtype::bitsize` in safetensors/src/tensor.rs, 0.8).
_BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "U16": 16, "I16": 16, "U32": 32, "I32": 32, "U64": 64, "I64": 64,
    "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8,
    "F8_E5M2FNUZ": 8, "F16": 16, "BF16": 16, "F32": 32, "F64": 64, "C64": 64,
}  # fmt: skip
_PRECISIONS = {
    "F64": "fp64", "F32": "fp32", "F16": "fp16", "BF16": "bf16", "F8_E4M3": "fp8", "F8_E5M2": "fp8",
    "F8_E4M3FNUZ": "fp8", "F8_E5M2FNUZ": "fp8", "F6_E2M3": "fp6", "F6_E3M2": "fp6", "F4": "fp4", "I8": "int8",
    "U8": "int8", "I32": "int4",
}  # fmt: skip
_PACKED = "bitsandbytes__"  # how transformers and diffusers begin the name of the state of packed weights
_PICKLE_STARTS = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
_POINTER_START = b"version https://git-lfs"


Sides = Annotated[
    list[Annotated[int, msgspec.Meta(ge=0, le=_LARGEST)]], msgspec.Meta(max_length=_MOST_DIMENSIONS)
]
Span = tuple[int, int]


class Tensor(msgspec.Struct, frozen=True, gc=False):
    """One tensor: the format's name of its type, its shape, and where its bytes begin and end in the data."""

    dtype: str = ""
    # Text only for the notes, which are decoded as if they were a tensor and then put aside.
    shape: Sides | str = ""
    data_offsets: Span | str = ""


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says of itself.

    Attributes:
        tensors, shapes: by name, in the order of the header.
        sizes: bytes of all tensors of a type, by the format's name of it.
        size_bytes: of the file.
    """

    tensors: dict[str, Tensor]
    shapes: dict[str, list[int]]
    sizes: dict[str, int]
    notes: dict[str, str] = {}
    size_bytes: int = 0


class _Notes(msgspec.Struct, frozen=True):
    notes: dict[str, str] = msgspec.field(name=_NOTES, default_factory=dict[str, str])


class _Damaged(Exception):
    """The header makes no sense, or the file is not as long as it says."""


_decode_tensors = msgspec.json.Decoder(dict[str, Tensor]).decode
_decode_notes = msgspec.json.Decoder(_Notes).decode


def read_safetensors(path: Path, model: str, file: str = "") -> Header:
    """Reads and checks the header; `file` is how a sentence calls it, else by its name.

    Raises ModelUnreadable for a damaged or cut file or none at all, ModelEmpty for one without tensors,
    ModelUnsafe for a pickle under a false name, ModelForbidden, ModelPointer for what Git LFS leaves in the
    place of a file.
    """
    file = file or path.name
    try:
        with open_regular(path) as opened:
            size = os.fstat(opened.fileno()).st_size
            raw = _header_bytes(opened, size, model, file)
        header = _checked(raw, size)
    except PermissionError as error:
        raise ModelForbidden(path=str(path)) from error
    except (OSError, ValueError, KeyError, RecursionError, _Damaged) as error:
        raise ModelUnreadable(model=model, file=file) from error
    if not header.tensors:
        raise ModelEmpty(model=model, file=file)
    return header


def open_regular(path: Path) -> IO[bytes]:
    """Opens a file to read; raises OSError for a pipe or device, which could keep one waiting for ever."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    number = os.open(path, flags)
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)  # `fdopen` would leave that of a folder open
        raise OSError(f"{path} is no regular file")
    return os.fdopen(number, "rb", 0)


def refuse_impostor(start: bytes, model: str, file: str) -> None:
    """Raises ModelUnsafe or ModelPointer where the first bytes are those of a pickle or of a Git LFS note."""
    if start.startswith(_PICKLE_STARTS):
        raise ModelUnsafe(file=file)
    if start.startswith(_POINTER_START):
        raise ModelPointer(model=model, file=file)


def _header_bytes(opened: IO[bytes], size: int, model: str, file: str) -> bytes:
    start = opened.read(len(_POINTER_START))
    refuse_impostor(start, model, file)
    length = int.from_bytes(start[:8], "little")
    if size < 8 or length > min(HEADER_LIMIT, size - 8):
        raise _Damaged
    opened.seek(8)
    raw = opened.read(length)
    if len(raw) < length or (length > _MOST_MARKS and _takes_much(raw)):
        raise _Damaged
    return raw


def _takes_much(raw: bytes) -> bool:
    return sum(map(raw.count, (b",", b"[", b"{"))) > _MOST_MARKS or raw.count(b'"') > _MOST_QUOTES


def _checked(raw: bytes, size: int) -> Header:
    tensors = _decode_tensors(raw)
    notes: dict[str, str] = {}
    if _NOTES in tensors:
        del tensors[_NOTES]
        notes = _decode_notes(raw).notes
    # A name that stands twice: a decoder keeps the last and says nothing.
    spoken = [name for one in (notes, notes.values()) for name in one if name == _OFFSETS]
    if raw.count(b'"data_offsets"') != len(tensors) + len(spoken) + (_OFFSETS in tensors):
        raise _Damaged
    shapes = cast(dict[str, list[int]], {name: tensor.shape for name, tensor in tensors.items()})
    sizes = _check_spans(tensors.values(), shapes.values(), size - 8 - len(raw))
    return Header(tensors=tensors, shapes=shapes, sizes=sizes, notes=notes, size_bytes=size)


def _check_spans(tensors: Collection[Tensor], shapes: Collection[list[int]], end: int) -> dict[str, int]:
    """Each tensor takes just the bytes of its shape and type; together they take each byte once.

    Without a step of Python's own for each tensor where that is possible: a header may have thousands.
    """
    spans = cast(list[Span], [tensor.data_offsets for tensor in tensors])
    if str in set(map(type, shapes)) | set(map(type, spans)):
        raise _Damaged
    types = [tensor.dtype for tensor in tensors]
    lengths = [last - first for first, last in spans]
    bits = map(mul, map(math.prod, shapes), map(_BITS.__getitem__, types))
    if list(bits) != [8 * length for length in lengths]:
        raise _Damaged
    spans.sort()
    # Where one ends the next begins.
    if [first for first, _ in spans] + [end] != [0] + [last for _, last in spans]:
        raise _Damaged
    sizes: dict[str, int] = {}
    for kind, length in zip(types, lengths, strict=True):
        sizes[kind] = sizes.get(kind, 0) + length
    return sizes


def precision_of(headers: Iterable[Header]) -> str:
    """What most bytes are stored as: `fp16`, `bf16`, `fp8`, `nf4`, …; "" where there are none."""
    sizes: dict[str, int] = {}
    for header in headers:
        names = "\n".join(header.tensors)
        if _PACKED in names:
            return names.rpartition(_PACKED)[2].partition("\n")[0]
        for kind, size in header.sizes.items():
            sizes[kind] = sizes.get(kind, 0) + size
    most = max(sizes, key=sizes.__getitem__, default="")
    return _PRECISIONS.get(most, most.lower())


def count_numbers(headers: Iterable[Header]) -> int:
    """Numbers in all tensors."""
    return sum(size * 8 // _BITS[kind] for header in headers for kind, size in header.sizes.items())
