"""One picture as large as the middle allows, with its neighbours an arrow away."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.records import Asset
from studio.ui.i18n import tr
from studio.ui.theme import SCRIM
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.canvas import Canvas
from studio.ui.widgets.labels import ElidedLabel, Label, Line
from studio.ui.widgets.segment import Segment
from studio.viewmodels.thumbnails import Thumbnails

STAND_IN = 512  # pixels of the thumbnail that is shown until the picture itself is decoded
ARROW = 40


class LargeView(QWidget):
    """A bar of actions over a canvas.

    Attributes:
        asset: the picture that is shown.
        message: says that its file is broken, in its place.

    Signals:
        stepped (int), closed: what the person wants; the owner does it.
        menu_wanted (QPoint): all other actions are wanted at this global point.
    """

    stepped = Signal(int)
    closed = Signal()
    menu_wanted = Signal(QPoint)

    def __init__(
        self,
        thumbnails: Thumbnails,
        actions: Sequence[tuple[str, str, QAction]],
        parent: QWidget | None = None,
    ) -> None:
        """`actions` are (icon, English name, action) for the bar."""
        super().__init__(parent)
        self._thumbnails = thumbnails
        self.asset: Asset | None = None
        self.canvas = Canvas()
        self.canvas.setAccessibleName(tr("Picture"))
        self.message = Label("This file cannot be read", "body", "danger", parent=self.canvas)
        self.message.hide()
        self._caption = ElidedLabel("", "secondary", "secondary")
        self._zoom = Label("", "secondary", "secondary")
        self._mode = Segment("Zoom", (("Fit", "fit"), ("100%", "pixels")))
        self._arrows = {
            -1: _Arrow("left", "Previous picture", "Left"),
            1: _Arrow("right", "Next picture", "Right"),
        }
        for by, arrow in self._arrows.items():
            arrow.setParent(self.canvas)
            arrow.clicked.connect(lambda _=False, by=by: self.stepped.emit(by))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(self._bar(actions))
        whole.addWidget(Line())
        whole.addWidget(self.canvas, 1)
        self.setFocusProxy(self.canvas)
        self.canvas.stepped.connect(self.stepped)
        self.canvas.closed.connect(self.closed)
        self.canvas.zoomed.connect(self._show_zoom)
        self.canvas.installEventFilter(self)
        self._mode.chosen.connect(self._on_mode)
        thumbnails.ready.connect(self._on_ready)

    def show_asset(self, asset: Asset) -> None:
        changed = self.asset is None or self.asset.id != asset.id
        self.asset = asset
        self._caption.setText(asset.recipe.prompt or asset.path)
        if changed:
            self.canvas.fit()
        self._show_image()

    def set_neighbours(self, *, before: bool, after: bool) -> None:
        self._arrows[-1].setEnabled(before)
        self._arrows[1].setEnabled(after)

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        if watched is self.canvas and event.type() == QEvent.Type.Resize:
            middle = (self.canvas.height() - ARROW) // 2
            self._arrows[-1].move(12, middle)
            self._arrows[1].move(self.canvas.width() - 12 - ARROW, middle)
            self.message.adjustSize()
            self.message.move(self.canvas.rect().center() - self.message.rect().center())
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_zoom()

    def _bar(self, actions: Sequence[tuple[str, str, QAction]]) -> QHBoxLayout:
        back = Button("Back", "quiet", icon="left", tip="Back to all pictures", keys="")
        back.clicked.connect(self.closed)
        more = IconButton("more", "More")
        more.clicked.connect(lambda: self.menu_wanted.emit(more.mapToGlobal(QPoint(0, more.height()))))
        row = QHBoxLayout()
        row.setContentsMargins(12, 6, 12, 6)
        row.setSpacing(8)
        row.addWidget(back)
        row.addWidget(self._caption, 1)
        row.addWidget(self._zoom)
        row.addWidget(self._mode)
        for icon, english, action in actions:
            button = IconButton(icon, english)
            button.bind(action)
            row.addWidget(button)
        row.addWidget(more)
        return row

    def _show_image(self) -> None:
        if self.asset is None:
            return
        image = self._thumbnails.whole(self.asset) or self._thumbnails.thumbnail(self.asset, STAND_IN)
        broken = self._thumbnails.broken(self.asset)
        self.canvas.show_image(None if broken else image, self.asset.width, self.asset.height)
        self.message.setVisible(broken)

    def _on_ready(self, asset_id: str) -> None:
        if self.asset and self.asset.id == asset_id and self.isVisible():
            self._show_image()

    def _on_mode(self, mode: object) -> None:
        if mode == "fit":
            self.canvas.fit()
        else:
            self.canvas.set_zoom(1.0)

    def _show_zoom(self) -> None:
        self._zoom.setText(f"{self.canvas.zoom:.0%}")
        fit, exact = self.canvas.fitted, self.canvas.zoom == 1.0
        self._mode.select("fit" if fit else "pixels" if exact else None)


class _Arrow(IconButton):
    """A round button on scrim at the edge of the canvas."""

    def __init__(self, icon: str, english: str, keys: str) -> None:
        super().__init__(icon, english, keys=keys, size=ARROW, glyph_size=20, on_picture=True)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.isEnabled():
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(SCRIM))
        painter.drawEllipse(self.rect())
        painter.end()
        super().paintEvent(event)
