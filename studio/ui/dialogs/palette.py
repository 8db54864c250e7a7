"""The command palette: type a few letters of what you want to do, press Enter."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from studio.ui.i18n import tr
from studio.ui.icons import draw_icon
from studio.ui.theme import RADIUS, colours, font
from studio.ui.widgets.buttons import keys_text
from studio.ui.widgets.empty import Glyph
from studio.ui.widgets.fields import draw_keys
from studio.ui.widgets.labels import Line
from studio.ui.widgets.naming import call
from studio.ui.widgets.overlay import Overlay
from studio.viewmodels.palette import COMMAND_ROLE, Command, PaletteModel

WIDTH, TOP, ROW_HEIGHT, ROWS_SHOWN, FIELD_HEIGHT = 560, 96, 32, 8, 48
Index = QModelIndex | QPersistentModelIndex


class CommandDelegate(QStyledItemDelegate):
    """Icon, words, where it belongs, and its shortcut at the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(WIDTH, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        command: Command = index.data(COMMAND_ROLE)
        area: QRect = option.rect  # type: ignore[attr-defined]
        state: QStyle.StateFlag = option.state  # type: ignore[attr-defined]
        now = colours()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(now.hover_raised))
            painter.drawRoundedRect(QRectF(area).adjusted(4, 0, -4, 0), RADIUS, RADIUS)
        if command.glyph:
            draw_icon(painter, command.glyph, QRect(area.left() + 16, area.top() + 8, 16, 16), now.secondary)
        left = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.setFont(font("body"))
        painter.setPen(QColor(now.text))
        words = area.adjusted(42, 0, 0, 0)
        painter.drawText(words, left, command.words)
        after = painter.fontMetrics().horizontalAdvance(command.words) + 8
        painter.setFont(font("secondary"))
        painter.setPen(QColor(now.secondary))
        painter.drawText(words.adjusted(after, 0, 0, 0), left, command.where)
        if command.keys:
            draw_keys(painter, keys_text(command.keys), area.adjusted(0, 0, -14, 0))
        painter.restore()


class CommandPalette(Overlay):
    """Opens near the top of the window; runs what is chosen after it has closed."""

    def __init__(self, model: PaletteModel, host: QWidget) -> None:
        super().__init__(host)
        self._model = model
        self.field = QLineEdit()
        self.field.setProperty("bare", True)
        self.field.setFont(font("prompt"))
        self.view = QListView()
        self.view.setModel(model)
        self.view.setItemDelegate(CommandDelegate(self.view))
        self.view.setUniformItemSizes(True)
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        row = QHBoxLayout()
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(10)
        row.addWidget(Glyph("search", 16))
        row.addWidget(self.field, 1)
        top = QWidget()
        top.setFixedHeight(FIELD_HEIGHT)
        top.setLayout(row)
        self.body.addWidget(top)
        self.body.addWidget(Line())
        self.body.addSpacing(4)
        self.body.addWidget(self.view, 1)
        self.body.addSpacing(4)
        call(self, "Command palette")
        call(self.field, "What do you want to do?")
        call(self.view, "Commands")
        self.field.textEdited.connect(self._on_typed)
        self.view.clicked.connect(lambda: self._run())

    def fill(self, commands: Sequence[Command]) -> None:
        """Take what can be done now; while it is open, what was typed and chosen stays."""
        index = self.view.currentIndex()
        chosen: Command | None = index.data(COMMAND_ROLE) if index.row() > 0 else None
        self._model.fill(commands)
        if self.isVisible():
            self._on_typed(self.field.text())
            if chosen and (row := self._model.row_of(chosen)) is not None:
                self.view.setCurrentIndex(self._model.index(row, 0))

    def open(self) -> None:
        """With everything in it, the last used first."""
        self.field.setPlaceholderText(tr("What do you want to do?"))
        self.field.clear()
        self._on_typed("")
        room = self._host.width()
        width = min(WIDTH, room - 32)
        self.open_at(QRect((room - width) // 2, TOP, width, self._height()), self.field)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -8, Qt.Key.Key_PageDown: 8}
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._run()
            case key if Qt.Key(key) in steps:
                last = self._model.rowCount() - 1
                row = min(max(self.view.currentIndex().row() + steps[Qt.Key(key)], 0), last)
                self.view.setCurrentIndex(self._model.index(row, 0))
            case _:
                super().keyPressEvent(event)

    def _height(self) -> int:
        rows = min(max(self._model.rowCount(), 1), ROWS_SHOWN)
        return FIELD_HEIGHT + rows * ROW_HEIGHT + 11

    def _on_typed(self, text: str) -> None:
        self._model.narrow(text)
        self.view.setCurrentIndex(self._model.index(0, 0))
        if self.isVisible():
            frame = self.frame().translated(self.pos())
            frame.setHeight(self._height())
            self.open_at(frame)

    def _run(self) -> None:
        index = self.view.currentIndex()
        if not index.isValid():
            return
        command: Command = index.data(COMMAND_ROLE)
        self.close_overlay()
        self._model.run(command)
