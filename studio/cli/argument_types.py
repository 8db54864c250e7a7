"""What the words of options stand for. What is wrong is told by `usage.py`."""

import argparse
import re
from collections.abc import Callable
from typing import NamedTuple

from studio.core.passes import SecondPass
from studio.core.schedulers import SCHEDULERS, known_scheduler

MOST = 2**63 - 1  # what the database can count to


class Named(NamedTuple):
    """`NAME[:NUMBER]`; the number is None where it was not said."""

    name: str
    number: float | None


def said(text: str) -> str:
    """A name, which has to have something in it: an unset variable of a script names no model, and a path
    made of it would be that of the folder it runs in."""
    if not text.strip():
        raise argparse.ArgumentTypeError("expected one argument")
    return text


def size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(-?\d{1,7})\s*[x×X*]\s*(-?\d{1,7})", text.strip())
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size")
    return int(match[1]), int(match[2])


def at_least(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        value = int(text)
        if not least <= value <= MOST:
            raise argparse.ArgumentTypeError(f"{value} is not between {least} and {MOST}")
        return value

    return number


def named(text: str) -> Named:
    """A name may have colons of its own: only a number behind the last one is no part of it."""
    name, colon, number = said(text).rpartition(":")
    value = _number(number)
    return Named(name, value) if colon and name.strip() and value is not None else Named(text, None)


def cache(text: str) -> str:
    """As the studio names it, from how others write it."""
    return text.casefold().replace("-", "_")


def scheduler(text: str) -> str:
    """Its usual name; a class that we know nothing of may be the model's own, and is asked for as it is."""
    name = said(text).strip()
    usual = known_scheduler(name)
    if not usual and not name.endswith("Scheduler"):
        raise argparse.ArgumentTypeError(f"invalid choice: {name!r} (choose from {', '.join(SCHEDULERS)})")
    return usual or name


def second_pass(text: str) -> SecondPass:
    """`SCALE[:STRENGTH[:STEPS]]`; the steps are whole."""
    numbers: dict[str, float] = {}
    parts = said(text).split(":")
    try:
        for name, read, part in zip(SecondPass.__struct_fields__, (float, float, int), parts, strict=False):
            numbers[name] = read(part)
    except ValueError:
        pass
    if len(numbers) < len(parts):
        raise argparse.ArgumentTypeError(f"{text!r} is not a second pass")
    return SecondPass(**numbers)  # type: ignore[arg-type]


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
