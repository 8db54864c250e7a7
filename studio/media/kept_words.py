"""The words of a layer beside its pixels in a file, so that they can be written anew when it is opened again.

Whoever wrote the file: what is not as this program writes it is not taken, and the pixels stay as they are.
"""

import json
import re

import msgspec

from studio.core.layers import MOST_LETTERS, TEXT_SIZES, TextStyle

WORDS_LIMIT = 16 * MOST_LETTERS  # bytes of JSON, of which a letter takes twelve at most
_MOST_FAMILY = 200  # letters of the name of a font
_FARTHEST = 100_000  # pixels from the corner of the canvas
_COLOUR = re.compile("#[0-9A-Fa-f]{6}")


def words_written(style: TextStyle) -> bytes:
    """As JSON."""
    return json.dumps(msgspec.to_builtins(style)).encode()


def words_read(written: bytes) -> TextStyle | None:
    """None for what is no such thing, or beyond what can be drawn."""
    try:
        style = msgspec.json.decode(written, type=TextStyle)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    return style if _is_fit(style) else None


def _is_fit(style: TextStyle) -> bool:
    least, most = TEXT_SIZES
    return (
        0 < len(style.text.strip()) <= len(style.text) <= MOST_LETTERS
        and least <= style.size <= most
        and len(style.family) <= _MOST_FAMILY
        and max(abs(style.x), abs(style.y)) <= _FARTHEST
        and _COLOUR.fullmatch(style.colour) is not None
    )
