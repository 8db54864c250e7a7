"""Words in a few lines, the last of which ends in an ellipsis where there is no more room."""

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.ui.theme import Type
from studio.ui.widgets.labels import CutLabel


class ClampedLabel(CutLabel):
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

    def _is_cut(self) -> bool:
        return len(self._split(self.width())) > self._room()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.setFont(self.font())
        metrics = self.fontMetrics()
        shown = clamped_lines(self.text(), self.font(), self.width(), self._room())
        high = metrics.lineSpacing()
        middle = self.alignment() & Qt.AlignmentFlag.AlignVCenter
        top = (self.height() - high * len(shown)) / 2 if middle else 0
        for number, line in enumerate(shown):
            width = metrics.horizontalAdvance(line)
            left = (self.width() - width) / 2 if self.alignment() & Qt.AlignmentFlag.AlignHCenter else 0
            painter.drawText(QPointF(left, top + number * high + metrics.ascent()), line)

    def _room(self) -> int:
        """How many lines there is room for."""
        return max(1, min(self._lines, self.height() // self.fontMetrics().lineSpacing()))

    def _split(self, width: int) -> list[str]:
        return _lines(self.text(), self.font(), width)


def clamped_lines(text: str, font: QFont, width: int, most: int) -> list[str]:
    """The text in lines of `width` pixels; where there are more than `most`, the last ends in an ellipsis."""
    lines = _lines(text, font, width)
    shown = [line.rstrip() for line in lines[:most]]
    if len(lines) > most > 0:
        rest = "".join(lines[most - 1 :])
        shown[-1] = QFontMetrics(font).elidedText(rest, Qt.TextElideMode.ElideRight, width)
    return shown


def _lines(text: str, font: QFont, width: int) -> list[str]:
    layout = QTextLayout(text, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    layout.beginLayout()
    lines: list[str] = []
    while (line := layout.createLine()).isValid():
        line.setLineWidth(max(width, 1))
        lines.append(text[line.textStart() : line.textStart() + line.textLength()])
    layout.endLayout()
    return lines
