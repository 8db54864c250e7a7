"""How a take becomes part of the open document, and what goes on from there."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from studio.core.edit_news import TakenIn
from studio.core.errors import MadeForAnotherSize, MadeForTurnedCanvas, StudioError
from studio.session.edits import EditDesk
from studio.viewmodels.edit_take_groups import Take
from studio.viewmodels.edit_takes import TakesModel

if TYPE_CHECKING:
    from studio.session.edit_document import EditDocument


class Applying(QObject):
    """One take at a time.

    Signals:
        settled (Take): it is applied, because something else goes on from what is seen.
        made_elsewhere (Take): it was not applied, because the canvas has another size or was turned since.
        older: what was applied was made from a canvas that has changed since.
    """

    settled = Signal(object)
    made_elsewhere = Signal(object)
    older = Signal()

    def __init__(
        self,
        desk: EditDesk,
        takes: TakesModel,
        document: "Callable[[], EditDocument | None]",
        in_turn: Callable[[Callable[[], object]], None],
        parent: QObject,
    ) -> None:
        """`in_turn` does something once all that was asked of documents before is done."""
        super().__init__(parent)
        self._desk, self._takes, self._document, self._in_turn = desk, takes, document, in_turn
        self._coming: Take | None = None
        self._next: list[Callable[[], object]] = []  # once that take is part of the document
        self._left: dict[str, list[Callable[[], object]]] = {}  # the same of documents that were left

    def apply(self, take: Take | None = None) -> None:
        """Make the take part of the document, once however often it is asked for; the one that is shown where
        none is named."""
        take = take or self._takes.shown
        document, coming = self._document(), self._coming and self._coming.key
        if document is None or take is None or take.key == coming:
            return
        if (asset := take.asset) is not None:
            self._coming = take
            self._in_turn(lambda: self._desk.apply(document, asset))

    def then(self, go_on: Callable[[], object]) -> None:
        """Once the take on the canvas is part of the document; at once where none lies there. Also where
        another one is open by then."""
        take = self._takes.shown
        if take is None or take.asset is None:
            self._in_turn(go_on)
        else:
            if self._coming is None:
                self.settled.emit(take)
            self._next.append(go_on)
            self.apply(take)

    def leave(self, document: "EditDocument | None") -> None:
        """Another one is open than that."""
        if document is not None and self._next:
            self._left.setdefault(document.id, []).extend(self._next)
        self._coming, self._next = None, []

    def forget(self, document_id: str) -> None:
        """It was let go."""
        self._left.pop(document_id, None)

    def on_applied(self, taken: TakenIn) -> None:
        for go_on in self._left.pop(taken.document, ()):
            go_on()
        document = self._document()
        if document is None or taken.document != document.id:
            return
        self._takes.choose(None)
        if taken.older:
            self.older.emit()
        if self._coming is not None and self._coming.asset == taken.asset:
            self._coming = None
            following, self._next = self._next, []
            for go_on in following:
                go_on()

    def on_refused(self, error: StudioError) -> bool:
        """What was to follow does not. Whether it was refused for the canvas, which is told by a signal."""
        coming = self._coming
        self._coming, self._next = None, []
        if coming is None or not isinstance(error, MadeForAnotherSize | MadeForTurnedCanvas):
            return False
        self.made_elsewhere.emit(coming)
        return True
