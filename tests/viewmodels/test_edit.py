"""Edit without widgets: what is asked of models, what comes of it, and every step taken back."""

import gc
import weakref
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor, QImage

from studio.core.adjustments import Levels
from studio.core.edits import PLAIN, Margins, Operation, Point, Region
from studio.core.errors import (
    DiskFull,
    EditUnsaved,
    LayersTooMany,
    MadeForTurnedCanvas,
    MemoryExhausted,
    NothingChosen,
    NothingExtended,
    PromptEmpty,
    UnexpectedError,
    ValueOutOfRange,
)
from studio.core.inputs import Role
from studio.core.jobs import GenerateImages, JobState, ProcessImage
from studio.core.layers import DocumentCard, TextStyle
from studio.core.lineage import Lineage, LineageNode, Source, kept_picture
from studio.core.messages import Stage as Phase
from studio.core.model import Ability, Kind, ModelSpec
from studio.core.records import Problem
from studio.media.planes import Plane
from studio.session.edit_objects import FoundObject
from studio.ui.widgets import edit_canvas_workshop
from studio.viewmodels import edit_work
from studio.viewmodels.edit import EditViewModel
from studio.viewmodels.edit_lineage import rows_of
from studio.viewmodels.edit_pixels import image_of, pixels_of
from studio.viewmodels.edit_steps import DONE_ROLE
from studio.viewmodels.edit_take_groups import TakeState
from studio.viewmodels.edit_tools import Tool
from studio.viewmodels.edit_words import drawn_text
from studio.viewmodels.shell import Shell
from tests.ui.drawings import draw
from tests.ui.fake_session import LARGE, POSTCARDS, FakeSession

EDITING = ModelSpec(
    id="kontext",
    name="Kontext",
    family="diffusion",
    base="FluxKontextPipeline",
    abilities=(Ability.GENERATE,),
    kind=Kind.EDIT,
    path="/models/kontext",
)
ENLARGING = ModelSpec(
    id="esrgan", name="ESRGAN ×4", family="upscaling", base="", abilities=(Ability.UPSCALE,), path="/models/e"
)


@pytest.fixture
def session(qapp):
    session = FakeSession()
    session.draw = draw
    yield session
    session.deleteLater()


@pytest.fixture
def vm(session):
    shell = Shell(session)
    yield EditViewModel(session, shell.state, shell.thumbnails, shell)
    shell.close()
    shell.deleteLater()


@pytest.fixture
def opened(qtbot, session, vm):
    """A picture of 256 × 256 with something chosen in it."""
    vm.open(session.add_picture("a boat", seed=7))
    vm.commands.select_rectangle(Region(40, 40, 60, 60), "replace")
    wait_for_work(qtbot, vm)
    vm.settings.set_prompt("a moon")
    return vm


def wait_for_work(qtbot, vm) -> None:
    qtbot.waitUntil(lambda: not vm.commands.busy)


def asked(session) -> list[GenerateImages | ProcessImage]:
    return [call[1] for call in session.calls if call[0] == "run"]


def play(session, pictures: int = 2) -> str:
    """Some of the takes of the last job are made."""
    job_id = session.all_jobs[-1].job.id
    session.play_start(job_id)
    for index in range(pictures):
        session.play_picture(job_id, index)
    return job_id


# What is asked for.


def test_a_fill_asks_for_what_is_set(session, opened):
    opened.settings.set_num_images(3)
    opened.settings.set_feather(20)
    assert opened.run()
    (job,) = asked(session)
    assert isinstance(job, GenerateImages) and job.edit is not None
    assert (job.prompt, job.num_images, job.strength) == ("a moon", 3, 1.0)
    assert (job.edit.operation, job.edit.feather, job.edit.exact) == (Operation.FILL, 20, True)
    assert {one.role for one in job.inputs} == {Role.CHANGE, Role.MASK}
    assert job.edit.document == opened.document.state.id


