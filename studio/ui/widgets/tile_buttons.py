"""The few buttons on the tile under the mouse: star, one or two actions, and a menu of all others."""

from PySide6.QtCore import QModelIndex, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAction, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from studio.ui.widgets.buttons import IconButton
from studio.ui.widgets.picture_grid import TileOverlay
from studio.ui.widgets.tile_painting import paint_scrim
from studio.viewmodels.asset_list import ASSET_ROLE


class TileButtons(TileOverlay):
    """Shown on tiles that have a picture.

    Signals:
        wanted (int, QAction): press this action for this row.
        menu_wanted (int, QPoint): show the menu of this row at a global point.
    """

    wanted = Signal(int, QAction)
    menu_wanted = Signal(int, QPoint)

    def __init__(
        self, star: QAction, *others: tuple[str, str, QAction], parent: QWidget | None = None
    ) -> None:
        """`others` are icon, English name and action of the buttons after the star."""
        super().__init__(parent)
        self._row = -1
        self._star = IconButton("star", "Star", on_picture=True)
        more = IconButton("more", "More", on_picture=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 2, 2, 2)
        row.setSpacing(0)
        row.addWidget(self._star)
        for icon, english, action in others:
            button = IconButton(icon, english, on_picture=True)
            button.clicked.connect(lambda _=False, action=action: self.wanted.emit(self._row, action))
            row.addWidget(button)
        row.addWidget(more)
        self._size = QSize((2 + len(others)) * 28 + 4, 32)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self._star.clicked.connect(lambda: self.wanted.emit(self._row, star))
        below = QPoint(0, more.height())
        more.clicked.connect(lambda: self.menu_wanted.emit(self._row, more.mapToGlobal(below)))

    def show_row(self, index: QModelIndex) -> bool:
        asset = index.data(ASSET_ROLE)
        if asset is None:
            return False
        self._row = index.row()
        self._star.set_icon("star-on" if asset.starred else "star")
        self._star.say("Remove the star" if asset.starred else "Star")
        return True

    def sizeHint(self) -> QSize:
        return self._size

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_scrim(painter, self.rect())
