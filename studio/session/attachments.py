"""Files that are given with a message: their text, or a copy of the picture."""

import os
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import msgspec

from studio.core.conversations import Attachment
from studio.core.errors import (
    DocumentDamaged,
    DocumentTooLarge,
    DocumentUnending,
    DocumentUnopened,
    DocumentUnsupported,
    LibraryMissing,
    PictureCutShort,
    PictureTooLarge,
    PictureUnreadable,
    error_from,
)
from studio.core.ids import new_id
from studio.core.paths import Paths
from studio.core.plain_text import clean_text
from studio.engine.boot import document_command, worker_environment
from studio.media.documents.given import keep_given
from studio.media.documents.kinds import HEAD_BYTES, kind_of
from studio.media.documents.plain import bounded, read_plain
from studio.media.documents.wire import (
    DOCUMENT_BYTES,
    HARD_SECONDS,
    DocumentKind,
    DocumentRead,
    DocumentRefused,
    DocumentText,
)

NAME_LIMIT = 120  # characters
_AT_ONCE = 2


class AttachmentDesk:
    """Reads in threads of its own, and what can be made to loop in a process for each file."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="attachments")
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock, self._closed = threading.Lock(), False

    def close(self) -> None:
        with self._lock:
            self._closed = True
            for process in self._running:
                process.kill()
        self._threads.shutdown(cancel_futures=True)

    def read(self, path: Path) -> Future[Attachment]:
        """The text of a text, PDF, docx or HTML file, `cut` where it is only the beginning; of a picture the
        copy in the library.

        Ends in DocumentUnopened, DocumentUnsupported, DocumentDamaged, DocumentLocked, DocumentWithoutText,
        DocumentTooLarge, DocumentUnending, PictureUnreadable, PictureCutShort, PictureTooLarge,
        LibraryMissing, DiskFull or FileUnwritable.
        """
        return self._threads.submit(self._read, path)

    def read_text(self, name: str, text: str) -> Future[Attachment]:
        """A long paste as a file. Ends in DocumentWithoutText."""

        def work() -> Attachment:
            read = bounded(text, _shown(name))
            return _attachment(name, len(text.encode("utf-8", "replace")), read)

        return self._threads.submit(work)

    def read_picture(self, encoded: Callable[[], bytes], name: str) -> Future[Attachment]:
        """A picture that has no file, copied into the library; encoded here, for that takes long. Ends as
        `read` does for one."""
        return self._threads.submit(self._picture, encoded, name)

    def _read(self, path: Path) -> Attachment:
        name = _shown(path.name)
        try:
            if not os.path.isfile(path):  # a pipe would be waited for without end
                raise DocumentUnopened(name=name)
            size = path.stat().st_size
            with path.open("rb") as file:
                head = file.read(HEAD_BYTES)
        except (OSError, ValueError) as error:  # ValueError: a path with a zero in it
            raise DocumentUnopened(name=name) from error
        match kind_of(head, path.name):
            case "unread":
                raise DocumentUnsupported(name=name)
            case "picture":
                return self._picture(lambda: _bytes(path, name, size), path.name)
            case "text":
                return _attachment(path.name, size, read_plain(path))
            case kind:
                return _attachment(path.name, size, self._document(path, kind))

    def _document(self, path: Path, kind: DocumentKind) -> DocumentText:
        name = _shown(path.name)
        said = self._run(document_command(str(path), kind), name)
        try:
            read = msgspec.json.decode(said, type=DocumentRead)
        except msgspec.DecodeError as error:  # it was killed, for memory say
            raise DocumentDamaged(name=name) from error
        if isinstance(read, DocumentRefused):
            raise error_from(read.code, read.params)
        return read

    def _run(self, command: list[str], name: str) -> bytes:
        """What it prints. Raises DocumentUnending."""
        reader, writer = os.pipe()  # it ends when this process does, however that is
        try:
            with self._lock:
                if self._closed:
                    raise DocumentUnopened(name=name)
                process = subprocess.Popen(
                    command,
                    env=worker_environment(),
                    stdin=reader,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,  # Ctrl+C at the terminal is for whoever asked
                )
                self._running.add(process)
            with process:
                try:
                    return process.communicate(timeout=HARD_SECONDS)[0]
                except subprocess.TimeoutExpired as error:
                    process.kill()
                    raise DocumentUnending(name=name, seconds=round(HARD_SECONDS)) from error
                finally:
                    with self._lock:
                        self._running.discard(process)
        finally:
            os.close(reader)
            os.close(writer)

    def _picture(self, data: Callable[[], bytes], name: str) -> Attachment:
        if not self._paths.library.is_dir():  # it must not be made anew where its disk is away
            raise LibraryMissing(path=str(self._paths.library))
        given = data()
        try:
            copy = keep_given(given, self._paths.chat_pictures)
        except (PictureUnreadable, PictureCutShort, PictureTooLarge) as error:
            raise type(error)(**{**error.params, "path": _shown(name)}) from error
        relative = f"chats/pictures/{copy.name}"
        return Attachment(id=new_id(), name=_shown(name), picture=relative, size_bytes=len(given))


def _bytes(path: Path, name: str, size: int) -> bytes:
    if size > DOCUMENT_BYTES:
        raise DocumentTooLarge(name=name, size_bytes=size, most_bytes=DOCUMENT_BYTES)
    try:
        return path.read_bytes()
    except OSError as error:
        raise DocumentUnopened(name=name) from error


def _attachment(name: str, size: int, read: DocumentText) -> Attachment:
    return Attachment(id=new_id(), name=_shown(name), text=read.text, size_bytes=size, cut=read.cut)


def _shown(name: str) -> str:
    """In one line, and no longer than anybody reads."""
    shown = " ".join(clean_text(name).split())
    return shown if len(shown) <= NAME_LIMIT else shown[: NAME_LIMIT - 1] + "…"
