"""The curve through a few points of a tone curve: the one that is drawn, and by which pixels are changed."""

import math
from collections.abc import Sequence
from itertools import pairwise

from studio.core.adjustments import CurvePoint
from studio.core.errors import CurveUnordered

VALUES = 256


def curve_through(points: Sequence[CurvePoint]) -> list[float]:
    """What becomes of each of the 256 values, not rounded yet: a monotone cubic between the points (Fritsch
    and Carlson, Monotone piecewise cubic interpolation, SIAM J. Numer. Anal. 17, 1980), which never goes
    beyond two of them between them, as a spline would; level before the first and after the last. Without
    points everything stays as it is. Raises CurveUnordered."""
    if any(after[0] <= before[0] for before, after in pairwise(points)):
        raise CurveUnordered()
    if not points:
        return [float(value) for value in range(VALUES)]
    slopes = _slopes(points)
    curve: list[float] = []
    last = 0  # the point at the left of the value
    for value in range(VALUES):
        while last < len(points) - 1 and points[last + 1][0] <= value:
            last += 1
        if value <= points[last][0] or last == len(points) - 1:
            curve.append(float(points[last][1]))
        else:
            curve.append(_between(value, points[last : last + 2], slopes[last : last + 2]))
    return curve


def _between(value: int, ends: Sequence[CurvePoint], slopes: Sequence[float]) -> float:
    """The cubic of Hermite between two points."""
    (x, y), (next_x, next_y) = ends
    width = next_x - x
    t = (value - x) / width
    away = 1 - t
    start = (1 + 2 * t) * (away * away) * y + t * (away * away) * width * slopes[0]
    end = t * t * (3 - 2 * t) * next_y + t * t * (t - 1) * width * slopes[1]
    return start + end


def _slopes(points: Sequence[CurvePoint]) -> list[float]:
    """At the points: the mean of both sides, limited to a circle of three times the secants."""
    secants = [(after[1] - before[1]) / (after[0] - before[0]) for before, after in pairwise(points)]
    if not secants:
        return [0.0]
    inner = [0.0 if one * other <= 0 else (one + other) / 2 for one, other in pairwise(secants)]
    slopes = [secants[0], *inner, secants[-1]]
    for place, secant in enumerate(secants):
        if secant == 0:
            slopes[place : place + 2] = 0.0, 0.0
        elif (far := math.hypot(slopes[place] / secant, slopes[place + 1] / secant)) > 3:
            slopes[place] *= 3 / far
            slopes[place + 1] *= 3 / far
    return slopes
