"""What a new home offers: things to try with the starters, and models that suit the machine."""

import msgspec
import pytest

from studio.core.downloads import DownloadState, Wanted
from studio.core.recipe import Recipe
from studio.core.shelf import FitLevel
from studio.viewmodels.model_rows import RowState
from studio.viewmodels.queue import QueueViewModel
from studio.viewmodels.welcome import WelcomeViewModel
from tests.ui.fake_session import LARGE, POSTCARDS, SCRIBE, FakeSession
from tests.ui.scenes_welcome import new_home
from tests.ui.shelf import MACHINE, QWEN, SDXL, TURBO, half_done


@pytest.fixture
def session(qapp):
    made = new_home(FakeSession())
    yield made
    made.deleteLater()


@pytest.fixture
def welcome(session):
    return WelcomeViewModel(session, session)


def states(welcome: WelcomeViewModel) -> list[RowState]:
    return [row.state for row in welcome.offers("en")]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_two_pictures_and_a_text_are_there_to_try_in_the_language(welcome, language):
    pictures, texts = POSTCARDS.examples[language], SCRIBE.examples[language]
    tried = [(one.spec, one.text, one.panel) for one in welcome.tries(language)]
    assert tried == [
        (POSTCARDS, pictures[0], "create"),
        (POSTCARDS, pictures[1], "create"),
        (SCRIBE, texts[0], "chat"),
    ]


def test_only_starters_are_tried_and_those_that_the_scan_finds_later_too(session, welcome, qtbot):
    session.put_models(LARGE)
    assert welcome.tries("en") == []
    with qtbot.waitSignal(welcome.tries_changed):
        session.put_models(LARGE, SCRIBE)
    assert [one.spec for one in welcome.tries("en")] == [SCRIBE]


def test_a_try_is_done_by_its_starter(session, welcome):
    session.change_settings(language_model="owner/other")
    picture, _, text = welcome.tries("en")
    payload = welcome.choose(picture)
    assert payload == Recipe(model=POSTCARDS.id, model_name="Postcards", prompt=picture.text)
    assert welcome.choose(text) == text.text
    assert session.settings.language_model == SCRIBE.id


def test_nothing_is_looked_at_before_the_screen_is_shown(session, welcome):
    assert session.calls == []
    welcome.look()
    assert session.calls == [("look_at_models",)]


def test_offers_come_once_the_shelf_is_read_and_the_devices_are_known(session, welcome):
    session.this_machine, session.all_entries = None, []
    welcome.look()
    seen: list[tuple[bool, int]] = []
    welcome.offers_changed.connect(lambda: seen.append((welcome.looking, len(welcome.offers("en")))))
    session.set_machine(msgspec.structs.replace(MACHINE, devices=()))
    session.all_entries = [TURBO, QWEN, SDXL]
    session.models.shelf_changed.emit()
    session.set_machine(MACHINE)
    assert seen == [(True, 0), (True, 0), (False, 3)]


def test_where_nobody_tells_the_devices_the_memory_decides_in_the_end(session, welcome, qtbot):
    session.this_machine = msgspec.structs.replace(MACHINE, devices=())
    welcome._patience.setInterval(1)
    session.this_machine, known = None, session.this_machine
    welcome.look()
    session.set_machine(known)
    if welcome.looking:
        qtbot.waitSignal(welcome.offers_changed).wait()
    assert [row.name for row in welcome.offers("en")] == [TURBO.name, QWEN.name, SDXL.name]


def test_offline_the_first_click_only_asks(session, welcome):
    row = welcome.offers("en")[1]
    welcome.get(row)
    assert (welcome.asking, session.settings.offline, session.models.downloads()) == (row.key, True, ())
    assert welcome.stop_asking()
    assert not welcome.stop_asking()
    assert (welcome.asking, session.settings.offline, session.models.downloads()) == ("", True, ())


def test_leave_to_go_online_starts_the_download_that_was_asked_for(session, welcome):
    row = welcome.offers("en")[1]
    welcome.get(row)
    session.calls.clear()
    welcome.allow(row)
    assert session.calls == [
        ("change_settings", {"offline": False}),
        ("install", Wanted(repository=QWEN.repository, files=QWEN.files), QWEN.name),
    ]
    assert welcome.asking == ""
    assert states(welcome) == [RowState.AVAILABLE, RowState.WAITING, RowState.AVAILABLE]


def test_online_nothing_is_asked(session, welcome):
    session.change_settings(offline=False)
    welcome.get(welcome.offers("en")[0])
    assert (welcome.asking, states(welcome)[0]) == ("", RowState.WAITING)


def test_a_download_is_followed_to_its_end(session, welcome):
    session.change_settings(offline=False)
    session.put_download(half_done())
    assert states(welcome)[0] is RowState.RUNNING
    welcome.pause(welcome.offers("en")[0])
    assert states(welcome)[0] is RowState.PAUSED
    welcome.get(welcome.offers("en")[0])
    assert states(welcome)[0] is RowState.RUNNING
    session.change_download("d1", state=DownloadState.FAILED)
    assert states(welcome)[0] is RowState.FAILED
    session.change_download("d1", state=DownloadState.DONE)
    assert states(welcome)[0] is RowState.FETCHED
    arrived = msgspec.structs.replace(LARGE, id=TURBO.repository)
    session.put_models(POSTCARDS, SCRIBE, arrived)
    row = welcome.offers("en")[0]
    assert (row.state, welcome.can_use(row), welcome.use(row)) == (RowState.INSTALLED, True, "create")
    assert session.settings.image_model == arrived.id


def test_a_download_that_is_dropped_is_offered_anew(session, welcome):
    session.put_download(half_done())
    session.models.drop_download("d1")
    assert states(welcome)[0] is RowState.AVAILABLE


def test_going_on_with_a_paused_download_asks_while_offline(session, welcome):
    session.put_download(half_done(DownloadState.PAUSED))
    row = welcome.offers("en")[0]
    welcome.get(row)
    assert welcome.asking == row.key
    welcome.allow(row)
    assert states(welcome)[0] is RowState.RUNNING


def test_nothing_is_offered_where_nothing_fits(session, welcome):
    session.fits = {
        name: msgspec.structs.replace(fit, level=FitLevel.TIGHT) for name, fit in session.fits.items()
    }
    assert (welcome.looking, welcome.offers("en")) == (False, [])


def test_the_strip_counts_downloads_that_run(session):
    session.all_downloads = [half_done(DownloadState.PAUSED, id="old")]
    queue = QueueViewModel(session, session)
    told: list[int] = []
    queue.online_changed.connect(lambda: told.append(queue.downloads))
    session.put_download(half_done())
    session.put_download(half_done(id="d2"))
    session.change_download("d2", done_bytes=9)  # no news for the badge
    session.change_download("d1", state=DownloadState.DONE)
    session.models.drop_download("d2")
    assert told == [1, 2, 1, 0]