def test_nothing_chosen_is_said_at_the_button_and_goes_once_something_is(qtbot, session, vm):
    vm.open(session.add_picture("a boat"))
    vm.settings.set_prompt("a moon")
    assert not vm.run() and isinstance(vm.settings.problems["edit"], NothingChosen)
    vm.commands.select_all()
    wait_for_work(qtbot, vm)
    assert vm.settings.problems == {} and vm.run()


def test_no_words_are_said_at_the_prompt(opened, session):
    opened.settings.set_prompt("")
    assert not opened.run() and isinstance(opened.settings.problems["prompt"], PromptEmpty)
    assert asked(session) == []
    opened.settings.choose_operation(Operation.REMOVE)
    assert opened.settings.problems == {} and opened.run(), "what goes needs no words"


def test_an_extension_without_margins_is_said_at_the_margins(opened, session):
    opened.settings.choose_operation(Operation.EXTEND)
    assert not opened.run() and isinstance(opened.settings.problems["margins"], NothingExtended)
    opened.settings.set_margins(Margins(64, 0, 64, 0))
    assert opened.run() and asked(session)[0].edit.margins == Margins(64, 0, 64, 0)


def test_each_operation_is_offered_the_models_that_can_do_it(session, vm):
    session.put_models(POSTCARDS, LARGE, EDITING, ENLARGING)
    settings = vm.settings
    assert [one.id for one in settings.models] == [POSTCARDS.id, LARGE.id, EDITING.id]
    settings.choose_operation(Operation.INSTRUCT)
    assert settings.model == EDITING and not settings.has_strength
    settings.choose_operation(Operation.UPSCALE)
    assert settings.models[0] == ENLARGING and settings.models[-1] == PLAIN
    assert settings.is_processed and not settings.takes_words
    settings.choose_operation(Operation.FILL)
    assert settings.model == POSTCARDS


def test_each_operation_keeps_its_own_model_and_strength(session, vm):
    settings = vm.settings
    settings.choose_model(LARGE.id)
    settings.set_change_strength(0.5)
    settings.choose_operation(Operation.PAINT_OVER)
    assert settings.model == POSTCARDS and settings.change_strength == 0.6
    settings.choose_operation(Operation.FILL)
    assert settings.model == LARGE and settings.change_strength == 0.5


def test_without_a_model_a_picture_is_enlarged_by_lanczos(session, opened):
    session.put_models()
    opened.settings.choose_operation(Operation.UPSCALE)
    opened.settings.set_scale(3.0)
    assert opened.settings.model == PLAIN and opened.run()
    (job,) = asked(session)
    assert isinstance(job, ProcessImage) and job.edit.scale == 3.0


def test_a_model_that_is_set_to_none_is_told(session, opened):
    session.put_models()
    assert opened.settings.model is None and not opened.run()
    assert "model" in opened.settings.problems


def test_what_is_set_is_there_at_the_next_start(session, vm):
    vm.settings.choose_operation(Operation.EXTEND)
    vm.settings.set_feather(33)
    vm.settings.set_prompt("sky")
    shell = Shell(session)
    shell.state = vm.settings._state
    again = EditViewModel(session, shell.state, shell.thumbnails, shell)
    assert (again.settings.operation, again.settings.edit.feather) == (Operation.EXTEND, 33)
    assert again.settings.draft.prompt == "sky"
    shell.close()
    shell.deleteLater()


def test_each_operation_has_words_of_its_own(opened):
    settings = opened.settings
    for operation in (Operation.EXTEND, Operation.UPSCALE, Operation.REMOVE):
        settings.choose_operation(operation)
        assert settings.draft.prompt == ""
    settings.set_prompt("bare wall")
    settings.choose_operation(Operation.BACKGROUND)
    assert settings.draft.prompt == "a moon"
    settings.set_prompt("a green moon")
    settings.choose_operation(Operation.REMOVE)
    assert settings.draft.prompt == "bare wall"
    again = type(settings)(opened._session, settings._state)
    again.choose_operation(Operation.FILL)
    assert again.draft.prompt == "a green moon"


