"""Chat's composer and inspector: files, a template, much to read, a persona, settings, and their sheets."""

from pathlib import Path
from typing import Any

import msgspec

from studio.core.conversations import MessageState, Said
from studio.core.personas import Example, Persona
from studio.core.turns import Block
from tests.ui.fake_session import SCRIBE
from tests.ui.scenes_chat import talking
from tests.ui.stage import Stage, scene

BLOCKS: dict[Block, int] = {
    "system": 212,
    "persona": 96,
    "notes": 40,
    "summary": 310,
    "pinned": 188,
    "attachments": 1190,
    "messages": 2418,
}
LETTER = "Dear printer, the cards are to be 105 × 148 mm. " * 300


def opened(stage: Stage, *, counted: bool = True) -> Any:
    """The panel with a conversation, of which is known what it takes."""
    stage.session.personas.fill()
    stage.session.chat_presets.fill()
    panel = talking(stage)
    if counted:
        stage.session.context.play(panel._viewmodel.conversation_id, BLOCKS)
    return panel


@scene("chat-files")
def files(stage: Stage) -> None:
    """A file, one of which the beginning is read, a long paste, a picture that the model cannot see."""
    stage.session.attachments.cut.add("A long letter to the printer about paper, colours and dates.pdf")
    panel = opened(stage)
    said = panel._said
    said.attach_files(
        [Path("brief.md"), Path("A long letter to the printer about paper, colours and dates.pdf")]
    )
    said.attach_files([Path("lighthouse.png")])
    said.paste(LETTER)
    stage.session.attachments.waiting = []
    said.attach_files([Path("scan.pdf")])
    stage.settle()
    panel.composer.edit.setPlainText("Is this what the printer asked for?")
    panel._said.set_takes(3)


@scene("chat-attachment")
def attachment(stage: Stage) -> None:
    panel = opened(stage)
    panel._said.paste(LETTER)
    stage.settle()
    next(iter(panel.composer.files.chips.values())).face.click()


@scene("chat-dropped")
def dropped(stage: Stage) -> None:
    """More than the model reads; how tokens are chosen, all of it, with a preset that was changed."""
    panel = opened(stage, counted=False)
    for words in ("Which paper would you take?", "And how many of each?"):
        stage.session.chats.send(panel._viewmodel.conversation_id, Said(text=words), SCRIBE)
        job = stage.session.jobs()[0].job.id
        stage.session.play_tokens(job, "Uncoated, 300 g.", 5)
        stage.session.play_end(job)
    messages = [one.id for one in panel._viewmodel.branch.messages]
    stage.session.context.play(
        panel._viewmodel.conversation_id,
        BLOCKS,
        limit=4710,
        room=256,
        dropped=tuple(messages[:2]),
        exact=False,
    )
    panel._viewmodel.set_sampling(temperature=1.1, seed=2147483648, banned=("tapestry", "a testament to"))
    stage.shell.state.put_flag("chat.sampling.more", True)
    panel.inspector.sampling._show_more()


@scene("chat-over")
def over(stage: Stage) -> None:
    """A message that is longer than all that the model reads."""
    panel = opened(stage, counted=False)
    conversation = panel._viewmodel.conversation_id
    first = panel._viewmodel.branch.messages[0].id
    panel.composer.edit.setPlainText("Put this into French: " + LETTER[:300])
    stage.session.context.play(
        conversation, {"system": 212, "messages": 5210}, limit=4096, room=0, dropped=(first,)
    )


@scene("chat-settings")
def settings(stage: Stage) -> None:
    """A persona answers, a preset is on, notes are open, the model thinks."""
    panel = opened(stage)
    panel.inspector.sampling._presets.choose("Calm")
    persona = stage.session.personas.all()[0]
    panel._viewmodel.set_persona(persona)
    panel._viewmodel.set_notes("The cards are 105 × 148 mm, the paper is uncoated.")
    panel._viewmodel.set_sampling(thinking="on", thinking_budget=2048)
    panel.inspector.notes.set_open(True)


@scene("chat-template")
def template(stage: Stage) -> None:
    panel = opened(stage)
    panel.composer._fill(next(one for one in stage.session.chat_templates.all() if one.name == "translate"))


@scene("chat-templates")
def templates(stage: Stage) -> None:
    panel = opened(stage)
    panel.composer.edit_templates()
    panel.composer._sheet._show("translate")
    panel.composer._sheet.which.select("translate")


@scene("chat-persona")
def persona_sheet(stage: Stage) -> None:
    panel = opened(stage)
    keeper = Persona(
        id="persona-guide",
        name="Lighthouse keeper",
        system="You keep a lighthouse. Answer in two sentences, kindly.",
        examples=(Example(user="Is it lonely?", assistant="The gulls talk all day."),),
        preset="Calm",
    )
    panel._viewmodel.set_persona(keeper)
    panel.inspector.persona._open_chosen()


@scene("chat-preset")
def preset(stage: Stage) -> None:
    panel = opened(stage)
    panel._viewmodel.set_sampling(temperature=0.2)
    panel.inspector.sampling.save_preset()


@scene("chat-thinking")
def thinking(stage: Stage) -> None:
    panel = opened(stage)
    panel._viewmodel.set_sampling(thinking="on", thinking_budget=2048)
    panel.composer.thinking.open()


@scene("chat-thinking-always")
def thinking_always(stage: Stage) -> None:
    """A model that can be told to think less, and no more than that."""
    panel = opened(stage)
    stage.session.put_models(msgspec.structs.replace(SCRIBE, thinks=("off", "budget")))
    panel.composer.thinking.open()


@scene("chat-read")
def read(stage: Stage) -> None:
    panel = opened(stage)
    messages = panel._viewmodel.branch.messages
    stage.session.chats.pin_message(messages[0].id, True)
    stage.session.chats.exclude_message(messages[-1].id, True)
    panel.inspector.context.choose.trigger()


@scene("chat-cut")
def cut(stage: Stage) -> None:
    """The answer was stopped: it can go on."""
    panel = opened(stage)
    conversation = panel._viewmodel.conversation_id
    stage.session.chats.send(conversation, Said(text="And a poem for the back."), SCRIBE)
    job = stage.session.jobs()[0].job
    stage.session.play_start(job.id)
    stage.session.play_tokens(job.id, "The sea is ", 3)
    message = stage.session.chats._message(job.message)
    stage.session.chats._put_message(msgspec.structs.replace(message, state=MessageState.STOPPED))
