"""The ordinary path of editing in the real window with the starter: how long the window ever stood still, and
how soon a large picture is seen."""

from pathlib import Path

from PIL import Image

from tests.bench.edits import OPEN_BAR, VIEW_BAR, photo
from tests.bench.figures import Figure
from tests.bench.inside_edit import LARGE, PICTURE, SEEN, SHOWN, SIDE
from tests.bench.window import Told, visit

LONGEST = 0.050  # seconds
NOTED = 3  # of the longest turns


def measure() -> list[Figure]:
    told = visit("tests.bench.inside_edit", pictures)
    places = [place for place, (_, _, label) in enumerate(told.gaps) if label != "open"]
    places.sort(key=lambda place: told.gaps[place][1], reverse=True)
    work = told.gaps[places[0]][1]
    note = f"of its own work; {_named(told, places[:NOTED])}"
    window = Figure(
        "editing, longest turn", f"{1000 * work:.0f} ms", f"≤ {1000 * LONGEST:.0f} ms", work <= LONGEST, note
    )
    return [window, _time(told, SEEN, VIEW_BAR), _time(told, SHOWN, OPEN_BAR)]


def pictures(home: Path) -> None:
    """What the visit opens."""
    Image.fromarray(photo(SIDE, SIDE)[..., :3]).save(home / PICTURE, compress_level=1)
    Image.fromarray(photo(6000, 4000)[..., :3]).save(home / LARGE, quality=92)


def _time(told: Told, what: str, bar: float) -> Figure:
    took = 1000 * told.times[what]
    return Figure(f"24-megapixel JPEG, {what}", f"{took:.0f} ms", f"≤ {bar:.0f} ms", took <= bar)


def _named(told: Told, places: list[int]) -> str:
    gaps = [(*told.gaps[place], told.stacks.get(str(place), "?")) for place in places]
    return "; ".join(
        f"{1000 * work:.0f} ms (in {1000 * gap:.0f}) in '{label}' at {stack}"
        for gap, work, label, stack in gaps
    )
