"""The side of Chat: folders and pins, what is found, nothing found, nothing yet."""

from tests.ui.fake_session import FakeSession
from tests.ui.stage import Stage, scene

TITLES = (
    ("Sea postcard series", "海报 Posters", True),
    ("Names for the winter set", "海报 Posters", False),
    (
        "A very long title that no side of any width could ever show from its beginning to its end",
        "Trips",
        False,
    ),
    ("明信片背面的短诗", "Trips", False),
    ("Paper weights compared", "", False),
    ("灯塔与潮汐", "", False),
)
SAID = (
    "I want four cards of one lighthouse. How do I keep the composition the same in all of them, whatever"
    " the light does? The lighthouse should stand left of the middle."
)
ANSWER = (
    "把种子锁定，只改描述光线的词：清晨、正午、日落、夜晚。灯塔的位置就不会变。A lighthouse at night last."
)


def fill(session: FakeSession) -> list[str]:
    """Conversations in folders, pinned and loose; their ids."""
    session.chats.all_conversations.clear()
    ids: list[str] = []
    for title, folder, pinned in TITLES:
        talk = session.chats.begin()
        session.chats.rename(talk.id, title)
        asked = session.chats.add_message(talk.id, "user", SAID)
        session.chats.add_message(talk.id, "assistant", ANSWER, parent=asked.id, model="Scribe")
        session.chats.set_folder(talk.id, folder)
        session.chats.pin(talk.id, pinned)
        ids.append(talk.id)
    return ids


@scene("chat-side-folders")
def folders(stage: Stage) -> None:
    ids = fill(stage.session)
    panel = stage.show("chat")
    panel._viewmodel.conversations.toggle("Trips")
    panel._viewmodel.open(ids[1])


@scene("chat-side-found")
def found(stage: Stage) -> None:
    ids = fill(stage.session)
    panel = stage.show("chat")
    panel._viewmodel.open(ids[4])
    panel._list.search.setText("lighthouse")
    panel._list.view.setFocus()


@scene("chat-side-found-zh")
def found_chinese(stage: Stage) -> None:
    fill(stage.session)
    panel = stage.show("chat")
    panel._list.search.setText("灯塔")


@scene("chat-side-nothing-found")
def nothing(stage: Stage) -> None:
    fill(stage.session)
    panel = stage.show("chat")
    panel._list.search.setText("zanzibar")


@scene("chat-side-nothing-yet")
def nothing_yet(stage: Stage) -> None:
    stage.session.chats.all_conversations.clear()
    stage.show("chat")
