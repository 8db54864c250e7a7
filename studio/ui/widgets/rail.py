"""The rail at the left: one button a panel, icon over label."""

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from studio.ui.i18n import tr
from studio.ui.icons import draw_icon
from studio.ui.theme import RADIUS, RAIL, colours, font
from studio.ui.widgets.buttons import tip_with_keys
from studio.ui.widgets.labels import Line

BADGE = QRect(29, 3, 16, 16)  # over the corner of the icon


class RailButton(QPushButton):
    """Selected: accent soft. A count of what runs there lies on the icon."""

    def __init__(self, name: str, english: str, icon: str, keys: str) -> None:
        super().__init__()
        self.name = name
        self._english = english
        self._icon = icon
        self._keys = keys
        self._count = ""
        self.setCheckable(True)
        self.setFixedSize(52, 52)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.translate()

    def translate(self) -> None:
        self.setText(tr(self._english))
        self.setAccessibleName(self.text())
        self.setToolTip(tip_with_keys(self.text(), self._keys))
        self.update()

    def show_count(self, count: int, words: str) -> None:
        """0 takes it away; `words` say for a screen reader what is counted."""
        self._count = "" if not count else str(count) if count < 10 else "9+"
        self.setAccessibleDescription(words)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(52, 52)

    def nextCheckState(self) -> None:
        """A click asks; what is shown is told by `Rail.select`."""

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.translate()
        super().changeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows belong to the rail."""
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        now = colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        over = self.underMouse()
        if self.isChecked() or over:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(now.accent_soft if self.isChecked() else now.hover))
            painter.drawRoundedRect(QRectF(self.rect()), RADIUS, RADIUS)
        glyph = now.accent_text if self.isChecked() else now.text if over else now.secondary
        draw_icon(painter, self._icon, QRect(16, 7, 20, 20), glyph)
        painter.setFont(font("caption"))
        painter.setPen(QColor(now.text if self.isChecked() or over else now.secondary))
        painter.drawText(QRect(0, 29, 52, 18), Qt.AlignmentFlag.AlignCenter, self.text())
        if self._count:
            self._draw_count(painter)

    def _draw_count(self, painter: QPainter) -> None:
        now = colours()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(now.accent))
        painter.drawEllipse(QRectF(BADGE))
        inside = font("group")
        inside.setPixelSize(10 if len(self._count) == 1 else 9)
        painter.setFont(inside)
        painter.setPen(QColor(now.on_accent))
        painter.drawText(BADGE, Qt.AlignmentFlag.AlignCenter, self._count)


class Rail(QWidget):
    """Buttons from the top; the last one at the bottom. Up and down move between them.

    Signals:
        chosen (str): the name of the panel the person asked for.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(RAIL)
        self.setProperty("surface", "window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._buttons: list[RailButton] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(6, 8, 6, 8)
        self._column.setSpacing(4)
        edge = Line(vertical=True, parent=self)
        edge.setObjectName("edge")
        self._edge = edge

    def add(self, name: str, english: str, icon: str, keys: str, *, at_bottom: bool = False) -> RailButton:
        if at_bottom:
            self._column.addStretch(1)
        button = RailButton(name, english, icon, keys)
        button.clicked.connect(lambda: self.chosen.emit(name))
        self._buttons.append(button)
        self._column.addWidget(button)
        return button

    def select(self, name: str) -> None:
        """A panel that has no button leaves all of them off; Tab then finds the first."""
        names = [button.name for button in self._buttons]
        reached = name if name in names else names[0]
        for button in self._buttons:
            button.setChecked(button.name == name)
            by_tab = button.name == reached
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus if by_tab else Qt.FocusPolicy.ClickFocus)

    def selected(self) -> RailButton | None:
        return next((button for button in self._buttons if button.isChecked()), None)

    def show_count(self, name: str, count: int, words: str) -> None:
        """How many things run in this panel, on its button."""
        next(button for button in self._buttons if button.name == name).show_count(count, words)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        selected = self.selected()
        at = self._buttons.index(selected) + step if selected else 0
        if 0 <= at < len(self._buttons):
            self.chosen.emit(self._buttons[at].name)
            self._buttons[at].setFocus(Qt.FocusReason.TabFocusReason)

    def resizeEvent(self, event: object) -> None:
        self._edge.setGeometry(self.width() - 1, 0, 1, self.height())
