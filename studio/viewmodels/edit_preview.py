"""What an adjustment would make of the picture, worked out in a thread while its sheet is open."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from studio.core.adjustments import Adjustment
from studio.viewmodels.edit_work import Worker

if TYPE_CHECKING:
    from studio.session.edit_document import EditDocument
    from studio.session.edit_small import SmallView
    from studio.viewmodels.edit_pixels import Pixels

SIDE = 1024  # pixels of the longer side that are worked at, as near as whole steps allow


class AdjustmentPreview(QObject):
    """Of one document at a time; only the newest question is answered.

    Signals:
        ready (QImage): the picture as it would be, smaller than it is.
        counted (Histogram): of the active layer as it is, as far as it is chosen.
    """

    ready = Signal(object)
    counted = Signal(object)

    def __init__(self, document: "Callable[[], EditDocument | None]", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._worker = Worker(self)
        self._counter = Worker(self)
        self._small: SmallView | None = None

    def begin(self) -> None:
        """A sheet was opened: the picture as it is now is what all its settings start from."""
        self._small = None

    def count(self) -> None:
        """`counted` follows."""
        document = self._document()
        if document is not None:
            from studio.session.edit_small import ActiveLayer

            layer = ActiveLayer(document, SIDE)
            self._counter.forget()
            self._counter.do(layer.histogram, self.counted.emit)

    def ask(self, adjustment: Adjustment) -> None:
        document = self._document()
        if document is not None:
            from studio.session.edit_small import SmallView

            small = self._small = self._small or SmallView(document, SIDE)
            self._worker.forget()
            self._worker.do(lambda: small.adjusted(adjustment), self._show)

    def end(self) -> None:
        self._small = None
        self._worker.forget()
        self._counter.forget()

    def _show(self, pixels: "Pixels") -> None:
        from studio.viewmodels.edit_pixels import image_of

        image = image_of(pixels)
        if pixels[..., 3].min() == 255:  # else seams of what lies below show between tiles
            image = image.convertToFormat(QImage.Format.Format_RGB32)
        self.ready.emit(image)
