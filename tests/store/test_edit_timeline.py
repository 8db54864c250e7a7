"""Back and forth through the steps of a document: the very bytes, and no more read and held than needed."""

import msgspec
import numpy as np
import pytest

from studio.core.edits import Region
from studio.core.layers import SELECTION, Document, Layer
from studio.media.planes import TILE, Plane
from studio.store import edit_timeline
from studio.store.edit_steps import Held, Version
from studio.store.edit_timeline import Timeline

WIDTH = HEIGHT = 2 * TILE


class Log(Held):
    """Bytes that count how often they are read."""

    reads = 0

    def read(self) -> bytes:
        Log.reads += 1
        return super().read()


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Timeline:
    """Over a picture of four tiles, which keeps nothing in memory that it need not."""
    monkeypatch.setattr(edit_timeline, "BUDGET_BYTES", 0)
    monkeypatch.setattr(Log, "reads", 0)
    layer = Layer(id="layer", name="Photo", plane="plane")
    state = Document(id="document", name="Photo", width=WIDTH, height=HEIGHT, layers=(layer,), active="layer")
    pixels = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 4), np.uint8)
    return Timeline(state, {"plane": Plane.of(pixels)})


def fill(line: Timeline, value: int, region: Region | None = None) -> None:
    """A step that is packed at once."""
    state, planes = line.now
    region = region or planes["plane"].region
    pixels = np.full((region.height, region.width, 4), value, np.uint8)
    step = line.record(str(value), state, {"plane": planes["plane"].changed(region, pixels)}, {})
    for version in step.made():
        version.packed = Log(version.pack())
    line.trim()


def shown(line: Timeline) -> bytes:
    plane = line.now[1]["plane"]
    return plane.read(plane.region).tobytes()


def raw(line: Timeline) -> int:
    """How many tiles only the history holds in memory."""
    return sum(
        version.pixels is not None and not version.lasting
        for place, step in enumerate(line.steps)
        for version in step.versions(done=place < line.done)
    )


def test_a_long_walk_reads_only_what_is_shown_at_its_end(line: Timeline):
    seen = [shown(line)]
    for value in range(1, 41):
        fill(line, value)
        seen.append(shown(line))
    for wanted in (3, 37, 0, 20, 40):
        Log.reads = 0
        steps = line.go_to(wanted)
        assert shown(line) == seen[wanted] and line.done == wanted
        assert Log.reads <= 4 * 5  # four tiles, each perhaps a patch upon patches
        assert all(step in line.steps for step in steps)
        line.trim()
        assert raw(line) <= 3 * 4


def test_the_steps_that_it_passed_come_in_their_order(line: Timeline):
    for value in range(1, 6):
        fill(line, value)
    assert [step.label for step in line.go_to(2)] == ["5", "4", "3"]
    assert [step.label for step in line.go_to(4)] == ["3", "4"]
    assert line.go_to(4) == []


def test_what_was_fetched_before_is_not_read_again(line: Timeline):
    for value in range(1, 21):
        fill(line, value)
    needed = line.versions_between(5)
    assert needed and all(version.pixels is None for version in needed)
    for version in needed:
        version.fetch()
    line.fetched()  # the memory is over its budget, yet these are waited for
    assert line.versions_between(5) == []
    Log.reads = 0
    line.go_to(5)
    assert Log.reads == 0
    line.go_to(20)
    line.fetched()
    assert raw(line) <= 2 * 4  # and no longer waited for


def test_what_is_no_longer_waited_for_leaves_memory(line: Timeline):
    for value in range(1, 21):
        fill(line, value)
    for version in line.versions_between(5):
        version.fetch()
    fill(line, 21)
    line.fetched()
    assert raw(line) <= 2 * 4


def test_a_tile_that_changed_on_the_way_and_back_is_left_alone(line: Timeline):
    fill(line, 1)
    for value in range(2, 10):
        fill(line, value, Region(0, 0, TILE, TILE))
    line.go_to(1)
    line.trim()
    needed = line.versions_between(9)
    assert len(needed) == 1


def test_where_pixels_are_lost_nothing_changes(line: Timeline):
    for value in range(1, 10):
        fill(line, value)
    lost = next(line.steps[2].made())
    lost.packed = Held(b"no tile")
    before, planes = shown(line), line.now
    assert lost.pixels is None
    with pytest.raises(ValueError, match="no tile"):
        line.go_to(3)
    assert line.now is planes and shown(line) == before and line.done == 9
    line.go_to(1)  # past it
    assert shown(line) == bytes([1]) * (WIDTH * HEIGHT * 4)


def test_a_thread_keeps_the_plane_that_it_took(line: Timeline):
    state, planes = line.now
    before = planes["plane"].read(planes["plane"].region)
    white = Plane.of(np.full((HEIGHT, WIDTH, 4), 255, np.uint8))
    line.record("Fill", state, {}, {"plane": white})
    taken = line.now[1]["plane"]
    line.undo()
    assert np.array_equal(line.now[1]["plane"].read(white.region), before)
    assert taken.read(white.region).min() == 255
    assert isinstance(line.version("plane", (0, 0)), Version)


def test_the_plane_of_a_layer_that_is_gone_leaves_memory_and_comes_back(line: Timeline):
    state = line.now[0]
    first = dict(line.now[1])
    for number in range(12):
        layer = Layer(id=str(number), name="More", plane=f"plane {number}")
        more = msgspec.structs.replace(state, layers=(*state.layers, layer))
        pixels = np.full((HEIGHT, WIDTH, 4), number + 1, np.uint8)
        steps = [line.record("Add a layer", more, {}, {layer.plane: Plane.of(pixels)})]
        steps.append(line.record("Remove a layer", state, {}, {}))
        assert line.now[1].keys() == first.keys()
        for version in (version for step in steps for version in step.made()):
            version.packed = Log(version.pack())
        line.trim()
    assert raw(line) <= 2 * 4
    for number in reversed(range(12)):
        line.undo()
        plane = line.now[1][f"plane {number}"]
        assert np.array_equal(plane.read(plane.region), np.full((HEIGHT, WIDTH, 4), number + 1))
        line.undo()
        assert line.now[1].keys() == first.keys()
        line.trim()
    assert raw(line) <= 2 * 4
    line.go_to(23)
    assert line.now[1].keys() == {*first, "plane 11"}


def test_a_plane_that_no_layer_has_is_not_taken_in(line: Timeline):
    state = line.now[0]
    step = line.record("Fill", state, {}, {"stray": Plane(WIDTH, HEIGHT, 4)})
    assert not step.planes and line.now[1].keys() == {"plane", SELECTION}


def test_heads_and_labels_are_of_the_steps_that_are_left(line: Timeline):
    state = line.now[0]
    chance = np.random.default_rng(1)
    for number in range(300):
        if chance.random() < 0.3 and line.steps:
            line.go_to(int(chance.integers(0, len(line.steps) + 1)))
        else:
            line.record(str(number), state, {}, {}, joined=bool(chance.random() < 0.5))
        heads = [place for place, step in enumerate(line.steps) if place == 0 or not step.joined]
        assert line.heads == heads and line.labels == [line.steps[place].label for place in heads]
        assert [line.position(done) for done in (0, line.done, len(line.steps))] == [
            sum(place < done for place in heads) for done in (0, line.done, len(line.steps))
        ]
