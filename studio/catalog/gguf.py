"""The header of a GGUF file: what model it holds, and whether the file is whole.

Layout (github.com/ggml-org/ggml, docs/gguf.md): magic `GGUF`, version, number of tensors, number of keys;
the keys with their values; for each tensor name, dimensions, type and offset; padding; the data.
"""

import math
import os
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import msgspec

from studio.catalog.safetensors import open_regular, refuse_impostor
from studio.core.errors import ModelForbidden, ModelIncomplete, ModelUnreadable, ModelUnsupported
from studio.core.thoughts import Askable, askable

MAGIC = b"GGUF"
_STRING, _ARRAY = 8, 9
# Value type → how it is read.
_NUMBERS = {
    kind: struct.Struct(f"<{letter}")
    for kind, letter in zip((0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12), "BbHhIif?Qqd", strict=True)
}
_UINT32, _UINT64 = _NUMBERS[4], _NUMBERS[10]
_DEFAULT_ALIGNMENT = 32
# What a header may have: the largest vocabularies have 262,144 words and twice as many merges, the largest
# mixtures of experts a few thousand tensors. Reading this much takes less than a second.
_MOST_WORDS, _MOST_TENSORS, _MOST_KEYS = 1 << 22, 1 << 16, 1 << 16
_MOST_BYTES = 64 << 20
_STEPS = (256 << 10, 8 << 20, _MOST_BYTES)  # bytes read at a time: without a vocabulary, with one, all
_LONGEST_TEXT = 4096
_TEMPLATE, _LONGEST_TEMPLATE = "tokenizer.chat_template", 256 << 10
_MOST_DIMENSIONS = 8
_MOST_NUMBERS = 1 << 48  # of a model or a context
# Type of a tensor: its name, and the numbers and bytes of a block (`GGML_QUANT_SIZES` in gguf 0.19).
_TYPES = {
    0: ("fp32", 1, 4), 1: ("fp16", 1, 2), 2: ("Q4_0", 32, 18), 3: ("Q4_1", 32, 20), 6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24), 8: ("Q8_0", 32, 34), 9: ("Q8_1", 32, 40), 10: ("Q2_K", 256, 84),
    11: ("Q3_K", 256, 110), 12: ("Q4_K", 256, 144), 13: ("Q5_K", 256, 176), 14: ("Q6_K", 256, 210),
    15: ("Q8_K", 256, 292), 16: ("IQ2_XXS", 256, 66), 17: ("IQ2_XS", 256, 74), 18: ("IQ3_XXS", 256, 98),
    19: ("IQ1_S", 256, 50),
    20: ("IQ4_NL", 32, 18), 21: ("IQ3_S", 256, 110), 22: ("IQ2_S", 256, 82), 23: ("IQ4_XS", 256, 136),
    24: ("int8", 1, 1), 25: ("int16", 1, 2), 26: ("int32", 1, 4), 27: ("int64", 1, 8), 28: ("fp64", 1, 8),
    29: ("IQ1_M", 256, 56), 30: ("bf16", 1, 2), 34: ("TQ1_0", 256, 54), 35: ("TQ2_0", 256, 66),
    39: ("MXFP4", 32, 17), 40: ("NVFP4", 64, 36), 41: ("Q1_0", 128, 18),
}  # fmt: skip
# `general.file_type` (`LlamaFileType` in gguf 0.19).
_FILE_TYPES = {
    0: "fp32", 1: "fp16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S",
    12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K",
    19: "IQ2_XXS", 20: "IQ2_XS", 21: "Q2_K_S", 22: "IQ3_XS", 23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL",
    26: "IQ3_S", 27: "IQ3_M", 28: "IQ2_S", 29: "IQ2_M", 30: "IQ4_XS", 31: "IQ1_M", 32: "bf16", 36: "TQ1_0",
    37: "TQ2_0", 38: "MXFP4", 39: "NVFP4", 40: "Q1_0",
}  # fmt: skip

_MOST_LAYERS = 1024
_CACHE_BYTES = 2  # of a number of keys and values, which llama.cpp keeps in half precision

# As `llama-gguf-split` names the parts of a model (llama.cpp, `llama_split_path`).
_PART = re.compile(r"-\d{5}-of-(\d{5})(?=\.gguf$)", re.IGNORECASE)
_MOST_PARTS = 1000  # the largest models have some dozen; for each a look at the disk is taken

Value = str | int | float | bool | tuple[int | float | bool, ...]


class GgufHeader(msgspec.Struct, frozen=True, kw_only=True):
    """What the header says; `parameters` counts every number in every tensor.

    `layers`, `token_bytes`: how many it has, and what all of them keep of each token that was read. `type` is
    `general.type` (`model`, `adapter`, `mmproj`), "" in older files; `shapes` as torch has them;
    `thinks` as in ModelSpec.
    """

    architecture: str
    type: str = ""
    name: str = ""
    licence: str | None = None
    context_length: int | None = None
    precision: str = ""
    parameters: int = 0
    layers: int = 0
    token_bytes: int = 0
    thinks: tuple[Askable, ...] = ()
    shapes: dict[str, tuple[int, ...]] = {}