def test_one_take_is_made_of_what_is_enlarged_unless_more_are_asked_for(opened):
    settings = opened.settings
    settings.set_num_images(3)
    settings.choose_operation(Operation.UPSCALE)
    assert settings.num_images == 1
    settings.set_num_images(2)
    settings.choose_operation(Operation.FILL)
    assert settings.num_images == settings.edit_job().num_images == 3
    settings.choose_operation(Operation.UPSCALE)
    assert settings.num_images == 2


def entered_again(session, state) -> EditViewModel:
    """Another start, and Edit is shown."""
    shell = Shell(session)
    again = EditViewModel(session, state, shell.thumbnails, shell)
    again.enter()
    shell.thumbnails.close()
    return again


def test_what_was_open_is_opened_again_once_edit_is_entered(qtbot, session, opened):
    document, state = opened.document, opened.settings._state
    session.edits.cards = [card(document.id)]
    again = entered_again(session, state)
    assert again.document is None
    qtbot.waitUntil(lambda: again.document is document)
    assert state.get("edit.document") == document.id


def test_what_cannot_be_opened_again_is_told_once(qtbot, session, opened):
    document, state = opened.document, opened.settings._state
    session.edits.cards = [card(document.id)]
    session.edits.documents.clear()
    again = entered_again(session, state)
    qtbot.waitUntil(lambda: ("reopen", document.id) in session.calls)
    assert again.document is None and state.get("edit.document") == ""


def test_what_was_closed_is_not_opened_again(qtbot, session, opened):
    document, state = opened.document, opened.settings._state
    session.edits.cards = [card(document.id)]
    opened.close_document()
    again = entered_again(session, state)
    qtbot.waitUntil(lambda: bool(again.recent))
    assert ("reopen", document.id) not in session.calls


def test_another_picture_is_opened_instead_of_the_last_one(qtbot, session, opened):
    document, state = opened.document, opened.settings._state
    session.edits.cards = [card(document.id)]
    again = entered_again(session, state)
    again.open(session.add_picture("a tower"))
    qtbot.waitUntil(lambda: bool(again.recent))
    assert ("reopen", document.id) not in session.calls


def card(document_id: str) -> DocumentCard:
    return DocumentCard(id=document_id, name="a boat", changed=0, width=256, height=256, steps=1)


# Takes.


def test_takes_wait_are_made_and_the_first_is_shown(session, opened):
    opened.run()
    takes = opened.takes
    assert [one.state for one in takes.takes] == [TakeState.QUEUED] * 4 and opened.running
    job_id = play(session, 1)
    session.play_phase(job_id, Phase.DENOISING, 3, 20, index=1, count=1)
    states = [one.state for one in takes.takes]
    assert states == [TakeState.DONE, TakeState.WORKING, TakeState.QUEUED, TakeState.QUEUED]
    assert takes.shown is not None and takes.shown.index == 0
    session.play_picture(job_id, 1)
    assert takes.shown.index == 0, "one looks at the first still"
    takes.walk(1)
    assert takes.shown.index == 1
    takes.walk(1)
    assert takes.shown.index == 0


def test_a_take_is_applied_as_one_step_that_can_be_taken_back(session, opened):
    opened.run()
    play(session)
    before = opened.document.pixels(Region(0, 0, 256, 256)).copy()
    opened.apply()
    assert opened.takes.shown is None and opened.takes.takes[0].applied
    assert len(opened.document.state.layers) == 2 and opened.layers.rowCount() == 2
    opened.history.undo()
    assert len(opened.document.state.layers) == 1
    assert (opened.document.pixels(Region(0, 0, 256, 256)) == before).all()
    opened.history.redo()
    assert len(opened.document.state.layers) == 2


