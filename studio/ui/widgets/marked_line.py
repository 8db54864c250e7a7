"""One line of text with some words lit, cut at both ends so that the first of these is in sight."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetrics, QPainter, QTextCharFormat, QTextLayout

from studio.ui.theme import colours

_LEAD = 12  # letters before the first lit word that stay where there is room for them


def draw_marked(painter: QPainter, area: QRect, text: str, marks: Sequence[tuple[int, int]]) -> None:
    """In the painter's font, vertically centred. `marks` are places in the text, in order."""
    metrics = painter.fontMetrics()
    room = area.width() * 2 // 3  # in which the first of the lit words ends
    if marks and metrics.horizontalAdvance(text[: marks[0][1]]) > room:
        text, marks = _without_beginning(text, marks, metrics, room)
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, area.width())
    now = colours()
    plain, lit = QTextCharFormat(), QTextCharFormat()
    plain.setForeground(QBrush(QColor(now.secondary)))
    lit.setForeground(QBrush(QColor(now.text)))
    lit.setBackground(QBrush(QColor(now.selection)))
    formats = [_format(0, len(shown), plain)]
    formats += [_format(start, min(end, len(shown)), lit) for start, end in marks if start < len(shown)]
    layout = QTextLayout(shown, painter.font())
    layout.setFormats(formats)
    layout.beginLayout()
    line = layout.createLine()
    line.setLineWidth(area.width() * 2)  # one line, whatever a rounding says
    layout.endLayout()
    layout.draw(painter, QPointF(area.left(), area.top() + (area.height() - line.height()) / 2))


def _without_beginning(
    text: str, marks: Sequence[tuple[int, int]], metrics: QFontMetrics, room: int
) -> tuple[str, list[tuple[int, int]]]:
    first, end = marks[0]
    start = max(0, first - _LEAD)
    while start < first and metrics.horizontalAdvance("…" + text[start:end]) > room:
        start += 1
    space = text.find(" ", start, start + (first - start) // 2)
    start = space + 1 if space >= 0 else start
    by = start - 1  # for the dots
    return "…" + text[start:], [(begin - by, stop - by) for begin, stop in marks]


def _format(start: int, end: int, look: QTextCharFormat) -> QTextLayout.FormatRange:
    part = QTextLayout.FormatRange()
    part.start, part.length, part.format = start, end - start, look  # pyright: ignore[reportAttributeAccessIssue]
    return part
