"""What the Edit panel does: opens a picture as a document, asks for changes, and takes proposals in."""

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QBuffer, QIODevice, QObject, QSize, Signal
from PySide6.QtGui import QImage

from studio.core.edit_news import TakenIn
from studio.core.edits import Margins, Point, Region, context
from studio.core.errors import NotFound, NothingChosen, StudioError
from studio.core.jobs import GenerateImages
from studio.core.layers import DocumentCard
from studio.core.messages import Preview
from studio.core.records import Asset
from studio.session import Session
from studio.viewmodels.edit_applying import Applying
from studio.viewmodels.edit_fields import field_of
from studio.viewmodels.edit_history import EditHistory
from studio.viewmodels.edit_last import LastDocument
from studio.viewmodels.edit_layers import LayerListModel
from studio.viewmodels.edit_lineage import LineageViewModel
from studio.viewmodels.edit_preview import AdjustmentPreview
from studio.viewmodels.edit_settings import EditSettings
from studio.viewmodels.edit_take_groups import Take
from studio.viewmodels.edit_takes import TakesModel
from studio.viewmodels.edit_tools import Mode, ToolState
from studio.viewmodels.latest import Each, Latest
from studio.viewmodels.prompt import PromptViewModel
from studio.viewmodels.shell import WindowState
from studio.viewmodels.thumbnails import Thumbnails

if TYPE_CHECKING:
    from studio.session.edit_changes import Changed
    from studio.session.edit_document import EditDocument
    from studio.session.edit_objects import FoundObject
    from studio.session.edit_opening import FirstView
    from studio.viewmodels.edit_commands import EditCommands

NOTHING = Region(0, 0, 0, 0)
SIDE = 1024  # of a model's own square, where it says nothing of it


