"""Small pictures for grids: made and decoded in two threads, newest wish first, kept while there is room."""

import logging
from collections import OrderedDict
from collections.abc import Callable

from PySide6.QtCore import QObject, QRunnable, Qt, QThreadPool, Signal, SignalInstance
from PySide6.QtGui import QImage

from studio.core.errors import PictureUnreadable, StudioError
from studio.core.records import Asset

THREADS = 2
KEPT_BYTES = 96 * 2**20
MOST_WISHES = 400
BUCKETS = (128, 256, 512, 1024)  # sizes of the files in the cache
STEP = 32  # sizes asked for are rounded up to this, so that a slider does not ask for each pixel
WHOLE = 0
PREVIEW = -1

log = logging.getLogger(__name__)

Key = tuple[str, int]


class Thumbnails(QObject):
    """Decoded pictures by asset and size. Asking never waits: what is missing comes later with a signal.

    Attributes:
        make: gives the encoded bytes of a thumbnail whose longer side has so many pixels, or of the
            whole picture for `WHOLE`; called in other threads.

    Signals:
        ready(id): a picture of this asset arrived, or turned out to be broken.
        preview_ready(key, QImage): what `decode` was given.
    """

    ready = Signal(str)
    preview_ready = Signal(str, object)
    _made = Signal(object, object)

    def __init__(self, make: Callable[[Asset, int], bytes], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.make = make
        self._kept: OrderedDict[Key, QImage] = OrderedDict()
        self._bytes = 0
        self._sizes: dict[str, int] = {}  # the size that arrived last, shown while another is on its way
        self._broken: set[str] = set()
        self._wishes: OrderedDict[Key, Callable[[], QImage]] = OrderedDict()
        self._at_work: set[Key] = set()
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(THREADS)
        self._made.connect(self._arrive, Qt.ConnectionType.QueuedConnection)

    def thumbnail(self, asset: Asset, px: int) -> QImage | None:
        """The picture with a longer side of about `px` pixels; another size, or None, until it is there."""
        size = -(-px // STEP) * STEP
        found = self._lookup((asset.id, size))
        if found is None:
            self._wish((asset.id, size), lambda: self._small(asset, size))
            found = self._lookup((asset.id, self._sizes.get(asset.id, size)))
        return found

    def whole(self, asset: Asset) -> QImage | None:
        """The picture itself, pixel by pixel; None until it is there."""
        found = self._lookup((asset.id, WHOLE))
        if found is None:
            self._wish((asset.id, WHOLE), lambda: _decoded(self.make(asset, WHOLE)))
        return found

    def decode(self, key: str, encoded: bytes) -> None:
        """Decodes a preview; the newest of a key replaces one that still waits."""
        self._wish((key, PREVIEW), lambda: _decoded(encoded))

    def broken(self, asset: Asset) -> bool:
        """The file is gone or is not a picture."""
        return asset.id in self._broken

    @property
    def busy(self) -> bool:
        """Something is being decoded, or waits to be."""
        return bool(self._at_work)

    def close(self) -> None:
        """Ends the threads after what they are at."""
        self._wishes.clear()
        self._pool.waitForDone()

    def _lookup(self, key: Key) -> QImage | None:
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def _small(self, asset: Asset, size: int) -> QImage:
        bucket = next((bucket for bucket in BUCKETS if bucket >= size), BUCKETS[-1])
        image = _decoded(self.make(asset, bucket))
        box = min(size, max(image.width(), image.height()))
        return image.scaled(
            box, box, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )

    def _wish(self, key: Key, work: Callable[[], QImage]) -> None:
        if key[0] in self._broken or (key in self._at_work and key[1] != PREVIEW):
            return
        self._wishes[key] = work
        self._wishes.move_to_end(key)
        while len(self._wishes) > MOST_WISHES:
            self._wishes.popitem(last=False)
        self._start()

    def _start(self) -> None:
        """Gives free threads the newest wishes; two of one key never run at once, so none overtakes."""
        while len(self._at_work) < THREADS:
            key = next((key for key in reversed(self._wishes) if key not in self._at_work), None)
            if key is None:
                return
            self._at_work.add(key)
            self._pool.start(_Task(key, self._wishes.pop(key), self._made))

    def _arrive(self, key: Key, image: QImage | None) -> None:
        self._at_work.discard(key)
        self._start()
        name, size = key
        if size == PREVIEW:
            if image is not None:
                self.preview_ready.emit(name, image)
            return
        if image is None:
            self._broken.add(name)
        else:
            self._keep(key, image)
        self.ready.emit(name)

    def _keep(self, key: Key, image: QImage) -> None:
        self._kept[key] = image
        self._bytes += image.sizeInBytes()
        if key[1] != WHOLE:
            self._sizes[key[0]] = key[1]
        while self._bytes > KEPT_BYTES and len(self._kept) > 1:
            _, dropped = self._kept.popitem(last=False)
            self._bytes -= dropped.sizeInBytes()


class _Task(QRunnable):
    """One picture made in a thread of the pool."""

    def __init__(self, key: Key, work: Callable[[], QImage], made: SignalInstance) -> None:
        super().__init__()
        self._key, self._work, self._made = key, work, made

    def run(self) -> None:
        try:
            image = self._work()
        except (StudioError, OSError) as error:
            log.info("no picture of %s: %s", self._key[0], error)
            image = None
        self._made.emit(self._key, image)


def _decoded(encoded: bytes) -> QImage:
    image = QImage.fromData(encoded)
    if image.isNull():
        raise PictureUnreadable(path="")
    # The formats that the window paints without converting.
    formats = QImage.Format
    wanted = formats.Format_ARGB32_Premultiplied if image.hasAlphaChannel() else formats.Format_RGB32
    return image.convertToFormat(wanted)
