"""What Edit could not do, in the bar of messages: it goes with the next thing that is done."""

from PySide6.QtCore import QObject

from studio.core.errors import BadRequest, FileUnwritable, StudioError
from studio.viewmodels.edit import EditViewModel
from studio.viewmodels.messages import MessageCentre


class PassingErrors(QObject):
    """Tells of refusals. Those of what was asked for are over once something else succeeds; what stands in
    the way of everything, such as a disk that is full, stays until it is closed."""

    def __init__(self, viewmodel: EditViewModel, messages: MessageCentre, parent: QObject) -> None:
        super().__init__(parent)
        self._messages = messages
        self._told: set[str] = set()
        vm = viewmodel
        vm.refused.connect(self._tell)
        for done in (vm.opened, vm.history.changed, vm.exported, vm.kept, vm.copied):
            done.connect(self._over)

    def _tell(self, error: StudioError) -> None:
        if isinstance(error, BadRequest | FileUnwritable):
            self._told.add(error.code)
        self._messages.problem(error)

    def _over(self) -> None:
        for code in self._told:
            self._messages.withdraw(code)
        self._told.clear()
