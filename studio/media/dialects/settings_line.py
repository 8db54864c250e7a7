"""A1111's line of settings: `Steps: 20, Sampler: Euler a, Lora hashes: "a: 1234, b: 5678", …`."""

import json
import re
from typing import Any

import msgspec

_LEAST_SETTINGS = 3  # of a line of settings, as A1111 has it
_MOST_SETTINGS, _MOST_HEADS = 1000, 20
_MARKS = {"Steps", "Sampler", "Seed", "CFG scale", "Civitai resources"}
_KEY = re.compile(r"\s*(\w[\w \-/+.]{0,59}):\s*")
_HEAD = re.compile(r"^(Steps: ?\d|Size: ?\d|Sampler: ?\w|Seed: ?\d)")
_PLAIN = re.compile(r"[^,\n]*")
# Dynamic prompts' own two, unquoted to the end of the text or to the other one.
_TEMPLATES = re.compile(r"(?:^|\n|, )(Negative Template|Template): ")
_DECODER = json.JSONDecoder()


class Settings(msgspec.Struct, frozen=True):
    """The settings by name: text, or what a JSON value holds."""

    values: dict[str, Any]


def settings_in(text: str) -> tuple[Settings | None, str]:
    """The settings and what stands above them; None and all of the text where it has no such line."""
    text = text.strip().replace("\r\n", "\n")
    lines = text.split("\n")
    heads = [number for number, line in enumerate(lines) if _HEAD.match(line.lstrip())]
    for number in dict.fromkeys((len(lines) - 1, *reversed(heads[-_MOST_HEADS:]))):
        values = _values("\n".join(lines[number:]).strip())
        if len(values) >= _LEAST_SETTINGS and values.keys() & _MARKS:
            return Settings(values), "\n".join(lines[:number])
    return None, text


def _values(text: str) -> dict[str, Any]:
    parts = _TEMPLATES.split(text)
    found = _pairs(parts[0])
    for name, value in zip(parts[1::2], parts[2::2], strict=True):
        found[name] = _unquoted(value.strip().rstrip(","))
    return found


def _pairs(text: str) -> dict[str, Any]:
    found = dict[str, Any]()
    at = 0
    for _ in range(_MOST_SETTINGS):
        if at >= len(text):
            break
        key = _KEY.match(text, at)
        if not key:  # a value with a comma, unquoted: its rest belongs to nothing
            at = _next(text, at)
            continue
        value, at = _value(text, key.end())
        found.setdefault(key[1].strip(), value)
    return found


def _value(text: str, at: int) -> tuple[Any, int]:
    """A value and where the next setting begins."""
    if text[at : at + 1] in ('"', "[", "{"):
        try:
            value, end = _DECODER.raw_decode(text, at)
            return value, _next(text, end)
        except (ValueError, RecursionError):
            pass
    plain = _PLAIN.match(text, at)
    value = plain[0].strip() if plain else ""
    return value, _next(text, at)


def _next(text: str, at: int) -> int:
    """Behind the next comma or end of line."""
    plain = _PLAIN.match(text, at)
    return (plain.end() if plain else len(text)) + 1


def _unquoted(value: str) -> str:
    try:
        told = json.loads(value) if value.startswith('"') else value
    except (ValueError, RecursionError):
        return value
    return told if isinstance(told, str) else value
