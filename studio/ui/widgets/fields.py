"""Fields for values: number, slider with number, choice, search, yes or no; wheels turn only the focused."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSignalBlocker,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QValidator,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QSizePolicy,
    QSlider,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from studio.ui.i18n import tr
from studio.ui.icons import draw_icon
from studio.ui.theme import colours, font
from studio.ui.widgets.buttons import keys_text, tip_with_keys
from studio.ui.widgets.labels import Label

LINE_ROW = 9  # pixels of a line between groups
MOST_DIGITS = 30  # of a number that is compared; Python reads no text of thousands


def take_typed() -> None:
    """The number that stands in the focused field counts, although nobody has confirmed or left it."""
    match QApplication.focusWidget():
        case QAbstractSpinBox() as field:
            field.interpretText()
        case QLineEdit() as field:
            field.editingFinished.emit()
        case _:
            pass


class SelectedByClick(QObject):
    """The click that brings the focus into a line selects what stands there, as Tab does: what is typed next
    takes its place. A further click sets the caret."""

    def __init__(self, line: QLineEdit) -> None:
        super().__init__(line)
        self._line = line
        self._came = False
        line.installEventFilter(self)

    def came(self, event: QFocusEvent) -> None:
        """The focus has come to the line, or to the field that it is in."""
        self._came = event.reason() is Qt.FocusReason.MouseFocusReason

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonRelease and self._came:
            self._came = False
            if not self._line.hasSelectedText():
                self._line.selectAll()
        return super().eventFilter(watched, event)


class NumberField(QDoubleSpinBox):
    """A right-aligned number without arrows; up and down keys step it. `english` is for screen readers."""

    def __init__(
        self, english: str, least: float, most: float, step: float = 1, decimals: int = 0, width: int = 56
    ) -> None:
        super().__init__()
        self._english = english
        self.setDecimals(decimals)
        self.setRange(least, most)
        self.setSingleStep(step)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setKeyboardTracking(False)
        self.setGroupSeparatorShown(False)
        self.setMinimumWidth(width)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr(english))
        self._selected = SelectedByClick(self.lineEdit())

    def rename(self, english: str) -> None:
        self._english = english
        self.setAccessibleName(tr(english))

    @property
    def typed(self) -> float | None:
        """What stands there, confirmed or not; None for what is no number yet."""
        try:
            return float(self.text())
        except ValueError:
            return None

    def textFromValue(self, value: float) -> str:
        return f"{value:.{self.decimals()}f}"

    def validate(self, text: str, pos: int) -> tuple[QValidator.State, str, int]:
        """A number beyond the most can be typed, or its last digit would vanish without a word."""
        if self._beyond(text):
            return QValidator.State.Intermediate, text, pos
        return super().validate(text, pos)

    def fixup(self, text: str) -> str:
        """The nearest number that may stand here, rather than the one before without a word."""
        if self._beyond(text):
            return self.textFromValue(self.maximum())
        typed = self.typed
        below = typed is not None and typed < self.minimum()
        return self.textFromValue(self.minimum()) if below else super().fixup(text)

    def _beyond(self, text: str) -> bool:
        digits = text.isascii() and text.isdigit()
        return digits and (len(text) > MOST_DIGITS or int(text) > self.maximum())

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.setAccessibleName(tr(self._english))
        super().changeEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._selected.came(event)
        if event.reason() is Qt.FocusReason.PopupFocusReason:  # a sheet opened with it; Qt does so for Tab
            self.selectAll()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class _Slider(QSlider):
    """Jumps to where it is clicked; a double click asks for the default."""

    reset = Signal()

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedHeight(20)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.reset.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            room = max(self.width() - 14, 1)
            share = min(max((event.position().x() - 7) / room, 0.0), 1.0)
            self.setValue(self.minimum() + round(share * (self.maximum() - self.minimum())))
        super().mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class SliderField(QWidget):
    """A label, a slider and a number field that agree.

    Signals:
        changed: the person chose another value (not when `set_value` did).
    """

    changed = Signal(float)

    def __init__(
        self,
        english: str,
        least: float,
        most: float,
        step: float = 1,
        decimals: int = 0,
        default: float | None = None,
        *,
        label_width: int = 64,
        field_width: int = 56,
        parent: QWidget | None = None,
    ) -> None:
        """`default` is what a double click on the slider brings back; None for the least."""
        super().__init__(parent)
        self._step = step
        self._default = least if default is None else default
        self.label = Label(english, "secondary", "secondary")
        self.label.setMinimumWidth(label_width)
        self.slider = _Slider()
        self.field = NumberField(english, least, most, step, decimals, field_width)
        self.field.setFixedWidth(field_width)
        self.label.setBuddy(self.field)
        self.slider.setAccessibleName(tr(english))
        self._english = english
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.label)
        row.addWidget(self.slider, 1)
        row.addWidget(self.field)
        self.set_range(least, most)
        self.slider.valueChanged.connect(self._on_slid)
        self.slider.reset.connect(lambda: self._choose(self._default))
        self.field.valueChanged.connect(self._on_typed)

    def rename(self, english: str) -> None:
        """Another English name, where the value means something else now."""
        self._english = english
        self.label.say(english)
        self.field.rename(english)
        self.slider.setAccessibleName(tr(english))

    def value(self) -> float:
        return self.field.value()

    def set_value(self, value: float) -> None:
        """Show a value without telling anyone."""
        blocked = QSignalBlocker(self.field), QSignalBlocker(self.slider)
        self.field.setValue(value)
        self.slider.setValue(round(self.field.value() / self._step))
        del blocked

    def set_default(self, default: float) -> None:
        self._default = default

    def set_range(self, least: float, most: float) -> None:
        blocked = QSignalBlocker(self.field), QSignalBlocker(self.slider)
        self.field.setRange(least, most)
        self.slider.setRange(round(least / self._step), round(most / self._step))
        self.slider.setPageStep(max((self.slider.maximum() - self.slider.minimum()) // 10, 1))
        self.slider.setValue(round(self.field.value() / self._step))
        del blocked

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.slider.setAccessibleName(tr(self._english))
        super().changeEvent(event)

    def _choose(self, value: float) -> None:
        self.set_value(value)
        self.changed.emit(self.field.value())

    def _on_slid(self, position: int) -> None:
        self._choose(position * self._step)

    def _on_typed(self, value: float) -> None:
        self._choose(value)


class _Rows(QStyledItemDelegate):
    """Of a list that drops down; the usual delegate knows no height from the sheet, and this one no lines."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, LINE_ROW) if _is_line(index) else super().sizeHint(option, index)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        if _is_line(index):
            middle = QRect(option.rect.left() + 6, option.rect.center().y(), option.rect.width() - 12, 1)
            painter.fillRect(middle, QColor(colours().border))
        else:
            super().paint(painter, option, index)


