"""The message bar above the strip: at most two lines, an error first."""

from PySide6.QtCore import QEasingCurve, QEvent, QRectF, Qt, QVariantAnimation
from PySide6.QtGui import QColor, QEnterEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.ui.i18n import explain, is_chinese, plural, sentence_of_note, tr
from studio.ui.icons import Tone
from studio.ui.theme import MESSAGE_MS, RADIUS, colours
from studio.ui.widgets.buttons import Button, IconButton, tip_with_keys
from studio.ui.widgets.empty import Glyph
from studio.ui.widgets.labels import Label
from studio.viewmodels.messages import Kind, Message, MessageCentre

UNLIMITED = 16_777_215  # QWIDGETSIZE_MAX
ICONS: dict[Kind, tuple[str, Tone]] = {
    Kind.ERROR: ("warning", "danger"),
    Kind.UNDO: ("trash", "secondary"),
    Kind.OFFER: ("again", "secondary"),
    Kind.NOTICE: ("info", "secondary"),
}


class MessageLine(QWidget):
    """Icon, sentence, action, cross."""

    def __init__(self, message: Message, centre: MessageCentre) -> None:
        super().__init__()
        self._message = message
        glyph, tone = ("notice", "warning") if message.warning else ICONS[message.kind]
        glyph = message.icon or glyph
        self.words = Label("", "body", wrap=True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.cross = IconButton("close", "Close this message", size=24)
        self.cross.clicked.connect(lambda: centre.dismiss(message))
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 8, 6)
        row.setSpacing(12)
        row.addWidget(Glyph(glyph, 16, tone))
        row.addWidget(self.words, 1)
        if message.action_label:
            kind = "quiet" if message.kind is Kind.ERROR else "plain"
            action = (_Undo if message.kind is Kind.UNDO else Button)(message.action_label, kind, height=24)
            action.clicked.connect(lambda: centre.act(message))
            row.addWidget(action)
        row.addWidget(self.cross)
        self.retranslate()

    def retranslate(self) -> None:
        self.words.setText(words_of(self._message))
        self.setAccessibleName(self.words.text())

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        now = colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(now.border_strong))
        painter.setBrush(QColor(now.raised))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)


class _Undo(Button):
    """Tells the shortcut in its tooltip alone."""

    def _name(self) -> None:
        super()._name()
        self.setToolTip(tip_with_keys(self.text(), "Ctrl+Z"))


def words_of(message: Message) -> str:
    """The message in the person's language; an error says what to do, too, and how many came with it."""
    if message.problem is not None:
        more = len(message.others)
        said = [explain(message.problem)]
        said += [plural(more, "And one more problem.", "And {n} more problems.")] if more else []
        return ("" if is_chinese() else " ").join(said)
    if message.note is not None:
        return sentence_of_note(message.note)
    return tr(message.text, **message.params)


class MessageBar(QWidget):
    """Follows a MessageCentre; takes no room while there is nothing to say."""

    def __init__(self, centre: MessageCentre, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._centre = centre
        self.reduced_motion = False
        self._growth = QVariantAnimation(self)
        self._growth.setDuration(MESSAGE_MS)
        self._growth.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._growth.valueChanged.connect(self._grow)
        self._growth.finished.connect(lambda: self.setMaximumHeight(UNLIMITED))
        self._shown: dict[int, MessageLine] = {}
        self.setProperty("surface", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 8, 16, 8)
        self._column.setSpacing(8)
        centre.changed.connect(self._follow)
        self._follow()

    def lines(self) -> list[MessageLine]:
        return list(self._shown.values())

    def enterEvent(self, event: QEnterEvent) -> None:
        self._centre.hold(True)

    def leaveEvent(self, event: QEvent) -> None:
        self._centre.hold(False)

    def _follow(self) -> None:
        messages, before = self._centre.lines, self.height() if self.isVisible() else 0
        numbers = [message.number for message in messages]
        for number in [number for number in self._shown if number not in numbers]:
            gone = self._shown.pop(number)
            self._column.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for place, message in enumerate(messages):
            if message.number not in self._shown:
                line = MessageLine(message, self._centre)
                self._shown[message.number] = line
                self._column.insertWidget(place, line)
        self._shown = {number: self._shown[number] for number in numbers}
        self.setVisible(bool(messages))
        if before < self.sizeHint().height() and self.window().isVisible() and not self.reduced_motion:
            self._growth.setStartValue(before)
            self._growth.setEndValue(self.sizeHint().height())
            self._growth.start()

    def _grow(self, height: int) -> None:
        self.setMaximumHeight(height)
