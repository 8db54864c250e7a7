"""A document made small, on which an adjustment is tried before it is done, and its values are counted."""

import msgspec
import numpy as np

from studio.core.adjustments import CHANNELS, Adjustment, Blur, Histogram, Sharpen
from studio.core.layers import SELECTION
from studio.media.adjust import mixed
from studio.media.compose import composite
from studio.media.histogram import counted
from studio.media.planes import Pixels, Plane
from studio.session.edit_document import EditDocument
from studio.session.edit_pixels import preview_adjustment
from studio.session.edit_views import View


class SmallView:
    """The document as it was when this was made, in steps that leave most of it out.

    Made in the window's thread, which costs nothing; used in one other, where it is made small at first.
    """

    def __init__(self, document: EditDocument, side: int) -> None:
        """`side`: pixels of the longer one, as near as whole steps allow."""
        self._view = View(document)
        state = document.state
        self._step = max(1, max(state.width, state.height) // side)
        self._planes: dict[str, Plane] = {}

    def adjusted(self, adjustment: Adjustment) -> Pixels:
        """What would be seen of the whole, (h, w, 4). Raises CurveUnordered."""
        planes = self._planes = self._planes or {
            name: Plane.of(plane.read(plane.region)[:: self._step, :: self._step].copy())
            for name, plane in self._view.planes.items()
        }
        chosen = planes[SELECTION]
        whole = chosen.region
        state = msgspec.structs.replace(self._view.state, width=whole.width, height=whole.height)
        layer = state.active_layer
        if layer is not None and layer.kind != "mask":
            pixels = planes[layer.plane].read(whole)
            made = preview_adjustment(pixels, _scaled(adjustment, self._step))
            if not chosen.bounds().is_empty:
                made = mixed(pixels, made, chosen.read(whole))
            planes = {**planes, layer.plane: Plane.of(made)}
        return composite(state, planes, whole)


class ActiveLayer:
    """The active layer as it was when this was made, as far as it was chosen; for any one thread."""

    def __init__(self, document: EditDocument, side: int) -> None:
        """`side` as of `SmallView`."""
        state, layer = document.state, document.state.active_layer
        self._step = max(1, max(state.width, state.height) // side)
        self._plane = document.plane(layer.plane).copy() if layer and layer.kind != "mask" else None
        self._chosen = document.selection.copy()

    def histogram(self) -> Histogram:
        """Of a few of its pixels, tile by tile."""
        counts = np.zeros((len(CHANNELS), 256))
        whole = self._chosen.bounds().is_empty
        for at, pixels in self._plane.tiles.items() if self._plane else ():
            mask = self._chosen.tile(at)
            if whole or mask is not None:
                few = slice(None, None, self._step)
                counts += counted(pixels[few, few], None if whole or mask is None else mask[few, few])
        return {channel: tuple(row.tolist()) for channel, row in zip(CHANNELS, counts, strict=True)}


def _scaled(adjustment: Adjustment, step: int) -> Adjustment:
    match adjustment:
        case Blur(radius=radius) | Sharpen(radius=radius):
            return msgspec.structs.replace(adjustment, radius=radius / step)
        case _:
            return adjustment
