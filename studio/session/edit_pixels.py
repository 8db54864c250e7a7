"""Tools that change the pixels of the active layer, inside of what is chosen if anything is, or add some."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from studio.core.adjustments import Adjustment, Blur, Curves, HueSaturation, Levels, Sharpen, reach
from studio.core.edits import Region
from studio.core.errors import LayerEmpty, NothingChosen, OutsidePicture
from studio.core.hand_steps import MOST_ABOUT, HandStep, Handwork, Partly
from studio.core.ids import new_id
from studio.core.layers import Layer, TextStyle
from studio.media.adjust import adjusted, mixed
from studio.media.geometry import cropped, resized
from studio.media.planes import Plane
from studio.session.edit_document import EditDocument
from studio.session.edit_layers import numbered_name, with_new_layer
from studio.session.edit_work import (
    Outcome,
    Snapshot,
    Tool,
    Work,
    layer_of,
    painted_layer,
    with_layer,
    with_other_pixels,
)

Pixels = NDArray[np.uint8]  # (h, w, 4), RGBA with straight alpha


def preview_adjustment(pixels: Pixels, adjustment: Adjustment) -> Pixels:
    """What `adjust` makes of pixels, for a dialog that shows it as it is set; for any thread. A radius has to
    be scaled as the pixels are. Raises CurveUnordered."""
    return adjusted(pixels, adjustment)


@Tool
def adjust(document: EditDocument, adjustment: Adjustment) -> Work:
    """Raises LayerMissing, LayerIsMask, LayerHidden, LayerEmpty, CurveUnordered."""
    layer = painted_layer(document.state)

    def changed(before: Snapshot) -> Outcome:
        plane = before.planes[layer.plane]
        region = _shared(plane.bounds(), _where(before))
        if region.is_empty:
            raise LayerEmpty(name=layer.name)
        seen = region.grown(reach(adjustment)).within(plane.width, plane.height)
        found = adjusted(plane.read(seen), adjustment)
        place = Region(region.left - seen.left, region.top - seen.top, region.width, region.height)
        return _with_pixels(before, layer, region, cropped(found, place))

    return Work(_label(adjustment), document, changed, _figures(document, adjustment))


def _figures(document: EditDocument, adjustment: Adjustment) -> HandStep:
    shown = [one for one in document.state.layers if one.visible and one.kind != "mask"]
    whole = len(shown) == 1 and document.selection.bounds().is_empty
    return adjustment if whole else Partly(step=adjustment)


def _label(adjustment: Adjustment) -> str:
    match adjustment:
        case Levels():
            return "Levels"
        case Curves():
            return "Curves"
        case HueSaturation():
            return "Hue and saturation"
        case Blur():
            return "Blur"
        case Sharpen():
            return "Sharpen"


@Tool
def fill_colour(document: EditDocument, colour: str) -> Work:
    """With an opaque colour, #RRGGBB. Raises LayerMissing, LayerIsMask, LayerHidden."""
    layer = painted_layer(document.state)
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))

    def filled(before: Snapshot) -> Outcome:
        region = _where(before)
        pixels = np.empty((region.height, region.width, 4), np.uint8)
        pixels[:] = (red, green, blue, 255)
        return _with_pixels(before, layer, region, pixels)

    label = "Fill with the colour"
    return Work(label, document, filled, Handwork(label=label, about=colour))


@Tool
def clear_selected(document: EditDocument) -> Work:
    """What is chosen becomes transparent, as far as it is chosen. Raises LayerMissing, LayerIsMask,
    LayerHidden, NothingChosen."""
    layer = painted_layer(document.state)
    if document.selection.bounds().is_empty:
        raise NothingChosen(name=document.state.name)

    def cleared(before: Snapshot) -> Outcome:
        region = _where(before)
        return _with_pixels(before, layer, region, np.zeros((region.height, region.width, 4), np.uint8))

    return Work("Clear what is selected", document, cleared)


@Tool
def put_text(
    document: EditDocument, style: TextStyle, pixels: Pixels, x: int, y: int, layer_id: str = ""
) -> Work:
    """Words that are drawn already, with their first pixel at (x, y): a new layer above the active one, or in
    the place of what `layer_id` shows. Raises OutsidePicture, LayerMissing, LayersTooMany."""
    state = document.state
    region = Region(x, y, pixels.shape[1], pixels.shape[0])
    if region.within(state.width, state.height).is_empty:
        raise OutsidePicture
    old = layer_of(state, layer_id) if layer_id else None
    plane = Plane(state.width, state.height, 4)

    def put(before: Snapshot) -> Outcome:
        plane.put(plane.changed(region, pixels))
        if old is None:
            layer = Layer(
                id=new_id(), name=numbered_name(state, "Text"), plane=new_id(), kind="text", text=style
            )
            after = with_new_layer(before.state, layer)
        else:
            layer = msgspec.structs.replace(old, plane=new_id(), kind="text", text=style, asset="")
            after = with_layer(before.state, layer)
        return Outcome(msgspec.structs.replace(after, whole=False), planes={layer.plane: plane})

    about = " ".join(style.text.split())[:MOST_ABOUT]
    return Work("Text", document, put, Handwork(label="Text", about=about))


@Tool
def paste_picture(document: EditDocument, pixels: Pixels, name: str = "") -> Work:
    """A new layer in the middle of the canvas, made smaller where it is larger. Raises LayersTooMany."""

    def pasted(before: Snapshot) -> Outcome:
        state = before.state
        fitted = _fitted(pixels, state.width, state.height)
        height, width = fitted.shape[:2]
        plane = Plane(state.width, state.height, 4)
        middle = Region((state.width - width) // 2, (state.height - height) // 2, width, height)
        plane.put(plane.changed(middle, fitted))
        layer = Layer(id=new_id(), name=name or numbered_name(state, "Layer"), plane=new_id())
        after = msgspec.structs.replace(with_new_layer(state, layer), whole=False)
        return Outcome(after, planes={layer.plane: plane})

    return Work("Paste as a layer", document, pasted)


def _fitted(pixels: Pixels, width: int, height: int) -> Pixels:
    scale = min(1.0, width / pixels.shape[1], height / pixels.shape[0])
    return resized(pixels, max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))


def _where(before: Snapshot) -> Region:
    """What is chosen, or all where nothing is."""
    chosen = before.selection.bounds()
    return before.selection.region if chosen.is_empty else chosen


def _with_pixels(before: Snapshot, layer: Layer, region: Region, pixels: Pixels) -> Outcome:
    """The layer with these pixels in the region, as far as it is chosen."""
    plane = before.planes[layer.plane]
    if not before.selection.bounds().is_empty:
        pixels = mixed(plane.read(region), pixels, before.selection.read(region))
    tiles = plane.changed(region, pixels)
    return Outcome(with_other_pixels(before.state, layer) if tiles else before.state, {layer.plane: tiles})


def _shared(one: Region, other: Region) -> Region:
    left, top = max(one.left, other.left), max(one.top, other.top)
    return Region(left, top, min(one.right, other.right) - left, min(one.bottom, other.bottom) - top)