def test_a_discarded_take_goes_and_comes_back(session, opened):
    opened.run()
    play(session)
    asset = opened.discard()
    assert asset is not None and session.asset(asset.id).trashed
    assert opened.takes.shown is not None and opened.takes.shown.index == 1
    assert opened.takes.done == 1
    opened.take_back(asset)
    assert opened.takes.done == 2


def test_a_group_says_why_some_of_its_takes_are_missing(session, opened):
    opened.run()
    job_id = play(session, 1)
    session.play_end(
        job_id, JobState.FAILED, Problem(code=MemoryExhausted.code, params={"phase": "decoding"})
    )
    (group,) = opened.takes.groups
    assert [one.state for one in group.takes] == [TakeState.DONE]
    assert group.ended is JobState.FAILED and group.problem.code == MemoryExhausted.code
    assert not opened.running


def test_stop_ends_the_job_of_this_document(session, opened):
    assert not opened.stop()
    opened.run()
    job_id = session.all_jobs[-1].job.id
    assert opened.stop() and ("stop", job_id) in session.calls
    assert opened.takes.takes == []


def test_takes_of_other_documents_are_not_shown(session, opened):
    opened.run()
    play(session)
    first = opened.document
    opened.open(session.add_picture("a lighthouse"))
    assert opened.document is not first and opened.takes.takes == []


def test_a_take_is_applied_as_long_as_the_document_holds_it(session, opened):
    opened.run()
    play(session)
    opened.apply()
    opened.history.undo()
    assert not opened.takes.takes[0].applied
    opened.history.redo()
    assert opened.takes.takes[0].applied


def test_takes_are_found_again_with_what_is_applied(qtbot, session, opened):
    opened.run()
    job_id = play(session, 3)
    session.play_end(job_id)
    opened.apply()
    session.all_jobs.clear()  # long ago: only the pictures tell of them
    document = opened.document
    opened.takes.show_document(document)
    qtbot.waitUntil(lambda: len(opened.takes.takes) == 3)
    assert [one.applied for one in opened.takes.takes] == [True, False, False]
    assert opened.takes.groups[0].edit.operation is Operation.FILL


def test_what_waits_is_found_again_too(qtbot, session, opened):
    opened.run()
    opened.takes.show_document(opened.document)
    qtbot.waitUntil(lambda: opened.running)
    assert [one.state for one in opened.takes.takes] == [TakeState.QUEUED] * 4


def test_all_takes_of_a_job_are_discarded_but_what_is_applied(session, opened):
    opened.run()
    job_id = play(session, 3)
    opened.apply()
    session.play_end(job_id, JobState.STOPPED)
    (group,) = opened.takes.groups
    assert group.ended is JobState.STOPPED
    gone = opened.takes.discard_all(job_id)
    (group,) = opened.takes.groups
    assert len(gone) == 2 and group.ended is None and [one.applied for one in group.takes] == [True]
    opened.takes.bring_back(gone)
    assert opened.takes.done == 3


def test_a_stopped_job_is_run_again(session, opened):
    opened.run()
    job_id = play(session, 1)
    session.play_end(job_id, JobState.STOPPED)
    opened.takes.run_again(job_id)
    assert opened.takes.groups[0].ended is None and opened.running


def test_a_take_makes_way_for_what_is_drawn_and_not_for_a_tool(qtbot, session, opened):
    opened.run()
    play(session)
    opened.tools.choose(Tool.LASSO)
    assert opened.takes.shown is not None
    with qtbot.waitSignal(opened.take_hidden) as hidden:
        opened.commands.select_none()
    assert opened.takes.shown is None and hidden.args[0].index == 0


def test_what_goes_on_from_what_is_seen_applies_it_and_says_so(qtbot, session, opened):
    opened.run()
    play(session)
    with qtbot.waitSignal(opened.take_settled):
        opened.settle_take()
    assert len(opened.document.state.layers) == 2 and opened.history.can_undo


