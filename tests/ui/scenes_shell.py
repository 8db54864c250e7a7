"""The window's own screens: settings, strip, messages, palette, shortcuts."""

from studio.core.conversations import Said
from studio.core.ids import new_id
from studio.core.jobs import GenerateImages
from studio.core.messages import Note
from studio.core.messages import Stage as Phase
from studio.core.records import Problem
from tests.ui.fake_session import POSTCARDS, SCRIBE, FakeSession
from tests.ui.stage import Stage, scene

GIB = 1024**3


def ask_for(session: FakeSession, prompt: str, pictures: int = 4) -> str:
    job = GenerateImages(
        id=new_id(),
        model=POSTCARDS,
        prompt=prompt,
        seed=2_147_483_648,
        num_images=pictures,
        num_inference_steps=28,
    )
    session.generate(job)
    return job.id


def busy(session: FakeSession) -> str:
    """Both lanes at work, three jobs waiting."""
    running = ask_for(session, "a red lighthouse on the left, yellow sun, purple mountains")
    session.play_start(running)
    conversation = session.chats.recent()[0]
    session.chats.send(conversation.id, Said(text="Now a title for each card, five words at most."), SCRIBE)
    answer = session.jobs()[0].job.id
    session.play_start(answer)
    for prompt in ("a boat with yellow sails at night", "three pine trees in the snow", "a balloon festival"):
        ask_for(session, prompt)
    session.set_lane("image", held_bytes=9 * GIB, device_total=12 * GIB)
    session.play_phase(running, Phase.DENOISING, 17, 28, count=4)
    session.play_phase(answer, Phase.WRITING, 96, 256)
    return running


@scene("settings")
def settings(stage: Stage) -> None:
    stage.session.change_settings(model_folders=("/home/ada/models", "/mnt/shared/stable-diffusion/models"))
    stage.show("settings")


@scene("settings-busy")
def settings_busy(stage: Stage) -> None:
    stage.show("settings")
    busy(stage.session)


@scene("shell-queue")
def queue(stage: Stage) -> None:
    stage.show("settings")
    busy(stage.session)
    stage.settle()
    stage.window.strip.next_button.click()


@scene("shell-messages")
def messages(stage: Stage) -> None:
    stage.show("settings")
    centre = stage.shell.messages
    centre.undoable("{n} pictures moved to trash", lambda: None, n=3)
    centre.problem(Problem(code="memory_exhausted", params={"phase": "decoding"}, traceback="Traceback …"))


@scene("shell-note")
def note(stage: Stage) -> None:
    stage.show("settings")
    stage.shell.messages.note(Note(code="vae_tiled"))


@scene("shell-palette")
def palette(stage: Stage) -> None:
    stage.show("settings")
    stage.build_all()
    stage.window.lists.open_palette()


@scene("shell-shortcuts")
def shortcuts(stage: Stage) -> None:
    stage.show("settings")
    stage.build_all()
    stage.window.lists.open_shortcuts()


@scene("shell-report")
def report(stage: Stage) -> None:
    stage.show("settings")
    stage.shell.report_wanted.emit()