class _Cut(Exception):
    """The file ends before its header does, or the header makes no sense."""


# What reading raises where the bytes at hand end too soon.
_CUT = (_Cut, struct.error)


class _Cursor:
    """Reads little-endian values one after another from the first bytes of a file of `size` bytes."""

    def __init__(self, data: bytes, size: int) -> None:
        self.data, self.size, self.at, self.words = data, size, 0, 0

    def number(self, kind: struct.Struct = _UINT32) -> int | float | bool:
        value: int | float | bool = kind.unpack_from(self.data, self.move(kind.size))[0]
        return value

    def count(self, most: int = _MOST_BYTES) -> int:
        value = int(self.number(_UINT64))
        if value > most:
            raise _Cut
        return value

    def move(self, size: int) -> int:
        """Steps over that many bytes and says where they began."""
        began, self.at = self.at, self.at + size
        if self.at > len(self.data):
            raise _Cut
        return began

    def text(self, longest: int = _LONGEST_TEXT) -> str:
        """One text; what is longer than any name is cut."""
        length = self.count()
        began = self.move(length)
        return self.data[began : began + min(length, longest)].decode("utf-8", "replace")

    def pair(self) -> tuple[str, Value | None]:
        """A key and its value."""
        key = self.text()
        return key, self.value(_LONGEST_TEMPLATE if key == _TEMPLATE else _LONGEST_TEXT)

    def value(self, longest: int = _LONGEST_TEXT) -> Value | None:
        """One typed value; of arrays only those with a number for each layer, others are stepped over."""
        kind = int(self.number())
        if kind == _STRING:
            return self.text(longest)
        if kind == _ARRAY:
            return self._array()
        if kind not in _NUMBERS:
            raise _Cut
        return self.number(_NUMBERS[kind])

    def __contains__(self, text: object) -> bool:
        """Whether a list of what was read has that text, as a vocabulary does."""
        raw = str(text).encode()
        return self.data.find(_UINT64.pack(len(raw)) + raw, 0, self.at) >= 0

    def _array(self) -> Value | None:
        kind, count = int(self.number()), self.count()
        if kind in _NUMBERS:
            began = self.move(count * _NUMBERS[kind].size)
            if not 0 < count <= _MOST_LAYERS:
                return None
            return struct.unpack_from(f"<{count}{_NUMBERS[kind].format[1:]}", self.data, began)
        self.words += count
        if kind != _STRING or self.words > _MOST_WORDS:
            raise _Cut
        length_at, data, at = _UINT64.unpack_from, self.data, self.at
        for _ in range(count):  # a vocabulary: most of what there is to read
            at += 8 + length_at(data, at)[0]
        self.move(at - self.at)
        return None


def is_split(path: Path) -> bool:
    """Whether it is one of several files that only together are a model."""
    part = _PART.search(path.name)
    return part is not None and int(part[1]) > 1


def parts_of(path: Path) -> Iterator[Path]:
    """All files of the model that this one is a part of, the first first, whether or not they are there; of
    more than any model has, the first of them."""
    part = _PART.search(path.name)
    if part is None or not is_split(path):
        yield path
        return
    before, after = path.name[: part.start()], path.name[part.end() :]
    for number in range(1, min(int(part[1]), _MOST_PARTS) + 1):
        yield path.with_name(f"{before}-{number:05d}-of-{part[1]}{after}")


def without_part(name: str) -> str:
    """How all parts are called together."""
    return _PART.sub("", name)


def read_gguf(path: Path, name: str) -> GgufHeader:
    """What the model's files say together; only the first of several tells more than its tensors.

    Raises ModelIncomplete where a part is missing, ModelUnreadable for a file that is damaged or cut,
    ModelUnsupported for one that is no model, ModelUnsafe, ModelPointer, ModelForbidden as for safetensors.
    """
    header: GgufHeader | None = None
    for part in parts_of(path):
        if is_split(path) and not part.is_file():
            raise ModelIncomplete(model=name, file=part.name)
        read = _read_file(part, name, header.architecture if header else "")
        header = _together(header, read) if header else read
    assert header is not None
    return header


def _together(one: GgufHeader, other: GgufHeader) -> GgufHeader:
    return msgspec.structs.replace(
        one,
        precision=one.precision or other.precision,
        parameters=one.parameters + other.parameters,
        shapes=one.shapes | other.shapes,
    )


def _read_file(path: Path, name: str, architecture: str) -> GgufHeader:
    """`architecture` is that of the parts before."""
    try:
        with open_regular(path) as file:
            refuse_impostor(file.read(32), name, path.name)
            return _read_enough(file, name, architecture)
    except PermissionError as error:
        raise ModelForbidden(path=str(path)) from error
    except (OSError, ValueError, OverflowError, *_CUT) as error:
        raise ModelUnreadable(model=name, file=path.name) from error


