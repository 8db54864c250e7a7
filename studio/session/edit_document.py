"""An open edit document: its planes and layers, strokes as they grow, and every step back and forth."""

import logging
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QObject, Signal

from studio.core.brushes import Brush
from studio.core.edits import Region
from studio.core.errors import EditDamaged, known
from studio.core.hand_steps import HandStep
from studio.core.layers import SELECTION, Document
from studio.media.compose import composite
from studio.media.planes import Pixels, Plane, Tiles
from studio.session.edit_changes import NOTHING, Changed, changed_by
from studio.session.edit_saving import EditSaving
from studio.session.edit_stroke import Stroke
from studio.store.edit_history import EditHistory
from studio.store.edit_steps import Step
from studio.store.edit_timeline import Timeline

log = logging.getLogger(__name__)


class EditDocument(QObject):
    """Lives in the window's thread; `pixels` and `original` may be read in any.

    Attributes:
        is_closed: nothing may be changed any more, but for what was held open for before.
        is_let_go: also nothing of that is kept any more.

    Signals:
        changed (Changed): after every step, forth or back, and while a stroke grows.
        history_changed: `steps`, `position`, `can_undo` and `can_redo`.
        saved_changed: `is_saved`.
        failed (StudioError): it could not be saved, or a step not be fetched; nothing is lost in memory, and
            saving is tried again.
        let_go: it was closed, and others may open it.
    """

    changed = Signal(object)
    history_changed = Signal()
    saved_changed = Signal()
    failed = Signal(object)
    let_go = Signal()

    def __init__(self, state: Document, planes: Mapping[str, Plane], parent: QObject | None = None) -> None:
        """One that is not kept. `planes`: of its layers, and the selection where something is chosen."""
        super().__init__(parent)
        self._timeline = Timeline(state, planes)
        self._stroke: Stroke | None = None
        self._saving: EditSaving | None = None
        self._goal: int | None = None  # so many of the timeline's steps are to be done, once they are fetched
        self._is_fetching = False
        self._held = 0
        self.is_closed = self.is_let_go = False

    @classmethod
    def kept(cls, history: EditHistory, timeline: Timeline, parent: QObject | None = None) -> "EditDocument":
        """One that is kept on the disk as it is changed, until `close`."""
        document = cls(*timeline.first, parent=parent)
        document._timeline = timeline
        document._saving = saving = EditSaving(history, document)
        saving.saved.connect(document._on_saved)
        saving.fetched.connect(document._on_fetched)
        saving.brought.connect(document._on_brought)
        saving.failed.connect(document.failed)
        saving.ended.connect(document._on_ended)
        saving.fetch(timeline.near())
        return document

    @property
    def id(self) -> str:
        return self.state.id

    @property
    def state(self) -> Document:
        return self._timeline.now[0]

    @property
    def selection(self) -> Plane:
        """What is chosen, one channel; all zero where nothing is."""
        return self.plane(SELECTION)

    def plane(self, plane_id: str) -> Plane:
        return self._timeline.now[1][plane_id]

    def pixels(self, region: Region) -> Pixels:
        """What the visible layers show: (height, width, 4), straight alpha, zero outside of the canvas."""
        state, planes = self._timeline.now
        return composite(state, planes, region)

    def original(self, region: Region) -> Pixels:
        """The same of the document as it was opened, at the same place."""
        return composite(*self._timeline.first, region)

    @property
    def stood_on(self) -> frozenset[str]:
        """The pictures of the library that it stands on, or stood on at any of its steps."""
        line = self._timeline
        states = (line.first[0], *(step.state for step in line.steps))
        return frozenset({state.asset for state in states} - {""})

    # Steps.

    @property
    def steps(self) -> Sequence[str]:
        """Their labels in English, the first step first, also of those that are undone; as they are now, and
        as they become."""
        return self._timeline.labels

    @property
    def done(self) -> Sequence[Step]:
        """The steps that are done, with those that are joined to others."""
        return self._timeline.steps[: self._timeline.done]

    @property
    def position(self) -> int:
        """How many of the steps are done."""
        return self._timeline.position(self._timeline.done)

    @property
    def can_undo(self) -> bool:
        return self._timeline.done > 0

    @property
    def can_redo(self) -> bool:
        return self._timeline.done < len(self._timeline.steps)

    def commit(
        self,
        label: str,
        state: Document,
        tiles: Mapping[str, Tiles] | None = None,
        planes: Mapping[str, Plane] | None = None,
        joined: bool = False,
        figures: HandStep | None = None,
    ) -> None:
        """One step: the state after it, the tiles that it changes by plane, and planes that are new or that
        replace others. `joined`: it is undone together with the step before. `figures`: what was done, where
        the label alone does not say it.

        A stroke in progress ends before. On a canvas of another size nothing is chosen, unless `planes` has
        the selection.
        """
        self.end_stroke()
        before, planes = self.state, dict(planes or {})
        if (state.width, state.height) != (before.width, before.height):
            planes.setdefault(SELECTION, Plane(state.width, state.height, 1))
        _check(state, {**self._timeline.now[1], **planes})
        step = self._timeline.record(label, state, tiles or {}, planes, joined, figures)
        self._save(step)
        self._tell(before, [step])

    def undo(self) -> None:
        """Takes the last step back, with all that is joined to it."""
        self._finish_stroke()
        self.go_to(self._heading - 1)

    def redo(self) -> None:
        self._finish_stroke()
        self.go_to(self._heading + 1)

    def go_to(self, position: int) -> None:
        """Undoes and redoes until so many steps are done: at once where their pixels are in memory, else when
        they are. Asked again until then, it goes to where it was asked last."""
        self._finish_stroke()
        heads, position = self._timeline.heads, max(position, 0)
        self._goal = heads[position] if position < len(heads) else len(self._timeline.steps)
        if not self._is_fetching:
            self._approach()

    @property
    def _heading(self) -> int:
        """The position that it goes to."""
        done = self._timeline.done if self._goal is None else self._goal
        return self._timeline.position(done)

    def _approach(self) -> None:
        """To the goal, unless something has to be fetched before."""
        assert self._goal is not None
        needed = self._timeline.versions_between(self._goal)
        if needed and self._saving is not None:
            self._is_fetching = True
            self._saving.bring(needed)
        else:
            self._arrive()

    def _on_brought(self, error: Exception | None) -> None:
        self._is_fetching = False
        if self._goal is None:  # something else was done, which did not wait
            return
        if error is None:
            self._approach()
        else:
            self._goal = None
            self._tell_lost(error)

    def _arrive(self) -> None:
        """At the goal, whatever it takes."""
        line, (goal, self._goal) = self._timeline, (self._goal, None)
        if goal is None or goal == line.done:
            return
        before, passed = self.state, list[Step]()
        try:
            passed = line.go_to(goal)
        except (OSError, ValueError) as error:
            self._tell_lost(error)
        line.trim()
        if self._saving is not None and passed:
            self._saving.stands(line.done, self.state, len(line.heads))
            self._saving.fetch(line.near())
        self._tell(before, passed)

    def _tell_lost(self, error: Exception) -> None:
        log.warning("a step could not be fetched", exc_info=error)
        lost = isinstance(error, OSError | ValueError)
        self.failed.emit(EditDamaged(path=self.state.name, cause=str(error)) if lost else known(error))

    # Strokes.

    def begin_stroke(self, brush: Brush, *, erase: bool = False) -> Stroke:
        """A stroke over the selection, or over the active layer where the brush has a colour; there it stays
        inside of what is chosen, if anything is. Raises LayerMissing."""
        self.end_stroke()
        stroke = Stroke(self._timeline, brush, erase, self)
        stroke.grew.connect(self._on_grew)
        stroke.recorded.connect(self._on_recorded)
        stroke.withdrawn.connect(self._on_withdrawn)
        self._stroke = stroke
        return stroke

    def end_stroke(self) -> None:
        """The stroke in progress becomes a step, if there is one; a step that is being fetched is not waited
        for, but gone to now. So whatever is done next is done to what was asked for."""
        self._finish_stroke()
        self._arrive()

    def _finish_stroke(self) -> None:
        stroke, self._stroke = self._stroke, None
        if stroke is not None:
            stroke.end()
            stroke.deleteLater()

    @property
    def is_saved(self) -> bool:
        """Whether all that was done is on the disk; also of one that is not kept."""
        return self._saving is None or self._saving.is_done

    @property
    def is_failing(self) -> bool:
        """Whether it cannot be saved at present."""
        return self._saving is not None and self._saving.is_failing

    def close(self) -> None:
        """Ends the stroke in progress, and lets it go once all is saved, and nothing holds it open; `let_go`
        follows. Nothing may be changed any more, unless it goes on."""
        self._finish_stroke()
        self.is_closed = True
        if not self._held:
            self._close()

    def hold(self) -> None:
        """What was asked of it is still being worked out: until `release` it is closed, but not let go."""
        self._held += 1

    def release(self) -> None:
        self._held -= 1
        if self.is_closed and not self._held and not self.is_let_go:
            self._close()

    def go_on(self) -> bool:
        """Is open again; False where it is let go already."""
        self.is_closed = self._saving is None or not self._saving.go_on()
        return not self.is_closed

    def drop(self) -> None:
        """Lets it go without what is not saved yet, whatever holds it open; `let_go` follows."""
        self._finish_stroke()
        self.is_closed = self.is_let_go = True
        if self._saving is not None:
            self._saving.drop()

    def finish(self) -> bool:
        """Closes it and waits until it is let go; whether all of it is saved. For the end of the program."""
        held, self._held = self._held, 0
        if held or not self.is_closed:
            self.close()
        self._goal = None
        return self._saving is None or self._saving.finish()

    def _close(self) -> None:
        if self._saving is None:
            self.is_let_go = True
            self.let_go.emit()
            return
        if self._goal is not None:  # it will be there when it is opened again
            self._saving.stands(self._goal, self.state, len(self._timeline.heads))
        self._saving.close()

    def _save(self, step: Step) -> None:
        if self._saving is not None:
            self._saving.add(step, step.state, len(self._timeline.heads))
            self.saved_changed.emit()

    def _on_fetched(self) -> None:
        self._timeline.fetched()

    def _on_saved(self) -> None:
        self._timeline.trim()
        self.saved_changed.emit()

    def _on_ended(self) -> None:
        self._goal = None
        self.is_let_go = True
        self.let_go.emit()

    def _on_grew(self, region: Region) -> None:
        chosen = self._stroke is not None and self._stroke.plane == SELECTION
        self.changed.emit(
            Changed(
                state=self.state, region=NOTHING if chosen else region, chosen=region if chosen else NOTHING
            )
        )

    def _on_recorded(self, step: Step) -> None:
        """Its pixels are shown already."""
        self._save(step)
        if step.state != step.before:
            self.changed.emit(Changed(state=step.state))
        self.history_changed.emit()

    def _on_withdrawn(self, steps: tuple[Step, ...]) -> None:
        line = self._timeline
        if self._saving is not None:
            self._saving.stands(line.done, self.state, len(line.heads), dropped=True)
        self._tell(steps[0].state, steps)

    def _tell(self, before: Document, steps: Sequence[Step]) -> None:
        self.changed.emit(changed_by(steps, before, self.state, self._timeline.now[1]))
        self.history_changed.emit()


def _check(state: Document, planes: Mapping[str, Plane]) -> None:
    """What would be shown wrongly is a mistake in the program."""
    for name in (SELECTION, *(layer.plane for layer in state.layers)):
        plane = planes[name]
        if (plane.width, plane.height) != (state.width, state.height):
            raise ValueError(f"the plane {name} has not the size of the canvas")
