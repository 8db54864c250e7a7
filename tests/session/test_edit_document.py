"""An open edit document: any steps, in any order, give back the very bytes."""

import errno
import sys
import threading
from collections.abc import Callable

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from studio.core.brushes import Brush
from studio.core.edits import Region
from studio.core.errors import DiskFull, EditDamaged, LayerMissing, StorageError
from studio.core.layers import SELECTION, Layer
from studio.media.planes import Plane
from studio.session import edit_saving
from studio.session.edit_document import EditDocument
from studio.session.edit_opening import new_document
from studio.store import edit_log, edit_timeline
from studio.store.edit_history import EditHistory

WIDTH, HEIGHT = 600, 530
RED = Brush(size=80, colour="#FF0000")


def picture(width: int = WIDTH, height: int = HEIGHT, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 4), np.uint8)


@pytest.fixture
def document(qapp):
    opened = EditDocument(*new_document(picture(), "postcard", asset="asset"))
    yield opened
    opened.finish()


def everything(document: EditDocument) -> dict[str, bytes]:
    """All that it holds, as bytes."""
    names = {SELECTION, *(layer.plane for layer in document.state.layers)}
    planes = {name: document.plane(name) for name in names}
    held = {name: plane.read(plane.region).tobytes() for name, plane in planes.items()}
    return {**held, "state": msgspec.json.encode(document.state)}


def paint(document: EditDocument, *places: tuple[float, float], brush: Brush = RED, erase=False) -> None:
    stroke = document.begin_stroke(brush, erase=erase)
    for x, y in places:
        stroke.to(x, y)
    stroke.end()


def go(document: EditDocument, position: int) -> None:
    """There at once, also where it has to be fetched."""
    document.go_to(position)
    document.end_stroke()


def layer_plane(document: EditDocument) -> Plane:
    return document.plane(document.state.layers[0].plane)


def change_region(document: EditDocument, region: Region, value: int) -> None:
    plane = layer_plane(document)
    name = document.state.layers[0].plane
    pixels = np.full((region.height, region.width, 4), value, np.uint8)
    document.commit("Change", document.state, {name: plane.changed(region, pixels)})


def test_a_new_document_shows_its_picture(document):
    region = Region(0, 0, WIDTH, HEIGHT)
    assert np.array_equal(document.pixels(region), picture())
    assert document.selection.bounds().is_empty
    assert (document.steps, document.position) == ([], 0)
    assert not document.can_undo and not document.can_redo


def test_a_commit_is_undone_and_done_again(document, qtbot):
    before = everything(document)
    seen = []
    document.changed.connect(seen.append)
    with qtbot.waitSignal(document.history_changed):
        change_region(document, Region(100, 100, 60, 40), 7)
    changed = seen[0]
    assert changed.region == Region(0, 0, 256, 256) and changed.chosen.is_empty and not changed.resized
    after = everything(document)
    assert after != before
    document.undo()
    assert everything(document) == before and document.can_redo
    document.redo()
    assert everything(document) == after and not document.can_redo
    assert np.array_equal(document.original(Region(0, 0, WIDTH, HEIGHT)), picture())


def test_joined_steps_go_together_and_undone_ones_go_at_the_next(document):
    before = everything(document)
    change_region(document, Region(0, 0, 10, 10), 1)
    document.commit("More", msgspec.structs.replace(document.state, name="other"), joined=True)
    assert (document.steps, document.position) == (["Change"], 1)
    document.undo()
    assert everything(document) == before and document.position == 0
    change_region(document, Region(0, 0, 10, 10), 2)
    assert (document.steps, document.position, document.can_redo) == (["Change"], 1, False)


def test_a_canvas_of_another_size_comes_back(document):
    paint(document, (50, 50), brush=Brush(size=30))
    before = everything(document)
    state = document.state
    name = state.layers[0].plane
    seen = []
    document.changed.connect(seen.append)
    smaller = msgspec.structs.replace(state, width=90, height=70)
    document.commit("Crop", smaller, planes={name: Plane.of(picture(90, 70, 1))})
    assert document.selection.width == 90 and document.selection.bounds().is_empty
    document.undo()
    assert everything(document) == before
    assert [one.resized for one in seen] == [True, True]
    document.redo()
    assert document.pixels(Region(0, 0, 90, 70)).tobytes() == picture(90, 70, 1).tobytes()


