"""The messages of Chat and all that one can do with each: by icon, menu, shortcut or from the palette."""

from functools import partial

import msgspec
from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QGuiApplication, QImage
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from studio.core.conversations import Branch, Message, TokensAdded
from studio.core.messages import Stage
from studio.core.thoughts import said_in
from studio.ui.actions import Action, menu_of
from studio.ui.dialogs.chat_attachment import AttachmentSheet
from studio.ui.dialogs.chat_summary import SummarySheet
from studio.ui.i18n import STAGES, tr
from studio.ui.widgets.chat_message import Sources
from studio.ui.widgets.chat_takes import TakesRow
from studio.ui.widgets.chat_thinking import thought_in
from studio.ui.widgets.chat_view import ChatView
from studio.viewmodels.chat import ChatViewModel
from studio.viewmodels.chat_context import ContextViewModel
from studio.viewmodels.chat_personas import PersonasViewModel
from studio.viewmodels.shell import Shell

LARGE = 512  # pixels of a picture that was given, where one looks at it


class ChatMessages(QObject):
    """Binds the open branch.

    Attributes:
        page: the reading column, with answers beside each other below it where there are several.
        actions: what can be done with the message that is chosen, else with the last one it fits.

    Signals:
        rewording_wanted (Message): another wording of this message of the person.
    """

    rewording_wanted = Signal(object)

    def __init__(
        self,
        viewmodel: ChatViewModel,
        context: ContextViewModel,
        personas: PersonasViewModel,
        shell: Shell,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._viewmodel, self._context, self._shell = viewmodel, context, shell
        self._tokens: dict[str, int] = {}  # of the files of each message, as they are shown
        self._menu: QMenu | None = None
        sources = Sources(
            viewmodel.outcome,
            self._waits,
            viewmodel.asset,
            viewmodel.given,
            personas.face,
            self._picture_phase,
            viewmodel.thinking.seconds,
            self._file_tokens,
        )
        self.view = ChatView(sources, shell.thumbnails)
        self.takes = TakesRow(partial(ChatView, sources, shell.thumbnails, alone=True), self._waits)
        self.page = QWidget()
        column = QVBoxLayout(self.page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.view, 1)
        column.addWidget(self.takes)
        self._make_actions()
        self._connect()

    def _make_actions(self) -> None:
        view = self.view
        self.again = Action("Answer again", lambda: self._do("again"), "Ctrl+R", "again")
        self.go_on = Action("Continue the answer", lambda: self._do("go-on"), "Ctrl+Shift+Return", "go-on")
        self.edit = Action("Edit and ask again", lambda: self._do("edit"), "Ctrl+E", "edit")
        self.copy = Action("Copy the message", lambda: self._do("copy"), "Ctrl+Shift+C", "copy")
        self.before = Action("The answer before", lambda: self._do("before"), "Alt+Left", "left")
        self.after = Action("The answer after", lambda: self._do("after"), "Alt+Right", "right")
        self.beside = Action("Answers side by side", self._viewmodel.set_beside, "Ctrl+Shift+B", "compare")
        self.fork = Action("Fork from here", lambda: self._do("fork"), "Ctrl+Shift+F", "fork")
        self.pin = Action("Pin: the model always reads it", lambda: self._do("pin"), "Ctrl+Shift+L", "pin")
        self.exclude = Action(
            "Leave out of what it reads", lambda: self._do("exclude"), "Ctrl+Shift+X", "eye-off"
        )
        self.picture = Action(
            "Make a picture of this", lambda: self._do("picture"), "Ctrl+Shift+M", "picture"
        )
        self.thought = Action(
            "Read what the model thought", lambda: self._do("think"), "Ctrl+Shift+T", "thought"
        )
        self.above = Action("The message above", lambda: view.choose_next(-1), "Alt+Up", "arrow-up")
        self.below = Action("The message below", lambda: view.choose_next(1), "Alt+Down", "arrow-down")
        self.newest = Action("To the newest message", view.to_newest, "Alt+End", "arrow-down")
        self.more = Action("Menu of the message", self._open_menu, "Alt+Return", "more")
        self.actions = [
            *(self.again, self.go_on, self.edit, self.copy, self.before, self.after, self.beside),
            *(self.fork, self.pin, self.exclude, self.picture, self.thought),
            *(self.above, self.below, self.newest, self.more),
        ]
        for action in self.actions:
            action.setParent(self)

    def _connect(self) -> None:
        vm = self._viewmodel
        vm.branch_changed.connect(self.show_branch)
        vm.earlier_shown.connect(self._show_earlier)
        vm.message_changed.connect(self._on_message_changed)
        vm.text_added.connect(self._on_text_added)
        vm.picture_moved.connect(self.view.rewrite)
        vm.answer_begun.connect(self._on_answer_begun)
        vm.busy_changed.connect(self.enable)
        self._context.changed.connect(self._show_tokens)
        self.view.asked.connect(self._on_asked)
        self.view.copied.connect(self._copy_text)
        self.view.menu_wanted.connect(self._show_menu)
        self.view.message_chosen.connect(self.enable)
        self.takes.copied.connect(self._copy_text)
        self.takes.kept.connect(vm.keep)

    # What is shown.

    def show_branch(self) -> None:
        """Another one, or one that ends otherwise."""
        vm = self._viewmodel
        self.takes.show_takes(vm.branch, vm.takes)
        self.view.show_branch(self._read_branch(), vm.shown_message)
        self.enable()

    def enable(self) -> None:
        """What can be done now."""
        vm = self._viewmodel
        can = vm.branch is not None and not vm.trashed
        free = can and vm.writing is None
        answer, said, any_one = self._target("again"), self._target("edit"), self._target("copy")
        self.again.setEnabled(free and answer is not None)
        self.go_on.setEnabled(free and self._target("go-on") is not None)
        self.edit.setEnabled(free and said is not None)
        self.copy.setEnabled(any_one is not None)
        for action in (self.before, self.after):
            action.setEnabled(free and self._target("before") is not None)
        self.beside.setEnabled(vm.has_takes)
        pinnable, excludable = self._target("pin"), self._target("exclude")
        for action, target in (
            *((self.fork, any_one), (self.picture, any_one)),
            *((self.pin, pinnable), (self.exclude, excludable)),
        ):
            action.setEnabled(can and target is not None)
        pinned, excluded = bool(pinnable and pinnable.pinned), bool(excludable and excludable.excluded)
        self.pin.say("Unpin" if pinned else "Pin: the model always reads it")
        self.exclude.say("Let the model read it again" if excluded else "Leave out of what it reads")
        self.thought.setEnabled(self._target("think") is not None)
        for action in (self.above, self.below, self.newest, self.more):
            action.setEnabled(bool(self._messages()))

    def _read_branch(self) -> Branch | None:
        """Without its last answer while that stands below, beside its siblings."""
        branch = self._viewmodel.branch
        if branch is None or not self._viewmodel.takes:
            return branch
        return msgspec.structs.replace(branch, messages=branch.messages[:-1])

    def _show_earlier(self) -> None:
        if branch := self._read_branch():
            self.view.show_earlier(branch)

    def _on_message_changed(self, message: Message) -> None:
        if self.takes.shows(message.id):
            self.takes.update_take(message)
        elif branch := self._read_branch():
            self.view.update_branch(branch)
        self.enable()

    def _on_text_added(self, added: TokensAdded) -> None:
        take = next((one for one in self._viewmodel.takes if one.id == added.message), None)
        if take:
            self.takes.grow(take)
        elif branch := self._read_branch():
            self.view.grow(branch)

    def _on_answer_begun(self, job: str) -> None:
        """Its messages no longer wait, or for something else."""
        for message in (*self._viewmodel.takes, *self._messages()[-1:]):
            if message.job == job:
                self.takes.update_take(message)
                self.view.rewrite(message.id)

    def _waits(self, message: Message) -> str:
        if self._viewmodel.starting(message):
            return "the engine is starting"
        return "waits its turn" if self._viewmodel.waits(message) else ""

    def _file_tokens(self, message: Message) -> int:
        """What is shown stays until something else is known: a count for a moment would flicker."""
        use = self._context.use
        turns = [turn for turn in use.turns if turn.message == message.id] if use else []
        if turns:
            self._tokens[message.id] = sum(turn.files for turn in turns)
        return self._tokens.get(message.id, 0)

    def _show_tokens(self) -> None:
        for message in self._messages():
            if message.attachments:
                before = self._tokens.get(message.id, 0)
                if self._file_tokens(message) != before:
                    self.view.rewrite(message.id)

    def _picture_phase(self, message: Message) -> str:
        phase = self._viewmodel.phase_of(message)
        if phase is None:
            return ""
        words = tr(STAGES[phase.stage])
        if phase.total and phase.stage is Stage.LOADING:
            return f"{words} {100 * phase.done // phase.total} %"
        return f"{words} {phase.done} / {phase.total}" if phase.total else words

    # What the person does.

    def _do(self, command: str) -> None:
        if target := self._target(command):
            self._on_asked(command, target.id)

    def _target(self, command: str) -> Message | None:
        """The chosen message where the command fits it; else, where none is chosen, the last that it fits.

        An answer goes on whichever is chosen: only the last one can.
        """
        chosen = self.view.chosen if command != "go-on" else ""
        messages = self._messages()
        if chosen:
            messages = [one for one in messages if one.id == chosen]
        return next((one for one in reversed(messages) if self._fits(command, one)), None)

    def _fits(self, command: str, message: Message) -> bool:
        vm, answered = self._viewmodel, message.role == "assistant"
        last = self._messages()[-1].id == message.id
        match command:
            case "again":
                return answered and (last or bool(self.view.chosen))
            case "go-on":
                return last and message.cut_short
            case "edit":
                return message.role == "user"
            case "think":
                return answered and thought_in(message.text) is not None
            case "pin":
                return message.role != "picture" or message.pinned
            case "exclude":
                return message.role != "picture" or message.excluded
            case "before" | "after":
                return vm.branch is not None and len(vm.branch.siblings.get(message.id, ())) > 1
            case _:
                return True

    def _on_asked(self, command: str, rest: str) -> None:
        vm = self._viewmodel
        name, _, part = rest.partition(":")
        match command:
            case "earlier":
                vm.show_earlier()
            case "before" | "after":
                vm.step(name, -1 if command == "before" else 1)
            case "again":
                vm.regenerate(name)
            case "go-on":
                vm.go_on(name)
            case "fork":
                vm.fork(name)
            case "picture":
                vm.make_picture(name)
            case "think" | "originals":
                self.view.toggle(name)
            case "asset":
                self._shell.go("gallery", vm.asset(name))
            case _:
                self._on_asked_of(command, self._message(name), part)

    def _on_asked_of(self, command: str, message: Message | None, part: str) -> None:
        """What needs the message itself; it may be gone meanwhile."""
        if message is None:
            return
        match command:
            case "copy" | "summary-copy":
                self._copy_text(said_in(message.text))
            case "edit":
                self.rewording_wanted.emit(message)
            case "pin":
                self._viewmodel.pin(message)
            case "exclude":
                self._viewmodel.exclude(message)
            case "summary-edit":
                self._edit_summary(message)
            case _:
                self._show_given(message, part)

    def _show_given(self, message: Message, attachment: str) -> None:
        """What the model reads of a file, or a picture that was given."""
        given = next((one for one in message.attachments if one.id == attachment), None)
        if given is None:
            return
        sheet = AttachmentSheet(self.page.window(), sent=True)
        sheet.closed.connect(sheet.deleteLater)
        thumbnails, picture = self._shell.thumbnails, self._viewmodel.given(given)

        def image() -> QImage | None:
            return thumbnails.thumbnail(picture, LARGE) if given.picture else None

        def show(_: str) -> None:
            sheet.show_image(image())

        thumbnails.ready.connect(show)
        sheet.closed.connect(lambda: thumbnails.ready.disconnect(show))
        sheet.show_attachment(given, image())

    def _edit_summary(self, summary: Message) -> None:
        sheet = SummarySheet(self.page.window())
        sheet.closed.connect(sheet.deleteLater)
        sheet.written.connect(partial(self._viewmodel.edit_summary, summary.id))
        sheet.ask(said_in(summary.text).strip())

    def _copy_text(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._shell.messages.notify("Copied")

    def _open_menu(self) -> None:
        if not self.view.chosen:
            self.view.choose_next(1)
        self._show_menu(self.view.chosen, self.view.menu_place())

    def _show_menu(self, message: str, place: QPoint) -> None:
        chosen = self._message(message)
        if chosen is None:
            return
        groups: list[list[QAction]] = [
            [self.copy, self.edit, self.again, self.go_on, self.thought],
            [self.before, self.after, self.beside],
            [self.fork, self.pin, self.exclude, self.picture],
        ]
        if not self._fits("go-on", chosen):
            groups[0].remove(self.go_on)
        usable = [[one for one in group if one.isEnabled()] for group in groups]
        self._menu = menu_of(*(group for group in usable if group))
        self._menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._menu.popup(place)

    def _messages(self) -> list[Message]:
        branch = self._viewmodel.branch
        return list(branch.messages) if branch else []

    def _message(self, name: str) -> Message | None:
        branch = self._viewmodel.branch
        everything = (*branch.messages, *branch.summaries.values()) if branch else ()
        return next((one for one in everything if one.id == name), None)
