"""Values out of texts that anybody may have written: bounded, finite, and never a path."""

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, cast

from studio.core.job_checks import PROMPT_LIMIT
from studio.core.jobs import MAX_SEED
from studio.core.plain_text import clean_text

Table = dict[str, Any]

EXTRA_LIMIT, EXTRA_VALUE_LIMIT = 40, 400
MOST_SIDE, MOST_STEPS, NAME_LIMIT = 1_000_000, 100_000, 200

_UNSAID: tuple[object, ...] = (None, "", "none", "None", -1, "-1")  # -1 is any seed
_WEIGHTS = re.compile(r"\.(safetensors|ckpt|gguf|pth?|bin|sft)$", re.IGNORECASE)


def parsed(text: str | None) -> Table:
    """The JSON object that a text is, also with NaN and Infinity, as ComfyUI writes; else an empty one."""
    if not text or "{" not in text:
        return {}
    try:
        return table(json.loads(text))
    except (ValueError, RecursionError):
        return {}


def table(value: object) -> Table:
    """The value where it is an object, else an empty one."""
    return cast(Table, value) if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """The value where it is a list, else an empty one."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def words(value: object, most: int = PROMPT_LIMIT) -> str:
    """The value where it is text, cleaned and cut; else ""."""
    return clean_text(value[: most * 2])[:most] if isinstance(value, str) else ""


def number(value: object) -> float | None:
    """A finite number under 10⁹, also as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value) if not isinstance(value, str) or len(value) < 64 else math.nan
    except (ValueError, OverflowError):
        return None
    return found if abs(found) < 1e9 else None  # False for NaN, too


def whole(value: object, most: int) -> int | None:
    """A whole number from 0 to `most`, also as text; seeds need more digits than a float has."""
    if isinstance(value, str) and re.fullmatch(r"\s*\d{1,20}\s*", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        near = number(value)
        value = int(near) if near is not None and near.is_integer() else -1
    return value if 0 <= value <= most else None


def seed(value: object) -> int | None:
    return whole(value, MAX_SEED)


def steps(value: object) -> int | None:
    return whole(value, MOST_STEPS)


def fraction(value: object) -> float | None:
    """A number from 0 to 1."""
    found = number(value)
    return found if found is not None and 0 <= found <= 1 else None


def truth(value: object) -> bool:
    return value is True or (isinstance(value, str) and value.strip().casefold() in ("true", "yes", "full"))


def side(value: object) -> int | None:
    """From 1 to MOST_SIDE pixels."""
    return whole(value, MOST_SIDE) or None


def size(width: object, height: object) -> tuple[int, int] | None:
    """Both sides in pixels, or None."""
    sides = side(width), side(height)
    return (sides[0], sides[1]) if sides[0] and sides[1] else None


def size_in(value: object) -> tuple[int, int] | None:
    """`512x400`, `(512, 400)`, `512 × 400 (5:4)`."""
    found = re.findall(r"(?<!\d)-?\d+(?:\.\d+)?", value[:80]) if isinstance(value, str) else []
    return size(found[0], found[1]) if len(found) >= 2 else None


def file_name(value: object) -> str:
    """The name of a file without the folders of a stranger's disk."""
    return words(value, 4 * NAME_LIMIT).replace("\\", "/").rstrip("/").rpartition("/")[2].strip()[:NAME_LIMIT]


def weights_name(value: object) -> str:
    """The name of a model's file without folders and ending."""
    return _WEIGHTS.sub("", file_name(value))


def extra(fields: Table) -> dict[str, str]:
    """The rest, as far as it is plain and short."""
    plain = {
        clean_text(str(key)[:160])[:80]: clean_text(str(value))
        for key, value in fields.items()
        if isinstance(value, str | int | float) and len(str(value)) <= EXTRA_VALUE_LIMIT
    }
    return dict(list(plain.items())[:EXTRA_LIMIT])


def impossible(said: Mapping[str, Any], read: Mapping[str, Callable[[object], object]]) -> list[str]:
    """Numbers that are there and that nothing can have, each with its name: `steps -5`.

    Args:
        read: by name, the function above that reads it.
    """
    there = [name for name in read if said.get(name) not in _UNSAID]
    return [f"{name} {said[name]}" for name in there if read[name](said[name]) is None]


def each_once(names: list[str]) -> tuple[str, ...]:
    """Names of what was not understood: plain, short, each once, at most a few dozen."""
    told = (clean_text(name).strip()[:80] for name in names)
    return tuple(list(dict.fromkeys(name for name in told if name))[:EXTRA_LIMIT])
