"""The gaps between two turns of the window's event loop while sixteen pictures of one job show previews."""

from tests.bench.figures import Figure
from tests.bench.inside_previews import LABEL
from tests.bench.window import visit

BAR = 0.050  # seconds


def measure() -> list[Figure]:
    told = visit("tests.bench.inside_previews")
    gaps = sorted((gap, work) for gap, work, label in told.gaps if label == LABEL)
    longest, most = gaps[-1], gaps[int(0.99 * len(gaps))]
    places = [place for place, one in enumerate(told.gaps) if one[2] == LABEL]
    worst = max(places, key=lambda place: told.gaps[place][0])
    note = (
        f"{1000 * longest[1]:.0f} ms of it work, at {told.stacks.get(str(worst), '?')}; 99th percentile "
        f"{1000 * most[0]:.0f} ms, of {len(gaps)} turns"
    )
    name = "longest gap of the event loop, 16 previews"
    return [Figure(name, f"{1000 * longest[0]:.0f} ms", f"≤ {1000 * BAR:.0f} ms", longest[0] <= BAR, note)]