class EditViewModel(QObject):
    """State of the Edit panel, free of widgets.

    Attributes:
        document: the open one; None where none is.
        settings, prompt: what the next change is.
        tools: the tool in the hand, and how it is set.
        commands: what is done to the document at once; preview: what an adjustment would make of it.
        takes, layers, history, lineage: of the open document.
        recent: documents of earlier, the newest first; before them what is still being saved.
        busy: something is being opened or written; opening: the one of them.

    Signals:
        opened: another document is open, or none.
        refused (StudioError): something that belongs to no field went wrong.
        busy_changed, recent_changed, motion_changed: read the attributes anew.
        saved_again: the document, after it could not be for a while.
        kept (Asset): the canvas is a picture of the library now.
        exported (Path): it was written there.
        remarked (Remark): how the file that was opened, or written, differs.
        seen_first (QImage, QSize): what is being opened, in small, and the size that it has.
        previewed (bytes, Region): what the job that runs has so far, in its place; no bytes once it is over.
        take_hidden (Take): it made way for work on the document.
        take_settled (Take): it is applied, because something else goes on from what is seen.
        made_elsewhere (Take): it was not applied, because the canvas has another size or was turned since.
        applied_older: what was applied was made from a canvas that has changed since.
        commanded, made_smaller: `done` and `made_smaller` of the commands.
        copied (QImage): what is chosen of the canvas, or all of it, for the clipboard.
    """

    opened = Signal()
    refused = Signal(object)
    busy_changed = Signal()
    recent_changed = Signal()
    motion_changed = Signal()
    saved_again = Signal()
    kept = Signal(object)
    exported = Signal(object)
    remarked = Signal(object)
    commanded = Signal()
    made_smaller = Signal()
    copied = Signal(object)
    previewed = Signal(object, object)
    seen_first = Signal(object, object)
    take_hidden = Signal(object)
    take_settled = Signal(object)
    made_elsewhere = Signal(object)
    applied_older = Signal()

    def __init__(
        self, session: Session, state: WindowState, thumbnails: Thumbnails, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self.thumbnails = thumbnails
        self.document: EditDocument | None = None
        self.settings = EditSettings(session, state, self)
        self.prompt = PromptViewModel(session, self.settings, self)
        self.tools = ToolState(self)
        self.preview = AdjustmentPreview(lambda: self.document, self)
        self.takes = TakesModel(session, thumbnails, self)
        self.layers = LayerListModel(self)
        self.history = EditHistory(self)
        self.lineage = LineageViewModel(session, self)
        self.recent: Sequence[DocumentCard] = ()
        self.busy = self.opening = False
        self._last = LastDocument(state)
        self._applying = Applying(
            session.edits, self.takes, lambda: self.document, lambda do: self.commands.then(do), self
        )
        for told, tells in (
            (self._applying.settled, self.take_settled),
            (self._applying.made_elsewhere, self.made_elsewhere),
            (self._applying.older, self.applied_older),
        ):
            told.connect(tells)
        self._recent = Latest(self)
        self._recent.arrived.connect(self._show_recent)
        self._exports = Each(self)
        self._exports.arrived.connect(self.exported)
        for failing in (self._recent.failed, self._exports.failed):
            failing.connect(self.refused)
        self.lineage.base = self._base
        self.lineage.failed.connect(self.refused)
        self.takes.failed.connect(self.refused)
        desk = session.edits
        desk.opened.connect(self._on_opened)
        desk.refused.connect(self._on_refused)
        desk.previewed.connect(self._on_first_view)
        desk.damaged.connect(self.refused)
        desk.unsaved.connect(self._on_unsaved)
        desk.let_go.connect(self._on_let_go)
        desk.busy_changed.connect(self._on_busy)
        desk.kept.connect(self.kept)
        desk.remarked.connect(self.remarked)
        desk.removed.connect(lambda: self.look_for_recent())
        desk.applied.connect(self._on_applied)
        desk.object_found.connect(self._on_object)
        session.settings_changed.connect(lambda: self.motion_changed.emit())
        session.preview_arrived.connect(self._on_preview)
        self.takes.changed.connect(self._on_takes)
        self._previewing = False
        self._unsaved = False
        session.ready.connect(self.look_for_recent)
        if session.is_open:
            self.look_for_recent()

    @cached_property
    def commands(self) -> "EditCommands":
        """Made when the first document is open."""
        from studio.viewmodels.edit_commands import EditCommands

        made = EditCommands(lambda: self.document, self)
        made.failed.connect(self.refused)
        made.done.connect(self.commanded)
        made.made_smaller.connect(self.made_smaller)
        return made

    @property
    def reduced_motion(self) -> bool:
        return self._session.settings.reduced_motion

    # Documents.

    def enter(self) -> None:
        """The person came here: what was open last is opened again, unless something else is."""
        self._last.enter()
        if self._session.is_open:
            self.look_for_recent()

    def open(self, source: Asset | Path | bytes, name: str = "") -> None:
        self._begin_opening()
        there = self._session.asset_at(source) if isinstance(source, Path) else None
        self._session.edits.open(there or source, name)

    def open_image(self, image: QImage, name: str) -> None:
        """A picture that was copied elsewhere; encoded in another thread."""
        self._begin_opening()
        self._session.edits.open(lambda: encoded(image), name)

    def reopen(self, document_id: str) -> None:
        self._begin_opening()
        self._session.edits.reopen(document_id)

    def _begin_opening(self) -> None:
        self._last.let_be()
        self.opening = True

    def remove(self, document_id: str) -> None:
        """A document of earlier, for good; pictures that came of it stay."""
        self._session.edits.remove(document_id)

    def close_document(self) -> None:
        """It stays under the documents of earlier."""
        if self.document is not None:
            self._show(None)
            self.look_for_recent()

    def asset(self, asset_id: str) -> Asset | None:
        """A picture of the library; None where it is gone."""
        try:
            return self._session.asset(asset_id) if asset_id else None
        except NotFound:
            return None

    def _base(self) -> QImage | None:
        count = self.layers.rowCount()
        return self.layers.thumbnail(self.layers.layer(count - 1)) if count else None

    def look_for_recent(self) -> None:
        self._recent.ask(self._session.edits.recent())

    def keep(self) -> None:
        """What is seen, a take that lies on the canvas too, as a picture of the library."""
        if (document := self.document) is not None:
            self._applying.then(lambda: self._session.edits.keep(document))

    def export(self, target: Path) -> None:
        """The same as a file."""
        if (document := self.document) is not None:
            self._applying.then(lambda: self._exports.ask(self._session.edits.export(document, target)))

    def copy(self) -> None:
        """What is chosen of all that is seen, as softly as it is, or the whole canvas; `copied` follows."""
        self.in_turn(self._copy)

    def cut(self) -> None:
        """What is chosen of the active layer, from which it goes."""

        def cut_out() -> None:
            if not self.chosen.is_empty:
                self._copy(alone=True)
                self.commands.clear_selected()

        self.in_turn(cut_out)

    def _copy(self, alone: bool = False) -> None:
        from studio.session.edit_views import View
        from studio.viewmodels.edit_pixels import cut_out_of

        if self.document is not None:
            view, region = View(self.document), self.chosen
            self.commands.worker.do(lambda: cut_out_of(view, region, alone), self.copied.emit)

    # Changes.

    def in_turn(self, do: Callable[[], object]) -> None:
        """Once all that was asked of the document before is done; at once where nothing is at work, and never
        where another one is open by then."""
        if self.document is None:
            do()
        else:
            self.commands.then(self._on_this(do))

    def _on_this(self, do: Callable[[], object]) -> Callable[[], object]:
        """It, where the document that is open now still is."""
        document = self.document
        return lambda: do() if self.document is document else None

    @property
    def chosen(self) -> Region:
        """What of the document is chosen; empty for nothing."""
        return self.document.selection.bounds() if self.document else NOTHING

    @property
    def finds_objects(self) -> bool:
        """A model is installed that finds the object at a place."""
        return self._session.edits.has_selector

    def select_object(self, x: int, y: int, mode: Mode) -> None:
        """What is found there joins what is chosen in that way, once it is found."""
        if self.document is not None:
            try:
                self._session.edits.select_object(self.document, (Point(x=x, y=y),), mode)
            except StudioError as error:
                self.refused.emit(error)

    def context(self) -> Region:
        """What the model sees of the picture, unless it is set otherwise."""
        if self.document is None:
            return NOTHING
        state, chosen = self.document.state, self.chosen
        whole = Region(0, 0, state.width, state.height)
        model = self.settings.model
        side = (model.defaults.width if model else None) or SIDE
        return whole if chosen.is_empty else context(chosen, state.width, state.height, side)

    @property
    def ready(self) -> StudioError | None:
        """Why nothing can be asked for as things stand; None where it can."""
        if self.document is not None and self.settings.needs_selection and self.chosen.is_empty:
            return NothingChosen(name=self.document.state.name)
        return None

    @property
    def running(self) -> bool:
        return self.takes.running is not None

    def run(self) -> bool:
        """Ask for what is set; False where it was refused, and `settings.problems` or `refused` says why.

        Another operation than the one that made the take on the canvas goes on from what is seen there: the
        take is applied first. The same one once more gives further takes.
        """
        if self.document is not None and self.commands.busy:
            self.in_turn(self.run)
            return True
        take = self.takes.shown
        if take is not None and take.edit.operation is not self.settings.operation:
            self._applying.then(self._on_this(self.run))
            return True
        return self._ask()

    def _ask(self) -> bool:
        settings, document = self.settings, self.document
        if document is None or "seed" in settings.problems:
            return False
        rolled = settings.rolls
        try:
            if problem := self.ready:
                raise problem
            job = settings.edit_job(rolled=rolled)
            self._session.edits.run(document, job)
        except StudioError as error:
            self._refuse(error)
            return False
        if rolled and isinstance(job, GenerateImages):
            settings.roll_seed()
            self.prompt.submitted()
        return True

    def stop(self) -> bool:
        """End the job that runs, else the one that waits; False where there is none."""
        record = self.takes.running
        if record is None:
            return False
        try:
            self._session.stop(record.job.id)
        except StudioError as error:
            self.refused.emit(error)
        return True

    def apply(self, take: Take | None = None) -> None:
        """Make the take part of the document; the one that is shown where none is named."""
        self._applying.apply(take)

    def settle_take(self) -> None:
        """Something begins that goes on from what is seen: the take on the canvas is applied."""
        self._applying.then(lambda: None)

    def make_way(self) -> None:
        """The document is to be worked on: the take on the canvas is hidden, unless it is a part of it."""
        take = self.takes.shown
        if take is not None:
            self.takes.choose(None)
            if not take.applied:
                self.take_hidden.emit(take)

    def return_to(self, asset: Asset) -> None:
        """The document shows this picture of its lineage, as one step; what is made next branches off it."""
        if self.document is not None:
            if asset == self.lineage.source:  # it is none of the library
                asset = msgspec.structs.replace(asset, id="")
            self._session.edits.return_to(self.document, asset)

    def discard(self, take: Take | None = None) -> Asset | None:
        """Into the trash with it, and on to its neighbour; gives what was thrown away."""
        take = take or self.takes.shown
        if take is None or take.asset is None:
            return None
        self.takes.walk(1)
        if self.takes.current == take.key:
            self.takes.choose(None)
        self._session.edits.discard((take.asset.id,))
        return take.asset

    def take_back(self, asset: Asset) -> None:
        """A take that was discarded comes back."""
        self._session.restore((asset.id,))

    def _refuse(self, error: StudioError) -> None:
        if field := field_of(error):
            self.settings.refuse(field, error)
        else:
            self.refused.emit(error)

    # What the desk tells.

    def _on_opened(self, document: "EditDocument") -> None:
        self._show(document)
        self.look_for_recent()

    def _show(self, document: "EditDocument | None") -> None:
        before, self.document = self.document, document
        self._applying.leave(before)
        self._unsaved = False
        self.opening = self.opening and self.busy
        if before is not None:
            before.changed.disconnect(self._on_document_changed)
            before.saved_changed.disconnect(self._on_saved_changed)
        self.settings.forget_document()
        self.layers.show_document(document)
        self.history.show_document(document)
        self.takes.show_document(document)
        self.lineage.show_document(document)
        self._last.keep(document.id if document is not None else "")
        if document is not None:
            document.changed.connect(self._on_document_changed)
            document.saved_changed.connect(self._on_saved_changed)
        self.opened.emit()
        if before is not None and before is not document:
            self._leave(before)

    def _leave(self, document: "EditDocument") -> None:
        """It is closed once all that was asked of it is done, unless it is open again by then."""

        def close() -> None:
            if self.document is not document:
                document.close()

        self.commands.then(close)

    def _on_first_view(self, view: "FirstView") -> None:
        from studio.viewmodels.edit_pixels import image_of

        self.seen_first.emit(image_of(view.pixels), QSize(view.width, view.height))

    def _on_let_go(self, document_id: str) -> None:
        self._applying.forget(document_id)
        self.look_for_recent()

    def _on_unsaved(self, error: StudioError) -> None:
        """What waits for a take may go on."""
        self._unsaved = self.document is not None and self.document.is_failing
        self.refused.emit(error)
        self.look_for_recent()

    def _on_saved_changed(self) -> None:
        if self._unsaved and self.document is not None and self.document.is_saved:
            self._unsaved = False
            self.saved_again.emit()

    def _on_document_changed(self, change: "Changed") -> None:
        self.lineage.follow()
        self.takes.mark_used(change.state)
        if change.resized or not (change.region.is_empty and change.chosen.is_empty):
            self.make_way()
        if change.resized:  # sides of another canvas
            self.settings.set_margins(Margins())
        if "edit" in self.settings.problems:
            self.settings.change("edit")

    def _on_preview(self, preview: Preview) -> None:
        """Only where it lies on the canvas is known."""
        record = self.takes.running
        if record is not None and record.job.id == preview.job and (region := self.takes.region_of(record)):
            self._previewing = True
            self.previewed.emit(preview.jpeg, region)

    def _on_takes(self) -> None:
        if self._previewing and not self.running:
            self._previewing = False
            self.previewed.emit(b"", NOTHING)

    def _on_applied(self, taken: TakenIn) -> None:
        self._applying.on_applied(taken)

    def _on_refused(self, error: StudioError) -> None:
        if not self._applying.on_refused(error):
            self.refused.emit(error)

    def _on_object(self, found: "FoundObject") -> None:
        if self.document is not None and found.document == self.document.state.id:
            self.commands.select_mask(found.mask, found.mode)

    def _on_busy(self, busy: bool) -> None:
        self.opening = self.opening and busy
        if busy != self.busy:
            self.busy = busy
            self.busy_changed.emit()

    def _show_recent(self, cards: Sequence[DocumentCard]) -> None:
        self.recent = cards
        self.lineage.elsewhere = frozenset(card.asset for card in cards)
        self.recent_changed.emit()
        if last := self._last.take({card.id for card in cards}):
            self.reopen(last)


def encoded(image: QImage) -> bytes:
    """As PNG; takes its time."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())
