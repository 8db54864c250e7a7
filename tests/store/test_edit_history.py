"""A document that is opened again is what it was, whatever happened to its file meanwhile."""

import errno
import os
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

from studio.core.edits import Region
from studio.core.errors import DiskFull, EditDamaged, EditInUse, LibraryMissing, PictureUnreadable
from studio.core.ids import new_id
from studio.core.layers import SELECTION, Document, Layer
from studio.media import durable
from studio.media.opening import open_picture
from studio.media.planes import Plane
from studio.media.tile_packing import is_patch, pack, unpack
from studio.store import edit_cards, edit_log, edit_reading
from studio.store.edit_cards import list_documents, remove_document
from studio.store.edit_history import EditHistory
from studio.store.edit_timeline import Timeline
from studio.store.layout import pictures_in

WIDTH, HEIGHT = 600, 530


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)).save(path)
    return path


@pytest.fixture
def kept(tmp_path: Path, picture: Path):
    """A new document with its history, and what opens it again."""
    layer = Layer(id="layer", name="Photo", plane="plane")
    state = Document(id=new_id(), name="Photo", width=WIDTH, height=HEIGHT, layers=(layer,), active="layer")
    folder = tmp_path / "edits" / state.id
    planes = {"plane": Plane.of(open_picture(picture).pixels)}
    history, line = EditHistory.create(folder, state, planes, picture)
    opened = Kept(folder, history, line)
    yield opened
    opened.close()


class Kept:
    def __init__(self, folder: Path, history: EditHistory, line: Timeline) -> None:
        self.folder, self.history, self.line = folder, history, line
        self.is_open = True
        self.seen = list[dict[str, bytes]]()

    def change(self, number: int, plane: str = "plane", joined: bool = False) -> None:
        """Another region in another colour."""
        state, planes = self.line.now
        region = Region(number * 37 % 500, number * 91 % 400, 150, 90)
        pixels = np.full((90, 150, 4), number, np.uint8)
        shown = pixels if plane == "plane" else pixels[..., 0]
        tiles = {plane: planes[plane].changed(region, shown)}
        self.history.add(self.line.record(f"Step {number}", state, tiles, {}, joined))

    def go(self, done: int) -> None:
        while self.line.done != done:
            self.line.undo() if self.line.done > done else self.line.redo()
        self.history.stands(done)

    def sync(self) -> None:
        self.history.sync()
        self.history.keep_card(self.line.now[0], len(self.line.steps))

    def again(self) -> None:
        self.close()
        self.history, self.line = EditHistory.open(self.folder)
        self.is_open = True

    def close(self) -> None:
        if self.is_open:
            self.history.close()
            self.is_open = False

    def leave(self) -> None:
        """As when the process dies."""
        self.history._log.close()
        self.history._lock.close()
        self.is_open = False

    def seen_at(self, done: int) -> dict[str, bytes]:
        self.line.go_to(done)
        return self.held

    @property
    def held(self) -> dict[str, bytes]:
        state, planes = self.line.now
        pixels = {name: plane.read(plane.region).tobytes() for name, plane in planes.items()}
        return {**pixels, "state": msgspec.json.encode(state)}


def another(state: Document) -> Document:
    return msgspec.structs.replace(state, id=new_id())


def test_opened_again_it_is_what_it_was(kept: Kept):
    seen = [kept.held]
    for number in range(1, 14):
        kept.change(number, plane="plane" if number % 3 else SELECTION)
        seen.append(kept.held)
    kept.go(9)
    kept.again()
    assert kept.held == seen[9]
    assert [step.label for step in kept.line.steps] == [f"Step {number}" for number in range(1, 14)]
    for done in (13, 0, 5):
        kept.go(done)
        assert kept.held == seen[done]
    kept.change(99)
    after = kept.held
    kept.again()
    assert kept.held == after and len(kept.line.steps) == 6
    kept.go(5)
    assert kept.held == seen[5]


