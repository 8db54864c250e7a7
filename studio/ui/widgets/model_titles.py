"""The line above the table of models: what its columns are called."""

from PySide6.QtCore import QEvent, QRect
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from studio.ui.i18n import tr
from studio.ui.theme import colours
from studio.ui.widgets.model_columns import Column, Span
from studio.ui.widgets.model_painting import GAP, LEFT, RIGHT, paint_line

TITLES = 32


class ColumnTitles(QWidget):
    """What the columns below are called."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._spans: dict[Column, Span] = {}
        self._disk = False
        self.setFixedHeight(TITLES)

    def show_disk(self, on: bool) -> None:
        """The sizes are of what lies on the disk, not of what would be fetched."""
        self._disk = on
        self.update()

    def show_columns(self, spans: dict[Column, Span]) -> None:
        self._spans = spans
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        now = colours()
        words = {
            Column.NAME: tr("Model"),
            Column.KIND: tr("Kind"),
            Column.DOWNLOAD: tr("On disk") if self._disk else tr("Download"),
            Column.NEEDS: tr("Needs"),
            Column.FIT: tr("Fits"),
            Column.LICENCE: tr("Licence"),
            Column.COMMERCIAL: tr("Commercial use"),
        }
        for column, (left, width) in self._spans.items():
            if column in words:
                figures = column in (Column.DOWNLOAD, Column.NEEDS)
                inset = 8 if column is Column.FIT else 0
                room = QRect(left + inset, 0, width - GAP - inset, TITLES - 1)
                align = RIGHT if figures else LEFT
                paint_line(painter, room, "secondary", now.secondary, words[column], align)
        painter.fillRect(QRect(0, TITLES - 1, self.width(), 1), QColor(now.border))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.update()
        super().changeEvent(event)
