"""The longest gap between two turns of the window's event loop while workers import, load and generate."""

from tests.bench.figures import Figure
from tests.bench.window import Told, visit

LONGEST, MOST = 0.050, 0.016  # seconds


def measure() -> list[Figure]:
    told = visit()
    gaps = sorted(gap for gap, _ in told.gaps)
    longest, most = gaps[-1], gaps[int(0.99 * len(gaps))]
    return [
        Figure(
            "longest gap of the event loop",
            f"{1000 * longest:.0f} ms",
            "≤ 50 ms",
            longest <= LONGEST,
            _worst(told),
        ),
        Figure("99th percentile", f"{1000 * most:.0f} ms", "≤ 16 ms", most <= MOST, f"of {len(gaps)} turns"),
    ]


def _worst(told: Told) -> str:
    """The three longest gaps: when they were, and what of ours the window was doing."""
    places = sorted(range(len(told.gaps)), key=lambda place: told.gaps[place][0], reverse=True)[:3]
    return "; ".join(
        f"{1000 * told.gaps[place][0]:.0f} ms in '{told.gaps[place][1]}' ({told.stacks.get(str(place), '?')})"
        for place in places
    )