def test_a_canvas_of_another_size_is_kept_with_its_planes(kept: Kept):
    kept.change(1)
    before = kept.held
    pixels = np.random.default_rng(5).integers(0, 256, (100, 300, 4), np.uint8)
    state = msgspec.structs.replace(kept.line.now[0], width=300, height=100)
    planes = {"plane": Plane.of(pixels), SELECTION: Plane(300, 100, 1)}
    tiles = {SELECTION: planes[SELECTION].changed(Region(0, 0, 5, 5), np.full((5, 5), 9, np.uint8))}
    kept.history.add(kept.line.record("Crop", state, tiles, planes))
    after = kept.held
    kept.again()
    assert kept.held == after
    kept.go(1)
    assert kept.held == before
    kept.again()
    assert kept.held == before
    kept.go(2)
    assert kept.held == after


def test_pixels_that_left_memory_come_back_from_the_file(kept: Kept, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("studio.store.edit_timeline.BUDGET_BYTES", 0)
    seen = [kept.held]
    for number in range(1, 30):
        kept.change(number)
        seen.append(kept.held)
    kept.line.trim()
    raw = [version.pixels for step in kept.line.steps[:-1] for version in step.versions(done=True)]
    assert all(pixels is None or not pixels.flags.owndata for pixels in raw)
    for done in range(28, -1, -1):
        kept.go(done)
        assert kept.held == seen[done]


@pytest.mark.parametrize("cut", [1, 9, 100, 600])
def test_a_torn_end_is_cut_off(kept: Kept, cut: int):
    seen = [kept.held]
    for number in range(1, 6):
        kept.change(number)
        seen.append(kept.held)
    kept.close()
    log = kept.folder / "steps.log"
    os.truncate(log, log.stat().st_size - cut)
    kept.again()
    assert kept.history.damages == [], "as after any crash"
    done = kept.line.done
    assert (done == 4 or cut == 600) and kept.held == seen[done]
    kept.change(50)
    after = kept.held
    kept.again()
    assert kept.held == after


@pytest.mark.allow_log("is damaged after")
def test_damage_in_the_middle_keeps_what_was_before_it_and_a_copy(kept: Kept):
    kept.change(1)
    before, size = kept.held, (kept.folder / "steps.log").stat().st_size
    kept.change(2)
    kept.change(3)
    kept.close()
    with (kept.folder / "steps.log").open("r+b") as file:
        file.seek(size + 40)
        file.write(b"\xff\xff\xff")
    log = (kept.folder / "steps.log").read_bytes()
    kept.again()
    assert kept.held == before
    rest = kept.folder / "steps.log.damaged"
    assert rest.read_bytes() == log[size:]
    [told] = kept.history.damages
    assert (told.code, told.params["steps"], told.params["path"]) == ("edit_cut_short", 1, str(rest))
    kept.again()
    assert kept.history.damages == [], "it is told once"


@pytest.mark.parametrize("content", [b"", b"something else entirely", edit_log._MAGIC])
def test_what_is_no_document_has_a_sentence(kept: Kept, content: bytes):
    kept.change(1)
    kept.close()
    (kept.folder / "steps.log").write_bytes(content)
    with pytest.raises(EditDamaged):
        EditHistory.open(kept.folder)
    with pytest.raises(EditDamaged):
        EditHistory.open(kept.folder.with_name("nowhere"))
    assert not kept.folder.with_name("nowhere").exists()


def test_a_full_disk_loses_nothing(kept: Kept, monkeypatch: pytest.MonkeyPatch):
    kept.change(1)
    write = edit_log._write_whole
    written = []

    def full(file: int, data: bytes) -> None:
        if len(written) == 2:
            write(file, data[: len(data) // 2])
            raise OSError(errno.ENOSPC, "no space")
        written.append(len(data))
        write(file, data)

    monkeypatch.setattr(edit_log, "_write_whole", full)
    state, planes = kept.line.now
    tiles = planes["plane"].changed(Region(0, 0, 300, 300), np.full((300, 300, 4), 77, np.uint8))
    step = kept.line.record("Change", state, {"plane": tiles}, {})
    with pytest.raises(DiskFull):
        kept.history.add(step)
    monkeypatch.setattr(edit_log, "_write_whole", write)
    kept.history.add(step)
    after = kept.held
    kept.again()
    assert kept.held == after and kept.line.done == 2


def test_what_could_not_be_brought_to_the_disk_is_added_again(kept: Kept, monkeypatch: pytest.MonkeyPatch):
    kept.change(1)
    kept.sync()

    def full(file: int) -> None:
        raise OSError(errno.ENOSPC, "no space")

    kept.change(2)
    step, after = kept.line.steps[-1], kept.held
    with monkeypatch.context() as patched:
        patched.setattr(edit_log, "fsync_file", full)
        with pytest.raises(DiskFull):
            kept.history.sync()
    for version in step.made():
        version.pixels = None  # of the memory, it may go
    kept.history.add(step)
    kept.sync()
    kept.again()
    assert kept.held == after and kept.line.done == 2


def test_the_source_may_go_or_change(kept: Kept, picture: Path):
    before = kept.held
    kept.change(1)
    picture.write_bytes(b"another picture")
    picture.unlink()
    kept.again()
    kept.go(0)
    assert kept.held == before


def test_a_picture_is_copied_and_known_again(tmp_path: Path, picture: Path, kept: Kept):
    planes = {"plane": Plane.of(open_picture(picture).pixels)}
    state = another(kept.line.now[0])
    folder = tmp_path / "edits" / state.id
    history, _ = EditHistory.create(folder, state, planes, picture)
    assert (folder / "opened.png").read_bytes() == picture.read_bytes()
    assert not (folder / "opened.png").samefile(picture)
    history.close()
    assert picture.exists() and not folder.exists()  # nothing was done
    history, line = EditHistory.create(folder, state, planes, picture.read_bytes())
    opened = Kept(folder, history, line)
    opened.change(1)
    held = opened.held
    opened.again()
    assert opened.held == held
    opened.close()
    with pytest.raises(PictureUnreadable):
        EditHistory.create(tmp_path / "edits" / "no", kept.line.now[0], planes, tmp_path / "no.png")
    assert not (tmp_path / "edits" / "no").exists()


def test_another_picture_in_its_place_is_told(kept: Kept):
    kept.change(1)
    kept.close()
    Image.new("RGB", (600, 300)).save(next(kept.folder.glob("opened*")), "PNG")
    with pytest.raises(EditDamaged):
        EditHistory.open(kept.folder)


def test_a_document_that_could_not_be_written_stays(kept: Kept, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object) -> None:
        raise DiskFull(path="steps.log")

    monkeypatch.setattr(edit_log.EditLog, "append", full)
    with pytest.raises(DiskFull):
        kept.change(1)
    kept.close()
    assert (kept.folder / "steps.log").exists()


def test_one_at_a_time(kept: Kept):
    kept.change(1)
    kept.sync()
    with pytest.raises(EditInUse, match="Photo"):
        EditHistory.open(kept.folder)
    with pytest.raises(EditInUse):
        remove_document(kept.folder)
    kept.again()


def test_documents_are_listed_by_their_cards(kept: Kept, tmp_path: Path):
    edits = tmp_path / "edits"
    assert list_documents(edits) == []
    state = kept.line.now[0]
    kept.history.add(kept.line.record("Name", state, {}, {}))
    kept.sync()
    (card,) = list_documents(edits)
    assert (card.id, card.name, card.width, card.height, card.steps) == (state.id, "Photo", 600, 530, 1)
    assert card.changed > 0
    (edits / "broken").mkdir()
    (edits / "broken" / "document.json").write_text("{")
    assert len(list_documents(edits)) == 1
    kept.close()
    remove_document(kept.folder)
    remove_document(kept.folder)
    assert list_documents(edits) == [] and list_documents(tmp_path / "nowhere") == []


@pytest.mark.parametrize("channels", [1, 4])
@pytest.mark.parametrize("share", [0.0, 0.1, 1.0])
def test_a_tile_is_packed_by_what_differs(channels: int, share: float):
    rng = np.random.default_rng(1)
    shape = (100, 77) if channels == 1 else (100, 77, 4)
    before = rng.integers(0, 256, shape, np.uint8)
    after = before.copy()
    after[rng.random((100, 77)) < share] = 7
    packed = pack(after, before)
    assert is_patch(packed) == (share < 0.9)
    assert np.array_equal(unpack(packed, shape, before), after)
    assert share == 1 or len(packed) < len(pack(after, None)) / 3
    for broken in (b"", packed[:-3], packed[:6] + b"xx" + packed[8:]):
        with pytest.raises(ValueError, match="no tile"):
            unpack(broken, shape, before)


def test_its_pictures_are_none_of_the_library(kept: Kept, tmp_path: Path):
    assert (kept.folder / "opened.png").is_file()
    assert list(pictures_in(tmp_path)) == ["photo.png"]


def test_a_library_that_is_away_is_not_made_anew(kept: Kept, tmp_path: Path, picture: Path):
    state, planes = kept.line.now
    with pytest.raises(LibraryMissing):
        EditHistory.create(tmp_path / "away" / "edits" / "id", state, planes, picture)
    assert not (tmp_path / "away").exists()


def test_a_document_of_no_file_is_kept_with_its_pixels(kept: Kept, tmp_path: Path):
    rng = np.random.default_rng(3)
    planes = {"plane": Plane.of(rng.integers(0, 256, (HEIGHT, WIDTH, 4), np.uint8))}
    state = another(kept.line.now[0])
    more = Layer(id="more", name="Empty", plane="empty")
    state = msgspec.structs.replace(state, layers=(*state.layers, more))
    planes["empty"] = Plane(WIDTH, HEIGHT, 4)
    folder = tmp_path / "edits" / state.id
    opened = Kept(folder, *EditHistory.create(folder, state, planes))
    before = opened.held
    opened.change(1)
    opened.again()
    opened.go(0)
    assert opened.held == before
    opened.close()


def test_what_a_dead_process_left_empty_goes(kept: Kept, tmp_path: Path):
    edits = tmp_path / "edits"
    assert list_documents(edits) == [] and kept.folder.exists()  # it is open
    kept.leave()
    assert list_documents(edits) == [] and not kept.folder.exists()


def test_what_a_dead_process_left_is_listed(kept: Kept, tmp_path: Path):
    kept.change(1)  # the card is not written yet
    kept.change(2)
    kept.change(3, joined=True)
    kept.leave()
    (card,) = list_documents(tmp_path / "edits")
    assert (card.id, card.steps) == (kept.folder.name, 2)
    assert b'"steps": 2' in (kept.folder / "document.json").read_bytes()


# Logs of which most was dropped.


@pytest.fixture
def wasteful(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> Kept:
    """Closed, with more that was dropped than is left, and a step that can be done again."""
    monkeypatch.setattr(edit_reading, "SPARE_BYTES", 0)
    for number in range(1, 4):
        kept.change(number)
    for number in range(4, 12):
        kept.go(2)
        state, planes = kept.line.now
        pixels = np.random.default_rng(number).integers(0, 256, (HEIGHT, WIDTH, 4), np.uint8)
        tiles = planes["plane"].changed(planes["plane"].region, pixels)
        kept.history.add(kept.line.record(f"Step {number}", state, {"plane": tiles}, {}))
    kept.change(12)
    kept.go(3)
    kept.seen = [kept.seen_at(done) for done in range(5)]
    kept.line.go_to(3)
    kept.history.sync()
    kept.leave()
    return kept


def test_a_log_of_dropped_steps_is_written_anew(wasteful: Kept):
    log = wasteful.folder / "steps.log"
    before = log.stat().st_size
    for _ in range(2):
        wasteful.again()
        assert log.stat().st_size < before / 3
        assert [step.label for step in wasteful.line.steps] == ["Step 1", "Step 2", "Step 11", "Step 12"]
        assert wasteful.line.done == 3 and wasteful.held == wasteful.seen[3]
        assert [wasteful.seen_at(done) for done in range(5)] == wasteful.seen
        wasteful.leave()
    assert not log.with_name("steps.log.damaged").exists()


def test_a_log_that_is_not_worth_it_stays(wasteful: Kept, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.undo()
    log = wasteful.folder / "steps.log"
    before = log.read_bytes()
    wasteful.again()
    assert log.read_bytes() == before


@pytest.mark.parametrize("broken", ["fsync_file", "fsync_folder"])
def test_killed_while_it_is_written_anew_it_is_the_old_or_the_new(
    wasteful: Kept, broken: str, monkeypatch: pytest.MonkeyPatch
):
    log = wasteful.folder / "steps.log"
    before = log.read_bytes()

    class Killed(BaseException):
        pass

    def kill(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(durable, broken, kill)
        with pytest.raises(Killed):
            EditHistory.open(wasteful.folder)
    after = log.read_bytes()
    assert (after == before) == (broken == "fsync_file")
    (wasteful.folder / "steps.log.part").write_bytes(before[: len(before) // 2])  # a killed one left it
    wasteful.again()
    assert wasteful.held == wasteful.seen[3] and wasteful.line.done == 3
    assert not (wasteful.folder / "steps.log.part").exists() or broken == "fsync_folder"


def test_a_disk_that_is_too_full_for_it_leaves_it_as_it_is(wasteful: Kept, monkeypatch: pytest.MonkeyPatch):
    log = wasteful.folder / "steps.log"
    before = log.read_bytes()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space")

    with monkeypatch.context() as patched:
        patched.setattr(durable, "fsync_file", full)
        wasteful.again()
    assert log.read_bytes() == before and wasteful.held == wasteful.seen[3]


def test_what_was_cut_off_goes_after_a_month(kept: Kept):
    kept.change(1)
    kept.leave()
    damaged = kept.folder / "steps.log.damaged"
    damaged.write_bytes(b"records")
    kept.again()
    kept.leave()
    assert damaged.exists()
    os.utime(damaged, (0, damaged.stat().st_mtime - 31 * 86_400))
    kept.again()
    assert not damaged.exists()


def test_what_any_crash_leaves_does_not_take_the_place_of_what_was_cut_off(kept: Kept):
    kept.change(1)
    kept.leave()
    damaged = kept.folder / "steps.log.damaged"
    damaged.write_bytes(b"records")
    with (kept.folder / "steps.log").open("ab") as file:
        file.write(b"\x09")
    before = kept.held
    kept.again()
    assert kept.held == before and damaged.read_bytes() == b"records"


# What is listed.


def test_a_card_says_what_the_log_says_once_it_is_opened(kept: Kept, tmp_path: Path):
    kept.change(1)
    kept.sync()
    kept.change(2)
    kept.leave()
    assert [card.steps for card in list_documents(tmp_path / "edits")] == [1]
    kept.again()
    assert [card.steps for card in list_documents(tmp_path / "edits")] == [2]


@pytest.mark.parametrize("card", [None, b"{", b"", b"[" * 100_000, b'{"id": "other", "name": "x"}'])
def test_a_document_without_a_card_is_listed_by_its_log(kept: Kept, tmp_path: Path, card: bytes | None):
    for number in range(1, 4):
        kept.change(number)
    kept.go(1)
    kept.leave()
    path = kept.folder / "document.json"
    path.write_bytes(card or b"")
    if card is None:
        path.unlink()
    (listed,) = list_documents(tmp_path / "edits")
    assert (listed.id, listed.name, listed.steps) == (kept.folder.name, "Photo", 3)
    assert listed.changed > 0 and (listed.width, listed.height) == (WIDTH, HEIGHT)
    path.read_bytes().index(b"Photo")  # and written for the next time
    kept.again()


def test_an_open_document_without_a_card_is_listed_and_left_alone(kept: Kept, tmp_path: Path):
    kept.change(1)
    (kept.folder / "document.json").unlink()
    assert [card.steps for card in list_documents(tmp_path / "edits")] == [1]
    assert not (kept.folder / "document.json").exists()
    kept.change(2)


def test_no_log_is_read_to_list_those_that_have_a_card(
    kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    kept.change(1)
    kept.sync()
    monkeypatch.setattr(edit_cards, "EditLog", None)
    assert len(list_documents(tmp_path / "edits")) == 1
