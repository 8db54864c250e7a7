"""What there is to look at in Edit."""

from pathlib import Path

import msgspec
import numpy as np
from PySide6.QtTest import QTest

from studio.core.edits import Edit, Margins, Operation, Region
from studio.core.jobs import JobState
from studio.core.layers import Blending, DocumentCard
from studio.core.lineage import Lineage, LineageNode, Source, kept_picture
from studio.core.messages import Stage as Phase
from studio.core.records import Asset, Problem
from studio.ui.panels.edit import EditPanel
from studio.ui.panels.edit_compare import Compare
from studio.viewmodels.edit_pixels import image_of
from studio.viewmodels.edit_tools import Tool
from tests.ui.drawings import draw, half_denoised, postcard
from tests.ui.fake_session import NOON, FakeSession
from tests.ui.stage import Stage, scene

MOON = "a large (yellow full moon:1.15), thin clouds, flat illustrated postcard"


def edit(stage: Stage) -> EditPanel:
    panel = stage.show("edit")
    assert isinstance(panel, EditPanel)
    return panel


def settle(stage: Stage, panel: EditPanel) -> None:
    """Until the canvas has painted what it shows."""
    for _ in range(3):
        stage.settle()
        while panel.work.canvas.busy:
            QTest.qWait(1)
    stage.settle()


def opened(stage: Stage, words: str = MOON) -> EditPanel:
    """A picture of the library on the canvas, and words for what is to come."""
    session = stage.session
    session.draw = draw
    asset = session.add_picture("house in the snow", seed=11, width=1024, height=1024)
    panel = edit(stage)
    panel.receive(asset)
    panel.viewmodel.settings.set_prompt(words)
    panel.viewmodel.settings.set_seed(31)
    panel.viewmodel.prompt.look()
    settle(stage, panel)
    return panel


def masked(stage: Stage) -> EditPanel:
    """The same with something chosen."""
    panel = opened(stage)
    document = panel.viewmodel.document
    assert document is not None
    stroke = document.begin_stroke(panel.viewmodel.tools.brush())
    for x, y in ((180, 300), (300, 220), (420, 260), (480, 320)):
        stroke.to(x, y)
    stroke.end()
    settle(stage, panel)
    return panel


def running(stage: Stage) -> EditPanel:
    """Four takes: two are made, one is at work, one waits."""
    panel = masked(stage)
    panel.acts.run.trigger()
    job_id = stage.session.all_jobs[-1].job.id
    session = stage.session
    session.play_start(job_id)
    for index in (0, 1):
        session.play_picture(job_id, index)
    session.play_phase(job_id, Phase.DENOISING, 14, 28, index=2, count=1)
    session.play_preview(job_id, 2, 14, half_denoised(31))
    settle(stage, panel)
    return panel


def layered(stage: Stage) -> EditPanel:
    """Takes were applied; layers of every kind."""
    panel = running(stage)
    vm = panel.viewmodel
    job_id = stage.session.all_jobs[-1].job.id
    for index in (2, 3):
        stage.session.play_picture(job_id, index)
    stage.session.play_end(job_id)
    panel.acts.apply.trigger()
    vm.commands.add_layer()
    document = vm.document
    assert document is not None
    vm.commands.rename_layer(document.state.active, "Snow")
    vm.commands.fade_layer(document.state.active, 0.6)
    vm.commands.blend_layer(document.state.active, Blending.SOFT_LIGHT)
    settle(stage, panel)
    return panel


def family(session: FakeSession, root: Asset) -> tuple[Asset, ...]:
    """Pictures that came of one: a branch goes off the second."""
    made: list[tuple[Asset, str]] = [(root, "")]
    steps = (
        ("roof repainted", Operation.FILL, 0),
        ("house moved right", Operation.FILL, 1),
        ("at dusk", Operation.PAINT_OVER, 1),
        ("wider", Operation.EXTEND, 2),
        ("twice as large", Operation.UPSCALE, 4),
    )
    for number, (words, operation, parent) in enumerate(steps):
        asset = session.add_picture(words, seed=11 + number, width=1024, height=1024)
        recipe = msgspec.structs.replace(
            asset.recipe, edit=Edit(operation=operation, parent=made[parent][0].id)
        )
        made.append((msgspec.structs.replace(asset, recipe=recipe), made[parent][0].id))
    nodes = tuple(LineageNode(asset, parent) for asset, parent in made)
    for asset, _ in made:
        session.edits.lineages[asset.id] = Lineage(nodes)
    return tuple(asset for asset, _ in made)