def _read_enough(file: IO[bytes], name: str, architecture: str) -> GgufHeader:
    """From as little of the file as its header needs. Not mapped: the process would be killed where a disk
    goes away, or the file becomes shorter, while it is read."""
    size = os.fstat(file.fileno()).st_size
    for limit in _STEPS:
        file.seek(0)
        try:
            return _read(_Cursor(file.read(limit), size), name, architecture)
        except _CUT:
            if limit >= size:
                raise
    raise _Cut


def _read(cursor: _Cursor, name: str, before: str) -> GgufHeader:
    if cursor.data[: cursor.move(4) + 4] != MAGIC or cursor.number() not in (2, 3):
        raise _Cut
    tensors, keys = cursor.count(_MOST_TENSORS), cursor.count(_MOST_KEYS)
    found = dict(cursor.pair() for _ in range(keys))
    architecture = before or found.get("general.architecture")
    if not isinstance(architecture, str):
        raise ModelUnsupported(model=name, kind="GGUF")
    context, file_type = found.get(f"{architecture}.context_length"), found.get("general.file_type")
    alignment = found.get("general.alignment")
    shapes, most = _check_tensors(cursor, tensors, alignment if isinstance(alignment, int) else 0)
    parameters = sum(map(math.prod, shapes.values()))
    if parameters > _MOST_NUMBERS:
        raise _Cut
    return GgufHeader(
        architecture=architecture,
        type=_text(found.get("general.type")) or "",
        name=_text(found.get("general.name")) or "",
        licence=_text(found.get("general.license")),
        context_length=context if isinstance(context, int) and 0 < context < _MOST_NUMBERS else None,
        precision=_FILE_TYPES.get(file_type, most) if isinstance(file_type, int) else most,
        parameters=parameters,
        layers=_number(found, f"{architecture}.block_count"),
        token_bytes=_token_bytes(found, architecture),
        thinks=askable(_text(found.get(_TEMPLATE)) or "", cursor),
        shapes=shapes,
    )


def _check_tensors(cursor: _Cursor, count: int, alignment: int) -> tuple[dict[str, tuple[int, ...]], str]:
    """The shapes, and the type of most bytes; raises where a tensor would end behind the end of the file."""
    shapes: dict[str, tuple[int, ...]] = {}
    sizes: dict[str, int] = {}
    last = 0
    for _ in range(count):
        name, dimensions = cursor.text(), int(cursor.number())
        if dimensions > _MOST_DIMENSIONS or name in shapes:
            raise _Cut
        shape = tuple(int(cursor.number(_UINT64)) for _ in range(dimensions))
        if math.prod(shape) > _MOST_NUMBERS:
            raise _Cut
        kind, block, size = _TYPES.get(int(cursor.number()), ("", 1, 0))
        taken = -(-math.prod(shape) // block) * size
        last = max(last, int(cursor.number(_UINT64)) + max(taken, 1))
        sizes[kind] = sizes.get(kind, 0) + taken
        shapes[name] = shape[::-1]
    unit = alignment if alignment > 0 else _DEFAULT_ALIGNMENT
    if count and -(-cursor.at // unit) * unit + last > cursor.size:
        raise _Cut
    return shapes, max(sizes, key=sizes.__getitem__, default="")


def _token_bytes(found: dict[str, Value | None], architecture: str) -> int:
    """Keys and values of one token in all layers; where layers differ in their heads, the file lists them.

    Of every so many layers only one may attend, the others keep a state of their own (Qwen 3.5).
    """
    layers, heads = _number(found, f"{architecture}.block_count"), f"{architecture}.attention.head_count"
    width = _number(found, f"{architecture}.embedding_length") // max(1, _number(found, heads))
    widths = [_number(found, f"{architecture}.attention.{name}_length", width) for name in ("key", "value")]
    listed = found.get(f"{heads}_kv", found.get(heads))
    every = max(1, _number(found, f"{architecture}.full_attention_interval", 1))
    key_heads = (
        sum(int(one) for one in listed if math.isfinite(one))
        if isinstance(listed, tuple)
        else layers // every * max(0, listed if isinstance(listed, int) else 0)
    )
    taken = key_heads * sum(widths) * _CACHE_BYTES
    if not 0 <= taken < _MOST_NUMBERS:
        raise _Cut
    return taken


def _number(found: dict[str, Value | None], key: str, otherwise: int = 0) -> int:
    """At most one of a tensor's numbers; of a list with one for each layer, the largest."""
    value = found.get(key)
    if isinstance(value, tuple):
        value = int(max((one for one in value if math.isfinite(one)), default=0))
    return value if isinstance(value, int) and 0 < value < _MOST_NUMBERS else otherwise


def _text(value: Value | None) -> str | None:
    return value if isinstance(value, str) else None
