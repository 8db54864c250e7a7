"""The edit documents of a session: opened, gone on with, closed and deleted, and those of earlier. None is
let go before it is saved."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QThreadPool, Signal

from studio.core.errors import EditUnsaved, StudioError
from studio.core.layers import DocumentCard
from studio.core.paths import Paths
from studio.core.records import Asset
from studio.media.freed_memory import trim
from studio.session.edit_tasks import EditTasks
from studio.session.relay import Relay

if TYPE_CHECKING:
    from studio.session.edit_document import EditDocument
    from studio.session.edit_opening import FirstView, KeptDocument

Source = Asset | Path | bytes | Callable[[], bytes]
VIEW_SIDE = 1280  # pixels of a first view: a JPEG of a camera is decoded at a quarter of its size for it


class EditDocuments(QObject):
    """For the window's thread, which never waits for it but in `close`.

    Signals:
        opened (EditDocument): it is kept on the disk as it is changed, until its `close`.
        previewed (FirstView): what is being opened, in small.
        remarked (Remark): what was otherwise in the file that was opened.
        let_go (id of a document): it was closed, and is saved.
        removed (id of a document).
        unsaved (StudioError): a document cannot be saved at present; nothing of it is lost in memory.
        damaged (StudioError): what of the one that was opened could not be read; told once.
    """

    opened = Signal(object)
    previewed = Signal(object)
    remarked = Signal(object)
    let_go = Signal(str)
    removed = Signal(str)
    unsaved = Signal(object)
    damaged = Signal(object)

    def __init__(self, paths: Paths, tasks: EditTasks, relay: Relay, parent: QObject) -> None:
        super().__init__(parent)
        self._paths, self._tasks, self._relay = paths, tasks, relay
        self._here: dict[str, EditDocument] = {}
        self._after: dict[str, Callable[[], None]] = {}  # what is wanted of those that are let go
        self._opening = 0
        self._reopening = set[str]()

    def open(self, source: Source, name: str = "") -> None:
        """See `EditDesk.open`, as for those below."""
        self._opening += 1
        begin = partial(_begin, source, name, self._paths)
        if not isinstance(source, Asset | Path):
            self._tasks.do(begin, self._show)
            return
        opening = self._opening

        def preview(view: "FirstView | None") -> None:
            """What is left is begun only then: beside it, the view would wait for its turn at every step."""
            if opening == self._opening and view is not None:
                self.previewed.emit(view)
            self._tasks.do(begin, self._show)

        self._tasks.do(partial(_first_view, source, self._paths), preview)

    def reopen(self, document_id: str) -> None:
        there = self._here.get(document_id)
        if there is None:
            self._go_on(document_id)
        elif not there.is_closed or there.go_on():
            self.opened.emit(there)
        else:
            self._after[document_id] = partial(self.reopen, document_id)

    def remove(self, document_id: str) -> None:
        there = self._here.get(document_id)
        if there is None:
            removing = partial(_remove, self._paths, document_id)
            self._tasks.do(removing, lambda _: self.removed.emit(document_id))
            return
        self._after[document_id] = partial(self.remove, document_id)
        there.drop()

    def recent(self, limit: int | None) -> Future[list[DocumentCard]]:
        """Those that are closed but not let go yet are among them."""
        closing = [
            card
            for one in self._here.values()
            if one.is_closed and ((card := _card(one)).is_kept or one.is_failing)
        ]
        return self._tasks.submit(lambda: _recent(self._paths, closing, limit))

    @property
    def not_saved(self) -> list[str]:
        """The names of those that cannot be saved at present."""
        return [one.state.name for one in self._here.values() if one.is_failing and not one.is_saved]

    def close(self) -> None:
        """Waits until all are saved; what cannot be is lost."""
        for document in self._here.values():
            document.close()
        for document in self._here.values():
            document.finish()
        self._here.clear()

    def _go_on(self, document_id: str) -> None:
        """Once, however often it is asked for: who has it open already may be this process."""
        if document_id in self._reopening:
            return

        def fail(error: Exception) -> None:
            self._reopening.discard(document_id)
            self._tasks.refuse(error)

        self._opening += 1
        self._reopening.add(document_id)
        self._tasks.tell(self._tasks.submit(lambda: _continued(document_id, self._paths)), self._show, fail)

    def _show(self, kept: "KeptDocument") -> None:
        from studio.session.edit_document import EditDocument

        self._opening += 1  # what comes of first views now is late
        document = EditDocument.kept(kept.history, kept.timeline, self)
        self._here[document.id] = document
        self._reopening.discard(document.id)
        document.failed.connect(partial(self._on_failed, document.id))
        document.let_go.connect(partial(self._on_let_go, document.id))
        self.opened.emit(document)
        if kept.remark.says_anything:
            self.remarked.emit(kept.remark)
        for damage in kept.history.damages:
            self.damaged.emit(damage)

    def _on_failed(self, document_id: str, error: Exception) -> None:
        document = self._here.get(document_id)
        if document is not None and document.is_closed and not document.is_saved:
            error = EditUnsaved(name=document.state.name)
        self.unsaved.emit(error)

    def _on_let_go(self, document_id: str) -> None:
        document = self._here.pop(document_id, None)
        if document is None:  # the program ends
            return
        document.destroyed.connect(_give_back)
        document.deleteLater()
        self.let_go.emit(document_id)
        if wanted := self._after.pop(document_id, None):
            wanted()


def _give_back() -> None:
    """A large document leaves hundreds of megabytes."""
    QThreadPool.globalInstance().start(trim)


def _card(document: "EditDocument") -> DocumentCard:
    """Of one that is here."""
    state, steps = document.state, len(document.steps)
    return DocumentCard(
        id=state.id,
        name=state.name,
        width=state.width,
        height=state.height,
        changed=time.time(),
        steps=steps,
        asset=state.asset,
        only_here=state.only_here,
        unsaved=document.is_failing and not document.is_saved,
    )


# In the other threads.


def _begin(source: Source, name: str, paths: Paths) -> "KeptDocument":
    from studio.session.edit_opening import begin_document

    return begin_document(source, name, paths)


def _first_view(source: Asset | Path, paths: Paths) -> "FirstView | None":
    """None for what cannot be read, too: that is said where it is opened."""
    from studio.session.edit_opening import view_first

    try:
        return view_first(source, paths, VIEW_SIDE)
    except StudioError:
        return None


def _continued(document_id: str, paths: Paths) -> "KeptDocument":
    from studio.session.edit_opening import continue_document

    return continue_document(document_id, paths)


def _recent(paths: Paths, here: Sequence[DocumentCard], limit: int | None) -> list[DocumentCard]:
    """Those that are here, then those on the disk."""
    if not paths.edits.is_dir():
        return [*here][:limit]
    from studio.store.edit_cards import list_documents

    ids = {card.id for card in here}
    return [*here, *(card for card in list_documents(paths.edits) if card.id not in ids)][:limit]


def _remove(paths: Paths, document_id: str) -> None:
    from studio.store.edit_cards import remove_document

    remove_document(paths.edits / document_id)
