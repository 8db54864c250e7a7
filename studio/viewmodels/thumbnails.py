"""Small pictures for grids: made and decoded in two threads, newest wish first, kept while there is room."""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable

from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QIODevice,
    QObject,
    QRunnable,
    QSize,
    Qt,
    QThreadPool,
    Signal,
    SignalInstance,
)
from PySide6.QtGui import QImage, QImageReader, QPainter

from studio.core.errors import PictureUnreadable, StudioError
from studio.core.records import Asset

THREADS = 2
KEPT_BYTES = 64 * 2**20  # more than the tiles of any screen take, little beside the process
MOST_WISHES = 400
BUCKETS = (128, 256, 512, 1024)  # sizes of the files in the cache
STEP = 32  # sizes asked for are rounded up to this, so that a slider does not ask for each pixel
AGAIN_AFTER_S = 30.0  # a disk may have been away when a file could not be read
WHOLE = 0
PREVIEW = -1

Aspect = Qt.AspectRatioMode
Quality = Qt.TransformationMode

log = logging.getLogger(__name__)

Key = tuple[str, int, int, int]  # asset or preview, width, height, radius; in pixels of the screen


class Thumbnails(QObject):
    """Decoded pictures by asset and size. Asking never waits: what is missing comes later with a signal.

    Attributes:
        make: gives the encoded bytes of a thumbnail whose longer side has so many pixels, or of the
            whole picture for `WHOLE`; called in other threads.
        clock: seconds.

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
        self._latest: dict[str, Key] = {}  # what arrived last, shown while another size is on its way
        self.clock: Callable[[], float] = time.monotonic
        self._broken: dict[str, float] = {}  # and when that was found
        self._wishes: OrderedDict[Key, Callable[[], QImage]] = OrderedDict()
        self._at_work: set[Key] = set()
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(THREADS)
        self._made.connect(self._arrive, Qt.ConnectionType.QueuedConnection)

    def thumbnail(self, asset: Asset, px: int) -> QImage | None:
        """The picture with a longer side of about `px` pixels; another size, or None, until it is there."""
        size = -(-px // STEP) * STEP
        return self._small((asset.id, size, 0, 0), lambda: self._fitted(asset, size))

    def tile(self, asset: Asset, width: int, height: int, radius: int) -> QImage | None:
        """The middle of the picture, covering just this area, with round corners, so that it is only copied
        when it is painted; in another size, or None, until it is there."""
        return self._small(
            (asset.id, width, height, radius), lambda: self._covering(asset, QSize(width, height), radius)
        )

    def whole(self, asset: Asset) -> QImage | None:
        """The picture itself, pixel by pixel; None until it is there."""
        key = (asset.id, WHOLE, 0, 0)
        found = self._lookup(key)
        if found is None:
            self._wish(key, lambda: _decoded(self.make(asset, WHOLE)))
        return found

    def decode(self, key: str, encoded: bytes) -> None:
        """Decodes a preview; the newest of a key replaces one that still waits."""
        self._wish((key, PREVIEW, 0, 0), lambda: _decoded(encoded))

    def broken(self, asset: Asset) -> bool:
        """The file is gone or is not a picture."""
        return asset.id in self._broken

    def look_again(self, asset: Asset) -> None:
        """Its file may be whole by now."""
        self._broken.pop(asset.id, None)

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

    def _small(self, key: Key, work: Callable[[], QImage]) -> QImage | None:
        found = self._lookup(key)
        if found is None:
            self._wish(key, work)
            found = self._lookup(self._latest.get(key[0], key))
        return found

    # In the pool's threads.

    def _fitted(self, asset: Asset, size: int) -> QImage:
        image = _decoded(self.make(asset, _bucket(size)))
        box = min(size, max(image.width(), image.height()))
        return image.scaled(box, box, Aspect.KeepAspectRatio, Quality.SmoothTransformation)

    def _covering(self, asset: Asset, size: QSize, radius: int) -> QImage:
        whole = QSize(max(asset.width, 1), max(asset.height, 1))
        needed = whole.scaled(size, Aspect.KeepAspectRatioByExpanding)
        image = _decoded(self.make(asset, _bucket(max(needed.width(), needed.height()))))
        image = image.scaled(size, Aspect.KeepAspectRatioByExpanding, Quality.SmoothTransformation)
        return _rounded(image, size, radius)

    # In the window's thread.

    def _wish(self, key: Key, work: Callable[[], QImage]) -> None:
        broken = self._broken.get(key[0])
        if broken is not None and self.clock() - broken < AGAIN_AFTER_S:
            return
        if key in self._at_work and key[1] != PREVIEW:
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
        name, size = key[:2]
        if size == PREVIEW:
            if image is not None:
                self.preview_ready.emit(name, image)
            return
        if image is None:
            self._broken[name] = self.clock()
        else:
            self._broken.pop(name, None)
            self._keep(key, image)
        self.ready.emit(name)

    def _keep(self, key: Key, image: QImage) -> None:
        self._kept[key] = image
        self._bytes += image.sizeInBytes()
        if key[1] != WHOLE:
            self._latest[key[0]] = key
        while self._bytes > KEPT_BYTES and len(self._kept) > 1:
            _, dropped = self._kept.popitem(last=False)
            self._bytes -= dropped.sizeInBytes()


class _Task(QRunnable):
    """One picture made in a thread of the pool."""

    def __init__(self, key: Key, work: Callable[[], QImage], made: SignalInstance) -> None:
        super().__init__()
        self._key, self._work, self._made = key, work, made

    def run(self) -> None:
        image = None
        try:
            image = self._work()
        except (StudioError, OSError) as error:
            log.info("no picture of %s: %s", self._key[0], error)
        finally:  # also out of memory: the place in the pool is free again
            self._made.emit(self._key, image)


def _bucket(size: int) -> int:
    return next((bucket for bucket in BUCKETS if bucket >= size), BUCKETS[-1])


def _rounded(image: QImage, size: QSize, radius: int) -> QImage:
    """The middle of an image that is at least `size` large."""
    tile = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    tile.fill(Qt.GlobalColor.transparent)
    painter = QPainter(tile)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(image)
    painter.setBrushOrigin((size.width() - image.width()) // 2, (size.height() - image.height()) // 2)
    painter.drawRoundedRect(tile.rect(), radius, radius)
    painter.end()
    return tile


def read_image(encoded: bytes) -> QImage:
    """By a reader, which gives up the lock of Python while it decodes; `QImage.fromData` keeps it, and a
    large picture would hold up the window. Null where it is none."""
    buffer = QBuffer()
    buffer.setData(QByteArray(encoded))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    # Finds the format with the lock of Python held. Qt does so under a lock of its own, and asks the buffer,
    # which needs that of Python: a thread that had it and wanted Qt's would stand still, and this one too.
    # Where there is no format, `read` would look for one again, without the lock of Python.
    return reader.read() if reader.canRead() else QImage()


def _decoded(encoded: bytes) -> QImage:
    image = read_image(encoded)
    if image.isNull():
        raise PictureUnreadable(path="")
    # The formats that the window paints without converting.
    formats = QImage.Format
    wanted = formats.Format_ARGB32_Premultiplied if image.hasAlphaChannel() else formats.Format_RGB32
    return image.convertToFormat(wanted)
