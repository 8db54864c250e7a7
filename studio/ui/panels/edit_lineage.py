"""Lineage: the pictures that led here and those that led elsewhere, as a tree drawn with lines."""

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterPath, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from studio.core.records import Asset
from studio.ui import figures
from studio.ui.actions import Action
from studio.ui.edit_words import LINEAGE
from studio.ui.hand_words import edit_lines
from studio.ui.i18n import plural, tr
from studio.ui.icons import draw_icon
from studio.ui.theme import RADIUS, RADIUS_THUMBNAIL, SMALL, colours, font
from studio.ui.widgets.action_row import ActionRow
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.labels import Label, plain_tip
from studio.ui.widgets.tile_painting import paint_card, paint_picture, paint_tile
from studio.viewmodels.edit_lineage import LineageViewModel, Row
from studio.viewmodels.thumbnails import Thumbnails

HEIGHT, THUMB, LANE, FIRST_LANE = 46, 36, 14, 10
LEAST_LANE, LANES_ROOM = 8, 48  # pixels; lanes need not be as far apart where there are many
MOST_ROWS = 8
WORDS = 120  # the least width of a name; where lines leave less, one scrolls sideways
ROW_ROLE = Qt.ItemDataRole.UserRole + 1
LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()


def title_of(asset: Asset) -> str:
    """What the picture is, in its tree: its operation's words, or where it comes from."""
    edit, prompt = asset.recipe.edit, " ".join(asset.recipe.prompt.split())
    if edit is None:
        return prompt or tr("Original")
    done = tr(LINEAGE[edit.operation])
    return tr("{done}: {words}", done=done, words=prompt) if prompt else done


def meta_of(asset: Asset) -> str:
    """1024 × 1024 · 13:41"""
    size = f"{asset.width} × {asset.height}" if asset.width else ""
    if not asset.created:
        return " · ".join(filter(None, (tr("File"), size)))
    return f"{asset.width} × {asset.height} · {figures.clock(asset.created)}"


def left_of(lineage: LineageViewModel) -> int:
    """Where pictures begin, beside the lines."""
    return FIRST_LANE + _lanes(lineage) * _pitch(lineage)


def _lanes(lineage: LineageViewModel) -> int:
    return max((one.lane for one in lineage.rows), default=0) + 1


