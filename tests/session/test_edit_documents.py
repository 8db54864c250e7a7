"""The documents of a session: let go without a wait, and only once they are saved."""

import errno
import gc
import threading
import weakref
from pathlib import Path

import pytest
from PIL import Image

from studio.session import Session, edit_saving, edit_taking
from studio.session.edit_document import EditDocument
from studio.session.edit_opening import begin_document
from studio.store import edit_log
from tests.session.editing import choose, draw, edit_job
from tests.session.test_edits import SIZE, Opens, made, shown
from tests.session.test_session import LONG


@pytest.fixture
def file(tmp_path: Path) -> Path:
    Image.effect_noise(SIZE, 90).convert("RGB").save(tmp_path / "noise.png")
    return tmp_path / "noise.png"


@pytest.fixture
def opens(session: Session, file: Path, qtbot) -> Opens:
    def open_one() -> EditDocument:
        with qtbot.waitSignal(session.edits.opened, timeout=LONG) as opened:
            session.edits.open(file)
        return opened.args[0]

    return open_one


def reopened(session: Session, document_id: str, qtbot) -> EditDocument:
    with qtbot.waitSignal(session.edits.opened, timeout=LONG) as opened:
        session.edits.reopen(document_id)
    return opened.args[0]


def recent(session: Session) -> list[tuple[str, int, bool]]:
    cards = session.edits.recent().result(LONG / 1000)
    return [(card.id, card.steps, card.unsaved) for card in cards]


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "no space")


def test_the_window_does_not_wait_until_a_document_is_let_go(
    session: Session, opens: Opens, monkeypatch, qtbot
):
    document, there, whole = opens(), threading.Event(), edit_log.fsync_file
    monkeypatch.setattr(edit_log, "fsync_file", lambda file: (there.wait(LONG / 1000), whole(file)))
    draw(document)
    document.close()
    assert not document.is_saved and recent(session) == [(document.id, 1, False)]
    with qtbot.waitSignal(session.edits.let_go, timeout=LONG):
        there.set()
    assert recent(session) == [(document.id, 1, False)]


def test_a_document_that_is_closing_is_gone_on_with_as_it_is(
    session: Session, opens: Opens, monkeypatch, qtbot
):
    document, there, whole = opens(), threading.Event(), edit_log.fsync_file
    monkeypatch.setattr(edit_log, "fsync_file", lambda file: (there.wait(LONG / 1000), whole(file)))
    draw(document)
    document.close()
    assert reopened(session, document.id, qtbot) is document and not document.is_closed
    there.set()


@pytest.mark.parametrize("ends", [False, True])
def test_a_take_that_is_applied_lands_in_the_document_that_is_closed_meanwhile(
    session: Session, opens: Opens, open_session, monkeypatch, qtbot, ends: bool
):
    """`ends`: with the program."""
    document, there = opens(), threading.Event()
    choose(document)
    [take] = made(session, document, edit_job(), qtbot)
    work = edit_taking._worked_out
    monkeypatch.setattr(edit_taking, "_worked_out", lambda *args: (there.wait(5), work(*args))[1])
    session.edits.apply(document, take)
    document_id = document.id
    document.close()
    if ends:
        there.set()
        session.close()
        session = open_session()
    else:
        with qtbot.waitSignals([session.edits.applied, session.edits.let_go], timeout=LONG, order="strict"):
            there.set()
    again = reopened(session, document_id, qtbot)
    assert list(again.steps) == ["Choose", "Fill"] and again.state.asset == take.id


def test_a_document_that_waits_for_a_take_can_be_gone_on_with_or_deleted(
    session: Session, opens: Opens, monkeypatch, qtbot
):
    document, there = opens(), threading.Event()
    choose(document)
    [take] = made(session, document, edit_job(), qtbot)
    work = edit_taking._worked_out
    monkeypatch.setattr(edit_taking, "_worked_out", lambda *args: (there.wait(5), work(*args))[1])
    session.edits.apply(document, take)
    document.close()
    assert reopened(session, document.id, qtbot) is document
    removed = qtbot.waitSignal(session.edits.removed, timeout=LONG)
    with qtbot.assertNotEmitted(session.edits.applied), removed:
        session.edits.remove(document.id)
        there.set()
    assert recent(session) == []


def test_a_document_that_is_asked_for_twice_is_opened_once(session: Session, opens: Opens, qtbot):
    document = opens()
    draw(document)
    with qtbot.waitSignal(session.edits.let_go, timeout=LONG):
        document.close()
    with qtbot.assertNotEmitted(session.edits.refused):
        session.edits.reopen(document.id)
        assert reopened(session, document.id, qtbot).position == 1
    with qtbot.waitSignal(session.edits.let_go, timeout=LONG):
        session.edits._documents._here[document.id].close()
    assert reopened(session, document.id, qtbot).position == 1


