"""The graph in an ONNX file: what it takes and gives, and whether it is nothing but data; no weight is read.

The file is one protobuf message (onnx/onnx.proto in github.com/onnx/onnx): fields with a number and a kind of
coding each. Of the thousands that it has, a few tell what the model is.
"""

import math
import mmap
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec

from studio.catalog.files import ModelFolder
from studio.catalog.safetensors import open_regular, refuse_impostor
from studio.core.errors import ModelUnreadable, ModelUnsupported
from studio.core.model import Ability, Kind, ModelSpec

ENDING = ".onnx"
SIZE_LIMIT = 2 << 30  # bytes of a protobuf message
_MOST_FIELDS = 4_000_000  # BiRefNet, among the longest, has 300,000
_MOST_DEPTH = 8  # graphs within graphs
_MOST_SIDES = 64  # of a tensor; what computes takes no more than that either
_START = 64  # bytes that tell an impostor
STANDARD = ("", "ai.onnx")  # the domains whose operators every runtime has
FLOATS = (1, 10)  # float32 and float16 (`TensorProto.DataType`)

# Kinds that tell a thing from its background, and what their files and folders are called.
_CALLED = (
    ("MODNet", "modnet"),
    ("BiRefNet", "birefnet|rmbg[-_]?2"),
    ("RMBG", "rmbg|bria"),
    ("ISNet", "is[-_]?net|dis-general"),
    ("U2Net", "u2[-_]?net|silueta"),
)
ONNX_BASES = tuple(base for base, _ in _CALLED)

Span = tuple[int, int]
Field = tuple[int, int | Span]


class Value(msgspec.Struct, frozen=True):
    """What a graph takes or gives: `kind` as in TensorProto, a side of `shape` 0 where it is not fixed."""

    name: str
    kind: int = 0
    shape: tuple[int, ...] = ()


class OnnxGraph(msgspec.Struct, frozen=True, kw_only=True):
    """What the file tells.

    Attributes:
        domains: of the operators that it calls.
        outside: weights lie in other files.
        parameters: numbers in its weights.
    """

    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    domains: frozenset[str] = frozenset()
    outside: bool = False
    parameters: int = 0


def read_onnx(path: Path, model: str) -> OnnxGraph:
    """Raises ModelUnreadable for what is no such file, ModelUnsafe and ModelPointer for impostors."""
    try:
        with open_regular(path) as opened:
            size = path.stat().st_size
            refuse_impostor(opened.read(_START), model, path.name)
            if not 0 < size <= SIZE_LIMIT:
                raise ModelUnreadable(model=model, file=path.name)
            with closing(mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)) as data:
                return _Reader(data).model((0, size))
    except PermissionError:
        raise
    except (OSError, ValueError) as error:
        raise ModelUnreadable(model=model, file=path.name) from error


def describe_onnx(path: Path, id: str, name: str, fingerprint: str) -> ModelSpec:
    """Of a file that gives a grey picture for a coloured one: it tells a thing from its background.

    Raises as `read_onnx`, and ModelUnsupported for any other, for one that calls operators of its own, and
    for one whose weights lie elsewhere.
    """
    graph = read_onnx(path, name)
    if strange := sorted(graph.domains - {*STANDARD}):
        raise ModelUnsupported(model=name, kind=f"ONNX, {strange[0]}")
    if graph.outside:
        raise ModelUnsupported(model=name, kind="ONNX, external data")
    base = _base_of(graph, f"{'/'.join(path.parts[-6:])}/{name}")
    if not base:
        raise ModelUnsupported(model=name, kind="ONNX")
    return ModelSpec(
        id=id,
        name=name,
        family="cutting_out",
        base=base,
        abilities=(Ability.CUT_OUT,),
        path=str(path.absolute()),
        kind=Kind.MATTING,
        precision="fp16" if graph.inputs[0].kind == FLOATS[1] else "",
        parameters=graph.parameters,
        size_bytes=path.stat().st_size,
        fingerprint=fingerprint,
    )


def onnx_in(folder: ModelFolder) -> str:
    """The file of a folder, or of its folder `onnx`, that is the model in full; "" where there is none."""
    for sub in ("", "onnx/"):
        names = [name for name in folder.names(sub.rstrip("/")) if name.endswith(ENDING)]
        if names:
            return sub + next((one for one in names if one == f"model{ENDING}"), min(names, key=len))
    return ""


def kind_called(name: str) -> str:
    """The kind that the names of a file and its folders speak of; "" for none."""
    return next((base for base, words in _CALLED if re.search(words, name, re.IGNORECASE)), "")


def _base_of(graph: OnnxGraph, called: str) -> str:
    """By its name, else by the size that it is made for; "" for what gives no mask of a picture."""
    if len(graph.inputs) != 1 or not graph.outputs:
        return ""
    given, made = graph.inputs[0], graph.outputs[0]
    if given.kind not in FLOATS or len(given.shape) != 4 or given.shape[1] != 3 or len(made.shape) != 4:
        return ""
    known = kind_called(called)
    if made.shape[1] != 1 and not (known and made.shape[1] == 0):
        return ""
    side = given.shape[2]
    return known or ("U2Net" if side == 320 else "BiRefNet" if side else "MODNet")


