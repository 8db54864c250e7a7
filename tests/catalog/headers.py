"""Safetensors files with chosen tensors and notes; the data is a hole in the file and takes no space."""

import json
import math
import struct
from pathlib import Path


def write(path: Path, shapes: dict[str, tuple[int, ...]], notes: dict[str, str] | None = None) -> Path:
    """A sound file: every tensor in float16."""
    header: dict[str, object] = {"__metadata__": notes} if notes else {}
    at = 0
    for name, shape in shapes.items():
        size = 2 * math.prod(shape)
        header[name] = {"dtype": "F16", "shape": shape, "data_offsets": [at, at + size]}
        at += size
    return raw(path, json.dumps(header).encode(), at)


def raw(path: Path, header: bytes, data: int, length: int | None = None) -> Path:
    """A file with that header, that many bytes of data, and a length that may be a lie."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(header) if length is None else length) + header)
        file.truncate(8 + len(header) + data)
    return path
