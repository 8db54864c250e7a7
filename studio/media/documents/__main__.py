"""Reads one document of anybody's: `python -m studio.media.documents PATH KIND`.

Readers of PDF, docx and HTML can loop, or take all memory there is, over a file that was made to: so this is
a process of its own, with bounds on both, which opens that one file, starts no program and no connection. It
says one line of JSON: a `DocumentRead`. It ends at once when stdin closes: its parent died, or wants no more
of it.
"""

import contextlib
import importlib
import logging
import os
import sys
import threading
from pathlib import Path

import msgspec

from studio.core.errors import (
    DocumentDamaged,
    DocumentTooLarge,
    DocumentUnending,
    DocumentUnopened,
    DocumentUnsupported,
    DocumentWithoutText,
    StudioError,
)
from studio.core.plain_text import clean_text
from studio.media.documents.collected import Collected
from studio.media.documents.plain import bounded
from studio.media.documents.wire import (
    DOCUMENT_BYTES,
    SOFT_SECONDS,
    DocumentRead,
    DocumentRefused,
)

_MEMORY_BYTES = 3 << 30
_FORBIDDEN = ("socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn")


def read_document(path: Path, kind: str, found: Collected) -> None:
    """Puts the text into `found`. Raises DocumentUnopened, DocumentTooLarge, and what the readers raise."""
    name = clean_text(path.name)
    try:
        size = path.stat().st_size
        with path.open("rb"):
            pass
    except OSError as error:
        raise DocumentUnopened(name=name) from error
    if size > DOCUMENT_BYTES:
        raise DocumentTooLarge(name=name, size_bytes=size, most_bytes=DOCUMENT_BYTES)
    match kind:
        case "pdf":
            from studio.media.documents.pdf import read_pdf

            read_pdf(path, name, found)
        case "docx":
            from studio.media.documents.docx import read_docx

            read_docx(path, name, found)
        case "html":
            from studio.media.documents.html import read_html

            read_html(path, name, found)
        case _:
            raise DocumentUnsupported(name=name)


def _outcome(path: Path, kind: str, found: Collected) -> DocumentRead:
    name = clean_text(path.name)
    try:
        read_document(path, kind, found)
        return bounded(found.text, name, cut=found.full)
    except StudioError as error:
        return DocumentRefused(code=error.code, params=error.params)
    except (MemoryError, RecursionError):
        return DocumentRefused(code=DocumentDamaged.code, params={"name": name})


def _so_far(path: Path, found: Collected) -> DocumentRead:
    """What there is once the time is over."""
    name = clean_text(path.name)
    try:
        return bounded(found.text, name, cut=True)
    except DocumentWithoutText:
        seconds = round(SOFT_SECONDS)
        return DocumentRefused(code=DocumentUnending.code, params={"name": name, "seconds": seconds})


def _say(outcome: DocumentRead) -> None:
    """The last word: whoever has said it, nobody says another."""
    with _saying:
        data = msgspec.json.encode(outcome) + b"\n"
        while data:
            data = data[os.write(1, data) :]
        os._exit(0)


_saying = threading.Lock()


def _refuse(event: str, _: tuple[object, ...]) -> None:
    """Python asks this before it does anything of the kind (PEP 578)."""
    if event.startswith(_FORBIDDEN):
        raise PermissionError(f"{event} has no place in the reading of a document")


def _end_with_parent() -> None:
    while os.read(0, 1):  # not through Python's buffer, whose lock would end the process with a complaint
        pass
    os._exit(1)


def _bound_memory() -> None:
    with contextlib.suppress(
        ImportError, ValueError, OSError
    ):  # Windows, and systems that have no such bound
        resource = importlib.import_module("resource")
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))


def main() -> None:
    path, kind, found = Path(sys.argv[1]), sys.argv[2], Collected()
    logging.disable()  # pypdf remarks on all that is strange in a file
    threading.Thread(target=_end_with_parent, daemon=True).start()
    late = threading.Timer(SOFT_SECONDS, lambda: _say(_so_far(path, found)))
    late.daemon = True
    late.start()
    _bound_memory()
    sys.addaudithook(_refuse)
    _say(_outcome(path, kind, found))


if __name__ == "__main__":
    main()
