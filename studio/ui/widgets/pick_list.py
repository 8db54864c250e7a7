"""A list that opens at a button: what one picks from it, or only reads; searched where it is long."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from studio.ui.i18n import tr
from studio.ui.icons import draw_icon
from studio.ui.theme import RADIUS, colours, font, type_style
from studio.ui.widgets.fields import SearchField
from studio.ui.widgets.labels import Label, Line, plain_tip
from studio.ui.widgets.overlay import Overlay

WIDTH, TALLEST, HEAD, FOOT = 520, 400, 44, 48
PICK_ROLE = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()


class Pick(NamedTuple):
    """A row.

    Attributes:
        value: what it stands for.
        words, below: in the person's language; both are searched.
        checked: None for a row without a check.
    """

    value: str
    words: str
    below: str = ""
    checked: bool | None = None


class PickModel(QAbstractListModel):
    """The rows that fit what was typed."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: list[Pick] = []
        self._shown: list[Pick] = []
        self._query = ""

    def fill(self, picks: Sequence[Pick]) -> None:
        self._all = list(picks)
        self.narrow(self._query)

    def narrow(self, query: str) -> None:
        """Those with every word of the query."""
        self._query = query
        wanted = query.casefold().split()
        self.beginResetModel()
        self._shown = [
            pick
            for pick in self._all
            if all(word in f"{pick.words}\n{pick.below}\n{pick.value}".casefold() for word in wanted)
        ]
        self.endResetModel()

    def first(self, count: int) -> list[Pick]:
        return self._shown[:count]

    def row_of(self, value: str) -> int:
        return next((row for row, pick in enumerate(self._shown) if pick.value == value), -1)

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        pick = self._shown[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return pick.words
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(pick.below or pick.words)
            case _ if role == PICK_ROLE:
                return pick
            case _:
                return None


class PickDelegate(QStyledItemDelegate):
    """Words on a few lines, something smaller below, a check at the left."""

    def __init__(self, lines: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lines = lines

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        view: QListView = option.widget  # type: ignore[attr-defined]
        width = view.viewport().width()
        return QSize(width, self.height(index.data(PICK_ROLE), width))

    def height(self, pick: Pick, width: int) -> int:
        """Of the row, where the list has this width."""
        lines = _wrapped(QFontMetrics(font("body")), pick.words, width - _left(pick) - 16)
        tall = min(lines, self._lines) * type_style("body").line
        return tall + (18 if pick.below else 0) + 12

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        pick: Pick = index.data(PICK_ROLE)
        area: QRect = option.rect  # type: ignore[attr-defined]
        state: QStyle.StateFlag = option.state  # type: ignore[attr-defined]
        now = colours()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(now.hover_raised))
            painter.drawRoundedRect(QRectF(area).adjusted(4, 0, -4, 0), RADIUS, RADIUS)
        if pick.checked:
            draw_icon(painter, "check", QRect(area.left() + 14, area.top() + 8, 14, 14), now.accent_text)
        room = area.adjusted(_left(pick), 6, -16, -6)
        painter.setPen(QColor(now.text))
        painter.setFont(font("body"))
        words = room.adjusted(0, 0, 0, -18 if pick.below else 0)
        _draw_lines(painter, pick.words, words, self._lines)
        if pick.below:
            painter.setPen(QColor(now.secondary))
            painter.setFont(font("secondary"))
            below = painter.fontMetrics().elidedText(pick.below, Qt.TextElideMode.ElideRight, room.width())
            line = QRect(room.left(), room.bottom() - 17, room.width(), 18)
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, below)
        painter.restore()


def _left(pick: Pick) -> int:
    return 16 if pick.checked is None else 36


def _wrapped(metrics: QFontMetrics, text: str, width: int) -> int:
    flags = Qt.TextFlag.TextWordWrap
    tall = metrics.boundingRect(QRect(0, 0, max(width, 40), 10_000), flags.value, text[:2000]).height()
    return max(1, round(tall / metrics.lineSpacing()))


def _draw_lines(painter: QPainter, text: str, area: QRect, most: int) -> None:
    """Wrapped; what does not fit into `most` lines ends in an ellipsis."""
    metrics, text = painter.fontMetrics(), " ".join(text[:2000].split())
    if _wrapped(metrics, text, area.width()) > most:
        room = int(area.width() * (most - 0.15 * (most - 1)))
        text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
    placed = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
    painter.drawText(area, Qt.TextFlag.TextWordWrap | placed, text)


