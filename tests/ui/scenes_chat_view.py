"""The reading column of Chat in every state that a message can be in."""

from pathlib import Path

import msgspec

from studio.core.conversations import Attachment, MessageState
from studio.core.jobs import JobState
from studio.core.messages import Note
from studio.core.messages import Stage as Phase
from studio.core.personas import Persona
from tests.ui.drawings import draw
from tests.ui.fake_session import FakeSession
from tests.ui.scenes_chat import asked, talk
from tests.ui.stage import Stage, scene

BRIEF = Attachment(
    id="brief", name="brief.md", text="# The series\n\nFour cards of one lighthouse.", size_bytes=4_812
)
LETTER = Attachment(id="letter", name="letter to the printer.docx", text="Dear…", size_bytes=48_120, cut=True)
SKETCH = Attachment(id="sketch", name="sketch.png", picture="chats/pictures/sketch.png", size_bytes=90_000)
THOUGHT = "<think>\nFour times of day.\n\nThe seed keeps the composition.\n</think>\n\n"
MATHS = r"""The area under the curve is $\int_0^\infty e^{-x^2}\,dx = \frac{\sqrt{\pi}}{2}$, and a card \
costs $5 or $6.

$$
\begin{aligned}
s &= \frac{a + b}{2} \\
t &= s^2 - x_{max}
\end{aligned}
$$
"""
HARD = (
    """مرحبا بالعالم! هذه بطاقة بريدية من المنارة.

👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 é ñ 한국어 ไทย

Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"""
    + "x" * 300
    + """

```text
one very long line of code that does not end before the column does, and goes on """
    + "and on " * 30
    + """
```

| Card | Light at this time of day, in words | Copies |
|:-:|---|--:|
| 1 | """
    + "ö" * 90
    + """ | 1,200 |
| 2 | noon | 80 |
"""
)


def painted(stage: Stage) -> FakeSession:
    """The session, whose pictures have something on them."""
    stage.session.draw = lambda asset, pixels: draw(
        msgspec.structs.replace(asset, width=asset.width or 256, height=asset.height or 256), pixels
    )
    return stage.session


@scene("chat-view-marks")
def marks(stage: Stage) -> None:
    session = painted(stage)
    conversation = session.chats.begin()
    session.chats.rename(conversation.id, "Sea postcard series")
    who = Persona(id="coach", name="Prompt coach", picture="coach.png")
    session.personas.pictures[who.id] = Path("coach.png")
    session.chats.set_persona(conversation.id, who)
    asked = session.chats.add_message(
        conversation.id, "user", "What do these say?", attachments=(BRIEF, LETTER, SKETCH)
    )
    answer = session.chats.add_message(
        conversation.id,
        "assistant",
        THOUGHT + "Keep the **seed**.",
        parent=asked.id,
        model="Scribe",
        persona=who.name,
        tokens=412,
        pinned=True,
    )
    session.chats.add_message(
        conversation.id, "assistant", "Another one.", parent=asked.id, model="Scribe", persona=who.name
    )
    more = session.chats.add_message(
        conversation.id, "user", "Never mind the weather.", parent=answer.id, excluded=True
    )
    session.chats.add_message(
        conversation.id, "assistant", MATHS, parent=more.id, model="Scribe", persona=who.name, finish="length"
    )
    panel = stage.show("chat")
    panel._viewmodel.open(conversation.id)
    stage.settle()
    panel.view.toggle(answer.id)
    panel.view.choose_next(-1)


@scene("chat-view-pictures")
def pictures(stage: Stage) -> None:
    session = painted(stage)
    conversation = talk(session)
    leaf = session.chats._conversation(conversation).leaf
    made = tuple(asset.id for asset in session.all_assets[:2])
    first = session.chats.add_message(
        conversation,
        "picture",
        "a red lighthouse on the sea at dawn",
        parent=leaf,
        assets=made,
        model="Postcards",
    )
    panel = stage.show("chat")
    panel._viewmodel.open(conversation)
    session.chats.add_message(
        conversation,
        "picture",
        "the same lighthouse at night",
        parent=first.id,
        job="painting",
        state=MessageState.STREAMING,
        model="Postcards",
    )
    stage.settle()
    session.play_phase("painting", Phase.DENOISING, 17, 28)


@scene("chat-view-summary")
def summary(stage: Stage) -> None:
    session = stage.session
    conversation = session.chats.begin()
    session.chats.rename(conversation.id, "A long talk")
    parent = None
    for number in range(26):
        role = "user" if number % 2 == 0 else "assistant"
        words = f"Question {number // 2 + 1}" if role == "user" else "An answer in a few words."
        parent = session.chats.add_message(conversation.id, role, words, parent=parent, model="Scribe").id
        if number == 23:
            covered = parent
    session.chats.add_message(
        conversation.id,
        "summary",
        "They chose one seed for four cards, named the light in each, and put the time of day last.",
        parent=covered,
    )
    panel = stage.show("chat")
    panel._viewmodel.open(conversation.id)


@scene("chat-view-dropped")
def dropped(stage: Stage) -> None:
    reply = asked(stage, "And on the back?")
    stage.session.play_tokens(reply.id, "A line about the sea, and the", 9)
    first = stage.session.chats.branch(reply.conversation).messages[2].id
    notes = (
        Note(code="messages_dropped", params={"count": 2, "first": first}),
        Note(code="sampling_unused", params={"name": "min-p"}),
    )
    stage.session.play_end(reply.id, JobState.STOPPED, notes=notes)


@scene("chat-view-takes")
def takes(stage: Stage) -> None:
    job = asked(stage, "A title, please.", takes=3)
    for take, words in enumerate(
        ("**First light**, still water · 晨光静水", "Noon on the\n\n- pier\n- quay", "")
    ):
        if words:
            stage.session.chats.play_tokens(job, words, 12, take)


@scene("chat-view-thinking")
def thinking(stage: Stage) -> None:
    job = asked(stage, "Think about the light.").id
    stage.session.play_tokens(job, "<think>The light comes from the", 9)


@scene("chat-view-hard")
def hard(stage: Stage) -> None:
    session = stage.session
    conversation = session.chats.begin()
    session.chats.rename(conversation.id, "مرحبا 👩‍👩‍👧‍👦 " + "long title " * 12)
    asked = session.chats.add_message(conversation.id, "user", HARD)
    session.chats.add_message(conversation.id, "assistant", HARD, parent=asked.id, model="Scribe")
    panel = stage.show("chat")
    panel._viewmodel.open(conversation.id)


@scene("chat-view-interrupted")
def interrupted(stage: Stage) -> None:
    job = asked(stage, "And a poem.").id
    stage.session.play_tokens(job, "The sea is ", 3)
    stage.session.play_end(job, JobState.INTERRUPTED)
    stage.settle()
    stage.show("chat").view.verticalScrollBar().setValue(0)
