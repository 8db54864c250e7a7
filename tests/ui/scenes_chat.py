"""Chat: empty, with content, while an answer is written, with an error, with a message being reworded."""

from typing import Any

from studio.core.conversations import Said
from studio.core.jobs import JobState, Reply
from studio.core.messages import Stage as Phase
from studio.core.records import Problem
from studio.viewmodels.conversations import Place
from tests.ui.fake_session import SCRIBE, FakeSession
from tests.ui.stage import Stage, scene

ANSWER = """Keep everything fixed except the words for the light. The seed decides where things go, \
so *lock it*; then change one phrase per card.

1. **Lock the seed** and leave `size`, scheduler and guidance alone.
2. **Put the time last**, so that the words before it weigh the same in every card.
3. **Name the light, not the mood**: “sunset” beats “warm and nostalgic”.

From the command line, the whole series is one loop:

```bash
for t in dawn day sunset night; do
  studio generate "a red lighthouse, on the sea at $t" \\
      --seed 2147483648 --steps 28 -o "sea-$t.png"
done
```

| Card | Light |
|---|---|
| 1 | dawn 黎明 |
| 2 | night 夜 |
"""
QUESTION = "I want four cards of one lighthouse at four times of day. How do I keep the composition the same?"


def talk(session: FakeSession) -> str:
    """A conversation with siblings, last in a list of several; its id."""
    for title in ("Names for the winter set", "明信片背面的短诗", "Paper weights compared"):
        other = session.chats.begin()
        session.chats.rename(other.id, title)
    conversation = session.chats.begin("You help a designer write prompts. Be brief.")
    session.chats.rename(conversation.id, "Sea postcard series")
    session.chats.add_message(conversation.id, "user", "Four cards of one lighthouse, please.")
    question = session.chats.add_message(conversation.id, "user", QUESTION)
    session.chats.add_message(conversation.id, "assistant", ANSWER, parent=question.id, model="Scribe")
    return conversation.id


def talking(stage: Stage) -> Any:
    """The panel with that conversation open."""
    conversation = talk(stage.session)
    panel = stage.show("chat")
    panel._viewmodel.open(conversation)
    return panel


def asked(stage: Stage, text: str, takes: int = 1) -> Reply:
    """The job that answers it, which has begun, in the conversation of `talk`."""
    conversation = talking(stage)._viewmodel.conversation_id
    job = stage.session.chats.send(conversation, Said(text=text), SCRIBE, takes=takes)
    stage.session.play_start(job)
    reply = stage.session.job(job).job
    assert isinstance(reply, Reply)
    return reply


@scene("chat-empty")
def empty(stage: Stage) -> None:
    stage.session.chats.all_conversations.clear()
    stage.show("chat")


@scene("chat")
def content(stage: Stage) -> None:
    talking(stage)


@scene("chat-busy")
def busy(stage: Stage) -> None:
    job = asked(stage, "Now a title for each card, five words at most.").id
    stage.session.play_phase(job, Phase.WRITING, 8, 256)
    stage.session.play_tokens(job, "1. First light, still water · 晨光静水\n2. **Noon on the", 14)


@scene("chat-error")
def error(stage: Stage) -> None:
    job = asked(stage, "And a poem for the back.").id
    stage.session.play_tokens(job, "The sea is ", 3)
    stage.session.play_end(job, JobState.FAILED, Problem(code="worker_killed", params={"signal": "SIGKILL"}))


@scene("chat-reword")
def reword(stage: Stage) -> None:
    talking(stage).messages.edit.trigger()


@scene("chat-trash")
def trash(stage: Stage) -> None:
    conversation = talk(stage.session)
    stage.session.chats.trash(stage.session.chats.recent()[-1].id)
    stage.session.chats.trash(conversation)
    panel = stage.show("chat")
    panel._viewmodel.go(Place.TRASH)
    panel._viewmodel.open(conversation)
