"""The longest gap between two turns of the window's event loop while workers import, load and generate."""

from tests.bench.figures import Figure
from tests.bench.window import Told, visit

LONGEST, MOST = 0.050, 0.016  # seconds


def measure() -> list[Figure]:
    told = visit()
    gaps = sorted(gap for gap, _, _ in told.gaps)
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
    """The three longest gaps: how much of each was our own work (the rest was other processes'), and what."""
    places = sorted(range(len(told.gaps)), key=lambda place: told.gaps[place][0], reverse=True)[:3]
    gaps = [(*told.gaps[place], told.stacks.get(str(place), "?")) for place in places]
    return "; ".join(
        f"{1000 * gap:.0f} ms ({1000 * work:.0f} of work) in '{label}' at {stack}"
        for gap, work, label, stack in gaps
    )
