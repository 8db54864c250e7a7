"""Several answers to one question beside each other, while they are written and until one is kept."""

from collections.abc import Callable, Sequence

import msgspec
from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from studio.core.conversations import Branch, Message, MessageState
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.chat_view import ChatView
from studio.ui.widgets.labels import ElidedLabel, Label, Line
from studio.ui.widgets.naming import call

NARROWEST, WIDEST, HEIGHT = 208, 480, 340


class TakesRow(QWidget):
    """As many as fit, the others by scrolling to the side; hidden while there are none.

    Signals:
        kept (message): that one is to be shown.
        copied (text): something of an answer was clicked to be copied.
    """

    kept = Signal(str)
    copied = Signal(str)

    def __init__(self, view: Callable[[], ChatView], waits: Callable[[Message], str]) -> None:
        """`view` makes the column of one answer; `waits` tells why it is not begun, empty where it is."""
        super().__init__()
        self._make_view, self._waits = view, waits
        self._branch: Branch | None = None
        self._cards: list[_Take] = []
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFixedHeight(HEIGHT)
        call(self._area, "Answers side by side")
        self._hint = Label("Keep one to go on; the others stay beside it.", "secondary", "secondary")
        self._hint.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(8)
        whole.addWidget(Line())
        whole.addWidget(self._hint)
        whole.addWidget(self._area)
        self.hide()

    def show_takes(self, branch: Branch | None, takes: Sequence[Message]) -> None:
        """These; none hides the row."""
        if [card.message.id for card in self._cards] != [take.id for take in takes]:
            self._make_cards(len(takes))
        self._branch = branch
        for card, take in zip(self._cards, takes, strict=True):
            card.show_take(self._alone(take))
        self.setVisible(bool(takes))

    def shows(self, message: str) -> bool:
        return any(card.message.id == message for card in self._cards)

    def update_take(self, message: Message) -> None:
        """One of them is in another state."""
        for card in self._cards:
            if card.message.id == message.id:
                card.update_take(self._alone(message))

    def grow(self, message: Message) -> None:
        """One of them has more words."""
        for card in self._cards:
            if card.message.id == message.id:
                card.grow(self._alone(message))

    def _alone(self, take: Message) -> Branch:
        """A branch of this one answer."""
        assert self._branch
        return msgspec.structs.replace(self._branch, messages=(take,), siblings={}, summaries={}, whole=True)

    def _make_cards(self, count: int) -> None:
        body = QWidget()
        body.setProperty("surface", "raised")
        row = QHBoxLayout(body)
        row.setContentsMargins(20, 0, 20, 8)
        row.setSpacing(12)
        row.addStretch(1)
        self._cards = []
        for number in range(count):
            card = _Take(number + 1, self._make_view(), self._waits)
            card.kept.connect(self.kept)
            card.view.copied.connect(self.copied)
            card.view.asked.connect(card.on_asked)
            row.addWidget(card, 1000)
            self._cards.append(card)
        row.addStretch(1)
        if before := self._area.takeWidget():
            before.deleteLater()  # not at once: one of its buttons may be what was clicked
        self._area.setWidget(body)


class _Take(QFrame):
    """One answer under its number, with the button that keeps it."""

    kept = Signal(str)

    def __init__(self, number: int, view: ChatView, waits: Callable[[Message], str]) -> None:
        super().__init__()
        self.view, self._waits = view, waits
        self._branch: Branch | None = None
        self.setProperty("surface", "card")
        self.setMinimumWidth(NARROWEST)
        self.setMaximumWidth(WIDEST)
        self._title = Label("", "strong")
        self._title.say("Answer {n}", n=number)
        self._state = ElidedLabel("", "secondary", "secondary")
        self._keep = Button("Keep")
        self._keep.tell("Keep answer {n}", n=number)
        self._keep.clicked.connect(lambda: self.kept.emit(self.message.id))
        head = QHBoxLayout()
        head.setContentsMargins(12, 8, 8, 0)
        head.setSpacing(8)
        head.addWidget(self._title)
        head.addWidget(self._state, 1)
        head.addWidget(self._keep)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(1, 1, 1, 1)
        whole.setSpacing(0)
        whole.addLayout(head)
        whole.addWidget(view, 1)

    @property
    def message(self) -> Message:
        assert self._branch
        return self._branch.messages[0]

    def on_asked(self, _: str, name: str) -> None:
        """What it thought is to be folded or unfolded; nothing else can be asked of it here."""
        self.view.toggle(name)

    def show_take(self, branch: Branch) -> None:
        self._branch = branch
        self.view.show_branch(branch)
        self._tell()

    def update_take(self, branch: Branch) -> None:
        self._branch = branch
        self.view.update_branch(branch)
        self._tell()

    def grow(self, branch: Branch) -> None:
        self._branch = branch
        self.view.grow(branch)
        self._tell()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange and self._branch:
            self._tell()
        super().changeEvent(event)

    def _tell(self) -> None:
        writing = self.message.state is MessageState.STREAMING
        if writing and not self.message.text:
            self._state.say(self._waits(self.message) or "is writing")
        else:
            self._state.say("{n} tokens", n=self.message.tokens)
        self._state.set_tone("accent" if writing else "secondary")
