"""Conversations into files and out of files, off the window's thread."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal

from studio.core.conversations import Conversation, Exported, Imported, Message
from studio.core.errors import NotFound, PicturesNotCarried
from studio.core.plain_text import clean_text
from studio.session.reads import Reads
from studio.session.relay import Relay
from studio.session.writes import Writes
from studio.store.chat_files.pictures import MOST_CARRIED
from studio.store.chat_files.reading import ReadTalks, read_talks

SLICE = 100  # messages that are written at once, in a few hundredths of a second


class ChatFiles(QObject):
    """Exports and imports; lives in the window's thread.

    Signals:
        imported (Imported): the conversations are in the database.
    """

    imported = Signal(object)

    def __init__(self, reads: Callable[[], Reads | None], writes: Writes, parent: QObject) -> None:
        super().__init__(parent)
        self._reads, self._writes, self._relay = reads, writes, Relay(self)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="chat-files")

    def export(self, ids: Sequence[str], target: Path, form: Literal["markdown", "json"]) -> Future[Exported]:
        """All of these in one file. Pictures that have no room in it are told as a problem, too. The future
        may end in NotFound, DiskFull, FileUnwritable."""
        reads = self._reads()
        if reads is None:
            refused: Future[Exported] = Future()
            refused.set_exception(NotFound(name=target.name))
            return refused
        exported = reads.export_conversations(tuple(ids), target, form)
        self._relay.then(exported, self._tell_left, lambda _: None)
        return exported

    def import_file(self, path: Path) -> Future[Imported]:
        """What can be read of it, in new conversations. The future may end in an ImportFileError, or what the
        store raises; the conversations that were whole by then stay."""
        told: Future[Imported] = Future()
        reads = self._reads()
        if reads is None:
            told.set_exception(NotFound(name=path.name))
            return told
        read = self._thread.submit(read_talks, path, reads.given_pictures)
        self._relay.then(read, partial(self._write, told, []), told.set_exception)
        return told

    def close(self) -> None:
        self._relay.close()
        self._thread.shutdown(cancel_futures=True)

    def _tell_left(self, exported: Exported) -> None:
        if exported.left_pictures:
            name, count = clean_text(exported.path.name), exported.left_pictures
            self._writes.report(PicturesNotCarried(name=name, count=count, most_bytes=MOST_CARRIED))

    def _write(self, told: Future[Imported], written: list[Conversation], read: ReadTalks) -> None:
        """One conversation after the other, so that what streams meanwhile is written in between."""
        if len(written) == len(read.talks):
            imported = Imported(
                conversations=tuple(written),
                left_out=read.left_out,
                left_messages=read.left_messages,
                left_pictures=read.left_pictures,
            )
            self.imported.emit(imported)
            told.set_result(imported)
            return
        conversation, messages = read.talks[len(written)]

        def go_on(_: object) -> None:
            self._write(told, [*written, conversation], read)

        if len(messages) <= SLICE:
            self._writes.write(
                lambda library: library.chats.put(conversation, messages), go_on, told.set_exception
            )
        else:
            self._writes.write(
                lambda library: library.arrivals.begin(conversation),
                lambda _: self._write_slices(conversation, messages, go_on, told.set_exception),
                told.set_exception,
            )

    def _write_slices(
        self,
        conversation: Conversation,
        messages: Sequence[Message],
        then: Callable[[object], object],
        failed: Callable[[Exception], object],
    ) -> None:
        """A long one likewise; it is there once it is whole, or not at all."""

        def fail(error: Exception) -> None:
            self._writes.write_surely(
                lambda library: library.arrivals.break_off(conversation), lambda _: None, lambda _: None
            )
            failed(error)

        if not messages:
            self._writes.write(lambda library: library.arrivals.end(conversation), then, fail)
            return
        self._writes.write(
            lambda library: library.arrivals.go_on(messages[:SLICE]),
            lambda _: self._write_slices(conversation, messages[SLICE:], then, failed),
            fail,
        )
