"""What lies over the canvas at its bottom: how much is chosen, and how near one looks."""

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from studio.ui.i18n import tr
from studio.ui.theme import CONTROL, RADIUS, SMALL, colours, font
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.edit_canvas_view import TURN_STEP, NavigatedView
from studio.ui.widgets.labels import Label
from studio.viewmodels.edit_tools import CLOSER_KEY, FARTHER_KEY

INSET = 12  # from the corner of the canvas


class ZoomPill(QWidget):
    """− 62% + | Fit 100%, and how far the view is turned once it is."""

    def __init__(self, view: NavigatedView) -> None:
        super().__init__(view)
        self._view = view
        farther = IconButton("remove", "Zoom out", keys=FARTHER_KEY)
        closer = IconButton("add", "Zoom in", keys=CLOSER_KEY)
        self.zoom = Label("", "secondary")
        self.zoom.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.fit = Button("Fit", "quiet", tip="Fit the picture into the window")
        self.whole = Button("100%", "quiet", tip="A pixel of the picture is one of the screen")
        self.left = IconButton("turn-left", "Turn the view left", keys=",")
        self.right = IconButton("turn-right", "Turn the view right", keys=".")
        self.angle = Button("", "quiet", tip="Turn the view straight again")
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 2, 4, 2)
        row.setSpacing(0)
        for part in (farther, self.zoom, closer, self.fit, self.whole, self.left, self.angle, self.right):
            part.setFocusPolicy(Qt.FocusPolicy.TabFocus) if not isinstance(part, Label) else None
            row.addWidget(part)
        farther.clicked.connect(lambda: view.zoom_by(-1))
        closer.clicked.connect(lambda: view.zoom_by(1))
        self.fit.clicked.connect(view.fit)
        self.whole.clicked.connect(lambda: view.set_zoom(1.0))
        self.left.clicked.connect(lambda: view.rotate_by(-TURN_STEP))
        self.right.clicked.connect(lambda: view.rotate_by(TURN_STEP))
        self.angle.clicked.connect(view.reset_rotation)
        view.looked.connect(self._show)
        self._show()

    def paintEvent(self, event: QPaintEvent) -> None:
        now = colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(now.border))
        painter.setBrush(QColor(now.raised))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.FontChange):
            QTimer.singleShot(0, self, self._show)  # once its buttons have their new words, too
        super().changeEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:  # its parts have other words
            self.resize(self.sizeHint())
            self.place()
        return super().event(event)

    def _show(self) -> None:
        zoom, angle = self._view.zoom, self._view.angle
        self.zoom.setText(f"{100 * zoom:.0f}%")
        self.zoom.setMinimumWidth(self.zoom.fontMetrics().horizontalAdvance("6400%") + 4)
        self.angle.setText(f"{angle:.0f}°")
        self.angle.setAccessibleName(tr("Turn the view straight again"))
        self.angle.setVisible(abs(angle) >= 0.5)
        self.resize(self.sizeHint())
        self.place()

    def place(self) -> None:
        """In the corner; whoever resizes the canvas calls it."""
        port = self._view.viewport().size()
        self.move(port.width() - self.width() - INSET, port.height() - self.height() - INSET)


class Status(QWidget):
    """A line of words that can be read on any picture."""

    def __init__(self, view: NavigatedView) -> None:
        super().__init__(view)
        self._view = view
        self._text = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def show_text(self, text: str) -> None:
        """In the person's language; nothing is shown for none."""
        self._text = text
        self.setAccessibleName(text)
        self.setVisible(bool(text))
        self.place()
        self.update()

    def text(self) -> str:
        return self._text

    def sizeHint(self) -> QSize:
        self.setFont(font("secondary"))
        return QSize(self.fontMetrics().horizontalAdvance(self._text) + 16, SMALL)

    def place(self) -> None:
        self.resize(self.sizeHint())
        self.move(INSET - 8, self._view.viewport().height() - INSET - CONTROL + (CONTROL - SMALL) // 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        now = colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QColor(now.canvas)
        ground.setAlphaF(0.86)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(self.rect()), RADIUS, RADIUS)
        painter.setPen(QColor(now.secondary))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._text)