def _pitch(lineage: LineageViewModel) -> int:
    """From one lane to the next: many stand closer, so that they leave room for names."""
    return max(LEAST_LANE, min(LANE, LANES_ROOM // _lanes(lineage)))


def width_of(lineage: LineageViewModel) -> int:
    """The least in which names can be read."""
    return left_of(lineage) + THUMB + WORDS


class LineageRows(QAbstractListModel):
    """The rows of the tree for the list."""

    def __init__(self, lineage: LineageViewModel) -> None:
        super().__init__(lineage)
        self._lineage = lineage
        self._rows: list[Row] = []
        lineage.changed.connect(self._take)
        self._take()

    def _take(self) -> None:
        self.beginResetModel()
        self._rows = self._lineage.rows
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self._rows[index.row()]
        if role == ROW_ROLE:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            words = f"{title_of(row.asset)}, {meta_of(row.asset)}"
            if role == Qt.ItemDataRole.DisplayRole:
                return words
            edit = row.asset.recipe.edit
            return plain_tip("\n".join([words, *(edit_lines(edit, MOST_ROWS) if edit else [])]))
        return None


class LineageBox(QWidget):
    """The tree; Return opens the chosen picture, Compare lays two beside each other.

    Attributes:
        list: the tree.
    """

    def __init__(
        self, lineage: LineageViewModel, thumbnails: Thumbnails, back: Action, compare: Action
    ) -> None:
        super().__init__()
        self._lineage, self._back, self._compare = lineage, back, compare
        rows = LineageRows(lineage)
        self.list = LineageList(rows, lineage, thumbnails, back)
        self._empty = Label(
            "What is applied and kept appears here, with what it came from.",
            "secondary",
            "secondary",
            wrap=True,
        )
        self._buttons = ActionRow((back, "again"), (compare, "compare"))
        self.more = Button("", "quiet", height=SMALL)
        self.more.clicked.connect(lambda: lineage.unfold(not lineage.unfolded))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(4)
        for widget in (self._empty, self.list, self.more, self._buttons):
            whole.addWidget(widget)
        lineage.changed.connect(self._show)
        self.list.selectionModel().selectionChanged.connect(lambda: self._refresh())
        self._show()

    def chosen(self) -> list[Asset]:
        """The oldest first."""
        rows = sorted(index.row() for index in self.list.selectedIndexes())
        known = [self._lineage.rows[row].asset for row in rows if row < len(self._lineage.rows)]
        return [asset for asset in known if asset.path]

    def _show(self) -> None:
        some = bool(self._lineage.rows)
        self._empty.setVisible(not some)
        self.list.setVisible(some)
        self._buttons.setVisible(some)
        self.list.fit()
        unused = self._lineage.unused
        self.more.setVisible(some and unused > 0)
        if self._lineage.unfolded:
            self.more.say("Hide the takes that were not used")
        else:
            self.more.setText(plural(unused, "+ {n} take not used", "+ {n} takes not used"))
        self._refresh()

    def _refresh(self) -> None:
        chosen = len(self.chosen())
        self._back.setEnabled(chosen == 1)
        self._compare.setEnabled(chosen in (1, 2))


class LineageList(QListView):
    """Arrows walk, Enter returns to the picture; with Ctrl a second one is chosen, to compare them."""

    def __init__(
        self, rows: LineageRows, lineage: LineageViewModel, thumbnails: Thumbnails, back: Action
    ) -> None:
        super().__init__()
        self._back, self._lineage = back, lineage
        self.setItemDelegate(LineageDelegate(lineage, thumbnails, self))
        self.setModel(rows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.doubleClicked.connect(lambda: back.trigger())
        thumbnails.ready.connect(lambda: self.viewport().update())
        self._translate()

    def fit(self) -> None:
        """As high as some rows, and the bar where one scrolls sideways."""
        rows = self.model().rowCount()
        bar = self.horizontalScrollBar().sizeHint().height() if width_of(self._lineage) > self.width() else 0
        self.setFixedHeight(min(MOST_ROWS, max(1, rows)) * HEIGHT + bar)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._back.trigger()
            return
        super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def _translate(self) -> None:
        self.setAccessibleName(tr("Lineage"))


class LineageDelegate(QStyledItemDelegate):
    """Lines at the left, then picture, title and what is known of it; a check where the document stands."""

    def __init__(self, lineage: LineageViewModel, thumbnails: Thumbnails, parent: LineageList) -> None:
        super().__init__(parent)
        self._lineage, self._thumbnails = lineage, thumbnails

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(width_of(self._lineage), HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: Row = index.data(ROW_ROLE)
        area, now = option.rect, colours()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(now.accent_soft))
            painter.drawRoundedRect(area.adjusted(0, 1, 0, -1), RADIUS, RADIUS)
        self._paint_lines(painter, area, row)
        left = area.left() + left_of(self._lineage)
        box = QRect(left, area.top() + (HEIGHT - THUMB) // 2, THUMB, THUMB)
        self._paint_picture(painter, box, row.asset)
        right = area.right() - 8
        if row.asset.id == self._lineage.current:
            sign = QRect(right - 16, area.top() + (HEIGHT - 16) // 2, 16, 16)
            draw_icon(painter, "check", sign, now.accent_text)
            right -= 22
        words = QRect(box.right() + 9, area.top() + 5, right - box.right() - 9, 18)
        for role, ink, text in (
            ("button", now.text, title_of(row.asset)),
            ("secondary", now.secondary, meta_of(row.asset)),
        ):
            painter.setFont(font("button" if role == "button" else "secondary"))
            painter.setPen(QColor(ink))
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, words.width())
            painter.drawText(words, LEFT, shown)
            words.translate(0, 18)
        painter.restore()

    def _paint_picture(self, painter: QPainter, box: QRect, asset: Asset) -> None:
        base = None if asset.path else self._lineage.base()
        if base is not None:
            paint_picture(painter, box, base, RADIUS_THUMBNAIL)
        elif not asset.path or not paint_tile(painter, box, asset, self._thumbnails, RADIUS_THUMBNAIL):
            paint_card(painter, box)

    def _paint_lines(self, painter: QPainter, area: QRect, row: Row) -> None:
        now = colours()

        pitch = _pitch(self._lineage)

        def across(lane: int) -> float:
            return area.left() + FIRST_LANE + lane * pitch

        top, middle, bottom = area.top(), area.top() + HEIGHT / 2, area.top() + HEIGHT
        painter.setPen(QPen(QColor(now.control), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for lane in row.through:
            painter.drawLine(QPointF(across(lane), top), QPointF(across(lane), bottom))
        own = across(row.lane)
        if row.has_parent:
            painter.drawLine(QPointF(own, top), QPointF(own, middle))
        if row.goes_on:
            painter.drawLine(QPointF(own, middle), QPointF(own, bottom))
        for lane in row.forks:
            path = QPainterPath(QPointF(own, middle))
            path.cubicTo(
                QPointF(across(lane), middle), QPointF(across(lane), middle), QPointF(across(lane), bottom)
            )
            painter.drawPath(path)
        here = row.asset.id == self._lineage.current
        painter.setBrush(QColor(now.accent_text if here else now.panel))
        painter.setPen(QPen(QColor(now.accent_text if here else now.control), 1.5))
        painter.drawEllipse(QPointF(own, middle), 4, 4)