def test_a_document_that_is_just_let_go_is_opened_once_it_is(session: Session, opens: Opens, qtbot):
    document = opens()
    draw(document)
    before, document_id = shown(document), document.id
    document.close()
    document._saving._thread.shutdown()  # let go, though nobody was told
    again = reopened(session, document_id, qtbot)
    assert again is not document and (shown(again) == before).all()


@pytest.mark.allow_log("could not be saved")
@pytest.mark.parametrize("broken", ["_write_whole", "fsync_file"])
def test_what_cannot_be_saved_stays_and_is_gone_on_with(
    session: Session, opens: Opens, monkeypatch, qtbot, broken
):
    monkeypatch.setattr(edit_saving, "RETRY_MS", 1)
    document = opens()
    document_id, told = document.id, []
    session.edits.unsaved.connect(told.append)
    whole = getattr(edit_log, broken)
    monkeypatch.setattr(edit_log, broken, full)
    draw(document)
    qtbot.waitUntil(lambda: len(told) == 1)
    document.close()
    qtbot.waitUntil(lambda: len(told) == 2)
    assert [one.code for one in told] == ["disk_full", "edit_unsaved"]
    assert recent(session) == [(document_id, 1, True)]
    assert session.edits.not_saved == ["noise.png"]
    again = reopened(session, document_id, qtbot)
    choose(again)
    assert again is document and list(again.steps) == ["Draw", "Choose"]
    before = shown(again)
    again.close()
    monkeypatch.setattr(edit_log, broken, whole)
    with qtbot.waitSignal(session.edits.let_go, timeout=LONG):
        pass
    assert session.edits.not_saved == [] and recent(session) == [(document_id, 2, False)]
    later = reopened(session, document_id, qtbot)
    assert later is not document and (shown(later) == before).all()


@pytest.mark.allow_log("could not be saved")
def test_what_cannot_be_saved_can_be_deleted(session: Session, opens: Opens, monkeypatch, qtbot):
    document = opens()
    monkeypatch.setattr(edit_log, "_write_whole", full)
    with qtbot.waitSignal(session.edits.unsaved, timeout=LONG):
        draw(document)
    document.close()
    with qtbot.waitSignal(session.edits.removed, timeout=LONG):
        session.edits.remove(document.id)
    assert recent(session) == [] and not (session.paths.edits / document.id).exists()


def test_a_document_that_is_closed_leaves_memory(session: Session, opens: Opens, qtbot):
    kept = list[weakref.ref]()
    for number in range(10):
        document = opens()
        choose(document)
        if number == 0:
            made(session, document, edit_job(), qtbot)
        kept += [weakref.ref(document), weakref.ref(document.plane(document.state.layers[0].plane))]
        with qtbot.waitSignal(session.edits.let_go, timeout=LONG):
            document.close()
        del document

    def gone() -> None:
        gc.collect()
        assert [one() for one in kept if one() is not None] == []

    qtbot.waitUntil(gone)


