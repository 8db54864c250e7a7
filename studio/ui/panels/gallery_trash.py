"""Out of the trash: put pictures back, or delete their files for good after asking."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from studio.core.records import Asset
from studio.ui.actions import Action
from studio.ui.dialogs.erase import EraseSheet
from studio.viewmodels.messages import MessageCentre
from studio.viewmodels.picture_commands import PictureCommands


class TrashActions(QObject):
    """Acts on the chosen pictures that lie in the trash.

    Attributes:
        restore, erase: the actions.
    """

    def __init__(
        self,
        commands: PictureCommands,
        messages: MessageCentre,
        chosen: Callable[[], list[Asset]],
        parent: QWidget,
    ) -> None:
        """`parent` is the widget over whose window the question opens."""
        super().__init__(parent)
        self._commands, self._messages, self._chosen, self._widget = commands, messages, chosen, parent
        self.restore = Action("Put back", self._restore, "Ctrl+Backspace", "undo", parent=self)
        self.erase = Action("Delete for good…", self._ask, "Shift+Del", "trash", parent=self)

    def refresh(self, assets: Sequence[Asset]) -> None:
        """Enable what can be done with what is chosen."""
        trashed = any(asset.trashed for asset in assets)
        self.restore.setEnabled(trashed)
        self.erase.setEnabled(trashed)

    def _restore(self) -> None:
        assets = self._chosen()
        text = "1 picture put back" if len(assets) == 1 else "{n} pictures put back"

        def offer_undo() -> None:
            self._messages.undoable(text, lambda: self._commands.trash(assets), n=len(assets))

        self._commands.restore(assets, offer_undo)

    def _ask(self) -> None:
        assets = self._chosen()
        one = "The picture and its file are removed from the disk. This cannot be undone."
        many = "{n} pictures and their files are removed from the disk. This cannot be undone."
        sheet = EraseSheet(self._widget.window(), one if len(assets) == 1 else many, n=len(assets))
        sheet.confirmed.connect(lambda: self._erase(assets))
        sheet.closed.connect(sheet.deleteLater)
        sheet.ask()

    def _erase(self, assets: Sequence[Asset]) -> None:
        text = "1 picture deleted for good" if len(assets) == 1 else "{n} pictures deleted for good"
        self._commands.erase(assets, lambda: self._messages.notify(text, n=len(assets)))
