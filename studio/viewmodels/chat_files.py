"""Conversations into files and out of files, as the window asks for it."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from studio.session import Session
from studio.viewmodels.latest import Each


class ChatFilesViewModel(QObject):
    """Asks, and tells how it ended.

    Signals:
        exported (Exported): the file is there, whole.
        imported (Imported): the conversations are there.
        failed (StudioError): nothing was written, or nothing could be read.
    """

    exported = Signal(object)
    imported = Signal(object)
    failed = Signal(object)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._out, self._in = Each(self), Each(self)
        self._out.arrived.connect(self.exported)
        self._in.arrived.connect(self.imported)
        for asked in (self._out, self._in):
            asked.failed.connect(self.failed)

    def export(self, ids: Sequence[str], target: Path) -> None:
        """As JSON where the target's name says so, else as Markdown."""
        form = "json" if target.suffix.lower() == ".json" else "markdown"
        self._out.ask(self._session.chats.export(ids, target, form))

    def import_file(self, path: Path) -> None:
        self._in.ask(self._session.chats.import_file(path))
