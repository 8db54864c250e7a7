"""A contact sheet in Create's middle: its cells, one of them large, and what is done with the whole of it."""

from PySide6.QtCore import QEvent, QModelIndex, QPoint, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from studio.core.records import Asset
from studio.core.sheet_state import CellState, SheetState
from studio.ui.actions import Action
from studio.ui.i18n import explain, tr
from studio.ui.panels.create_sheet_tiles import SheetTileDelegate
from studio.ui.sheet_words import cell_words, heading_words, missing_words, tally_words
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.labels import ElidedLabel, Label, Line
from studio.ui.widgets.large_view import LargeView
from studio.ui.widgets.sheet_grid import SheetGrid
from studio.viewmodels.asset_list import ASSET_ROLE
from studio.viewmodels.sheet import SheetViewModel
from studio.viewmodels.thumbnails import Thumbnails
from studio.viewmodels.turns import Turns


class SheetPage(QStackedWidget):
    """The grid under a bar, or one picture large.

    Attributes:
        grid, large: the two pages' own parts.
        note: why cells of the sheet could not be made, or what else there is to know.

    Signals:
        closed: back to the batches is wanted.
        picked: other cells are chosen, or they changed: of many changes at once the first and the last.
        menu_wanted (QPoint): a menu for what is chosen, at this global point.
    """

    closed = Signal()
    picked = Signal()
    menu_wanted = Signal(QPoint)

    def __init__(
        self,
        viewmodel: SheetViewModel,
        thumbnails: Thumbnails,
        large: LargeView,
        stop: Action,
        resume: Action,
        export: Action,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._viewmodel = viewmodel
        cells = viewmodel.cells
        cells.heading = lambda axis, value: heading_words(axis, value, cells.name_of)
        cells.describe = cell_words
        self.grid = SheetGrid(cells)
        self.grid.setItemDelegate(SheetTileDelegate(cells, thumbnails, self.grid))
        self.large = large
        self._chosen = frozenset[int]()
        self._title = ElidedLabel("", "button")
        self._tally = ElidedLabel("", "secondary", "secondary")
        self._zoom = Label("", "secondary", "secondary")
        self.note = ElidedLabel("", "secondary", "danger")
        self.stop, self.resume = Button("Stop", icon="stop"), Button("Continue", icon="play")
        self.export = Button("Export…", icon="export")
        for button, action in ((self.stop, stop), (self.resume, resume), (self.export, export)):
            button.bind(action)
        self._lay_out()
        self._turns = Turns(self)
        self._turns.due.connect(self._on_picked)
        self.grid.opened.connect(self._open)
        self.grid.picked.connect(self._on_picked)
        self.grid.zoomed.connect(lambda: self._zoom.setText(self._zoom_words()))
        self.grid.menu_wanted.connect(self.menu_wanted)
        large.stepped.connect(self.step)
        large.closed.connect(self.close_large)
        large.menu_wanted.connect(self.menu_wanted)
        cells.dataChanged.connect(self._on_data_changed)
        viewmodel.changed.connect(self.refresh)
        thumbnails.ready.connect(self.grid.repaint_asset)

    @property
    def is_large(self) -> bool:
        return self.currentWidget() is self.large

    def chosen(self) -> list[Asset]:
        """The pictures of the chosen cells that are not rejected."""
        return self._viewmodel.to_reject(self.grid.numbers())

    def refresh(self) -> None:
        """Bar and buttons in line with the sheet."""
        state = self._viewmodel.state
        if state is None:
            return
        self._title.setText(" ".join(state.prompt.split()))
        self._tally.setText(tally_words(state))
        self._tally.setMaximumWidth(self._tally.sizeHint().width())
        self._show_note(state)
        self.stop.setVisible(state.busy and not self._viewmodel.elsewhere)
        self.resume.setVisible(is_resumable(state))

    def open_large(self) -> None:
        self._open(self.grid.currentIndex())

    def close_large(self) -> bool:
        """False where nothing was large."""
        if not self.is_large:
            return False
        self.setCurrentIndex(0)
        self.grid.setFocus()
        return True

    def step(self, by: int) -> None:
        """To the next picture, row by row; cells without one are skipped."""
        if (number := self._neighbour(by)) is not None:
            self.grid.choose(number)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.refresh()
        super().changeEvent(event)

    def _lay_out(self) -> None:
        back = Button("Back", "quiet", icon="left", tip="Back to all pictures", keys="")
        back.clicked.connect(self.closed)
        row = QHBoxLayout()
        row.setContentsMargins(4, 6, 12, 6)  # so that the words of Back stand below the title
        row.setSpacing(8)
        row.addWidget(back)
        row.addWidget(self._title, 1)
        row.addWidget(self._tally)
        row.addWidget(self._zoom)
        for button in (self.stop, self.resume, self.export):
            row.addWidget(button)
        sheet = QWidget()
        whole = QVBoxLayout(sheet)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(row)
        whole.addWidget(Line())
        self.note.setContentsMargins(16, 8, 16, 0)
        self.note.hide()
        whole.addWidget(self.note)
        whole.addWidget(self.grid, 1)
        self.addWidget(sheet)
        self.addWidget(self.large)

    def _show_note(self, state: SheetState) -> None:
        error = next((cell.problem for cell in state.cells if cell.problem is not None), None)
        if error is not None:
            words = explain(error)
        elif self._viewmodel.elsewhere:
            words = tr("Another process of the studio makes this sheet; stop it there.")
        elif state.missing and not state.busy:
            words = missing_words(state)
        else:
            words = ""
        self.note.set_tone("danger" if error is not None else "secondary")
        self.note.setText(words)
        self.note.setVisible(bool(words))

    def _open(self, index: QModelIndex) -> None:
        if index.isValid() and index.data(ASSET_ROLE) is not None:
            self.setCurrentWidget(self.large)
            self._show_current()
            self.large.setFocus()

    def _on_data_changed(self, first: QModelIndex, last: QModelIndex) -> None:
        """Of what is worked at the chosen cells alone matter to actions."""
        changed = range(self._viewmodel.cells.number(first), self._viewmodel.cells.number(last) + 1)
        if not self._chosen.isdisjoint(changed):
            self._turns.tell()

    def _on_picked(self) -> None:
        self._chosen = frozenset(self.grid.numbers())
        if self.is_large:
            self._show_current()
        self.picked.emit()

    def _show_current(self) -> None:
        index = self.grid.currentIndex()
        asset = index.data(ASSET_ROLE) if index.isValid() else None
        if asset is None:
            self.close_large()
            return
        self.large.show_asset(asset)
        self.large.set_neighbours(
            before=self._neighbour(-1) is not None, after=self._neighbour(1) is not None
        )

    def _neighbour(self, by: int) -> int | None:
        cells = self._viewmodel.cells
        count = cells.rowCount() * cells.columnCount()
        number = cells.number(self.grid.currentIndex()) + by
        while 0 <= number < count:
            if cells.cell(number).state is CellState.DONE:
                return number
            number += by
        return None

    def _zoom_words(self) -> str:
        """How large the pictures are, beside their own size."""
        return tr("{percent}%", percent=round(100 * self.grid.tile / max(self._viewmodel.cells.box)))


def is_resumable(state: SheetState) -> bool:
    """Cells wait to be made that nothing makes now."""
    ended = (CellState.FAILED, CellState.STOPPED, CellState.INTERRUPTED, CellState.MISSING)
    return not state.busy and any(cell.half or cell.state in ended for cell in state.cells)
