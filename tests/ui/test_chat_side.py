"""The side of Chat through real keys and clicks: folders, search that opens at a message, files."""

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QMenu

from studio.ui.widgets.buttons import Button
from studio.viewmodels.conversation_rows import ROW_ROLE
from tests.ui.fake_session import FakeSession
from tests.ui.scenes_chat_side import fill

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def panel(make_stage):
    stage = make_stage(session=FakeSession())
    stage.session.chats.all_conversations.clear()
    stage.ids = fill(stage.session)
    panel = stage.show("chat")
    panel.stage = stage
    return panel


def rows(panel) -> list[str]:
    model = panel._list.view.model()
    found = [model.index(at, 0).data(ROW_ROLE) for at in range(model.rowCount())]
    return [row.conversation.title if row.conversation else row.folder for row in found]


def index_of(panel, text: str):
    return panel._list.view.model().index(rows(panel).index(text), 0)


def named(menu) -> list[str]:
    return [action.text() for action in menu.actions() if action.text()]


def calls(panel, name: str) -> list[tuple]:
    return [call for call in panel.stage.session.calls if call[0] == name]


def test_a_folder_closes_by_click_and_by_key(panel, qtbot):
    view = panel._list.view
    assert "Paper weights compared" in rows(panel)
    assert "明信片背面的短诗" in rows(panel)
    QTest.mouseClick(view.viewport(), LEFT, pos=view.visualRect(index_of(panel, "Trips")).center())
    assert "明信片背面的短诗" not in rows(panel)
    for key, there in ((Qt.Key.Key_Return, True), (Qt.Key.Key_Left, False), (Qt.Key.Key_Right, True)):
        qtbot.keyClick(view, key)
        assert ("明信片背面的短诗" in rows(panel)) is there
        assert view.currentIndex() == index_of(panel, "Trips")


def test_search_and_keys_lead_to_the_message(panel, qtbot):
    search, view, vm = panel._list.search, panel._list.view, panel._viewmodel
    qtbot.keyClicks(search, "lighthouse")
    qtbot.waitUntil(lambda: len(rows(panel)) == 6)
    hit = view.model().index(0, 0).data(ROW_ROLE).hit
    assert [hit.snippet[start:end].lower() for start, end in hit.marks] == ["lighthouse"]
    opened = []
    panel._list.hit_chosen.connect(lambda *where: opened.append(where))
    qtbot.keyClick(search, Qt.Key.Key_Down)
    assert view.currentIndex().row() == 0
    qtbot.keyClick(view, Qt.Key.Key_Down)
    qtbot.keyClick(view, Qt.Key.Key_Return)
    second = view.model().index(1, 0).data(ROW_ROLE).hit
    assert opened == [(second.conversation.id, second.message)]
    assert vm.conversation_id == second.conversation.id
    assert rows(panel)[1] == second.conversation.title  # one may go on to the next
    qtbot.keyClick(search, Qt.Key.Key_Return)
    assert vm.conversation_id == hit.conversation.id


def test_what_is_not_found_is_said(panel, qtbot):
    panel._list.search.setText("zanzibar")
    qtbot.waitUntil(lambda: panel._list._nothing.isVisible())
    assert panel._list._nothing.text() == "Nothing found"
    panel._list.search.clear()
    assert not panel._list._nothing.isVisible()


def test_a_conversation_is_pinned_and_moved(panel, qtbot, monkeypatch):
    side, talk = panel._shelf, panel.stage.ids[4]
    panel._viewmodel.open(talk)
    side.pin.trigger()
    assert side.pin.text() == "Unpin the conversation"
    assert calls(panel, "pin")[-1][1:] == (talk, True)
    side.pin.trigger()
    monkeypatch.setattr(QMenu, "popup", lambda *_: None)
    panel._show_menu(talk, panel.middle.mapToGlobal(QPoint()))
    assert named(panel._menu) == [
        *("Rename the conversation…", "Pin the conversation", "Move to", "Export the conversation…"),
        "Move the conversation to trash",
    ]
    folders = panel._menu.actions()[2].menu()
    assert named(folders) == ["Trips", "海报 Posters", "New folder…", "No folder"]
    folders.actions()[0].trigger()
    side.move.trigger()
    enabled = [action.isEnabled() for action in side.folders_menu().actions() if action.text()]
    assert enabled == [False, True, True, True]
    assert panel._viewmodel.branch.conversation.folder == "Trips"
    side._new_folder()
    assert not side._sheet.button.isEnabled()
    qtbot.keyClicks(side._sheet.name, " Harbour ")
    qtbot.keyClick(side._sheet.name, Qt.Key.Key_Return)
    assert panel._viewmodel.branch.conversation.folder == "Harbour"
    side.rename_folder.trigger()
    assert side._sheet.name.selectedText() == "Harbour"
    qtbot.keyClick(side._sheet.name, Qt.Key.Key_Escape)
    assert not side._sheet.isVisible() and "Harbour" in rows(panel)
    side.rename_folder.trigger()
    qtbot.keyClicks(side._sheet.name, "Port")
    qtbot.keyClick(side._sheet.name, Qt.Key.Key_Return)
    assert "Port" in rows(panel)