def test_what_follows_a_take_is_done_to_the_document_that_was_left(session, opened):
    opened.run()
    play(session)
    document, apply = opened.document, session.edits.apply
    asked_for = []
    session.edits.apply = lambda *asked: asked_for.append(asked)
    opened.keep()
    opened.open(session.add_picture("a lighthouse"))
    other = opened.document
    apply(*asked_for.pop())
    assert ("keep", document) in session.calls and len(document.state.layers) == 2
    assert opened.document is other and opened.takes.takes == []


def test_a_document_that_is_left_twice_forgets_nothing_that_was_to_follow(qtbot, session, opened):
    opened.run()
    play(session)
    document, apply = opened.document, session.edits.apply
    asked_for = []
    session.edits.apply = lambda *asked: asked_for.append(asked)
    opened.keep()
    opened.reopen(document.id)
    qtbot.waitUntil(lambda: bool(opened.takes.takes))
    opened.takes.choose(opened.takes.takes[0].key)
    opened.keep()
    opened.open(session.add_picture("a lighthouse"))
    apply(*asked_for[0])
    assert session.calls.count(("keep", document)) == 2


def test_a_take_that_waits_for_a_tool_is_applied_to_the_document_that_was_left(qtbot, session, opened):
    opened.run()
    play(session)
    document = opened.document
    opened.commands.worker.do(lambda: None, lambda _: None)
    opened.apply()
    opened.open(session.add_picture("a lighthouse"))
    wait_for_work(qtbot, opened)
    assert len(document.state.layers) == 2 and document.is_closed


def test_a_take_of_another_canvas_is_offered_on_its_own(qtbot, session, opened):
    opened.run()
    play(session)
    session.edits.apply = lambda document, asset: session.edits.refused.emit(MadeForTurnedCanvas())
    with qtbot.waitSignal(opened.made_elsewhere) as told, qtbot.assertNotEmitted(opened.refused):
        opened.apply()
    assert told.args[0].index == 0


# Steps.


def test_the_stack_goes_to_any_step_and_back(opened):
    opened.commands.add_layer()
    opened.commands.add_layer()
    history = opened.history
    assert len(history.labels) == history.stack.count() == history.position == 3
    history.go_to(1)
    assert history.position == history.stack.index() == 1 and opened.layers.rowCount() == 1
    history.stack.setIndex(2)
    assert opened.document.position == 2
    opened.commands.select_none()
    assert history.stack.count() == 3 and history.labels[-1] == history.stack.text(2)


def test_a_step_is_one_row_more_and_nothing_is_read_anew(opened):
    rows, told = opened.history.rows, []
    rows.rowsInserted.connect(lambda _, first, last: told.append(("in", first, last)))
    rows.rowsRemoved.connect(lambda _, first, last: told.append(("out", first, last)))
    rows.modelReset.connect(lambda: told.append("all"))
    opened.commands.add_layer()
    opened.commands.add_layer()
    opened.history.go_to(1)
    assert told == [("in", 0, 0)] * 2 and [rows.index(row).data(DONE_ROLE) for row in range(4)] == [
        *(False, False),
        *(True, True),
    ]
    opened.commands.select_none()
    assert told[2:] == [("out", 0, 1), ("in", 0, 0)]


def test_layers_are_named_hidden_faded_and_moved(opened):
    opened.commands.add_layer()
    upper = opened.layers.layer(0)
    opened.commands.rename_layer(upper.id, "Snow")
    opened.commands.fade_layer(upper.id, 0.5)
    opened.commands.show_layer(upper.id, False)
    shown = opened.layers.layer(0)
    assert (shown.name, shown.opacity, shown.visible) == ("Snow", 0.5, False)
    opened.commands.move_layer(upper.id, 0)
    assert [opened.layers.layer(row).name for row in (0, 1)][1] == "Snow"
    opened.commands.activate_layer(opened.layers.layer(0).id)
    assert opened.layers.active == 0