class PickList(Overlay):
    """Opens below a button, or above it where there is more room; put more into `foot`.

    Signals:
        picked (str): the value of a row; unless `stays`, the list has closed.
        current_changed: another row is the current one.
    """

    picked = Signal(str)
    current_changed = Signal()

    def __init__(
        self, host: QWidget, english: str, placeholder: str = "", *, lines: int = 2, stays: bool = False
    ) -> None:
        """`english` names the list; without a placeholder nothing is searched, and `english` is its title."""
        super().__init__(host)
        self._english, self._stays = english, stays
        self.model = PickModel(self)
        self.search = SearchField(placeholder) if placeholder else None
        self.view = QListView()
        self.view.setModel(self.model)
        self._delegate = PickDelegate(lines, self.view)
        self.view.setItemDelegate(self._delegate)
        self.view.setMouseTracking(True)
        self.view.setResizeMode(QListView.ResizeMode.Adjust)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.empty = Label("Nothing found", "body", "secondary")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._foot_line = Line()
        self.foot = QHBoxLayout()
        self.foot.setSpacing(8)
        head = QHBoxLayout()
        head.setContentsMargins(12 if self.search else 16, 8, 12, 8)
        head.addWidget(self.search or Label(english, "strong"))
        self.body.addLayout(head)
        self.body.addWidget(Line())
        self.body.addSpacing(4)
        self.body.addWidget(self.view, 1)
        self.body.addWidget(self.empty, 1)
        self.body.addSpacing(4)
        self.body.addWidget(self._foot_line)
        self.body.addLayout(self.foot)
        if self.search:
            self.search.textChanged.connect(self._on_typed)
        self.view.clicked.connect(self._on_clicked)
        self.view.selectionModel().currentChanged.connect(lambda: self.current_changed.emit())
        self._translate()

    @property
    def current(self) -> str:
        """The value of the current row; empty for none."""
        index = self.view.currentIndex()
        return index.data(PICK_ROLE).value if index.isValid() else ""

    def fill(self, picks: Sequence[Pick]) -> None:
        """While it is open, the current row stays."""
        kept = self.current
        self.model.fill(picks)
        self.view.setCurrentIndex(self.model.index(max(self.model.row_of(kept), 0), 0))
        self._show_rows()

    def open_below(self, anchor: QWidget) -> None:
        some = self.foot.count() > 0
        self._foot_line.setVisible(some)
        self.foot.setContentsMargins(16, 8 if some else 0, 12, 10 if some else 0)
        if self.search:
            self.search.clear()
        self._show_rows()
        host = self._host
        width = min(WIDTH, host.width() - 32)
        corner = anchor.mapTo(host, QPoint(0, anchor.height() + 4))
        above = anchor.mapTo(host, QPoint(0, -4)).y()
        left = max(16, min(corner.x(), host.width() - width - 16))
        wanted = self._wanted(width - 16)
        below = host.height() - corner.y() - 16
        height = min(wanted, max(below, above - 16))
        top = corner.y() if wanted <= below or below >= above else above - height
        self.open_at(QRect(left, top, width, height), self.search or self.view)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -6, Qt.Key.Key_PageDown: 6}
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._pick(self.current)
            case key if Qt.Key(key) in steps:
                row = self.view.currentIndex().row() + steps[Qt.Key(key)]
                self.view.setCurrentIndex(self.model.index(min(max(row, 0), self.model.rowCount() - 1), 0))
            case _:
                super().keyPressEvent(event)

    def _translate(self) -> None:
        self.setAccessibleName(tr(self._english))
        self.view.setAccessibleName(tr(self._english))

    def _wanted(self, width: int) -> int:
        """Of height; `width` leaves room for a scroll bar."""
        rows = sum(self._delegate.height(pick, width) for pick in self.model.first(20))
        head = HEAD + (FOOT if self.foot.count() else 0) + 12
        return min(max(rows, 40) + head, TALLEST)

    def _on_typed(self, text: str) -> None:
        self.model.narrow(text)
        self.view.setCurrentIndex(self.model.index(0, 0))
        self._show_rows()

    def _show_rows(self) -> None:
        some = self.model.rowCount() > 0
        self.view.setVisible(some)
        self.empty.setVisible(not some)

    def _on_clicked(self, index: QModelIndex) -> None:
        self._pick(index.data(PICK_ROLE).value)

    def _pick(self, value: str) -> None:
        if not value:
            return
        if not self._stays:
            self.close_overlay()
        self.picked.emit(value)