def only(panel: EditPanel, *names: str) -> None:
    """Of the sections of the inspector only these are open."""
    for name, section in panel.inspector.sections.items():
        section.set_open(name in names)


@scene("edit-empty")
def empty(stage: Stage) -> None:
    edit(stage)


@scene("edit-recent")
def recent(stage: Stage) -> None:
    session = stage.session
    session.draw = draw
    names = ("house in the snow", "a boat with red sails", "一座白色灯塔", "three pine trees")
    for number, name in enumerate(names):
        asset = session.add_picture(name, seed=number * 5)
        session.edits.cards.append(
            DocumentCard(
                id=str(number),
                name=name,
                changed=NOON - number * 900,
                width=1024,
                height=768,
                steps=number * 7 + 1,
                asset=asset.id,
            )
        )
    edit(stage)


@scene("edit-recent-all")
def recent_all(stage: Stage) -> None:
    for number in range(80):
        stage.session.edits.cards.append(
            DocumentCard(
                id=str(number),
                name=f"picture {number}",
                changed=NOON - number * 900,
                width=1024,
                height=768,
                steps=0 if number == 1 else number + 1,
                only_here=number == 1,
                unsaved=number == 0,
            )
        )
    panel = edit(stage)
    stage.settle()
    panel.first.recent.more.click()


@scene("edit-unsaved")
def unsaved(stage: Stage) -> None:
    opened(stage)
    stage.session.edits.not_saved = ["house in the snow"]
    stage.window.frame.close()


@scene("edit-document")
def document(stage: Stage) -> None:
    opened(stage)


@scene("edit-mask")
def mask(stage: Stage) -> None:
    masked(stage)


@scene("edit-takes")
def takes(stage: Stage) -> None:
    panel = running(stage)
    panel.viewmodel.takes.choose(None)
    settle(stage, panel)


@scene("edit-proposal")
def proposal(stage: Stage) -> None:
    running(stage)


@scene("edit-layers")
def layers(stage: Stage) -> None:
    panel = layered(stage)
    only(panel, "layers", "history")
    settle(stage, panel)


@scene("edit-lineage")
def lineage(stage: Stage) -> None:
    session = stage.session
    session.draw = draw
    root = session.add_picture("house in the snow", seed=11, width=1024, height=1024)
    last = family(session, root)[4]
    panel = edit(stage)
    panel.receive(last)
    only(panel, "lineage")
    panel.inspector.lineage.list.setCurrentIndex(panel.inspector.lineage.list.model().index(2, 0))
    settle(stage, panel)


@scene("edit-lineage-file")
def lineage_of_file(stage: Stage) -> None:
    """From a file, with many branches; two takes were never used."""
    session = stage.session
    session.draw = draw
    panel = edit(stage)
    panel.receive(Path("/pictures/house in the snow, the second version of the winter card.png"))
    vm = panel.viewmodel
    vm.commands.select_all()
    vm.settings.set_prompt("roof repainted")
    while vm.commands.busy:
        QTest.qWait(1)
    panel.acts.run.trigger()
    job_id = session.all_jobs[-1].job.id
    for index in range(4):
        session.play_picture(job_id, index)
    session.play_end(job_id)
    made = [one.asset for one in vm.takes.takes if one.asset]
    nodes = [LineageNode(one, "") for one in made]
    for number in range(5):
        words = f"a long description of what was painted there, number {number}"
        one = session.add_picture(words, seed=number, width=1024, height=768)
        edited = Edit(operation=Operation.FILL, parent=made[number % 2].id)
        recipe = msgspec.structs.replace(one.recipe, edit=edited)
        nodes.append(LineageNode(msgspec.structs.replace(one, recipe=recipe), edited.parent))
    assert vm.document is not None
    source = Source(kept_picture("f" * 64, "winter card.png", 256, 256), vm.document.id)
    session.edits.lineages[made[0].id] = Lineage(tuple(nodes), source=source)
    panel.acts.apply.trigger()
    only(panel, "lineage")
    settle(stage, panel)