def test_what_takes_long_becomes_a_step_later(qtbot, opened):
    with qtbot.waitSignal(opened.commands.worker.busy_changed, check_params_cb=lambda busy: not busy):
        opened.commands.resize(128, 64)
    assert (opened.document.state.width, opened.document.state.height) == (128, 64)
    with qtbot.waitSignal(opened.history.changed):
        opened.history.undo()
    assert opened.document.state.width == 256


def test_words_become_a_layer(qtbot, opened):
    style = TextStyle(text="Hello\nthere", x=10, y=10, size=20, align="centre")
    opened.commands.put_text(style)
    qtbot.waitUntil(lambda: opened.layers.layer(0).kind == "text")
    assert 2 * 20 < drawn_text(style, 1000, 1000).height() < 1000


def test_words_are_drawn_as_far_as_the_canvas_reaches(qapp):
    image = drawn_text(TextStyle(text="W" * 400, x=0, y=0, size=400), 256, 200)
    assert (image.width(), image.height()) == (256, 200)
    with pytest.raises(ValueOutOfRange):
        drawn_text(TextStyle(text="W" * 100_000, x=0, y=0), 256, 256)


def test_what_is_asked_for_first_is_done_first(qtbot, session, opened):
    undone: list[object] = []
    opened.commands.grow_selection(5)
    opened.commands.select_rectangle(Region(0, 0, 20, 20), "add")
    opened.commands.add_layer()
    opened.in_turn(lambda: undone.append(opened.history.position))
    assert opened.run() and asked(session) == []
    wait_for_work(qtbot, opened)
    assert list(opened.history.labels)[1:] == ["Grow the selection", "Rectangle", "Add a layer"]
    assert undone == [4] and len(asked(session)) == 1
    assert opened.chosen == Region(0, 0, 105, 105)


def test_what_waits_for_one_document_is_done_to_that_one_which_is_closed_then(qtbot, session, opened):
    before = opened.document
    opened.commands.grow_selection(5)
    opened.commands.add_layer()
    opened.run()
    opened.open(session.add_picture("a lighthouse"))
    assert not before.is_closed
    wait_for_work(qtbot, opened)
    assert opened.history.position == 0 and len(opened.document.state.layers) == 1
    assert len(before.state.layers) == 2 and before.is_closed and asked(session) == []


def test_a_document_that_is_opened_again_before_its_turn_stays_open(qtbot, opened):
    document = opened.document
    opened.commands.grow_selection(5)
    opened.close_document()
    opened.reopen(document.id)
    wait_for_work(qtbot, opened)
    assert opened.document is document and not document.is_closed
    opened.reopen(document.id)
    assert not document.is_closed


def test_it_is_said_how_long_places_become_others(qtbot, opened):
    told = []
    opened.commands.reshaping_changed.connect(told.append)
    opened.commands.grow_selection(5)
    opened.commands.rotate(1)
    opened.commands.crop(Region(0, 0, 40, 40))
    assert told == [True]
    opened.commands.add_layer()
    wait_for_work(qtbot, opened)
    assert told == [True, False]
    opened.commands.crop(Region(900, 0, 40, 40))
    assert told == [True, False, True, False], "it was refused"


def test_what_is_cut_is_on_the_clipboard_as_it_was(qtbot, opened):
    with qtbot.waitSignal(opened.copied) as copied:
        opened.cut()
    assert copied.args[0].pixelColor(30, 30).alpha() == 255
    qtbot.waitUntil(lambda: opened.document.pixels(Region(60, 60, 1, 1))[0, 0, 3] == 0)


def test_what_is_cut_is_of_the_active_layer_alone(qtbot, opened):
    opened.commands.add_layer()
    with qtbot.waitSignal(opened.copied) as copied:
        opened.cut()
    assert copied.args[0].pixelColor(30, 30).alpha() == 0
    with qtbot.waitSignal(opened.copied) as copied:
        opened.copy()
    assert copied.args[0].pixelColor(30, 30).alpha() == 255
    wait_for_work(qtbot, opened)


