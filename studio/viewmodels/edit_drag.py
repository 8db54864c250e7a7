"""The canvas as a file that can be dragged into other programs, written in a thread before it is needed."""

import shutil
import tempfile
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage

from studio.core.errors import FileUnwritable
from studio.viewmodels.edit_work import Worker
from studio.viewmodels.thumbnails import read_image

if TYPE_CHECKING:
    from studio.session.edit_document import EditDocument
    from studio.session.edit_views import View

SMALL = 96  # pixels of the longer side of what hangs at the pointer
LETTERS = 60  # of a file's name


class Dragged(NamedTuple):
    """What other programs are given.

    Attributes:
        path, png: the file, and what is in it.
        image: the same for programs that take no files.
        small: what hangs at the pointer.
    """

    path: Path
    png: bytes
    image: QImage
    small: QImage


class DraggedPicture(QObject):
    """Of one document at a time. The folder of its files is removed when the studio is left.

    Signals:
        ready (Dragged): the canvas as it was when it was asked for.
        failed (StudioError): it could not be written.
    """

    ready = Signal(object)
    failed = Signal(object)

    def __init__(self, document: "Callable[[], EditDocument | None]", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._worker = Worker(self)
        self._worker.failed.connect(self.failed)
        self._folder: Path | None = None
        self._last: tuple[View, Dragged] | None = None

    def ask(self) -> None:
        """`ready` follows; at once where nothing has changed since."""
        document = self._document()
        if document is None:
            return
        from studio.session.edit_views import View

        view = View(document)
        if self._last is not None and self._last[0].is_of(view):
            self.ready.emit(self._last[1])
            return
        folder = self._made_folder()

        def show(dragged: Dragged) -> None:
            self._last = view, dragged
            self.ready.emit(dragged)

        self._worker.forget()
        self._worker.do(lambda: _written(view, folder), show)

    def _made_folder(self) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="atelier-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder


def _written(view: "View", folder: Path) -> Dragged:
    """For any thread. Each is in a folder of its own: another program may still read the one before."""
    png = view.png()
    try:
        path = Path(tempfile.mkdtemp(dir=folder)) / f"{_name(view.state.name)}.png"
        path.write_bytes(png)
    except OSError as error:
        raise FileUnwritable(path=str(folder), cause=error.strerror or type(error).__name__) from error
    image = read_image(png)
    return Dragged(path, png, image, _small(image))


def _small(image: QImage) -> QImage:
    """Without a mean of all its pixels, for which a large picture would hold up the window."""
    keep, way = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode
    if max(image.width(), image.height()) > 4 * SMALL:
        image = image.scaled(4 * SMALL, 4 * SMALL, keep, way.FastTransformation)
    return image.scaled(SMALL, SMALL, keep, way.SmoothTransformation)


def _name(words: str) -> str:
    """What every system takes for the name of a file, without the ending that it had."""
    stem, dot, ending = words.rpartition(".")
    bare = stem if dot and ending.isalnum() and len(ending) <= 4 else words
    kept = "".join(one if one.isalnum() or one in "-_" else " " for one in bare)
    return " ".join(kept.split())[:LETTERS].strip() or "picture"
