"""Tiles as bytes for the history: against the tile before, so that only what changed takes room."""

import struct

import numpy as np
import zstandard

from studio.media.planes import Pixels

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
    return bool(packed[0])


def unpack(packed: bytes, before: Pixels | None) -> Pixels:
    """The tile, which cannot be written to. Raises ValueError where the bytes are no tile."""
    try:
        patch, channels, height, width = _HEAD.unpack_from(packed)
        content = zstandard.ZstdDecompressor().decompress(packed[_HEAD.size :])
        pixels = np.uint32 if channels == 4 else np.uint8
        if not patch:
            now = np.frombuffer(content, pixels)
        else:
            count = height * width
            bits = np.frombuffer(content, np.uint8, (count + 7) // 8)
            different = np.unpackbits(bits, count=count).view(bool)
            now = np.zeros(count, pixels) if before is None else _pixels(before).copy()
            now[different] = np.frombuffer(content, pixels, offset=bits.size)
    except (struct.error, zstandard.ZstdError) as error:
        raise ValueError("these bytes are no tile") from error
    return now.view(np.uint8).reshape((height, width) if channels == 1 else (height, width, 4))


def _pixels(tile: Pixels) -> np.ndarray[tuple[int], np.dtype[np.uint8 | np.uint32]]:
    """One number for each pixel, in a row."""
    whole = np.ascontiguousarray(tile)
    return whole.reshape(-1) if tile.ndim == 2 else whole.view(np.uint32).reshape(-1)
