"""The first screen: when it is shown, what its buttons do, and what says that something is online."""

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.core.downloads import DownloadState
from studio.core.jobs import GenerateImages, Reply
from studio.ui.frame import Frame, is_first_start
from studio.ui.panels.welcome import WelcomePanel
from studio.ui.widgets.labels import Label
from tests.ui.fake_session import LARGE, POSTCARDS, SCRIBE, FakeSession
from tests.ui.scenes_welcome import new_home
from tests.ui.shelf import half_done
from tests.ui.stage import Look, Stage
from tests.ui.test_window import press, words


@pytest.fixture
def stage(make_stage):
    """The window of a new home."""
    made = make_stage(session=new_home(FakeSession()))
    made.window  # noqa: B018 - it is opened
    made.settle()
    return made


def panel_of(stage: Stage) -> WelcomePanel:
    panel = stage.window.panel("welcome")
    assert isinstance(panel, WelcomePanel)
    return panel


def test_a_new_home_begins_with_the_first_screen(stage):
    panel = panel_of(stage)
    assert stage.shell.panel == "welcome"
    assert panel.middle.isVisible()
    assert stage.frame.rail.selected() is None
    assert ("look_at_models",) not in stage.session.calls  # the stage forgets what was asked at the start
    shown = words(panel.middle)
    for part in (
        "Welcome to Atelier",
        "NVIDIA RTX 4070 · 12 GB video memory",
        "Z-Image Turbo",
        "10.9 of 12 GB",
    ):
        assert part in shown
    assert list(stage.window.builder.built) == ["welcome"]


def test_the_shelf_is_looked_at_when_the_screen_is_shown_and_not_before(make_stage):
    stage = make_stage()
    stage.window.panel("welcome")
    assert ("look_at_models",) not in stage.session.calls
    stage.show("welcome")
    assert ("look_at_models",) in stage.session.calls


@pytest.mark.parametrize(
    ("remembered", "first"),
    [
        ({}, True),
        ({"panel": "welcome", "geometry": "…"}, True),
        ({"panel": "welcome", "welcome.done": "1"}, False),
        ({"geometry": "…"}, False),
        ({"panel": "gallery"}, False),
    ],
)
def test_a_home_is_new_until_somebody_went_on_from_the_first_screen(remembered, first):
    assert is_first_start(remembered) is first


def test_a_home_with_pictures_or_a_remembered_panel_goes_to_it(make_stage):
    assert make_stage(session=FakeSession.filled()).shell.panel == "create"
    known = new_home(FakeSession())
    known.change_settings(window={"panel": "gallery"})
    assert make_stage(session=known).shell.panel == "gallery"


def test_a_home_in_which_the_command_line_worked_leaves_the_screen_once_that_is_known(make_stage):
    session = new_home(FakeSession())
    session.is_open = False
    stage = make_stage(session=session)
    assert stage.shell.panel == "welcome"
    session.add_picture("made by the command line")
    session.open()
    assert stage.shell.panel == "create"


def test_downloads_go_on_once_the_session_is_ready(stage):
    assert ("go_on_downloading",) not in stage.session.calls
    stage.session.open()
    assert ("go_on_downloading",) in stage.session.calls
    assert stage.shell.panel == "welcome"


