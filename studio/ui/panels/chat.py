"""Chat: conversations at the side, one of them in a calm column, a composer below, settings beside."""

from functools import partial

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtWidgets import QHBoxLayout, QMenu, QStackedWidget, QVBoxLayout, QWidget

from studio.core.conversations import Message, TokensAdded
from studio.core.errors import StudioError
from studio.core.messages import Phase, Stage
from studio.ui.actions import Action, menu_of
from studio.ui.i18n import STAGES, explain, tr
from studio.ui.panel import Building, Region
from studio.ui.panels.chat_composer import Composer
from studio.ui.panels.chat_empty import FirstMessage
from studio.ui.panels.chat_inspector import ChatInspector
from studio.ui.panels.chat_messages import ChatMessages
from studio.ui.panels.chat_side import ChatSide
from studio.ui.panels.chat_side_actions import ChatSideActions
from studio.ui.panels.chat_trash import ChatTrash, TrashBar
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.chat_document import COLUMN
from studio.ui.widgets.header import Header
from studio.viewmodels.chat import ChatViewModel
from studio.viewmodels.chat_composer import ComposerViewModel
from studio.viewmodels.chat_context import ContextViewModel
from studio.viewmodels.chat_files import ChatFilesViewModel
from studio.viewmodels.chat_personas import PersonasViewModel
from studio.viewmodels.chat_presets import PresetsViewModel
from studio.viewmodels.chat_templates import TemplatesViewModel
from studio.viewmodels.conversations import Place
from studio.viewmodels.shell import Shell

WELL = COLUMN + 2 * 14


def build(shell: Shell) -> Building["ChatPanel"]:
    """The panel over this session, for the window."""
    viewmodel = ChatViewModel(shell.session, shell.state, shell)
    yield
    panel = ChatPanel(viewmodel, shell, shell)
    yield from panel.fill()
    return panel


