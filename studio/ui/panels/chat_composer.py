"""Where one writes to the model: files, the message, how much is read, and Send, which is Stop meanwhile."""

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.chat_templates import INPUT, Template
from studio.core.job_checks import MOST_TAKES
from studio.ui.actions import Action
from studio.ui.context_words import refused_words, short, unfit_words
from studio.ui.dialogs.chat_templates import TemplatesSheet
from studio.ui.i18n import plural, tr
from studio.ui.panels.chat_composer_files import ComposerFiles
from studio.ui.panels.chat_composer_thinking import ThinkingButton
from studio.ui.theme import MAIN_BUTTON, SMALL
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.context_bar import ContextBar
from studio.ui.widgets.labels import ElidedLabel, Label
from studio.ui.widgets.message_edit import MessageEdit
from studio.ui.widgets.stepper import Stepper
from studio.ui.widgets.well import Well
from studio.viewmodels.chat import ChatViewModel
from studio.viewmodels.chat_composer import ComposerViewModel
from studio.viewmodels.chat_context import ContextViewModel
from studio.viewmodels.chat_templates import TemplatesViewModel, filled
from studio.viewmodels.thumbnails import Thumbnails

SLIM = 3
REMARK_MS = 4000  # for so long the count of tokens does not take the place of a remark