def test_a_plane_that_does_not_fit_is_refused(document):
    state = msgspec.structs.replace(document.state, width=90, height=70)
    before = everything(document)
    with pytest.raises(ValueError, match="size of the canvas"):
        document.commit("Crop", state)
    assert everything(document) == before and document.steps == []


def test_a_stroke_is_one_step_and_shows_as_it_grows(document):
    seen = []
    document.changed.connect(seen.append)
    stroke = document.begin_stroke(RED)
    stroke.to(100, 100)
    assert document.pixels(Region(100, 100, 1, 1)).tolist() == [[[255, 0, 0, 255]]]
    assert seen[0].region.within(WIDTH, HEIGHT) == seen[0].region and seen[0].chosen.is_empty
    assert document.steps == []
    stroke.to(300, 120)
    stroke.end()
    stroke.to(10, 10)
    stroke.end()
    assert document.steps == ["Paint"] and document.position == 1
    assert not document.state.whole and document.state.layers[0].asset == ""
    document.undo()
    assert document.state.whole and document.state.layers[0].asset == "asset"
    assert np.array_equal(document.pixels(Region(0, 0, WIDTH, HEIGHT)), picture())


def test_a_long_stroke_is_saved_in_parts_and_undone_as_one(document, qtbot):
    before = everything(document)
    stroke = document.begin_stroke(RED)
    stroke.to(100, 100)
    with qtbot.waitSignal(stroke.recorded):
        pass
    stroke.to(200, 400)
    stroke.end()
    after = everything(document)
    assert document.steps == ["Paint"]
    document.undo()
    assert everything(document) == before
    document.redo()
    assert everything(document) == after


@pytest.mark.parametrize("parts", [0, 1])
def test_a_cancelled_stroke_leaves_nothing(document, qtbot, parts):
    before = everything(document)
    stroke = document.begin_stroke(Brush(size=50))
    stroke.to(100, 100)
    if parts:
        with qtbot.waitSignal(stroke.recorded):
            pass
    stroke.to(200, 400)
    stroke.cancel()
    assert everything(document) == before
    assert document.steps == [] and not document.can_redo


def test_whatever_else_is_done_ends_the_stroke_before(document):
    document.begin_stroke(RED).to(100, 100)
    change_region(document, Region(0, 0, 10, 10), 3)
    assert document.steps == ["Paint", "Change"]
    document.begin_stroke(RED).to(200, 100)
    document.undo()
    assert document.position == 2 and len(document.steps) == 3


def test_a_brush_without_colour_paints_the_selection(document):
    seen = []
    document.changed.connect(seen.append)
    paint(document, (100, 100), brush=Brush(size=40, hardness=1))
    assert document.selection.read(Region(100, 100, 1, 1)).item() == 255
    assert document.selection.bounds() == Region(80, 80, 40, 40)
    assert seen[0].region.is_empty and not seen[0].chosen.is_empty
    assert document.state.whole
    paint(document, (100, 100), brush=Brush(size=50, hardness=1), erase=True)
    assert document.selection.bounds().is_empty
    assert document.steps == ["Brush", "Eraser"]


def test_colour_stays_inside_of_what_is_chosen(document):
    paint(document, (100, 100), brush=Brush(size=40, hardness=1))
    paint(document, (120, 100), brush=Brush(size=80, hardness=1, colour="#00FF00"))
    assert document.pixels(Region(110, 100, 1, 1)).tolist() == [[[0, 255, 0, 255]]]
    shown = document.pixels(Region(121, 0, 300, 300))
    assert np.array_equal(shown, picture()[:300, 121:421])


def test_without_an_active_layer_no_colour_is_painted(document):
    document.commit("None", msgspec.structs.replace(document.state, layers=(), active=""))
    with pytest.raises(LayerMissing):
        document.begin_stroke(RED)
    document.begin_stroke(Brush(size=10)).end()


def test_a_layer_that_is_added_and_hidden(document):
    layer = Layer(id="top", name="Top", plane="plane-top")
    state = document.state
    added = msgspec.structs.replace(state, layers=(*state.layers, layer), active="top")
    document.commit("Add layer", added, planes={layer.plane: Plane(WIDTH, HEIGHT, 4)})
    paint(document, (100, 100))
    assert document.pixels(Region(100, 100, 1, 1)).tolist() == [[[255, 0, 0, 255]]]
    seen = []
    document.changed.connect(seen.append)
    hidden = msgspec.structs.replace(layer, visible=False)
    document.commit("Hide", msgspec.structs.replace(document.state, layers=(*state.layers, hidden)))
    assert seen[0].region == Region(0, 0, WIDTH, HEIGHT)
    assert np.array_equal(document.pixels(Region(0, 0, WIDTH, HEIGHT)), picture())
    document.go_to(0)
    assert document.state == state
    document.go_to(3)
    document.go_to(2)
    assert document.pixels(Region(100, 100, 1, 1)).tolist() == [[[255, 0, 0, 255]]]


