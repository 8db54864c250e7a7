"""One picture as large as the middle allows, its neighbours an arrow away, or two beside each other."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QColor, QFocusEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.differences import differences
from studio.core.records import Asset
from studio.ui.difference_words import difference_words
from studio.ui.theme import SCRIM
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.canvas import Canvas
from studio.ui.widgets.labels import ElidedLabel, Label, Line
from studio.ui.widgets.picture_stand import PictureStand
from studio.ui.widgets.segment import Segment
from studio.viewmodels.thumbnails import Thumbnails

ARROW = 40


class LargeView(QWidget):
    """A bar of actions over the picture; beside it the one that it is compared with, if there is one.

    Attributes:
        stand: the picture that is shown, and that the arrows change.
        against: the picture that stays while one compares; hidden while nobody does.

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
        self.stand = PictureStand(thumbnails, "Picture")
        self.against = PictureStand(thumbnails, "The picture that it is compared with")
        self.against.hide()
        self.canvas = self.stand.canvas
        self._between = Line(vertical=True)
        self._between.hide()
        self._following = False
        self._stars: list[IconButton] = []
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
        whole.addLayout(self._stands(), 1)
        self.canvas.stepped.connect(self.stepped)
        self.canvas.closed.connect(self.closed)
        self.canvas.zoomed.connect(self._show_zoom)
        self.canvas.moved.connect(lambda: self._follow(self.against.canvas, self.canvas))
        self.against.canvas.moved.connect(lambda: self._follow(self.canvas, self.against.canvas))
        self.against.canvas.stepped.connect(self.stepped)
        self.against.canvas.closed.connect(self.closed)
        self.canvas.installEventFilter(self)
        self._mode.chosen.connect(self._on_mode)

    @property
    def asset(self) -> Asset | None:
        """The picture that is shown."""
        return self.stand.asset

    @property
    def compares(self) -> bool:
        return not self.against.isHidden()

    def show_asset(self, asset: Asset) -> None:
        changed = self.asset is None or self.asset.id != asset.id
        self._show_star(asset.starred)
        self._caption.setText(asset.recipe.prompt or asset.path)
        self.stand.show_asset(asset)
        if changed and not self.compares:
            self.canvas.fit()
        self._show_differences()

    def compare_with(self, asset: Asset | None) -> None:
        """Hold this picture beside the one that is shown, whichever that becomes; None: no more."""
        self.against.show_asset(asset)
        for widget in (self.against, self.against.caption, self.stand.caption, self._between):
            widget.setVisible(asset is not None)
        self._show_differences()
        self._follow(self.against.canvas, self.canvas)

    def set_neighbours(self, *, before: bool, after: bool) -> None:
        self._arrows[-1].setEnabled(before)
        self._arrows[1].setEnabled(after)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Not by a focus proxy, over which Tab would jump past the bar."""
        self.canvas.setFocus(event.reason())

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        if watched is self.canvas and event.type() == QEvent.Type.Resize:
            middle = (self.canvas.height() - ARROW) // 2
            self._arrows[-1].move(12, middle)
            self._arrows[1].move(self.canvas.width() - 12 - ARROW, middle)
        return False

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._show_differences()
        super().changeEvent(event)

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
            if icon == "star":
                self._stars.append(button)
        row.addWidget(more)
        return row

    def _stands(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.against, 1)
        row.addWidget(self._between)
        row.addWidget(self.stand, 1)
        return row

    def _follow(self, canvas: Canvas, other: Canvas) -> None:
        """What one does to one of two pictures happens to both."""
        if self.compares and not self._following:
            self._following = True
            canvas.look_like(other)
            self._following = False

    def _show_differences(self) -> None:
        """Above each of two pictures, what it has otherwise than the other."""
        if not (self.compares and self.asset and self.against.asset):
            return
        found = differences(self.against.asset.recipe, self.asset.recipe)
        self.against.caption.setText(difference_words(found, "then"))
        self.stand.caption.setText(difference_words(found, "now"))

    def _show_star(self, starred: bool) -> None:
        for button in self._stars:
            button.set_icon("star-on" if starred else "star")

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
