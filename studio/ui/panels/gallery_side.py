"""The Gallery's places, each with its icon, its name and how many pictures it holds."""

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QSizePolicy, QVBoxLayout, QWidget

from studio.ui import figures
from studio.ui.i18n import tr
from studio.ui.icons import draw_icon
from studio.ui.theme import RADIUS, ROW, colours, font
from studio.ui.widgets.header import Header, Titled
from studio.viewmodels.gallery import Place

PLACES = (
    (Place.ALL, "All pictures", "gallery"),
    (Place.STARRED, "Starred", "star"),
    (Place.TRASH, "Trash", "trash"),
)


class GallerySide(Titled):
    """Signals: chosen (Place): the person goes to another place."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        body = QWidget()
        super().__init__(Header("Gallery"), body, parent=parent)
        self._rows = {place: _PlaceRow(words, icon) for place, words, icon in PLACES}
        group = QButtonGroup(self)
        column = QVBoxLayout(body)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(2)
        for row in self._rows.values():
            group.addButton(row)
            column.addWidget(row)
        column.addStretch(1)
        group.buttonClicked.connect(self._on_clicked)
        self.select(Place.ALL)

    def select(self, place: Place) -> None:
        """Show this one as chosen without telling anyone."""
        for one, row in self._rows.items():
            row.setChecked(one is place)
            row.setFocusPolicy(Qt.FocusPolicy.StrongFocus if one is place else Qt.FocusPolicy.ClickFocus)
        self.setFocusProxy(self._rows[place])

    def show_counts(self, counts: dict[Place, int]) -> None:
        for place, row in self._rows.items():
            row.show_count(counts.get(place))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        places = list(self._rows)
        now = next(number for number, place in enumerate(places) if self._rows[place].isChecked())
        goal = places[min(max(now + step, 0), len(places) - 1)]
        self.select(goal)
        self._rows[goal].setFocus(Qt.FocusReason.TabFocusReason)
        self.chosen.emit(goal)

    def _on_clicked(self, clicked: QAbstractButton) -> None:
        place = next(place for place, row in self._rows.items() if row is clicked)
        self.select(place)
        self.chosen.emit(place)


class _PlaceRow(QAbstractButton):
    def __init__(self, english: str, icon: str) -> None:
        super().__init__()
        self._english, self._icon, self._count = english, icon, ""
        self.setCheckable(True)
        self.setFixedHeight(ROW)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._translate()

    def show_count(self, count: int | None) -> None:
        self._count = "" if count is None else figures.count(count)
        self.setAccessibleDescription(self._count)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(160, ROW)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        now = colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        on = self.isChecked()
        if on or self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(now.accent_soft if on else now.hover))
            painter.drawRoundedRect(QRectF(self.rect()), RADIUS, RADIUS)
        middle = (self.height() - 16) // 2
        draw_icon(painter, self._icon, QRect(8, middle, 16, 16), now.accent_text if on else now.secondary)
        area = self.rect().adjusted(32, 0, -10, 0)
        painter.setFont(font("secondary"))
        painter.setPen(QColor(now.secondary))
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self._count)
        area.setRight(area.right() - painter.fontMetrics().horizontalAdvance(self._count) - 8)
        painter.setFont(font("body"))
        painter.setPen(QColor(now.text))
        shown = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)

    def _translate(self) -> None:
        self.setText(tr(self._english))
        self.setAccessibleName(self.text())
