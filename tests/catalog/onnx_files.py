"""ONNX files written field by field, as protobuf does, so that a test can put anything into one."""

import struct
from collections.abc import Sequence
from pathlib import Path

FLOAT, HALF = 1, 10


def varint(number: int) -> bytes:
    low, rest = number & 127, number >> 7
    return bytes([low | 128]) + varint(rest) if rest else bytes([low])


def field(number: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def value(name: str, shape: Sequence[int | str], kind: int = FLOAT) -> bytes:
    """What a graph takes or gives; a side with a name is not fixed."""
    sides = b"".join(field(1, field(1 if isinstance(side, int) else 2, side)) for side in shape)
    return field(1, name) + field(2, field(1, field(1, kind) + field(2, sides)))


def node(kind: str, given: Sequence[str], made: str, domain: str = "", attributes: bytes = b"") -> bytes:
    names = b"".join(field(1, name) for name in given)
    return names + field(2, made) + field(4, kind) + (field(7, domain) if domain else b"") + attributes


def whole(name: str, number: int) -> bytes:
    """An attribute of a node: a whole number."""
    return field(5, field(1, name) + field(3, number) + field(20, 2))


def weights(name: str, numbers: Sequence[float], outside: str = "") -> bytes:
    """A row of numbers; `outside` is the file that they are in instead."""
    start = field(1, len(numbers)) + field(2, FLOAT) + field(8, name)
    if outside:
        return start + field(13, field(1, "location") + field(2, outside)) + field(14, 1)
    return start + field(9, struct.pack(f"<{len(numbers)}f", *numbers))


def model(nodes: Sequence[bytes], given: bytes, made: bytes, further: bytes = b"") -> bytes:
    """`further` are fields of the graph."""
    graph = b"".join(field(1, one) for one in nodes) + field(2, "graph") + further
    graph += field(11, given) + field(12, made)
    return field(1, 8) + field(7, graph) + field(8, field(1, "") + field(2, 13))


def brightness(path: Path, side: int | str = 32, out: Sequence[int | str] | None = None) -> Path:
    """A model whose mask is the mean of the colours, as they are given to it."""
    axes = field(5, field(1, "axes") + field(8, 1) + field(20, 7))
    mean = node("ReduceMean", ["picture"], "mean", attributes=axes)
    scaled = node("Mul", ["mean", "scale"], "mask")
    data = model(
        [mean, scaled],
        value("picture", (1, 3, side, side)),
        value("mask", out or (1, 1, side, side)),
        field(5, weights("scale", [1.0])),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path
