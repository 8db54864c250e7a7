"""A grid and the large view of one of its pictures, as one place: space opens, escape goes back."""

from PySide6.QtCore import QModelIndex, QPoint, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QStackedWidget, QWidget

from studio.core.records import Asset
from studio.ui.widgets.large_view import LargeView
from studio.ui.widgets.picture_grid import PictureGrid
from studio.ui.widgets.tile_buttons import TileButtons
from studio.viewmodels.asset_list import ASSET_ROLE


class PictureBrowser(QStackedWidget):
    """Keeps the picture that is large and the one that is chosen in the grid the same.

    Signals:
        picked: other pictures are chosen, they changed, or one is large or no more; at once, and of several
            changes in one turn of the event loop only once more when all of them are done.
        menu_wanted (QPoint): a menu is wanted for what is chosen, at this global point.
    """

    picked = Signal()
    menu_wanted = Signal(QPoint)

    def __init__(
        self, grid: PictureGrid, buttons: TileButtons, large: LargeView, parent: QWidget | None = None
    ) -> None:
        """`buttons` are those on the grid's tiles."""
        super().__init__(parent)
        self.grid, self.large = grid, large
        self._rest: QWidget = grid
        self._picked_again = self._was_large = False
        self._turn = QTimer(self, singleShot=True, interval=0)
        self._turn.timeout.connect(self._on_turn)
        self.addWidget(grid)
        self.addWidget(large)
        grid.opened.connect(self._open)
        grid.picked.connect(self._on_picked)
        grid.menu_wanted.connect(self.menu_wanted)
        buttons.wanted.connect(self._press)
        buttons.menu_wanted.connect(self._want_menu)
        large.stepped.connect(self.step)
        large.closed.connect(self.close_large)
        large.menu_wanted.connect(self.menu_wanted)
        self.currentChanged.connect(self._on_page)
        grid.model().dataChanged.connect(self._on_picked)
        grid.model().rowsRemoved.connect(self._on_picked)
        grid.model().rowsRemoved.connect(self._drop_lost)
        grid.model().modelReset.connect(self._on_picked)

    @property
    def is_large(self) -> bool:
        return self.currentWidget() is self.large

    def rest_on(self, page: QWidget) -> None:
        """What is shown while no picture is large: the grid, or an added page that says why it is empty."""
        self._rest = page
        if not self.is_large:
            self.setCurrentWidget(page)

    def chosen(self) -> list[Asset]:
        """The finished pictures among the chosen rows."""
        rows = [self.grid.model().index(row, 0) for row in self.grid.chosen_rows()]
        return [asset for index in rows if (asset := index.data(ASSET_ROLE)) is not None]

    def open_large(self) -> None:
        """Show the chosen picture large."""
        self._open(self.grid.currentIndex())

    def compare(self) -> None:
        """Two chosen pictures beside each other, a large one beside those that follow, or no more of it."""
        chosen = self.chosen()
        if self.is_large:
            self.large.compare_with(None if self.large.compares else self.large.asset)
        elif len(chosen) == 2:
            current = self.grid.currentIndex().data(ASSET_ROLE)
            self.open_large()
            self.large.compare_with(chosen[1] if current == chosen[0] else chosen[0])

    @property
    def can_compare(self) -> bool:
        return self.is_large or len(self.chosen()) == 2

    def close_large(self) -> bool:
        """False where nothing was large."""
        if not self.is_large:
            return False
        self.large.compare_with(None)
        self.setCurrentWidget(self._rest)
        self._rest.setFocus()
        return True

    def step(self, by: int) -> None:
        """To the next picture, or the one before; rows without one are skipped."""
        if (row := self._neighbour(by)) is not None:
            self.grid.choose(row)

    def _press(self, row: int, action: QAction) -> None:
        """A button on a tile acts on that tile, or on all that are chosen with it."""
        self._include(row)
        action.trigger()

    def _want_menu(self, row: int, at: QPoint) -> None:
        self._include(row)
        self.menu_wanted.emit(at)

    def _include(self, row: int) -> None:
        if row not in self.grid.chosen_rows():
            self.grid.choose(row)

    def _neighbour(self, by: int) -> int | None:
        model, row = self.grid.model(), self.grid.currentIndex().row() + by
        while 0 <= row < model.rowCount():
            if model.index(row, 0).data(ASSET_ROLE) is not None:
                return row
            row += by
        return None

    def _open(self, index: QModelIndex) -> None:
        if index.isValid() and index.data(ASSET_ROLE) is not None:
            self.setCurrentWidget(self.large)
            self._show_current()
            self.large.setFocus()

    def _on_picked(self) -> None:
        """Two hundred rows that go tell of it some six hundred times."""
        if self._turn.isActive():
            self._picked_again = True
            return
        self._turn.start()
        self._tell()

    def _on_page(self) -> None:
        """What can be done with a picture is more while it is large."""
        if self.is_large != self._was_large:
            self._was_large = self.is_large
            self.picked.emit()

    def _on_turn(self) -> None:
        if self._picked_again:
            self._picked_again = False
            self._tell()

    def _tell(self) -> None:
        if self.is_large:
            self._show_current()
        self.picked.emit()

    def _drop_lost(self) -> None:
        """One does not compare with a picture that is in the trash."""
        against = self.large.against.asset
        if self.large.compares and against is not None and not self._holds(against.id):
            self.large.compare_with(None)

    def _holds(self, asset_id: str) -> bool:
        model = self.grid.model()
        assets = (model.index(row, 0).data(ASSET_ROLE) for row in range(model.rowCount()))
        return any(asset is not None and asset.id == asset_id for asset in assets)

    def _show_current(self) -> None:
        index = self.grid.currentIndex()
        asset = index.data(ASSET_ROLE) if index.isValid() else None
        if asset is None:
            self.close_large()
            return
        self.large.show_asset(asset)
        before, after = self._neighbour(-1), self._neighbour(1)
        self.large.set_neighbours(before=before is not None, after=after is not None)