def test_a_conversation_is_renamed_where_its_title_stands_selected(panel, qtbot):
    panel._viewmodel.open(panel.stage.ids[4])
    title = panel._viewmodel.branch.conversation.title
    panel._rename.trigger()
    assert panel._shelf._sheet.name.selectedText() == title
    qtbot.keyClicks(panel._shelf._sheet.name, "Tides")
    qtbot.keyClick(panel._shelf._sheet.name, Qt.Key.Key_Return)
    assert panel._viewmodel.branch.conversation.title == "Tides"


def test_a_removed_folder_can_be_put_back(panel):
    side = panel._shelf
    menu = side.folder_menu("Trips")
    side.remove_folder.trigger()
    menu.deleteLater()
    assert "Trips" not in rows(panel)
    panel._shell.messages.undo()
    assert "Trips" in rows(panel)


def test_conversations_are_exported_where_one_says(panel, qtbot, monkeypatch):
    side, talk = panel._shelf, panel.stage.ids[0]
    panel._viewmodel.open(talk)
    said = []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: said[-1])
    for chosen, form, target in (
        ("/tmp/talk.md", "Markdown (*.md)", "/tmp/talk.md"),
        ("/tmp/talk", "JSON (*.json)", "/tmp/talk.json"),
        ("/tmp/talk.JSON", "Markdown (*.md)", "/tmp/talk.JSON"),
        ("/tmp/v1.2", "Markdown (*.md)", "/tmp/v1.2.md"),
    ):
        said.append((chosen, form))
        with qtbot.waitSignal(side._files.exported):
            side.export.trigger()
        kind = "json" if target.lower().endswith("json") else "markdown"
        assert calls(panel, "export_conversations")[-1][1:] == ((talk,), Path(target), kind)
        [line] = panel._shell.messages.lines
        assert line.text.format(**line.params) == f"Exported to {Path(target).name} (2 KB)"
    side.folder_menu("Trips").deleteLater()
    for action, count in ((side.export_folder, 2), (side.export_all, 6)):
        with qtbot.waitSignal(side._files.exported):
            action.trigger()
        assert len(calls(panel, "export_conversations")[-1][1]) == count
    said.append(("", ""))
    panel.stage.session.calls.clear()
    side.export_all.trigger()
    assert calls(panel, "export_conversations") == []


def test_what_is_imported_is_listed_and_opened_and_what_is_left_out_is_said(panel, qtbot, monkeypatch):
    side, said = panel._shelf, []
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (said[-1], ""))
    for file, words in (
        ("talks.json", "2 conversations imported"),
        ("torn.zip", "2 conversations imported; 1 could not be read, or not to the end"),
    ):
        said.append(file)
        with qtbot.waitSignal(side._files.imported):
            side.import_file.trigger()
        [line] = panel._shell.messages.lines
        assert line.text.format(**line.params) == words
        assert panel._viewmodel.branch.conversation.title == f"{Path(file).stem} 1"
        assert f"{Path(file).stem} 2" in rows(panel)
    said.append("notes.txt")
    with qtbot.waitSignal(side._files.failed):
        side.import_file.trigger()
    assert panel._shell.messages.lines[0].problem.code == "import_unknown"


def test_the_header_has_the_menu_of_the_conversation_and_its_export(panel, monkeypatch):
    monkeypatch.setattr(QMenu, "popup", lambda *_: None)
    panel._start_new()
    export = next(one for one in panel.header.findChildren(Button) if one.text() == "Export")
    assert not panel._more.isEnabled() and not export.isEnabled()
    panel._viewmodel.open(panel.stage.ids[0])
    assert export.isEnabled()
    panel._more.click()
    assert "Rename the conversation…" in named(panel._menu)


def test_whoever_walks_through_the_list_stays_where_they_are(panel, qtbot):
    view, chats = panel._list.view, panel.stage.session.chats
    panel._viewmodel.open(panel.stage.ids[0])
    view.setFocus()
    opened = view.currentIndex().row()
    qtbot.keyClick(view, Qt.Key.Key_End)
    walked = view.currentIndex().data(ROW_ROLE).conversation
    assert view.currentIndex().row() != opened
    for conversation in (panel.stage.ids[0], walked.id):
        chats.rename(conversation, "Another title")
        assert view.currentIndex().data(ROW_ROLE).conversation.id == walked.id


def test_what_goes_to_the_trash_leaves_nothing_marked_as_open(panel, qtbot):
    view = panel._list.view
    open_first = view.model().index(rows(panel).index("Paper weights compared"), 0)
    view.setFocus()
    QTest.mouseClick(view.viewport(), LEFT, pos=view.visualRect(open_first).center())
    assert view.selectedIndexes() == [open_first]
    panel._trash.trash.trigger()
    assert "Paper weights compared" not in rows(panel) and panel._viewmodel.branch is None
    assert view.selectedIndexes() == []