@pytest.mark.parametrize("module", [edit_work, edit_canvas_workshop])
def test_a_task_that_has_run_holds_nothing_more(module, qapp):
    class Hearer(QObject):
        ended = Signal(object, object, object)
        made = Signal(object, object)

    hearer, plane = Hearer(), Plane(1, 1, 1)
    kept = weakref.ref(plane)
    signal = hearer.ended if module is edit_work else hearer.made
    task = module._Task(1, partial(id, plane), signal)
    del plane
    task.run()
    assert kept() is None


def test_an_adjustment_that_is_over_holds_no_picture(qtbot, opened):
    with qtbot.waitSignal(opened.preview.ready):
        opened.preview.ask(Levels())
    opened.preview.end()
    assert opened.preview._small is None


def test_that_all_is_saved_again_is_told_once_it_could_not_be(qtbot, session, opened):
    told: list[bool] = []
    opened.saved_again.connect(lambda: told.append(True))
    document = opened.document
    saving = document._saving = SimpleNamespace(is_failing=True, is_done=False)
    session.edits.unsaved.emit(DiskFull(path="/edits/steps.log"))
    document.saved_changed.emit()
    assert told == []
    saving.is_failing, saving.is_done = False, True
    document.saved_changed.emit()
    document.saved_changed.emit()
    document._saving = None
    assert told == [True]