def _is_line(index: QModelIndex | QPersistentModelIndex) -> bool:
    """As Qt marks those that `insertSeparator` makes."""
    return index.data(Qt.ItemDataRole.AccessibleDescriptionRole) == "separator"


class Combo(QComboBox):
    """A choice from a list.

    Signals:
        chosen: the person picked the row with this data (not when `select` did).
    """

    chosen = Signal(object)

    def __init__(self, english: str, parent: QWidget | None = None) -> None:
        """`english` names it for screen readers."""
        super().__init__(parent)
        self._english = english
        self.setView(QListView())
        self.setItemDelegate(_Rows(self))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr(english))
        self._told = -1
        self.activated.connect(self._on_activated)

    def fill(self, rows: Iterable[tuple[str, object]]) -> None:
        """Rows of (words in the person's language, data); keeps what was selected where it still is."""
        kept = self.currentData()
        blocked = QSignalBlocker(self)
        self.clear()
        for words, data in rows:
            self.addItem(words, data)
        self.select(kept)
        del blocked

    def fill_groups(self, groups: Sequence[Sequence[tuple[str, object]]]) -> None:
        """The same, with a line between groups."""
        self.fill(row for group in groups for row in group)
        place = 0
        for group in groups[:-1]:
            place += len(group)
            self.insertSeparator(place)
            place += 1

    def select(self, data: object) -> None:
        """Show the row with this data without telling anyone."""
        row = next((i for i in range(self.count()) if self.itemData(i) == data), -1)
        if row >= 0:
            self.setCurrentIndex(row)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Letters find a row as well, of which Qt tells nobody."""
        before = self._told = self.currentIndex()
        super().keyPressEvent(event)
        if self.currentIndex() not in (before, self._told):
            self.chosen.emit(self.currentData())

    def _on_activated(self, row: int) -> None:
        self._told = row
        self.chosen.emit(self.itemData(row))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        now = colours()
        area = QRect(self.width() - 22, (self.height() - 14) // 2, 14, 14)
        draw_icon(painter, "down", area, now.secondary if self.isEnabled() else now.disabled)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.setAccessibleName(tr(self._english))
        super().changeEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class SearchField(QLineEdit):
    """A line to search with: glass at the left, its shortcut at the right while empty; Esc empties it.

    `english` is its placeholder and its name; `keys` are only shown.
    """

    def __init__(self, english: str, keys: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._english = english
        self._params: dict[str, object] = {}
        self._keys = keys
        self.setTextMargins(22, 0, 0, 0)
        self._translate()

    def say(self, english: str, **params: object) -> None:
        """Another placeholder."""
        self._english, self._params = english, params
        self._translate()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        now = colours()
        draw_icon(painter, "search", QRect(8, (self.height() - 16) // 2, 16, 16), now.secondary)
        if self._keys and not self.text() and not self.hasFocus():
            draw_keys(painter, keys_text(self._keys), QRect(0, 0, self.width() - 6, self.height()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            return
        super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def _translate(self) -> None:
        words = tr(self._english, **self._params)
        self.setPlaceholderText(words)
        self.setAccessibleName(words)
        self.setToolTip(tip_with_keys(words, self._keys) if self._keys else "")


def draw_keys(painter: QPainter, keys: str, area: QRect) -> None:
    """A shortcut in its little frame, at the right of `area`."""
    now = colours()
    painter.setFont(font("caption"))
    width = painter.fontMetrics().horizontalAdvance(keys) + 12
    frame = QRectF(area.right() - width, area.center().y() - 9, width, 19).adjusted(0.5, 0.5, -0.5, -0.5)
    painter.setPen(QColor(now.border_strong))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(frame, 4, 4)
    painter.setPen(QColor(now.secondary))
    painter.drawText(frame, Qt.AlignmentFlag.AlignCenter, keys)


class CheckBox(QCheckBox):
    """A box to tick, with words; English, translated."""

    def __init__(self, english: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._english = english
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._translate()

    def sizeHint(self) -> QSize:
        return QSize(16 + 8 + self.fontMetrics().horizontalAdvance(self.text()) + 2, 24)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, pos: object) -> bool:
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        now = colours()
        box = QRectF(0.5, (self.height() - 16) / 2 + 0.5, 15, 15)
        on = self.isChecked()
        if self.isEnabled():
            painter.setPen(QColor(now.accent if on else now.control))
            painter.setBrush(QColor(now.accent if on else now.input))
        else:
            painter.setPen(QColor(now.border_strong))
            painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, 4, 4)
        if on:
            draw_icon(
                painter,
                "check",
                box.adjusted(1.5, 1.5, -1.5, -1.5),
                now.on_accent if self.isEnabled() else now.disabled,
            )
        painter.setFont(self.font())
        painter.setPen(QColor(now.text if self.isEnabled() else now.disabled))
        painter.drawText(self.rect().adjusted(24, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self.text())

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def _translate(self) -> None:
        self.setText(tr(self._english))
        self.setAccessibleName(self.text())
        self.updateGeometry()