places = st.tuples(st.integers(-20, WIDTH + 20), st.integers(-20, HEIGHT + 20))
regions = st.builds(
    Region, st.integers(-50, WIDTH), st.integers(-50, HEIGHT), st.integers(0, 300), st.integers(0, 300)
)
doings = st.lists(
    st.one_of(
        st.tuples(st.just("fill"), regions, st.integers(0, 255)),
        st.tuples(st.just("paint"), st.lists(places, min_size=1, max_size=3), st.booleans()),
        st.tuples(st.just("choose"), st.lists(places, min_size=1, max_size=3), st.booleans()),
        st.tuples(st.just("go"), st.integers(0, 8)),
        st.tuples(st.just("whole"), st.integers(1, 400), st.integers(1, 400)),
    ),
    max_size=8,
)


def do(document: EditDocument, doing: tuple) -> None:
    match doing:
        case "fill", region, value:
            change_region(document, region, value)
        case "paint", way, erase:
            paint(document, *way, erase=erase)
        case "choose", way, erase:
            paint(document, *way, brush=Brush(size=90, hardness=0.3, opacity=0.6), erase=erase)
        case "go", position:
            go(document, position)
        case "whole", width, height:
            state = msgspec.structs.replace(document.state, width=width, height=height)
            name = document.state.layers[0].plane
            document.commit("Resize", state, planes={name: Plane.of(picture(width, height, width))})


@settings(max_examples=30, deadline=None)
@given(doings)
def test_every_way_back_and_forth_gives_the_very_bytes(qapp, doings):
    document = EditDocument(*new_document(picture(), "postcard"))
    seen = {0: everything(document)}
    for doing in doings:
        do(document, doing)
        if doing[0] != "go":  # what was undone is gone
            seen = {place: held for place, held in seen.items() if place < document.position}
        seen[document.position] = everything(document)
    for place in (*reversed(range(document.position)), *range(len(document.steps) + 1)):
        go(document, place)
        assert document.position == place
        if place in seen:
            assert everything(document) == seen[place]
    document.finish()


# Kept on the disk.


@pytest.fixture
def keep(qapp, tmp_path):
    """Makes documents that are kept, and opens them again; closes what is open."""
    made = []

    def take(document: EditDocument | None = None, seed: int = 0) -> EditDocument:
        if document is not None:
            document.finish()
            made.append(EditDocument.kept(*EditHistory.open(tmp_path / document.id)))
            return made[-1]
        Image.fromarray(picture(seed=seed)).save(tmp_path / "picture.png")
        state, planes = new_document(picture(seed=seed), "postcard")
        history = EditHistory.create(tmp_path / state.id, state, planes, tmp_path / "picture.png")
        made.append(EditDocument.kept(*history))
        return made[-1]

    yield take
    for document in made:
        document.finish()


def test_opened_again_everything_can_still_be_undone(keep, qtbot):
    document = keep()
    seen = [everything(document)]
    paint(document, (100, 100), (400, 300))
    seen.append(everything(document))
    assert not document.is_saved
    with qtbot.waitSignal(document.saved_changed):
        pass
    qtbot.waitUntil(lambda: document.is_saved)
    paint(document, (300, 100), brush=Brush(size=90))
    seen.append(everything(document))
    change_region(document, Region(0, 0, 90, 80), 4)
    document.undo()
    again = keep(document)
    assert everything(again) == seen[2]
    assert again.steps == ["Paint", "Brush", "Change"] and again.position == 2
    assert np.array_equal(again.original(Region(0, 0, WIDTH, HEIGHT)), picture())
    for place in (0, 1, 2):
        go(again, place)
        assert everything(again) == seen[place]


def test_a_stroke_that_was_cancelled_does_not_come_back(keep, qtbot):
    document = keep()
    change_region(document, Region(0, 0, 90, 80), 4)
    before = everything(document)
    stroke = document.begin_stroke(RED)
    stroke.to(100, 100)
    with qtbot.waitSignal(stroke.recorded):
        pass
    stroke.cancel()
    again = keep(document)
    assert everything(again) == before and again.steps == ["Change"]