def test_work_that_fails_as_nobody_expected_ends_too(qtbot, opened):
    worker = opened.commands.worker
    with qtbot.waitSignal(worker.failed) as failed:
        worker.do(lambda: 1 // 0, lambda _: None)
    assert isinstance(failed.args[0], UnexpectedError) and not worker.busy


def test_what_fails_on_its_return_holds_up_nothing(qtbot, opened):
    def fail(_: object) -> None:
        raise ZeroDivisionError

    with qtbot.captureExceptions() as raised:
        opened.commands.worker.do(lambda: None, fail)
        opened.commands.then(lambda: 1 // 0)
        opened.commands.add_layer()
        wait_for_work(qtbot, opened)
    assert len(raised) == 2 and len(opened.document.state.layers) == 2


def test_what_waited_for_a_take_that_was_refused_never_follows(session, opened):
    opened.run()
    play(session)
    opened._applying._next.append(lambda: pytest.fail("it followed"))
    session.edits.refused.emit(LayersTooMany(most=100))
    opened.apply()


def test_a_take_is_applied_once_and_all_that_waits_for_it_follows(session, opened, monkeypatch, tmp_path):
    opened.run()
    play(session)
    apply, asked_for, take = session.edits.apply, [], opened.takes.shown
    monkeypatch.setattr(session.edits, "apply", lambda *of: asked_for.append(of))
    opened.apply()
    opened.apply()
    opened.keep()
    opened.export(tmp_path / "a.png")
    assert len(asked_for) == 1
    kept, exported = [], []
    opened.kept.connect(kept.append)
    opened.exported.connect(exported.append)
    apply(*asked_for[0])
    assert len(opened.document.state.layers) == 2 and opened.document.state.asset == take.asset.id
    assert len(kept) == 1 and opened._applying._next == []


def test_an_object_joins_as_the_keys_said(qtbot, session, opened):
    opened.select_object(5, 5, "add")
    white = np.zeros((256, 256), np.uint8)
    white[:10, :10] = 255
    session.edits.object_found.emit(FoundObject(opened.document.state.id, white, 1.0, "add"))
    wait_for_work(qtbot, opened)
    assert opened.chosen == Region(0, 0, 100, 100)
    assert session.calls[-1][1:] == ((Point(x=5, y=5),), "add")


def test_only_the_active_layer_is_adjusted_in_a_preview(qtbot, opened):
    opened.commands.add_layer()
    before = opened.document.pixels(Region(0, 0, 256, 256))
    opened.preview.begin()
    with qtbot.waitSignal(opened.preview.ready) as ready:
        opened.preview.ask(Levels(white=100))
    assert (pixels_of(ready.args[0]) == before).all()


def test_a_thumbnail_follows_its_plane_though_another_layer_is_active(opened):
    lower = opened.layers.layer(0)
    before = opened.layers.thumbnail(lower)
    opened.commands.add_layer()
    document, whole = opened.document, Region(0, 0, 256, 256)
    tiles = document.plane(lower.plane).changed(whole, np.zeros((256, 256, 4), np.uint8))
    document.commit("Paint", document.state, {lower.plane: tiles})
    assert opened.layers.thumbnail(lower) != before


def test_the_canvas_is_kept_exported_and_copied(qtbot, session, opened, tmp_path):
    with qtbot.waitSignal(opened.kept):
        opened.keep()
    with qtbot.waitSignal(opened.exported):
        opened.export(tmp_path / "a.png")
    with qtbot.waitSignal(opened.copied):
        opened.copy()


def test_a_document_that_is_closed_leaves_memory(qtbot, session, opened):
    opened.commands.add_layer()
    opened.run()
    play(session)
    opened.apply()
    opened.history.undo()
    kept = weakref.ref(opened.document)
    opened.close_document()
    session.edits.documents.clear()
    kept().deleteLater()

    def gone() -> None:
        gc.collect()
        assert kept() is None

    qtbot.waitUntil(gone)


def test_what_cannot_be_saved_is_told_and_the_list_follows(session, vm):
    told = []
    vm.refused.connect(told.append)
    session.edits.cards = [DocumentCard(id="1", name="house", width=64, height=48, unsaved=True)]
    session.edits.unsaved.emit(EditUnsaved(name="house"))
    assert [one.code for one in told] == ["edit_unsaved"]


def test_a_picture_from_a_file_is_the_root_and_unused_takes_are_folded(qtbot, session, vm):
    vm.open(Path("/pictures/house.png"))
    (row,) = vm.lineage.rows
    assert row.asset.recipe.prompt == "house" and vm.lineage.current == row.asset.id
    vm.commands.select_rectangle(Region(40, 40, 60, 60), "replace")
    vm.settings.set_prompt("a moon")
    vm.run()
    qtbot.waitUntil(lambda: bool(session.all_jobs))  # the choice was made in a thread
    play(session, 3)
    used, *rest = (one.asset for one in vm.takes.takes if one.asset)
    nodes = tuple(LineageNode(one, "") for one in (used, *rest))
    file = kept_picture("a" * 64, "house.png")
    source = Source(file, vm.document.id)
    session.edits.lineages[used.id] = Lineage(nodes, source=source)
    vm.apply()
    qtbot.waitUntil(lambda: len(vm.lineage.rows) == 2)
    assert (vm.lineage.unused, vm.lineage.current) == (2, used.id)
    vm.lineage.unfold(True)
    assert len(vm.lineage.rows) == 4 and vm.lineage.rows[0].forks == (1, 2)
    vm.return_to(file)
    qtbot.waitUntil(lambda: vm.lineage.current == file.id)
    assert vm.document.state.asset == "" and vm.history.can_undo


# Small things.


def test_a_branch_of_the_tree_has_a_column_of_its_own(session):
    one, two, three, four = (session.add_picture(word) for word in ("a", "b", "c", "d"))
    rows = rows_of([(one, ""), (two, one.id), (three, two.id), (four, two.id)])
    assert [row.lane for row in rows] == [0, 0, 0, 1]
    assert rows[1].forks == (1,) and rows[2].through == (1,)
    assert [row.goes_on for row in rows] == [True, True, False, False]
    assert [row.has_parent for row in rows] == [False, True, True, True]


def test_pixels_go_to_qt_and_back(qapp):
    image = QImage(5, 3, QImage.Format.Format_RGBA8888)
    image.fill(QColor(10, 20, 30, 40))
    pixels = pixels_of(image)
    assert pixels.shape == (3, 5, 4) and pixels[0, 0].tolist() == [10, 20, 30, 40]
    assert (pixels_of(image_of(pixels)) == pixels).all()
