"""What the side of Chat lists: pins, folders, days, hits in pages; and no more is read than has to be."""

import time

import pytest
from PySide6.QtCore import QMimeData, QModelIndex

from studio.core.conversations import Conversation
from studio.viewmodels import conversations
from studio.viewmodels.conversation_rows import MIME, ROW_ROLE, ConversationList, Heading, Row, rows_of
from studio.viewmodels.conversations import ConversationShelf, Place
from studio.viewmodels.shell import WindowState
from tests.ui.fake_session import FakeSession

DAY = 24 * 3600
NOON = time.mktime((2026, 1, 5, 12, 0, 0, 0, 0, -1))


@pytest.fixture
def session(qapp):
    session = FakeSession()
    session.chats.all_conversations.clear()
    return session


@pytest.fixture
def state(session):
    state = WindowState(session)
    yield state
    state.flush()


@pytest.fixture
def shelf(session, state):
    return ConversationShelf(session, state)


def one(name: str, updated: float = 0.0, **fields) -> Conversation:
    return Conversation(id=name, title=name, created=0.0, updated=updated, **fields)


def listed(shelf_or_list) -> list[str]:
    rows = getattr(shelf_or_list, "list", shelf_or_list)
    return [words(rows.data(rows.index(at, 0), ROW_ROLE)) for at in range(rows.rowCount())]


def words(row: Row) -> str:
    if row.conversation:
        return row.conversation.title
    sign = "▸" if row.closed else "▾"
    return f"{sign}{row.folder} {row.count}" if row.heading is Heading.FOLDER else f"[{row.heading}]"


def test_the_pinned_stand_above_folders_and_these_above_the_days():
    talks = [
        one("a", NOON + 9 * DAY),
        one("b", NOON + 9 * DAY - 10, folder="sea"),
        one("c", NOON + 8 * DAY, folder="Art"),
        one("d", NOON + 8 * DAY - 60, pinned=True, folder="sea"),
        one("e", NOON + 5 * DAY),
        one("f", NOON + 5 * DAY - 60),
    ]
    rows = [words(row) for row in rows_of(talks, frozenset({"sea"}))]
    assert rows == ["[pinned]", "d", "▾Art 1", "c", "▸sea 1", "[day]", "a", "[day]", "e", "f"]
    assert rows_of([], frozenset()) == []


def test_only_rows_that_changed_come_and_go(qtbot):
    rows, told = ConversationList(), []
    rows.rowsInserted.connect(lambda _, first, last: told.append(("in", first, last)))
    rows.rowsRemoved.connect(lambda _, first, last: told.append(("out", first, last)))
    a, b, c, d = (Row(conversation=one(name)) for name in "abcd")
    rows.fill([a, b, c])
    rows.fill([a, d, b, c])
    rows.fill([a, d, b, c])
    rows.fill([b, c])
    rows.fill([b, a])
    rows.fill([])
    assert told == [("in", 0, 2), ("in", 1, 1), ("out", 0, 1), ("out", 1, 1), ("in", 1, 1), ("out", 0, 1)]


def test_what_changes_is_put_in_its_place_and_nothing_is_read_for_it(session, shelf, monkeypatch):
    talks = [session.chats.begin().id for _ in range(3)]
    for title, talk in zip("abc", talks, strict=True):
        session.chats.rename(talk, title)
    monkeypatch.setattr(session.chats, "recent", lambda: pytest.fail("read again"))
    monkeypatch.setattr(session.chats, "trashed", lambda: pytest.fail("read again"))
    session.chats.set_folder(talks[0], "sea")
    session.chats.pin(talks[1], True)
    assert listed(shelf) == ["[pinned]", "b", "▾sea 1", "a", "[day]", "c"]
    session.chats.trash(talks[2])
    assert (listed(shelf)[-1], shelf.in_trash) == ("a", 1)
    shelf.go(Place.TRASH)
    assert listed(shelf) == ["[day]", "c"]
    session.chats.erase(talks[2])
    assert (listed(shelf), shelf.in_trash) == ([], 0)


def test_folders_stay_closed_after_a_restart_and_damage_opens_them(session, state, shelf):
    talk = session.chats.begin().id
    session.chats.set_folder(talk, "sea")
    shelf.toggle("sea")
    assert listed(shelf) == ["▸sea 1"]
    again = ConversationShelf(session, state)
    again.fill()
    assert listed(again) == ["▸sea 1"]
    again.toggle("sea")
    assert listed(again) == ["▾sea 1", ""]
    state.put(conversations.CLOSED_KEY, "{torn")
    again = ConversationShelf(session, state)
    again.fill()
    assert listed(again) == ["▾sea 1", ""]


def test_of_very_many_the_rest_follows_from_the_search_thread(session, shelf, qtbot):
    session.chats.all_conversations += [one(f"{number}", 1000.0 + number) for number in range(1003)]
    shelf.fill()
    assert len(shelf.ids()) == 1000
    qtbot.waitUntil(lambda: len(shelf.ids()) == 1003)
    assert listed(shelf)[-1] == "0"
    shelf.fill()  # nothing vanishes while the rest is read again
    assert len(shelf.ids()) == 1003


def test_hits_come_in_pages_and_follow_what_becomes_of_them(session, shelf, qtbot, monkeypatch):
    monkeypatch.setattr(conversations, "HITS", 2)
    talks = [session.chats.begin().id for _ in range(3)]
    for talk in talks:
        session.chats.add_message(talk, "user", f"boats {talk}")
    shelf.search(" boats ")
    assert shelf.looking
    qtbot.waitUntil(lambda: not shelf.looking)
    assert shelf.list.rowCount() == 2
    assert shelf.list.canFetchMore(QModelIndex())
    shelf.list.fetchMore(QModelIndex())
    assert not shelf.list.canFetchMore(QModelIndex())
    qtbot.waitUntil(lambda: shelf.list.rowCount() == 3)
    session.chats.rename(talks[0], "Harbour")
    assert listed(shelf) == ["", "", "Harbour"]
    session.chats.trash(talks[1])
    assert listed(shelf) == ["", "Harbour"]
    shelf.search("")
    assert listed(shelf)[0] == "[day]"


def test_a_conversation_is_dropped_into_a_folder_and_out_of_it(session, shelf):
    inside, loose = (session.chats.begin().id for _ in range(2))
    session.chats.set_folder(inside, "sea")
    rows = shelf.list
    assert listed(shelf)[0] == "▾sea 1"

    def drop(conversation: str, row: int) -> None:
        data = rows.mimeData([rows.index(rows.row_of(conversation), 0)])
        target = rows.index(row, 0) if row >= 0 else QModelIndex()
        assert rows.canDropMimeData(data, rows.supportedDropActions(), -1, -1, target)
        rows.dropMimeData(data, rows.supportedDropActions(), -1, -1, target)

    drop(loose, 0)
    assert listed(shelf)[0] == "▾sea 2"
    session.calls.clear()
    drop(loose, 0)
    assert session.calls == []
    drop(loose, -1)
    assert listed(shelf)[0] == "▾sea 1"
    foreign = QMimeData()
    foreign.setText("x")
    assert not rows.canDropMimeData(foreign, rows.supportedDropActions(), -1, -1, QModelIndex())
    foreign.setData(MIME, b"nobody")
    rows.dropMimeData(foreign, rows.supportedDropActions(), -1, -1, QModelIndex())
    assert listed(shelf)[0] == "▾sea 1"