def test_a_large_picture_is_seen_before_it_is_opened(session: Session, tmp_path: Path, qtbot):
    """It is kept lying on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (3000, 2000), (200, 30, 20)).save(tmp_path / "a.jpg", exif=exif)
    told = list[tuple]()
    session.edits.previewed.connect(lambda view: told.append(("seen", view)))
    session.edits.opened.connect(lambda document: told.append(("opened", document)))
    session.edits.open(tmp_path / "a.jpg")
    qtbot.waitUntil(lambda: len(told) == 2, timeout=LONG)
    (first, view), (second, document) = told
    assert (first, second) == ("seen", "opened")
    assert (view.name, view.width, view.height) == ("a.jpg", 2000, 3000)
    assert (document.state.width, document.state.height) == (2000, 3000)
    assert view.pixels.shape[0] == 1280 and abs(int(view.pixels[600, 400, 0]) - 200) < 4


def test_what_is_not_a_picture_is_refused_and_never_seen(session: Session, tmp_path: Path, qtbot):
    (tmp_path / "a.jpg").write_bytes(b"no picture")
    seen = []
    session.edits.previewed.connect(seen.append)
    with qtbot.waitSignal(session.edits.refused, timeout=LONG) as told:
        session.edits.open(tmp_path / "a.jpg")
    assert told.args[0].code == "picture_unreadable" and not seen


def test_a_picture_that_was_deleted_is_not_needed_any_more(session: Session, opens: Opens, file, qtbot):
    document = opens()
    draw(document)
    file.unlink()
    before, document_id = shown(document), document.id
    with qtbot.waitSignal(session.edits.let_go, timeout=LONG):
        document.close()
    assert (shown(reopened(session, document_id, qtbot)) == before).all()


@pytest.mark.allow_log("is damaged after")
def test_what_could_not_be_read_of_a_document_is_told_once(session: Session, opens: Opens, qtbot):
    document = opens()
    draw(document)
    document_id, log = document.id, session.paths.edits / document.id / "steps.log"
    with qtbot.waitSignal(session.edits.let_go, timeout=LONG):
        document.close()
    log.write_bytes(log.read_bytes()[:-1] + b"?")
    told = []
    session.edits.damaged.connect(told.append)
    again = reopened(session, document_id, qtbot)
    assert [(one.code, one.params["name"], one.params["steps"]) for one in told] == [
        ("edit_cut_short", "noise.png", 0)
    ]
    with qtbot.waitSignal(session.edits.let_go, timeout=LONG):
        again.close()
    reopened(session, document_id, qtbot)
    assert len(told) == 1


@pytest.mark.parametrize("encode", [lambda png: png, lambda png: lambda: png], ids=["bytes", "copied"])
def test_what_exists_nowhere_else_is_kept_though_nothing_was_done(
    session: Session, file: Path, open_session, qtbot, encode
):
    with qtbot.waitSignal(session.edits.opened, timeout=LONG) as opened:
        session.edits.open(encode(file.read_bytes()), "Pasted picture")
    document = opened.args[0]
    before, document_id = shown(document), document.id
    with qtbot.waitSignal(session.edits.let_go, timeout=LONG):
        document.close()
    assert recent(session) == [(document_id, 0, False)]
    (session.paths.edits / document_id / "document.json").unlink()
    session.close()
    later = open_session()
    assert recent(later) == [(document_id, 0, False)]
    assert (shown(reopened(later, document_id, qtbot)) == before).all()


def test_what_exists_elsewhere_goes_where_nothing_was_done(session: Session, opens: Opens, qtbot):
    document = opens()
    with qtbot.waitSignal(session.edits.let_go, timeout=LONG):
        document.close()
    assert recent(session) == [] and list(session.paths.edits.iterdir()) == []


def test_a_document_of_another_process_is_refused_and_stays(session: Session, file, qtbot):
    other = EditDocument.kept(*begin_document(file, "", session.paths)[:2])
    draw(other)
    qtbot.waitUntil(lambda: other.is_saved)
    for ask in (session.edits.reopen, session.edits.remove):
        with qtbot.waitSignal(session.edits.refused, timeout=LONG) as told:
            ask(other.id)
        assert told.args[0].code == "edit_in_use"
    with qtbot.waitSignal(other.let_go, timeout=LONG):
        other.close()
    assert list(reopened(session, other.id, qtbot).steps) == ["Draw"]


@pytest.mark.allow_log("could not be saved")
def test_a_library_that_is_away_loses_nothing(session: Session, opens: Opens, file, monkeypatch, qtbot):
    """As where its disk was unplugged: writing fails, and nothing is found there."""
    monkeypatch.setattr(edit_saving, "RETRY_MS", 1)
    document = opens()
    away = session.paths.library.with_name("away")
    session.paths.library.rename(away)

    def unplugged(*_: object) -> None:
        raise OSError(errno.EIO, "gone")

    whole = edit_log._write_whole
    monkeypatch.setattr(edit_log, "_write_whole", unplugged)
    with qtbot.waitSignal(session.edits.unsaved, timeout=LONG):
        draw(document)
    with qtbot.waitSignal(session.edits.refused, timeout=LONG) as told:
        session.edits.open(file)
    assert told.args[0].code == "library_missing" and not session.paths.library.exists()
    document.close()
    assert recent(session)[0][0] == document.id
    away.rename(session.paths.library)
    monkeypatch.setattr(edit_log, "_write_whole", whole)
    before, document_id = shown(document), document.id
    with qtbot.waitSignal(session.edits.let_go, timeout=LONG):
        pass
    assert (shown(reopened(session, document_id, qtbot)) == before).all()


def test_what_cannot_be_read_is_refused_once_and_opening_until_then(session: Session, tmp_path: Path, qtbot):
    (tmp_path / "broken.png").write_text("no picture")
    told: list[object] = []
    session.edits.busy_changed.connect(told.append)
    session.edits.refused.connect(lambda error: told.append(error.code))
    with qtbot.waitSignal(session.edits.refused, timeout=LONG):
        session.edits.open(tmp_path / "broken.png")
    assert told == [True, False, "picture_unreadable"]
