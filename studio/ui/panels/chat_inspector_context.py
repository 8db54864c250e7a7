"""The section of Chat's inspector that shows what the next answer reads, and lets one choose it."""

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from studio.core.conversations import Message
from studio.ui.actions import Action
from studio.ui.context_words import tokens_words, unfit_words
from studio.ui.figures import count
from studio.ui.i18n import tr
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.context_bar import ContextBar, ContextLegend
from studio.ui.widgets.flow import FlowLayout
from studio.ui.widgets.labels import Label
from studio.ui.widgets.pick_list import Pick, PickList
from studio.ui.widgets.section import Section
from studio.viewmodels.chat_context import ContextViewModel

BAR = 8
SHORT = 200  # characters of a message in the list


class ContextSection(Section):
    """Binds the context; keeps nothing itself.

    Attributes:
        choose: the action that opens the list of messages.

    Signals:
        sight_wanted: something opens here, so it should be in sight.
    """

    sight_wanted = Signal()

    def __init__(self, viewmodel: ContextViewModel, summarise: QAction, *, opened: bool) -> None:
        super().__init__("Context window", opened=opened)
        self._viewmodel = viewmodel
        self._list: ReadList | None = None
        self.choose = Action("Choose what is read…", self._open_list, "Ctrl+Shift+R", "eye", parent=self)
        self._bar, self._legend = ContextBar(BAR), ContextLegend()
        self._words = Label("", "secondary", "secondary", wrap=True)
        self._about = Label(
            "Summing up lets the model write a summary, which it reads in place of the older messages. "
            "You can change it; the messages stay where they are.",
            "secondary",
            "secondary",
            wrap=True,
        )
        self._buttons = QWidget()
        buttons = FlowLayout(self._buttons, gap=8)
        self._anchor = Button("Choose what is read…")
        for button, action in (
            (Button("Sum up older messages"), summarise),
            (self._anchor, self.choose),
        ):
            button.bind(action)
            buttons.addWidget(button)
        for widget in (self._bar, self._legend, self._words, self._about, self._buttons):
            self.body.addWidget(widget)
        viewmodel.changed.connect(self.refresh)
        viewmodel.branch_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        use = self._viewmodel.use
        parts, exact = self._viewmodel.parts, use.exact if use else True
        for widget in (self._bar, self._legend):
            widget.show_parts(parts, exact)
            widget.setVisible(bool(parts))
        unfit = unfit_words(self._viewmodel)
        tone = "danger" if self._viewmodel.over else "warning" if unfit else "secondary"
        self._words.set_tone(tone)
        if use is None:
            self._words.setText(tr("Not counted yet: it will be once there is something to read."))
            self.set_summary("")
        else:
            nothing = tr("All of it is read.") if use.limit else tr("All of it is read: there is no limit.")
            self._words.setText(unfit or nothing)
            total = tokens_words(use.total, exact)
            self.set_summary(f"{total} / {count(use.limit)}" if use.limit else total)
        older = self._viewmodel.has_older
        self._about.setVisible(older)
        self.choose.setEnabled(bool(self._viewmodel.readable))
        self._buttons.setVisible(bool(self._viewmodel.readable))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.refresh()
        super().changeEvent(event)

    def _open_list(self) -> None:
        if self._list is None:
            self._list = ReadList(self.window(), self._viewmodel)
        self.set_open(True)
        self.sight_wanted.emit()
        self._list.open_below(self._anchor)


class ReadList(PickList):
    """The messages of the branch, the newest first; a tick says that the model may read it."""

    def __init__(self, host: QWidget, viewmodel: ContextViewModel) -> None:
        super().__init__(host, "What is read", "Search messages", lines=2, stays=True)
        self._viewmodel = viewmodel
        self.pin = Button("Pin", icon="pin", tip="The model reads it however little room there is")
        self.leave = Button("Leave out", tip="It stays in view, and the model does not read it")
        self.foot.addStretch(1)
        self.foot.addWidget(self.pin)
        self.foot.addWidget(self.leave)
        self.picked.connect(self._leave)
        self.pin.clicked.connect(self._on_pin)
        self.leave.clicked.connect(lambda: self._leave(self.current))
        self.current_changed.connect(self._show_current)
        viewmodel.changed.connect(self._show_messages)
        viewmodel.branch_changed.connect(self._show_messages)

    def open_below(self, anchor: QWidget) -> None:
        self._show_messages()
        super().open_below(anchor)

    def _show_messages(self) -> None:
        dropped = set(self._viewmodel.dropped)
        self.fill([self._pick_of(one, one.id in dropped) for one in self._viewmodel.readable])
        self._show_current()

    def _pick_of(self, message: Message, dropped: bool) -> Pick:
        tokens = self._viewmodel.tokens_of(message.id)
        facts = [
            tr("You") if message.role == "user" else message.model,
            tr("{n} tokens", n=count(tokens)) if tokens else "",
            tr("left out") if message.excluded else tr("no room for it") if dropped else "",
            tr("pinned") if message.pinned else "",
        ]
        words = " ".join(message.text[:SHORT].split()) or tr("[files alone]")
        below = " · ".join(fact for fact in facts if fact)
        return Pick(message.id, words, below, not message.excluded)

    def _current(self) -> Message | None:
        return next((one for one in self._viewmodel.readable if one.id == self.current), None)

    def _show_current(self) -> None:
        message = self._current()
        self.pin.setEnabled(message is not None)
        self.leave.setEnabled(message is not None)
        self.pin.say("Unpin" if message and message.pinned else "Pin")
        self.leave.say("Read it again" if message and message.excluded else "Leave out")

    def _on_pin(self) -> None:
        if (message := self._current()) is not None:
            self._viewmodel.pin(message.id, not message.pinned)

    def _leave(self, message_id: str) -> None:
        if message := next((one for one in self._viewmodel.readable if one.id == message_id), None):
            self._viewmodel.leave_out(message.id, not message.excluded)
