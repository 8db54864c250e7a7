"""What the words of options stand for. What is wrong is told by `usage.py`."""

import argparse
import math
import re
from collections.abc import Callable
from typing import NamedTuple

from studio.core.adjustments import GAMMAS, MOST_RADIUS, HueSaturation, Levels, Sharpen
from studio.core.edits import Margins, Region
from studio.core.hand_steps import MOST_AMOUNT
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


def within(least: int, most: int) -> Callable[[str], float]:
    """A number between the two."""

    def number(text: str) -> float:
        value = float(text)
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text} is not between {least} and {most}")
        return value

    number.__name__ = "float"  # argparse says it where it is none
    return number


def enlargement(text: str) -> float:
    """Times, more than one; how many are too many is known where it is done."""
    value = _number(text)
    if value is None or not value > 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not an enlargement")
    return value


def region(text: str) -> Region:
    """`X,Y,W,H` in pixels; it may reach beyond the picture."""
    numbers = _whole(text, 4)
    if numbers is None or numbers[2] < 1 or numbers[3] < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a region")
    return Region(*numbers)


def margins(text: str) -> Margins:
    """`L,T,R,B` in pixels."""
    numbers = _whole(text, 4)
    if numbers is None or min(numbers) < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not margins")
    return Margins(*numbers)


def three_levels(text: str) -> Levels:
    """`BLACK,GAMMA,WHITE`, such as 10,1.2,245."""
    numbers = _numbers(text, 3, 3)
    if numbers is None or not (0 <= numbers[0] < numbers[2] <= 255 and GAMMAS[0] <= numbers[1] <= GAMMAS[1]):
        raise argparse.ArgumentTypeError(f"{text!r} is not levels")
    return Levels(black=round(numbers[0]), gamma=numbers[1], white=round(numbers[2]))


def hue(text: str) -> HueSaturation:
    """`H[,S[,L]]`: degrees, then percent."""
    numbers = _numbers(text, 1, 3)
    if numbers is None or abs(numbers[0]) > 180 or any(abs(number) > 100 for number in numbers[1:]):
        raise argparse.ArgumentTypeError(f"{text!r} is not a hue")
    return HueSaturation(**dict(zip(("hue", "saturation", "lightness"), numbers, strict=False)))


def sharpening(text: str) -> Sharpen:
    """`AMOUNT[,RADIUS]`: percent, and pixels."""
    numbers = _numbers(text, 1, 2)
    if numbers is None or not (0 < numbers[0] <= MOST_AMOUNT and 0 < numbers[-1] <= MOST_AMOUNT):
        raise argparse.ArgumentTypeError(f"{text!r} is not a sharpening")
    amount, radius = numbers[0], min([*numbers[1:], 1.0][0], MOST_RADIUS)
    return Sharpen(amount=amount, radius=radius)


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


def _whole(text: str, count: int) -> list[int] | None:
    match = re.fullmatch(r"-?\d{1,7}(\s*,\s*-?\d{1,7})*", text.strip())
    numbers = [int(part) for part in text.split(",")] if match else []
    return numbers if len(numbers) == count else None


def _numbers(text: str, least: int, most: int) -> list[float] | None:
    numbers = [_number(part) for part in text.split(",")]
    finite = [number for number in numbers if number is not None and math.isfinite(number)]
    return finite if least <= len(finite) <= most and len(finite) == len(numbers) else None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