@pytest.mark.allow_log("could not be saved")
@pytest.mark.parametrize("broken", ["_write_whole", "fsync_file"])
def test_a_full_disk_is_said_once_and_saving_goes_on_by_itself(keep, qtbot, monkeypatch, broken):
    document = keep()
    monkeypatch.setattr(edit_saving, "RETRY_MS", 1)
    whole = getattr(edit_log, broken)
    failed = []
    document.failed.connect(failed.append)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(edit_log, broken, full)
    with qtbot.waitSignal(document.failed):
        paint(document, (100, 100))
    paint(document, (200, 300))
    document.undo()
    assert isinstance(failed[0], DiskFull) and not document.is_saved
    monkeypatch.setattr(edit_log, broken, whole)
    qtbot.waitUntil(lambda: document.is_saved, timeout=10_000)
    assert len(failed) == 1
    before = everything(document)
    again = keep(document)
    assert everything(again) == before and (len(again.steps), again.position) == (2, 1)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
@pytest.mark.allow_log("could not be saved")
def test_what_the_system_does_not_write_is_written_once_it_does(keep, qtbot, monkeypatch):
    """A limit on the size of files ends a write in its middle, as a full disk does."""
    import resource

    monkeypatch.setattr(edit_saving, "RETRY_MS", 1)
    document = keep()
    log = document._saving._history.folder / "steps.log"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size + 1000, limits[1]))
    try:
        with qtbot.waitSignal(document.failed) as told:
            paint(document, (100, 100), (400, 300))
        paint(document, (300, 100), brush=Brush(size=90))
        document.close()
        with qtbot.waitSignal(document.failed):
            pass
        assert isinstance(told.args[0], StorageError) and not document.is_saved
        assert document.go_on()
        change_region(document, Region(0, 0, 90, 80), 4)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    before = everything(document)
    with qtbot.waitSignal(document.let_go):
        document.close()
    again = keep(document)
    assert everything(again) == before and len(again.steps) == 3


def test_pixels_leave_memory_and_come_back(keep, monkeypatch, qtbot):
    monkeypatch.setattr(edit_timeline, "BUDGET_BYTES", 2 * 2**20)
    document = keep()
    seen = [everything(document)]
    for number in range(30):
        change_region(document, Region(number * 13, number * 11, 200, 180), number)
        seen.append(everything(document))
    qtbot.waitUntil(lambda: document.is_saved)
    line = document._timeline
    assert 0 < line._raw_bytes <= 2 * 2**20
    for place in (3, 30, 12, 29, 0):
        go(document, place)
        assert everything(document) == seen[place]
        assert 0 <= line._raw_bytes <= 2 * 2**20


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(doings)
def test_every_way_is_there_after_opening_again(keep, doings):
    document = keep()
    seen = {0: everything(document)}
    for place, doing in enumerate(doings):
        do(document, doing)
        if doing[0] != "go":
            seen = {place: held for place, held in seen.items() if place < document.position}
        seen[document.position] = everything(document)
        if place % 3 == 2:
            document = keep(document) if document.steps else document
    position, steps = document.position, list(document.steps)
    if not steps:
        return
    document = keep(document)
    assert (document.position, list(document.steps)) == (position, steps)
    for place in (position, *reversed(range(position)), *range(len(steps) + 1)):
        go(document, place)
        if place in seen:
            assert everything(document) == seen[place]
    document.finish()


def packed(keep, qtbot, monkeypatch, steps: int = 12) -> tuple[EditDocument, list[dict[str, bytes]]]:
    """A document most of whose steps are on the disk only, and all that it held after each of them."""
    monkeypatch.setattr(edit_timeline, "BUDGET_BYTES", 2**20)
    document = keep()
    seen = [everything(document)]
    for number in range(steps):
        change_region(document, Region(number * 13, number * 11, 300, 280), number)
        seen.append(everything(document))
    qtbot.waitUntil(lambda: document.is_saved)
    return document, seen


def test_a_step_that_is_in_memory_is_taken_back_at_once(keep, qtbot, monkeypatch):
    document, seen = packed(keep, qtbot, monkeypatch)
    document.undo()
    assert document.position == len(seen) - 2 and everything(document) == seen[-2]