@pytest.mark.parametrize("way", ["start", "more", "rail", "key"])
def test_every_way_on_is_remembered(stage, way):
    panel = panel_of(stage)
    if way == "rail":
        QTest.mouseClick(stage.frame.rail._buttons[2], Qt.MouseButton.LeftButton)
    elif way == "key":
        press(stage, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    else:
        getattr(panel, way).click()
    reached = {"start": "create", "more": "models"}.get(way, "edit")
    assert stage.shell.panel == reached
    assert stage.frame.rail.selected().name == reached
    stage.window.close()
    assert not is_first_start(stage.session.settings.window)


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_return_presses_the_main_button(stage, key):
    stage.frame.activateWindow()
    assert QApplication.focusWidget() is panel_of(stage).start
    press(stage, key)
    assert stage.shell.panel == "create"


def test_return_presses_the_button_that_has_the_focus(stage):
    stage.frame.activateWindow()
    panel = panel_of(stage)
    panel.more.setFocus()
    press(stage, Qt.Key.Key_Return)
    assert stage.shell.panel == "models"
    stage.shell.go("welcome")
    panel.tries.tiles[0].setFocus()
    press(stage, Qt.Key.Key_Return)
    assert stage.shell.panel == "create" and "generate" in [call[0] for call in stage.session.calls]


def test_closing_on_the_first_screen_shows_it_again(stage):
    stage.window.close()
    assert is_first_start(stage.session.settings.window)


def test_the_first_paint_of_a_new_home_has_no_header_of_another_panel(qapp):
    frame = Frame({})
    assert frame.rail.selected() is None
    assert "Create" not in words(frame)
    frame.deleteLater()


def test_the_palette_leads_back_to_it(stage):
    panel_of(stage).start.click()
    stage.window.lists.open_palette()
    QTest.keyClicks(stage.window.lists.palette.field, "welcome")
    press(stage, Qt.Key.Key_Return)
    assert stage.shell.panel == "welcome"
    stage.window.close()
    assert not is_first_start(stage.session.settings.window)


def test_a_picture_to_try_is_begun_in_create_with_one_click(stage):
    tile = panel_of(stage).tries.tiles[1]
    QTest.mouseClick(tile, Qt.MouseButton.LeftButton)
    stage.settle()
    assert stage.shell.panel == "create"
    [record] = stage.session.jobs()
    assert isinstance(record.job, GenerateImages)
    assert (record.job.model, record.job.prompt) == (POSTCARDS, POSTCARDS.examples["en"][1])
    assert stage.window.panel("create").prompt.prompt.toPlainText() == record.job.prompt


def test_a_text_to_try_is_sent_in_a_new_conversation_with_one_click(stage):
    session = stage.session
    old = session.chats.begin()
    asked = session.chats.add_message(old.id, "user", "Something else")
    session.chats.add_message(old.id, "assistant", "An answer", parent=asked.id)
    stage.window.panel("chat")._viewmodel.open(old.id)
    panel_of(stage).tries.tiles[2].click()
    stage.settle()
    assert stage.shell.panel == "chat"
    [record] = session.jobs()
    assert isinstance(record.job, Reply)
    assert (record.job.model, record.job.turns[-1].content) == (SCRIBE, SCRIBE.examples["en"][0])
    assert record.job.conversation != old.id


def test_the_whole_screen_is_reached_by_keys(stage):
    panel = panel_of(stage)
    stage.frame.activateWindow()
    stage.window.regions.enter("middle")
    assert QApplication.focusWidget() is panel.start
    wanted = {*panel.tries.tiles, *(card.get for card in panel.cards), panel.more, panel.start}
    reached = set()
    for _ in range(len(wanted) + 4):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        reached.add(QApplication.focusWidget())
    assert wanted <= reached
    stage.window.regions.enter("rail")
    press(stage, Qt.Key.Key_Down)
    assert stage.shell.panel == "chat"


def test_a_fast_second_click_on_get_allows_nothing(stage):
    """Whatever stands where the button stood after the first click."""
    card = panel_of(stage).cards[0]
    at = card.get.mapTo(stage.frame, card.get.rect().center())
    for _ in range(2):
        QTest.mouseClick(stage.frame.childAt(at), Qt.MouseButton.LeftButton)
        stage.settle()
    assert stage.session.settings.offline
    assert stage.session.models.downloads() == ()


def test_getting_asks_plainly_and_shows_how_far_it_is(stage):
    panel = panel_of(stage)
    card = panel.cards[0]
    assert card.get.text() == "Get (goes online)"
    card.get.setFocus()
    card.get.click()
    assert card.sentence.text() == "Getting a model goes online. Nothing else does."
    assert QApplication.focusWidget() is card.not_now
    press(stage, Qt.Key.Key_Escape)
    assert not card.allow.isVisible()
    assert (stage.shell.panel, stage.session.settings.offline) == ("welcome", True)
    card.get.click()
    card.allow.click()
    assert not stage.session.settings.offline
    [download] = stage.session.models.downloads()
    stage.session.put_download(half_done(id=download.id))
    assert "7.6 of 12.3 GB" in words(card)
    assert (card.pause.isVisible(), card.get.isVisible()) == (True, False)
    assert panel.cards[1].get.text() == "Get"
    size = card.size()
    card.pause.click()
    assert (card.get.text(), card.size()) == ("Go on", size)


def test_a_model_that_arrived_is_used_from_its_card(stage):
    session, card = stage.session, panel_of(stage).cards[2]
    session.put_models(POSTCARDS, SCRIBE, LARGE)
    assert "Installed" in words(card)
    card.use.click()
    assert (stage.shell.panel, session.settings.image_model) == ("create", LARGE.id)


def test_the_language_changes_the_screen_at_once(stage):
    panel = panel_of(stage)
    stage.session.change_settings(language="zh")
    stage.settle()
    assert panel.tries.tiles[0].text() == POSTCARDS.examples["zh"][0]
    assert "欢迎使用 Atelier" in words(panel.middle)
    assert panel.cards[0].get.text() == "获取（需要联网）"


def test_badge_and_rail_name_what_is_online_and_lead_there(stage):
    session, badge = stage.session, stage.window.strip.badge
    models = next(one for one in stage.frame.rail._buttons if one.name == "models")
    assert badge.text() == "Offline"
    session.change_settings(offline=False)
    assert badge.text() == "Online"
    session.put_download(half_done())
    assert (badge.text(), models.accessibleDescription()) == ("Online: 1 download", "1 download runs")
    session.put_download(half_done(id="d2"))
    assert (badge.text(), models.accessibleDescription()) == ("Online: 2 downloads", "2 downloads run")
    session.change_settings(language="zh")
    stage.settle()
    assert (badge.text(), models.accessibleDescription()) == ("在线：2 个下载", "正在下载 2 个模型")
    badge.click()
    assert stage.shell.panel == "models"
    for one in ("d1", "d2"):
        session.change_download(one, state=DownloadState.PAUSED)
    assert (badge.text(), models.accessibleDescription()) == ("在线", "")
    badge.click()
    assert stage.shell.panel == "settings"


def test_a_click_on_the_panel_that_is_shown_leaves_it_selected(make_stage):
    stage = make_stage(Look())
    stage.show("gallery")
    QTest.mouseClick(stage.frame.rail.selected(), Qt.MouseButton.LeftButton)
    assert stage.frame.rail.selected().name == "gallery"


def test_memory_is_told_before_the_graphics_card_is_known(make_stage):
    session = new_home(FakeSession())
    machine, session.this_machine = session.this_machine, None
    made = make_stage(session=session)
    made.window  # noqa: B018 - it is opened
    made.settle()
    panel = panel_of(made)
    title = next(one for one in panel.middle.findChildren(Label) if one.text() == "Welcome to Atelier")
    places = [title.mapTo(panel.middle, title.rect().topLeft())]
    for known in (msgspec.structs.replace(machine, devices=()), machine):
        session.this_machine = known
        session.models.machine_changed.emit()
        made.settle()
        places.append(title.mapTo(panel.middle, title.rect().topLeft()))
        looking = panel.machine.text().endswith("Looking at the graphics card …")
        assert looking == (not known.devices) and "32 GB memory" in panel.machine.text()
    assert len(set(map(str, places))) == 1