class ChatPanel(QObject):
    """See `ui.panel.Panel`. `receive` takes text, which becomes the message."""

    name = "chat"
    title = "Chat"

    def __init__(self, viewmodel: ChatViewModel, shell: Shell, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._viewmodel, self._shell = viewmodel, shell
        self._menu: QMenu | None = None
        self.middle = QWidget()
        session = shell.session
        self._said = ComposerViewModel(session, viewmodel, shell.state, self)
        self._context = ContextViewModel(session, viewmodel, self._said, self)
        self._templates = TemplatesViewModel(session, self)
        self._presets = PresetsViewModel(session, viewmodel, shell.state, self)
        self._personas = PersonasViewModel(session, viewmodel, self._presets, self)
        self._trash = ChatTrash(viewmodel, shell.messages, self.middle)
        files = ChatFilesViewModel(session, self)
        self._shelf = ChatSideActions(viewmodel, files, shell.messages, self.middle)
        self._make_actions()
        self.header = self._make_header()

    def fill(self) -> Building[None]:
        yield
        self.side: QWidget = self._make_side()
        yield
        self.messages = ChatMessages(self._viewmodel, self._context, self._personas, self._shell, self)
        self.view = self.messages.view
        yield
        self.composer = Composer(
            self._viewmodel,
            self._said,
            self._context,
            self._templates,
            self._shell.thumbnails,
            (self._send, self._stop, self.messages.go_on),
        )
        self.composer.files.take_drops_on(self.middle)
        yield
        self._make_inspector()
        self._bar = TrashBar(self._trash.restore, self._trash.erase)
        self._first = FirstMessage()
        yield
        self._lay_out()
        self.focus_targets: dict[Region, QWidget] = {
            "side": self._list.view,
            "middle": self.composer.edit,
            "inspector": self.inspector.picker,
        }
        self._connect()
        self._show_branch()
        self._show_writing()

    def actions(self) -> list[Action]:
        return [*self._actions, *self.messages.actions, *self.composer.commands, *self.inspector.commands]

    def escape(self) -> bool:
        if self._said.rewording:
            self._give_up_rewording()
            return True
        if self._viewmodel.conversations.place is Place.TRASH:
            self._viewmodel.go(Place.ALL)
            return True
        return self._viewmodel.stop()

    def receive(self, payload: object) -> None:
        if isinstance(payload, str):
            self._said.set_text(payload)
            self.composer.edit.show_text(payload)
            self._to_composer()

    # Building.

    def _make_actions(self) -> None:
        vm = self._viewmodel
        self._new = Action("New conversation", self._start_new, "Ctrl+N", "new")
        self._send = Action("Send", self._on_send, "Ctrl+Return", "send")
        self._stop = Action("Stop the answer", vm.stop, "Ctrl+Shift+S", "stop")
        self._rename = Action("Rename the conversation…", self._ask_title, "F2", "edit")
        self._find = Action("Search chats", self._to_search, "Ctrl+F", "search")
        self._write = Action("Write a message", self._to_composer, "Ctrl+L", "edit")
        self._actions = [
            *(self._new, self._send, self._stop, self._rename, self._find, self._write),
        ]
        for action in self._actions:
            action.setParent(self)
        self._actions += [*self._shelf.all(), self._trash.trash, self._trash.restore, self._trash.erase]

    def _make_header(self) -> Header:
        header = Header("New conversation", section=True)
        export = Button("Export", "quiet", icon="export")
        export.bind(self._shelf.export)
        self._more = IconButton("more", "Menu of the conversation")
        self._more.clicked.connect(self._show_open_menu)
        header.add(export)
        header.add(self._more)
        return header

    def _make_side(self) -> ChatSide:
        self._list = ChatSide(self._viewmodel.conversations, self._new, self._shelf)
        self._list.chosen.connect(self._open)
        self._list.hit_chosen.connect(self._viewmodel.open)
        self._list.place_chosen.connect(self._viewmodel.go)
        self._list.menu_wanted.connect(self._show_menu)
        return self._list

    def _make_inspector(self) -> None:
        self.inspector = ChatInspector(
            self._viewmodel,
            self._personas,
            self._presets,
            self._context,
            self.composer.summarise,
            self._shell.state,
            self._shell.thumbnails,
        )
        for source in (self._said, self._presets, self._personas):
            source.failed.connect(self._shell.messages.problem)

    def _lay_out(self) -> None:
        self._pages = QStackedWidget()
        self._pages.addWidget(self._first)
        self._pages.addWidget(self.messages.page)
        well = QHBoxLayout()
        well.setContentsMargins(20, 8, 20, 16)
        well.addStretch(1)
        for widget in (self.composer, self._bar):
            well.addWidget(widget, 1000)
            widget.setMaximumWidth(WELL)
        well.addStretch(1)
        self.middle.setProperty("surface", "raised")
        self.middle.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        whole = QVBoxLayout(self.middle)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.header)
        whole.addWidget(self._pages, 1)
        whole.addLayout(well)
        self.middle.installEventFilter(self)

    def _connect(self) -> None:
        vm = self._viewmodel
        vm.branch_changed.connect(self._show_branch)
        vm.title_changed.connect(self._show_title)
        vm.message_changed.connect(self.composer.show_cut)
        vm.text_added.connect(self._on_text_added)
        vm.phase_changed.connect(self._on_phase)
        vm.busy_changed.connect(self._show_writing)
        vm.answer_begun.connect(self._show_writing)
        vm.refused.connect(self._on_refused)
        self._said.changed.connect(self._on_said_changed)
        self._said.replaced.connect(self._show_rewording)
        vm.settings_changed.connect(self._show_model)
        self._shell.session.lane_changed.connect(self.inspector.show_lane)
        self._first.taken.connect(self.receive)
        self.messages.rewording_wanted.connect(self._reword)
        self.messages.takes.kept.connect(self._to_composer)
        self.composer.send_wanted.connect(self._on_send)
        self.composer.edit_given_up.connect(self._give_up_rewording)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LanguageChange:
            self._show_title()
            self._show_model()
        return False

    # What is shown.

    def _show_branch(self) -> None:
        branch = self._viewmodel.branch
        empty = branch is None or not branch.messages
        self._pages.setCurrentWidget(self._first if empty else self.messages.page)
        self._list.show_open(self._viewmodel.conversation_id)
        self._show_title()
        self._show_model()
        self._enable()

    def _show_title(self) -> None:
        branch = self._viewmodel.branch
        title = branch.conversation.title if branch else ""
        if title:
            self.header.set_title(title)
        else:
            self.header.title.say("New conversation")
        self._list.show_open(self._viewmodel.conversation_id)
        self._shelf.refresh()

    def _show_model(self) -> None:
        model = self._viewmodel.model
        self._first.show_model(model)
        if not self._viewmodel.writing and not self._said.rewording:
            self.composer.show_status(model.name if model else tr("Add a text model in Settings first."))

    def _show_writing(self) -> None:
        writing = self._viewmodel.writing
        self.composer.show_writing(writing is not None)
        if writing is not None:
            self.composer.show_progress(self._writing_words(writing))
        self._show_model()
        self._enable()

    def _writing_words(self, answer: Message) -> str:
        """How far it is, until more is heard of it."""
        if self._viewmodel.starting(answer):
            return tr(STAGES[Stage.STARTING])
        if self._viewmodel.waits(answer):
            return tr("Waiting")
        if answer.tokens:
            return tr("Writing · {n} tokens", n=answer.tokens)
        return tr(STAGES[Stage.STARTING])

    def _enable(self) -> None:
        vm = self._viewmodel
        self._send.setEnabled(vm.writing is None and self._said.ready)
        self._stop.setEnabled(bool(vm.writing or vm.aside))
        self._rename.setEnabled(vm.branch is not None and not vm.trashed)
        self._more.setEnabled(vm.branch is not None)
        self._trash.refresh()
        self.composer.setHidden(vm.trashed)
        self._bar.setVisible(vm.trashed)

    def _on_said_changed(self) -> None:
        if self.composer.has_remark and not self._said.reading:
            self._show_model()  # it was about something else
        self._enable()

    def _on_text_added(self, added: TokensAdded) -> None:
        self.composer.show_progress(tr("Writing · {n} tokens", n=added.count))

    def _on_phase(self, phase: Phase) -> None:
        words = tr(STAGES[phase.stage])
        if phase.total and phase.stage in (Stage.LOADING, Stage.READING):
            words += f" {100 * phase.done // phase.total} %"
        if phase.stage is not Stage.WRITING:
            self.composer.show_progress(words)

    def _on_refused(self, error: StudioError) -> None:
        self.composer.remark(explain(error), "danger")

    # What the person does.

    def _on_send(self) -> None:
        self._to_composer()  # which keeps a system prompt in work
        if self._said.reading:
            self.composer.remark(tr("Send it once the file is read."), "warning")
        elif self._said.ready:
            self.composer.send()

    def _open(self, conversation: str) -> None:
        self._viewmodel.open(conversation)

    def _start_new(self) -> None:
        self._to_composer()  # first, so that a system prompt in work is kept with its conversation
        self._viewmodel.go(Place.ALL)
        self._viewmodel.start_new()

    def _reword(self, message: Message) -> None:
        self._said.reword(message)
        self._to_composer()

    def _give_up_rewording(self) -> None:
        self._said.show_draft()

    def _show_rewording(self) -> None:
        self.composer.show_rewording(bool(self._said.rewording))
        self._show_model()
        self._enable()

    def _to_search(self) -> None:
        self._viewmodel.go(Place.ALL)
        self._list.search.setFocus()
        self._list.search.selectAll()

    def _to_composer(self) -> None:
        self.composer.edit.setFocus()

    def _show_menu(self, conversation: str, place: QPoint) -> None:
        self._viewmodel.open(conversation)
        self._pop_up(place)

    def _show_open_menu(self) -> None:
        self._pop_up(self._more.mapToGlobal(QPoint(0, self._more.height() + 2)))

    def _pop_up(self, place: QPoint) -> None:
        """The menu of the open conversation."""
        if self._viewmodel.trashed:
            self._menu = menu_of([self._trash.restore], [self._trash.erase])
        else:
            self._menu = self._shelf.conversation_menu(self._rename, self._trash.trash)
        self._menu.popup(place)

    def _ask_title(self) -> None:
        branch = self._viewmodel.branch
        if branch is None:
            return
        renamed = partial(self._viewmodel.rename, branch.conversation.id)
        self._shelf.ask_name("Rename", "Title of the conversation", branch.conversation.title, renamed)