class Composer(Well):
    """Return sends, Shift and Return make a line.

    Attributes:
        edit: where one writes.
        files: what goes with the message.
        summarise: lets the model sum up the older messages.
        has_remark: it stands there why something is not done.
        commands: this, and what else can be done here, for the palette.

    Signals:
        send_wanted: Return was pressed.
        edit_given_up: the person no longer wants to reword an old message.
    """

    send_wanted = Signal()
    edit_given_up = Signal()

    def __init__(
        self,
        chat: ChatViewModel,
        viewmodel: ComposerViewModel,
        context: ContextViewModel,
        templates: TemplatesViewModel,
        thumbnails: Thumbnails,
        actions: tuple[QAction, QAction, QAction],
        parent: QWidget | None = None,
    ) -> None:
        """`actions`: those that send, stop, and let an answer go on."""
        super().__init__(parent)
        self._chat, self._viewmodel, self._context, self._templates = chat, viewmodel, context, templates
        self._conversation = chat.conversation_id
        self.has_remark = False
        self._sheet: TemplatesSheet | None = None
        self._remarked = QTimer(self, singleShot=True, interval=REMARK_MS)
        self.edit = MessageEdit(viewmodel.paste, viewmodel.fitting)
        self.watch(self.edit)
        self.files = ComposerFiles(viewmodel, context, thumbnails, self.edit, self)
        self._make_buttons(chat, *actions)
        self._make_commands(chat)
        self._lay_out()
        self._connect()
        self._show_said()
        self._show_context()
        self._show_takes()

    def send(self) -> bool:
        """Says what is written, once everything that a template wants is filled in."""
        if found := self._viewmodel.called():
            self.edit.show_filled(found[1])
        if self._viewmodel.attachments:
            self.edit.clear_place(INPUT)  # the file is what it stands for
        if place := self.edit.unfilled():
            self.remark(tr("Fill in “{place}” first.", place=place), "warning")
            return False
        if self._context.refuses and self._context.use:
            self.remark(refused_words(self._context.over, self._context.use.exact), "danger")
            return False
        if sent := self._viewmodel.send():
            self._remarked.stop()
        return sent

    def show_writing(self, on: bool) -> None:
        """Stop stands in the place of Send while an answer is written."""
        had_focus = self._send.hasFocus() or self._stop.hasFocus()
        self._send.setVisible(not on)
        self._stop.setVisible(on)
        self.takes.setVisible(not on)
        if had_focus:
            (self._stop if on else self._send).setFocus()
        self.show_cut()

    def show_cut(self) -> None:
        """Whether the last answer can go on."""
        self._go_on.setVisible(self._viewmodel.cut is not None)

    def show_status(self, words: str) -> None:
        """One line beside the button, in the person's language."""
        self._remarked.stop()
        self.has_remark = False
        self._status.set_tone("secondary")
        self._status.setText(words)

    def show_progress(self, words: str) -> None:
        """Likewise, many times a second: what was remarked can be read before."""
        if not self._remarked.isActive():
            self.show_status(words)

    def remark(self, words: str, tone: str) -> None:
        """Why something is not done, in the same place."""
        self._remarked.start()
        self.has_remark = True
        self._status.set_tone(tone)
        self._status.setText(words)

    def show_rewording(self, on: bool) -> None:
        """Whether the text is another wording of an old message."""
        self._give_up.setVisible(on)
        if on:
            self._status.set_tone("secondary")
            self._status.say("Another wording; the old one stays.")

    def edit_templates(self) -> None:
        if self._sheet is None:
            self._sheet = TemplatesSheet(self.window(), self._templates)
        self._sheet.begin()

    def open_thinking(self) -> None:
        if self.thinking.has_choice:
            self.thinking.open()
        else:
            self.remark(tr("This model cannot be asked to think before it answers."), "warning")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and watched is self.edit:
            plain = not event.modifiers() & (
                Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier
            )
            is_return = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if is_return and plain and not self.edit.completion.is_open:
                self.send_wanted.emit()
                return True
        return super().eventFilter(watched, event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._show_context()
        super().changeEvent(event)

    # Building.

    def _make_buttons(self, chat: ChatViewModel, send: QAction, stop: QAction, go_on: QAction) -> None:
        self._status = ElidedLabel("", "secondary", "secondary")
        self._give_up = IconButton("close", "Leave the old message as it is", size=24, glyph_size=14)
        self._give_up.clicked.connect(self.edit_given_up)
        self._give_up.hide()
        self._send = Button("Send", "primary", keys="Return", height=MAIN_BUTTON)
        self._send.bind(send)
        self._stop = Button("Stop", "plain", icon="stop", keys="Esc", height=MAIN_BUTTON)
        self._stop.bind(stop)
        self._stop.hide()
        self._go_on = Button("Continue", "quiet", icon="play", tip="Let the answer that was cut off go on")
        self._go_on.bind(go_on)
        self._go_on.hide()
        self._attach = IconButton("attach", "Attach files…", size=SMALL)
        self.thinking = ThinkingButton(chat, self)
        self.takes = Stepper("Fewer answers at once", "More answers at once", MOST_TAKES, takes_words)
        self._line = ContextBar(SLIM)
        self._figures = Label("", "secondary", "secondary")
        self._dropped = Label("", "secondary", "warning", wrap=True)
        self._summarise = Button("Sum up older messages", height=SMALL)

    def _make_commands(self, chat: ChatViewModel) -> None:
        step = self.takes.step
        self.attach = Action("Attach files…", self.files.choose, "Ctrl+Shift+A", "attach", parent=self)
        self.summarise = Action("Sum up older messages", chat.compact, "Ctrl+Shift+G", "summary", parent=self)
        self.commands = [
            self.attach,
            self.summarise,
            Action("More answers at once", lambda: step(1), "Ctrl+PgUp", "add", parent=self),
            Action("Fewer answers at once", lambda: step(-1), "Ctrl+PgDown", "remove", parent=self),
            Action("Thinking…", self.open_thinking, "Ctrl+T", "thought", parent=self),
            Action("Edit templates…", self.edit_templates, "Ctrl+Shift+K", "edit", parent=self),
        ]
        self._attach.bind(self.attach)
        self._summarise.bind(self.summarise)

    def _lay_out(self) -> None:
        self._notice = QWidget()
        notice = QHBoxLayout(self._notice)
        notice.setContentsMargins(14, 10, 8, 0)
        notice.setSpacing(8)
        notice.addWidget(self._dropped, 1)
        notice.addWidget(self._summarise, 0, Qt.AlignmentFlag.AlignTop)
        row = QHBoxLayout()
        row.setContentsMargins(8, 0, 8, 8)
        row.setSpacing(8)
        for widget in (self._attach, self.thinking, self._give_up):
            row.addWidget(widget)
        row.addWidget(self._status, 1)
        for widget in (self._figures, self._go_on, self.takes, self._send, self._stop):
            row.addWidget(widget)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(1, 1, 1, 1)
        whole.setSpacing(0)
        whole.addWidget(self._notice)
        whole.addLayout(_inset(self.files, 8))
        whole.addLayout(_inset(self.edit, 12, 8))
        whole.addLayout(_inset(self._line, 0, 8))
        whole.addLayout(row)

    def _connect(self) -> None:
        viewmodel = self._viewmodel
        self.edit.edited.connect(viewmodel.set_text)
        self.edit.places_changed.connect(viewmodel.set_places)
        self.edit.completion.taken.connect(self._fill)
        self.edit.completion.edit_wanted.connect(self.edit_templates)
        self.takes.changed.connect(viewmodel.set_takes)
        viewmodel.replaced.connect(self._show_said)
        viewmodel.changed.connect(self._show_takes)
        self._context.changed.connect(self._show_context)
        self._context.branch_changed.connect(self._show_context)

    # What is shown.

    def _show_said(self) -> None:
        before, self._conversation = self._conversation, self._chat.conversation_id
        self.edit.show_text(self._viewmodel.text, self._viewmodel.places)
        if before not in ("", self._conversation):  # one that begins just now is the same
            self.edit.forget_undo()

    def _show_takes(self) -> None:
        self.takes.set_value(self._viewmodel.takes)

    def _show_context(self) -> None:
        use, dropped, over = self._context.use, self._context.dropped, self._context.over
        self._line.show_parts(self._context.parts, use.exact if use else True)
        self._line.setVisible(use is not None)
        self._figures.setVisible(use is not None)
        if use is not None:
            whole = f"{short(use.total)} / {short(use.limit)}" if use.limit else short(use.total)
            self._figures.setText(whole if use.exact else tr("about {n}", n=whole))
            self._figures.setToolTip(tr("Tokens that the model reads, of those that it can read"))
        self.summarise.setEnabled(self._context.has_older)
        tone = "danger" if over else "warning" if dropped else "secondary"
        self._figures.set_tone(tone)
        self._notice.setVisible(bool(dropped or over))
        self._dropped.set_tone(tone)
        self._dropped.setText(unfit_words(self._context))
        self._summarise.setVisible(not over)  # which would not be enough

    def _fill(self, template: Template) -> None:
        self.edit.show_filled(filled(template))


def takes_words(number: int) -> str:
    return plural(number, "{n} take", "{n} takes")


def _inset(widget: QWidget, top: int, bottom: int = 0) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setContentsMargins(14, top, 14, bottom)
    row.addWidget(widget)
    return row
