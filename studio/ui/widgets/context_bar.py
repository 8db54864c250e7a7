"""What fills a model's context, as a bar with a piece for each part and a legend with the figures."""

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QHelpEvent, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolTip, QVBoxLayout, QWidget

from studio.ui.context_words import PARTS, parts_words, tokens_words
from studio.ui.i18n import tr
from studio.ui.theme import colours
from studio.ui.widgets.labels import ElidedLabel, Label
from studio.ui.widgets.naming import call
from studio.viewmodels.chat_context import BLOCKS, Part, PartName

GAP = 1.0
LEAST = 2.0  # pixels of a part, however few its tokens are
# How much accent is in each block, from the first that is read to the last; the rest is the ground.
STRENGTHS = dict(zip(BLOCKS, (1.0, 0.86, 0.73, 0.61, 0.5, 0.4, 0.31), strict=True))


def paint_part(painter: QPainter, name: PartName, area: QRectF) -> None:
    """What is too much and the room for the answer are hatched, what is free is empty: they differ without
    colour."""
    now = colours()
    if name == "free":
        painter.fillRect(area, QColor(now.border))
    elif name in ("room", "over"):
        ink = now.secondary if name == "room" else now.danger
        painter.fillRect(area, QColor(now.border))
        painter.fillRect(area, QBrush(QColor(ink), Qt.BrushStyle.BDiagPattern))
    else:
        painter.fillRect(area, _mixed(now.accent, now.hover_raised, STRENGTHS[name]))


def _mixed(one: str, other: str, share: float) -> QColor:
    left, right = QColor(one), QColor(other)
    pairs = ((left.red(), right.red()), (left.green(), right.green()), (left.blue(), right.blue()))
    return QColor(*(round(share * a + (1 - share) * b) for a, b in pairs))


class ContextBar(QWidget):
    """Each part as long as it is large; the pointer on one says what it is."""

    def __init__(self, height: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts: list[Part] = []
        self._exact = True
        self.setFixedHeight(height)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        call(self, "Context window")

    def show_parts(self, parts: list[Part], exact: bool) -> None:
        self._parts, self._exact = parts, exact
        self.setAccessibleDescription(parts_words(parts, exact))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, self.height())

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            x = event.pos().x()
            part = next((one for one, area in self._areas() if area.left() <= x <= area.right() + GAP), None)
            words = f"{tr(PARTS[part.name])}: {tokens_words(part.tokens, self._exact)}" if part else ""
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(self.rect()), self.height() / 2, self.height() / 2)
        painter.setClipPath(shape)
        if not self._parts:
            painter.fillRect(self.rect(), QColor(colours().border))
        for part, area in self._areas():
            paint_part(painter, part.name, area)

    def _areas(self) -> list[tuple[Part, QRectF]]:
        whole = sum(part.tokens for part in self._parts)
        if not whole:
            return []
        room = self.width() - GAP * (len(self._parts) - 1)
        widths = [max(room * part.tokens / whole, LEAST) for part in self._parts]
        scale = room / sum(widths)
        left, areas = 0.0, list[tuple[Part, QRectF]]()
        for part, width in zip(self._parts, widths, strict=True):
            areas.append((part, QRectF(left, 0, width * scale, self.height())))
            left += width * scale + GAP
        return areas


class _Swatch(QWidget):
    def __init__(self, name: PartName) -> None:
        super().__init__()
        self._name: PartName = name
        self.setFixedSize(8, 8)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(self.rect()), 2, 2)
        painter.setClipPath(shape)
        paint_part(painter, self._name, QRectF(self.rect()))


class _Line(QWidget):
    def __init__(self, name: PartName) -> None:
        super().__init__()
        self.figure = Label("", "secondary", "secondary")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(_Swatch(name))
        row.addWidget(ElidedLabel(PARTS[name], "secondary"), 1)
        row.addWidget(self.figure)


class ContextLegend(QWidget):
    """A line for each part that takes something, in the order of the bar."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 2)
        column.setSpacing(5)
        self._lines = {name: _Line(name) for name in PARTS}
        for line in self._lines.values():
            column.addWidget(line)

    def show_parts(self, parts: list[Part], exact: bool) -> None:
        figures = {part.name: part.tokens for part in parts}
        for name, line in self._lines.items():
            line.setVisible(name in figures)
            if name in figures:
                line.figure.setText(tokens_words(figures[name], exact))
