"""A conversation's way into the trash and out of it: back, or gone for good after asking."""

from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QWidget

from studio.ui.actions import Action
from studio.ui.dialogs.erase import EraseSheet
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.labels import Label
from studio.viewmodels.chat import ChatViewModel
from studio.viewmodels.messages import MessageCentre

LOST = "The conversation and its file are removed from the disk. This cannot be undone."


class ChatTrash(QObject):
    """Acts on the open conversation.

    Attributes:
        trash, restore, erase: the actions.
    """

    def __init__(self, viewmodel: ChatViewModel, messages: MessageCentre, parent: QWidget) -> None:
        """`parent` is the widget over whose window the question opens."""
        super().__init__(parent)
        self._viewmodel, self._messages, self._widget = viewmodel, messages, parent
        move = "Move the conversation to trash"
        self.trash = Action(move, self._trash, "Ctrl+Shift+Delete", "trash", parent=self)
        self.restore = Action("Put back", self._restore, "Ctrl+Backspace", "undo", parent=self)
        self.erase = Action("Delete for good…", self._ask, "Shift+Del", "trash", parent=self)
        viewmodel.erased.connect(self._on_erased)

    def refresh(self) -> None:
        """Enable what can be done with the open conversation."""
        vm = self._viewmodel
        self.trash.setEnabled(vm.branch is not None and not vm.trashed)
        self.restore.setEnabled(vm.trashed)
        self.erase.setEnabled(vm.trashed)

    def _trash(self) -> None:
        gone = self._viewmodel.conversation_id
        self._viewmodel.trash(gone)
        back = partial(self._viewmodel.reopen, gone)
        self._messages.undoable("Conversation moved to trash", back, about=gone)

    def _restore(self) -> None:
        back = self._viewmodel.conversation_id
        self._viewmodel.restore(back)
        again = partial(self._viewmodel.trash, back)
        self._messages.undoable("Conversation put back", again, about=back)

    def _on_erased(self, ids: tuple[str, ...]) -> None:
        for gone in ids:
            self._messages.withdraw_undos(gone)
        self._messages.notify("Conversation deleted for good")

    def _ask(self) -> None:
        gone = self._viewmodel.conversation_id
        sheet = EraseSheet(self._widget.window(), LOST)
        sheet.confirmed.connect(lambda: self._viewmodel.erase(gone))
        sheet.closed.connect(sheet.deleteLater)
        sheet.ask()


class TrashBar(QWidget):
    """Stands where one writes, below a conversation that lies in the trash."""

    def __init__(self, restore: QAction, erase: QAction) -> None:
        super().__init__()
        back, gone = Button("Put back", icon="undo"), Button("Delete for good…", icon="trash")
        back.bind(restore)
        gone.bind(erase)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 8, 0, 8)
        row.setSpacing(8)
        row.addWidget(Label("This conversation lies in the trash.", "body", "secondary", wrap=True), 1)
        row.addWidget(back)
        row.addWidget(gone)
