"""The tiles of jobs that ended without their pictures: why, what to do, and the button that does it."""

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.errors import (
    LoraError,
    MemoryExhausted,
    ModelError,
    ModelNeedsParts,
    NoRoomForPicture,
    error_from,
)
from studio.core.jobs import JobState
from studio.ui.i18n import hint_of
from studio.ui.icons import Tone
from studio.ui.panels.create_tiles import ended_words, missing_words
from studio.ui.theme import SMALL
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.clamped_label import ClampedLabel
from studio.ui.widgets.empty import Glyph
from studio.ui.widgets.picture_grid import PictureGrid
from studio.viewmodels.batches import TILE_ROLE, BatchListModel
from studio.viewmodels.tiles import Tile, TileState

LOW = 168  # pixels under which icon and hint are left out, so that sentence and buttons fit


class EndedTile(QWidget):
    """Lies over its tile's card.

    Signals, each with the GenerateImages:
        run_wanted, settings_wanted, model_wanted.
        details_wanted (Problem).
        get_wanted (str): the repository that has what a model lacks.
    """

    run_wanted = Signal(object)
    settings_wanted = Signal(object)
    model_wanted = Signal(object)
    details_wanted = Signal(object)
    get_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tile: Tile | None = None
        self._icon = Glyph("warning", 20, "danger")
        self._title = ClampedLabel("section", lines=3)
        self._hint = ClampedLabel("secondary", "secondary", lines=3)
        self._remedy = Button("Run again", height=SMALL)
        self._details = Button("Details", "quiet", height=SMALL)
        for label in (self._title, self._hint):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        buttons = QHBoxLayout()
        buttons.setSpacing(4)
        buttons.addStretch(1)
        buttons.addWidget(self._remedy)
        buttons.addWidget(self._details)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(6)
        column.addStretch(1)
        column.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._title)
        column.addWidget(self._hint)
        column.addSpacing(2)
        column.addLayout(buttons)
        column.addStretch(1)
        self._remedy.clicked.connect(self._on_remedy)
        self._details.clicked.connect(self._on_details)

    def show_tile(self, tile: Tile) -> None:
        self._tile = tile
        icon, tone = _sign(tile)
        self._icon.show_icon(icon, tone)
        self._title.setText(ended_words(tile))
        self._hint.setText(hint_of(tile.problem) if tile.problem else missing_words(tile))
        self._remedy.say(self._remedy_words(tile))
        self._details.setVisible(bool(tile.problem and tile.problem.traceback))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._icon.setVisible(self.height() >= LOW)
        self._hint.setVisible(self.height() >= LOW)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange and self._tile:
            self.show_tile(self._tile)
        super().changeEvent(event)

    def _remedy_words(self, tile: Tile) -> str:
        match error_from(tile.problem.code, tile.problem.params) if tile.problem else None:
            case MemoryExhausted() | NoRoomForPicture() | LoraError():
                return "Change settings"
            case ModelNeedsParts():
                return "Get what it needs"
            case ModelError():
                return "Choose a model"
            case _:
                return "Run again"

    def _on_remedy(self) -> None:
        if self._tile is None:
            return
        problem = self._tile.problem
        if problem and problem.code == ModelNeedsParts.code:
            self.get_wanted.emit(str(problem.params["repository"]))
            return
        wanted = {"Change settings": self.settings_wanted, "Choose a model": self.model_wanted}
        wanted.get(self._remedy_words(self._tile), self.run_wanted).emit(self._tile.job)

    def _on_details(self) -> None:
        if self._tile is not None:
            self.details_wanted.emit(self._tile.problem)


class EndedTiles(QObject):
    """Over each ended tile of a grid the widget with its sentence and buttons. It lives as long as the grid.

    Signals: as those of an EndedTile.
    """

    run_wanted = Signal(object)
    settings_wanted = Signal(object)
    model_wanted = Signal(object)
    details_wanted = Signal(object)
    get_wanted = Signal(str)

    def __init__(self, results: BatchListModel, grid: PictureGrid) -> None:
        super().__init__(grid)
        self._results, self._grid = results, grid
        results.rowsInserted.connect(self._on_rows_inserted)
        results.dataChanged.connect(self._on_data_changed)
        results.modelReset.connect(self._show_all)
        self._show_all()

    def _on_rows_inserted(self, parent: QModelIndex, first: int, last: int) -> None:
        self._show(first, last)

    def _on_data_changed(self, first: QModelIndex, last: QModelIndex) -> None:
        self._show(first.row(), last.row())

    def _show_all(self) -> None:
        self._show(0, self._results.rowCount() - 1)

    def _show(self, first: int, last: int) -> None:
        for row in range(first, last + 1):
            index = self._results.index(row, 0)
            tile: Tile = index.data(TILE_ROLE)
            ended = self._grid.indexWidget(index)
            if tile.state is not TileState.ENDED:
                if ended:  # it was run again
                    self._grid.setIndexWidget(index, None)  # type: ignore[arg-type]
                continue
            if not isinstance(ended, EndedTile):
                ended = self._make()
                self._grid.setIndexWidget(index, ended)
            ended.show_tile(tile)

    def _make(self) -> EndedTile:
        ended = EndedTile()
        ended.run_wanted.connect(self.run_wanted)
        ended.settings_wanted.connect(self.settings_wanted)
        ended.model_wanted.connect(self.model_wanted)
        ended.details_wanted.connect(self.details_wanted)
        ended.get_wanted.connect(self.get_wanted)
        return ended


def _sign(tile: Tile) -> tuple[str, Tone]:
    if tile.end is JobState.STOPPED:
        return "stop", "secondary"
    return "warning", "danger" if tile.end is JobState.FAILED else "warning"
