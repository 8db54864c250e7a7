"""Tiles as bytes for the history: against the tile before, so that only what changed takes room."""

import struct

import numpy as np
import zstandard

from studio.media.planes import Pixels

Row = np.ndarray[tuple[int], np.dtype[np.uint8 | np.uint32]]  # one number for each pixel

_LEVEL = 1
_PATCH_SHARE = 0.9  # of the pixels: where more changed, the whole tile is no larger, and quicker
_HEAD = struct.Struct("<BBHH")  # 1: a patch, channels, height, width


def pack(after: Pixels, before: Pixels | None) -> bytes:
    """The tile; with `before`, a tile of the same shape, perhaps as what differs from it."""
    height, width = after.shape[:2]
    now = _pixels(after)
    different = None if before is None or before.shape != after.shape else now != _pixels(before)
    patch = different is not None and int(np.count_nonzero(different)) < _PATCH_SHARE * now.size
    if different is not None and patch:
        content = np.packbits(different).tobytes() + now[different].tobytes()
    else:
        content = now.tobytes()
    head = _HEAD.pack(patch, now.dtype.itemsize, height, width)
    return head + zstandard.ZstdCompressor(level=_LEVEL).compress(content)


def is_patch(packed: bytes) -> bool:
    """Whether the tile before is needed to unpack it."""
    return packed[:1] == b"\1"


def unpack(packed: bytes, shape: tuple[int, ...], before: Pixels | None) -> Pixels:
    """The tile of that shape, which cannot be written to.

    Raises ValueError where the bytes are no such tile; they take no more memory than one to find that out.
    """
    height, width = shape[:2]
    try:
        patch, channels, *size = _HEAD.unpack_from(packed)
        if patch > 1 or size != [height, width] or shape[2:] != ((channels,) if channels != 1 else ()):
            raise ValueError
        if before is not None and before.shape != shape:
            raise ValueError
        now = _unpacked(packed[_HEAD.size :], channels, height * width, bool(patch), before)
    except (struct.error, zstandard.ZstdError, ValueError) as error:
        raise ValueError("these bytes are no tile") from error
    return now.view(np.uint8).reshape(shape)


def _unpacked(data: bytes, channels: int, count: int, patch: bool, before: Pixels | None) -> Row:
    pixels = np.dtype(np.uint32 if channels == 4 else np.uint8)
    bits_size = (count + 7) // 8 if patch else 0
    # What it says is allocated before a byte of it is unpacked.
    if not bits_size <= zstandard.frame_content_size(data) <= bits_size + count * channels:
        raise ValueError
    content = zstandard.ZstdDecompressor().decompress(data)
    found = np.frombuffer(content, pixels, offset=bits_size)
    if patch:
        different = np.unpackbits(np.frombuffer(content, np.uint8, bits_size), count=count).view(bool)
        if found.size != np.count_nonzero(different):
            raise ValueError
        now = np.zeros(count, pixels) if before is None else _pixels(before).copy()
        now[different] = found
        return now
    if found.size != count:
        raise ValueError
    return found


def _pixels(tile: Pixels) -> Row:
    """One number for each pixel, in a row."""
    whole = np.ascontiguousarray(tile)
    return whole.reshape(-1) if tile.ndim == 2 else whole.view(np.uint32).reshape(-1)