def test_what_is_not_in_memory_is_fetched_elsewhere_and_further_undos_follow(keep, qtbot, monkeypatch):
    document, seen = packed(keep, qtbot, monkeypatch)
    monkeypatch.setattr(edit_log.EditLog, "read", elsewhere(edit_log.EditLog.read))
    document.go_to(4)
    document.undo()
    document.undo()
    assert everything(document) == seen[-1], "nothing changes before it is there"
    qtbot.waitUntil(lambda: document.position == 2)
    assert everything(document) == seen[2]
    document.redo()
    document.go_to(11)
    document.undo()
    qtbot.waitUntil(lambda: document.position == 10)
    assert everything(document) == seen[10]


def elsewhere(read: Callable[..., bytes]) -> Callable[..., bytes]:
    def guarded(*args: object) -> bytes:
        assert threading.current_thread() is not threading.main_thread()
        return read(*args)

    return guarded


def test_what_is_done_next_is_done_to_what_was_asked_for(keep, qtbot, monkeypatch):
    document, seen = packed(keep, qtbot, monkeypatch)
    document.go_to(3)
    stroke = document.begin_stroke(RED)
    assert document.position == 3 and everything(document) == seen[3]
    stroke.to(50, 50)
    stroke.end()
    assert len(document.steps) == 4


def test_closed_on_the_way_to_a_step_it_is_there_when_it_is_opened_again(keep, qtbot, monkeypatch):
    document, seen = packed(keep, qtbot, monkeypatch)
    document.go_to(3)
    again = keep(document)
    assert again.position == 3 and everything(again) == seen[3]


@pytest.mark.allow_log("could not be fetched")
def test_a_step_for_which_there_is_no_memory_can_be_gone_to_later(keep, qtbot, monkeypatch):
    document, seen = packed(keep, qtbot, monkeypatch)

    def too_large(*_: object) -> bytes:
        raise MemoryError

    with monkeypatch.context() as full:
        full.setattr(edit_log.EditLog, "read", too_large)
        with qtbot.waitSignal(document.failed):
            document.go_to(2)
    document.go_to(2)
    qtbot.waitUntil(lambda: document.position == 2)
    assert everything(document) == seen[2]


@pytest.mark.allow_log("could not be fetched")
def test_a_step_that_is_lost_is_said_and_nothing_changes(keep, qtbot, monkeypatch):
    document, seen = packed(keep, qtbot, monkeypatch)

    def torn(*_: object) -> bytes:
        raise OSError(errno.EIO, "torn")

    with monkeypatch.context() as broken:
        broken.setattr(edit_log.EditLog, "read", torn)
        with qtbot.waitSignal(document.failed) as told:
            document.go_to(2)
    assert isinstance(told.args[0], EditDamaged)
    assert document.position == len(seen) - 1 and everything(document) == seen[-1]
    go(document, 2)
    assert everything(document) == seen[2]


def test_closing_does_not_wait_and_what_is_closing_can_go_on(keep, qtbot, monkeypatch):
    document = keep()
    there = threading.Event()
    whole = edit_log.fsync_file
    monkeypatch.setattr(edit_log, "fsync_file", lambda file: (there.wait(), whole(file)))
    change_region(document, Region(0, 0, 90, 80), 4)
    document.close()
    assert not document.is_saved and document.go_on() and not document.is_closed
    change_region(document, Region(0, 0, 90, 80), 5)
    before = everything(document)
    with qtbot.waitSignal(document.let_go):
        document.close()
        there.set()
    assert document.is_saved and not document.go_on()
    assert everything(keep(document)) == before


@pytest.mark.allow_log("could not be saved")
def test_what_cannot_be_saved_is_not_let_go(keep, qtbot, monkeypatch):
    monkeypatch.setattr(edit_saving, "RETRY_MS", 1)
    document = keep()
    whole = edit_log._write_whole

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(edit_log, "_write_whole", full)
    change_region(document, Region(0, 0, 90, 80), 4)
    with qtbot.waitSignal(document.failed):
        document.close()
    with qtbot.assertNotEmitted(document.let_go, wait=30):
        pass
    assert document.is_failing and document.go_on()
    change_region(document, Region(0, 0, 90, 80), 5)
    before = everything(document)
    document.close()
    monkeypatch.setattr(edit_log, "_write_whole", whole)
    with qtbot.waitSignal(document.let_go):
        pass
    assert everything(keep(document)) == before