@scene("edit-compare")
def compare(stage: Stage) -> None:
    panel = running(stage)
    panel.acts.compare.trigger()
    settle(stage, panel)


def beside(stage: Stage, width: int, height: int, mode: Compare) -> None:
    """The picture with another one of that size."""
    panel = opened(stage)
    other = image_of(np.asarray(postcard(11, width, height).convert("RGBA")))
    panel.work.canvas.compare("now", other, mode)
    settle(stage, panel)


@scene("edit-compare-upscaled")
def compare_upscaled(stage: Stage) -> None:
    beside(stage, 2048, 2048, "side_by_side")


@scene("edit-compare-cropped")
def compare_cropped(stage: Stage) -> None:
    beside(stage, 800, 500, "difference")


@scene("edit-compare-extended")
def compare_extended(stage: Stage) -> None:
    beside(stage, 1400, 1024, "slider")


@scene("edit-failed")
def failed(stage: Stage) -> None:
    panel = masked(stage)
    panel.acts.run.trigger()
    job_id = stage.session.all_jobs[-1].job.id
    stage.session.play_start(job_id)
    problem = Problem(code="memory_exhausted", params={"phase": "decoding"})
    stage.session.play_end(job_id, JobState.FAILED, problem)
    settle(stage, panel)


@scene("edit-groups")
def groups(stage: Stage) -> None:
    """Takes of several operations, of which one failed and one is stopped."""
    panel = running(stage)
    session, settings = stage.session, panel.viewmodel.settings
    job_id = session.all_jobs[-1].job.id
    for index in (2, 3):
        session.play_picture(job_id, index)
    session.play_end(job_id)
    for operation, ending in ((Operation.REMOVE, JobState.FAILED), (Operation.PAINT_OVER, JobState.STOPPED)):
        settings.choose_operation(operation)
        settings.set_prompt("")
        panel.viewmodel.takes.choose(None)
        panel.acts.run.trigger()
        job_id = session.all_jobs[-1].job.id
        session.play_start(job_id)
        session.play_picture(job_id, 0)
        failed = ending is JobState.FAILED
        problem = Problem(code="memory_exhausted", params={"phase": "decoding"}) if failed else None
        session.play_end(job_id, ending, problem)
    only(panel, "takes", "layers")
    settle(stage, panel)


@scene("edit-refused")
def refused(stage: Stage) -> None:
    """Nothing is chosen, and nothing is said."""
    panel = opened(stage, "")
    panel.acts.run.trigger()
    settle(stage, panel)


@scene("edit-no-model")
def no_model(stage: Stage) -> None:
    panel = opened(stage)
    panel.viewmodel.settings.choose_operation(Operation.INSTRUCT)
    settle(stage, panel)


@scene("edit-extend")
def extend(stage: Stage) -> None:
    panel = opened(stage)
    panel.viewmodel.settings.choose_operation(Operation.EXTEND)
    panel.viewmodel.settings.set_margins(Margins(256, 0, 256, 128))
    settle(stage, panel)


@scene("edit-upscale")
def upscale(stage: Stage) -> None:
    panel = opened(stage)
    panel.viewmodel.settings.choose_operation(Operation.UPSCALE)
    settle(stage, panel)


@scene("edit-context")
def context(stage: Stage) -> None:
    panel = masked(stage)
    panel.viewmodel.tools.choose(Tool.CONTEXT)
    panel.viewmodel.settings.set_region(Region(60, 100, 560, 420))
    settle(stage, panel)


@scene("edit-paint-bar")
def paint_bar(stage: Stage) -> None:
    opened(stage).viewmodel.tools.choose(Tool.PAINT)


@scene("edit-wand-bar")
def wand_bar(stage: Stage) -> None:
    opened(stage).viewmodel.tools.choose(Tool.WAND)


@scene("edit-object-bar")
def object_bar(stage: Stage) -> None:
    opened(stage).viewmodel.tools.choose(Tool.OBJECT)