class _Reader:
    """Goes through a message by the numbers of its fields; raises ValueError for what is none."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data = data
        self._left = _MOST_FIELDS
        self._domains = set[str]()
        self._outside = False
        self._parameters = 0

    def model(self, span: Span) -> OnnxGraph:
        inputs, outputs = list[Value](), list[Value]()
        for number, value in self._fields(span):
            if number == 7:
                inputs, outputs = self._graph(_span(value), 0)
            elif number == 25:  # functions of its own, which are called by a domain of their own
                self._domains.add("functions")
        if not outputs:
            raise ValueError("no graph")
        return OnnxGraph(
            inputs=tuple(inputs),
            outputs=tuple(outputs),
            domains=frozenset(self._domains),
            outside=self._outside,
            parameters=self._parameters,
        )

    def _graph(self, span: Span, depth: int) -> tuple[list[Value], list[Value]]:
        if depth > _MOST_DEPTH:
            raise ValueError("too deep")
        inputs, outputs, weights = list[Value](), list[Value](), set[str]()
        for number, value in self._fields(span):
            match number:
                case 1:
                    self._node(_span(value), depth)
                case 5:
                    weights.add(self._tensor(_span(value)))
                case 11:
                    inputs.append(self._value(_span(value)))
                case 12:
                    outputs.append(self._value(_span(value)))
                case 15:
                    self._sparse(_span(value))
                case _:
                    pass
        return [one for one in inputs if one.name not in weights], outputs

    def _node(self, span: Span, depth: int) -> None:
        domain = ""
        for number, value in self._fields(span):
            if number == 7:
                domain = self._text(_span(value))
            elif number == 5:
                self._attribute(_span(value), depth)
        self._domains.add(domain)

    def _attribute(self, span: Span, depth: int) -> None:
        for number, value in self._fields(span):
            if number in (5, 10):
                self._tensor(_span(value))
            elif number in (6, 11):
                self._graph(_span(value), depth + 1)
            elif number in (22, 23):
                self._sparse(_span(value))

    def _sparse(self, span: Span) -> None:
        for number, value in self._fields(span):
            if number in (1, 2):
                self._tensor(_span(value))

    def _tensor(self, span: Span) -> str:
        """Its name; its numbers are counted."""
        name, sides = "", list[int]()
        for number, value in self._fields(span):
            if number == 1:
                sides += [value] if isinstance(value, int) else self._numbers(value)
                if len(sides) > _MOST_SIDES:
                    raise ValueError("no shape")
            elif number == 8:
                name = self._text(_span(value))
            elif number == 13 or (number == 14 and value == 1):
                self._outside = True
        self._parameters += math.prod(sides) if len(sides) < 9 and max(sides, default=1) < 1 << 31 else 0
        return name

    def _value(self, span: Span) -> Value:
        name, kind, shape = "", 0, tuple[int, ...]()
        for number, value in self._fields(span):
            if number == 1:
                name = self._text(_span(value))
            elif number == 2:
                for inner, tensor in self._fields(_span(value)):
                    if inner == 1:
                        kind, shape = self._type(_span(tensor))
        return Value(name, kind, shape)

    def _type(self, span: Span) -> tuple[int, tuple[int, ...]]:
        kind, sides = 0, list[int]()
        for number, value in self._fields(span):
            if number == 1 and isinstance(value, int):
                kind = value
            elif number == 2:
                for inner, side in self._fields(_span(value)):
                    if inner == 1:
                        said = [one for place, one in self._fields(_span(side)) if place == 1]
                        sides.append(said[0] if said and isinstance(said[0], int) else 0)
        return kind, tuple(sides)

    def _numbers(self, span: Span) -> list[int]:
        """Whole numbers one after another: the sides of a tensor, of which there are few."""
        place, found = span[0], list[int]()
        while place < span[1]:
            if len(found) == _MOST_SIDES:
                raise ValueError("no shape")
            number, place = self._varint(place, span[1])
            found.append(number)
        return found

    def _text(self, span: Span) -> str:
        if span[1] - span[0] > 1 << 16:
            raise ValueError("no name")
        return self._data[span[0] : span[1]].decode("utf-8", "replace")

    def _fields(self, span: Span) -> Iterator[Field]:
        """Number, and the value of a whole number or else where the field's bytes lie."""
        place, end = span
        while place < end:
            self._left -= 1
            key, place = self._varint(place, end)
            match key & 7:
                case 0:
                    value, place = self._varint(place, end)
                    yield key >> 3, value
                case 1 | 5 as width:
                    length = 8 if width == 1 else 4
                    yield key >> 3, (place, place + length)
                    place += length
                case 2:
                    length, place = self._varint(place, end)
                    if length > end - place:
                        raise ValueError("cut short")
                    yield key >> 3, (place, place + length)
                    place += length
                case _:
                    raise ValueError("no protobuf")
            if self._left < 0 or place > end:
                raise ValueError("cut short, or endless")

    def _varint(self, place: int, end: int) -> tuple[int, int]:
        """Seven bits a byte, the lowest first; the number and where it ends."""
        number = shift = 0
        while place < end and shift < 70:
            byte = self._data[place]
            number |= (byte & 127) << shift
            place, shift = place + 1, shift + 7
            if byte < 128:
                return number, place
        raise ValueError("cut short")


def _span(value: int | Span) -> Span:
    if isinstance(value, int):
        raise ValueError("a number where a message belongs")
    return value
