"""Words in a few lines, the last of which ends in an ellipsis where there is no more room."""

from PySide6.QtCore import QEvent, QPointF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.ui.theme import Type
from studio.ui.widgets.labels import Label, plain_tip


class ClampedLabel(Label):
    """Wraps, centred or from the left, in at most `lines` lines; the whole text is its tooltip when cut."""

    def __init__(
        self, role: Type = "body", tone: str = "", *, lines: int = 3, parent: QWidget | None = None
    ) -> None:
        super().__init__("", role, tone, wrap=True, parent=parent)
        self._lines = lines
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        count = min(len(self._split(width)), self._lines)
        return max(count, 1) * self.fontMetrics().lineSpacing()

    def sizeHint(self) -> QSize:
        width = min(self.fontMetrics().horizontalAdvance(self.text()) + 2, 240)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(40, self.fontMetrics().lineSpacing())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._update_tip()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._update_tip()

    def setText(self, text: str) -> None:
        super().setText(text)
        self._update_tip()

    def say(self, english: str, **params: object) -> None:
        super().say(english, **params)
        self._update_tip()

    def _update_tip(self) -> None:
        cut = len(self._split(self.width())) > self._room()
        self.setToolTip(plain_tip(self.text()) if cut else "")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.setFont(self.font())
        metrics, lines, room = self.fontMetrics(), self._split(self.width()), self._room()
        shown = lines[:room]
        if len(lines) > room:
            rest = "".join(lines[room - 1 :])
            shown[-1] = metrics.elidedText(rest, Qt.TextElideMode.ElideRight, self.width())
        high = metrics.lineSpacing()
        middle = self.alignment() & Qt.AlignmentFlag.AlignVCenter
        top = (self.height() - high * len(shown)) / 2 if middle else 0
        for number, line in enumerate(shown):
            width = metrics.horizontalAdvance(line.rstrip())
            left = (self.width() - width) / 2 if self.alignment() & Qt.AlignmentFlag.AlignHCenter else 0
            painter.drawText(QPointF(left, top + number * high + metrics.ascent()), line.rstrip())

    def _room(self) -> int:
        """How many lines there is room for."""
        return max(1, min(self._lines, self.height() // self.fontMetrics().lineSpacing()))

    def _split(self, width: int) -> list[str]:
        layout = QTextLayout(self.text(), self.font())
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.beginLayout()
        lines: list[str] = []
        while (line := layout.createLine()).isValid():
            line.setLineWidth(max(width, 1))
            lines.append(self.text()[line.textStart() : line.textStart() + line.textLength()])
        layout.endLayout()
        return lines
