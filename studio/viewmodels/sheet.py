"""The contact sheet that is open: made, watched, stopped, continued, written down; and those made lately."""

import time
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from studio.core.errors import StudioError
from studio.core.jobs import JobState
from studio.core.records import Asset, JobRecord
from studio.core.sheet_page import SheetPage
from studio.core.sheet_state import CellState, SheetState, sheet_state
from studio.session import Session
from studio.viewmodels.create_settings import GenerationSettings
from studio.viewmodels.latest import Each, Latest
from studio.viewmodels.picture_commands import PictureCommands
from studio.viewmodels.sheet_draft import SheetBuilder
from studio.viewmodels.sheet_model import SheetModel
from studio.viewmodels.shell import WindowState
from studio.viewmodels.thumbnails import Thumbnails
from studio.viewmodels.turns import Turns

RECENT = 12
LOOK_AFTER_MS = 3000  # at a sheet that another process makes


class SheetViewModel(QObject):
    """State of the sheet's page, free of widgets.

    Attributes:
        builder: the form of the next sheet.
        cells: those of the open one.

    Signals:
        opened: a sheet is in `cells`; show it.
        changed: its numbers, or whether it is made just now; of many changes at once the first and the last.
        recent_arrived (tuple of SheetState): what `ask_recent` asked for.
        exported (Written): the sheet lies on the disk.
        refused (StudioError): something could not be done.
    """

    opened = Signal()
    changed = Signal()
    recent_arrived = Signal(object)
    exported = Signal(object)
    refused = Signal(object)

    def __init__(
        self,
        session: Session,
        settings: GenerationSettings,
        state: WindowState,
        thumbnails: Thumbnails,
        pictures: PictureCommands,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._settings, self._pictures = session, settings, pictures
        self.builder = SheetBuilder(session, settings, state, self)
        self.cells = SheetModel(session, thumbnails, self)
        self._opening, self._recent, self._exports = Latest(self), Latest(self), Each(self)
        self._following = Latest(self)
        self._turns = Turns(self)
        self._turns.due.connect(self.changed)
        self.cells.tally_changed.connect(self._turns.tell)
        self._opening.arrived.connect(self._on_opened)
        self._recent.arrived.connect(self.recent_arrived)
        self._exports.arrived.connect(self.exported)
        self._following.arrived.connect(self._on_followed)
        self._looking = QTimer(self, interval=LOOK_AFTER_MS)
        self._looking.timeout.connect(self._look)
        session.library_changed.connect(self._follow)
        # Of `_following` no failure is told: nobody asked, what is shown stays, the next change asks anew.
        for asked in (self._opening, self._recent, self._exports):
            asked.failed.connect(self.refused)

    @property
    def state(self) -> SheetState | None:
        return self.cells.state

    def make(self) -> bool:
        """Queue the sheet of the form and open it; False where it was refused and the form says why.

        Unless the seed is locked it is the one drawn ahead, as for a batch, which the field shows afterwards.
        """
        settings, builder = self._settings, self.builder
        axes = builder.axes()
        if builder.problems:
            builder.changed.emit()
            return False
        rolled = settings.rolls
        try:
            jobs = self._session.sheets.make(settings.job(rolled=rolled), axes)
        except StudioError as error:
            builder.refuse(error)
            return False
        if rolled:
            settings.roll_seed()
        sheet = jobs[0].sheet
        assert sheet is not None
        records = [JobRecord(job=job, state=JobState.PENDING, created=time.time()) for job in jobs]
        self.cells.expect(sheet.id)
        self._on_opened(sheet_state(sheet.id, records, ()))
        return True

    @property
    def elsewhere(self) -> bool:
        """Another process makes the sheet just now, and can stop it alone."""
        return self.state is not None and self._session.sheets.elsewhere(self.state)

    def open(self, sheet_id: str) -> None:
        """Show a sheet that was made before; `opened` follows."""
        if self.cells.sheet is not None and self.cells.sheet.id == sheet_id:
            self.opened.emit()
            self._follow()  # of a process that was killed nothing is told
            return
        self.cells.expect(sheet_id)
        self._ask(self._opening)

    def ask_recent(self) -> None:
        """`recent_arrived` follows."""
        self._recent.ask(self._session.sheets.recent(RECENT))

    def stop(self) -> bool:
        """Stop what of it still runs or waits here; False where nothing does."""
        state = self.state
        if state is None or not state.busy or self.elsewhere:
            return False
        self._session.sheets.stop(state)
        return True

    def resume(self) -> None:
        """Make the pictures that are missing."""
        if (state := self.state) is not None:
            try:
                self._session.sheets.resume(state)
            except StudioError as error:
                self.refused.emit(error)

    def pick(self, numbers: Sequence[int]) -> None:
        """Star these cells, or take the star away where all have one; a rejected one is wanted again."""
        assets = self.cells.assets(numbers)
        if rejected := [asset for asset in assets if asset.trashed]:
            self._pictures.restore(rejected)
        if assets:
            self._pictures.toggle_star(assets)

    def to_reject(self, numbers: Sequence[int]) -> list[Asset]:
        """The pictures of these cells that are not rejected."""
        return [asset for asset in self.cells.assets(numbers) if not asset.trashed]

    def take_back(self, numbers: Sequence[int]) -> None:
        """Restore those of these cells that are rejected."""
        rejected = [asset for asset in self.cells.assets(numbers) if asset.trashed]
        if rejected:
            self._pictures.restore(rejected)

    def export(self, title: str, about: str, target: Path) -> None:
        """Write it to a file; `exported` or `refused` follows. Rejected cells stay empty."""
        state, model = self.state, self.cells
        if state is None:
            return
        sheet = state.sheet
        page = SheetPage(
            sheet=sheet,
            title=title,
            about=about,
            columns=tuple(model.heading(sheet.columns, value) for value in sheet.columns.values),
            rows=tuple(model.heading(sheet.rows, value) for value in sheet.rows.values) if sheet.rows else (),
            cells=tuple(cell.asset if cell.state is CellState.DONE else None for cell in state.cells),
        )
        try:
            self._exports.ask(self._session.sheets.export(page, target))
        except StudioError as error:
            self.refused.emit(error)

    def _follow(self) -> None:
        """Ask once more how the sheet stands that is shown, or about to be."""
        shown = self.cells.sheet is not None
        if shown or self._opening.waiting:
            self.cells.listen()
            self._ask(self._following if shown else self._opening)

    def _look(self) -> None:
        """A process that is killed writes nothing that would be told."""
        if not self._following.waiting:
            self._follow()

    def _ask(self, asked: Latest) -> None:
        try:
            asked.ask(self._session.sheets.state(self.cells.awaited))
        except StudioError as error:
            asked.failed.emit(error)

    def _on_followed(self, state: SheetState) -> None:
        self.cells.follow(state)
        self._look_or_rest()

    def _look_or_rest(self) -> None:
        if not self.elsewhere:
            self._looking.stop()
        elif not self._looking.isActive():
            self._looking.start()

    def _on_opened(self, state: SheetState) -> None:
        self.cells.fill(state)
        self._look_or_rest()
        self.opened.emit()
        self.changed.emit()
