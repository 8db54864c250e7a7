"""Tools that choose a part of a document; none of them changes a pixel of a layer."""

import math
from collections.abc import Callable, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from studio.core.edits import Region
from studio.core.errors import MaskUnfit, NothingChosen, NothingThere, OutsidePicture, SelectionVanishes
from studio.core.ids import new_id
from studio.core.layers import SELECTION, Layer
from studio.media import selection
from studio.media.compose import composite
from studio.media.planes import Plane, Tiles
from studio.media.selection import Mask, Mode, Patch
from studio.session.edit_document import EditDocument
from studio.session.edit_layers import numbered_name, with_new_layer
from studio.session.edit_work import Outcome, Snapshot, Tool, Work, layer_of


@Tool
def select_rectangle(document: EditDocument, region: Region, mode: Mode = "replace") -> Work:
    """What of the region lies in the picture. Raises OutsidePicture."""
    state = document.state
    if region.within(state.width, state.height).is_empty:
        raise OutsidePicture
    return _choose(
        "Rectangle",
        document,
        mode,
        lambda before: selection.rectangle(region, before.state.width, before.state.height),
    )


@Tool
def select_polygon(
    document: EditDocument,
    points: Sequence[tuple[float, float]],
    mode: Mode = "replace",
    label: str = "Polygon",
) -> Work:
    """What the line through the points, in pixels, goes around; also for a lasso. Raises NothingThere."""
    line = tuple(points)
    return _choose(
        label,
        document,
        mode,
        lambda before: selection.polygon(line, before.state.width, before.state.height),
    )


@Tool
def select_colour(
    document: EditDocument, x: int, y: int, tolerance: int, contiguous: bool = True, mode: Mode = "replace"
) -> Work:
    """What looks like the pixel at that place, in all that is seen. Raises OutsidePicture."""
    if not (0 <= x < document.state.width and 0 <= y < document.state.height):
        raise OutsidePicture

    def found(before: Snapshot) -> Patch:
        shown = composite(before.state, before.planes, before.selection.region)
        return Patch(before.selection.region, selection.alike(shown, x, y, tolerance, contiguous))

    return _choose("Wand", document, mode, found)


@Tool
def select_mask(
    document: EditDocument,
    mask: NDArray[np.uint8],
    mode: Mode = "replace",
    label: str = "Object",
) -> Work:
    """A mask of the picture's size, (h, w). Raises MaskUnfit, NothingThere."""
    state, (height, width) = document.state, mask.shape
    if (width, height) != (state.width, state.height):
        raise MaskUnfit(width=width, height=height, wide=state.width, high=state.height)
    return _choose(label, document, mode, lambda before: Patch(before.selection.region, mask))


@Tool
def select_all(document: EditDocument) -> Work:
    whole = document.selection.region
    return _choose(
        "Select all", document, "replace", lambda _: selection.rectangle(whole, whole.width, whole.height)
    )


@Tool
def select_none(document: EditDocument) -> Work:
    return Work("Select nothing", document, lambda before: _chosen(before, selection.NOTHING))


@Tool
def invert_selection(document: EditDocument) -> Work:
    def turned(before: Snapshot) -> Outcome:
        whole = before.selection.region
        return _chosen(before, Patch(whole, selection.inverted(before.selection.read(whole))))

    return Work("Invert the selection", document, turned)


@Tool
def grow_selection(document: EditDocument, px: int) -> Work:
    """By so many pixels; negative: smaller. Raises NothingChosen, SelectionVanishes."""
    label = "Grow the selection" if px > 0 else "Shrink the selection"
    return _reshape(label, document, abs(px) + 1, lambda mask: selection.grown(mask, px))


@Tool
def feather_selection(document: EditDocument, px: float) -> Work:
    """Fades over so many pixels to either side. Raises NothingChosen, SelectionVanishes."""
    reach = math.ceil(px * selection.FEATHER_REACH) + 1
    return _reshape("Feather the selection", document, reach, lambda mask: selection.feathered(mask, px))


@Tool
def select_layer(document: EditDocument, layer_id: str) -> Work:
    """What a mask layer chooses, or what shows of a picture. Raises LayerMissing, NothingThere."""
    return _select_shown("Choose what the layer holds", document, layer_id)


def _select_shown(label: str, document: EditDocument, layer_id: str) -> Work:
    plane_id = layer_of(document.state, layer_id).plane

    def found(before: Snapshot) -> Patch:
        plane = before.planes[plane_id]
        region = plane.bounds()
        pixels = plane.read(region)
        return Patch(region, pixels if plane.channels == 1 else selection.from_alpha(pixels))

    return _choose(label, document, "replace", found)


@Tool
def select_from_alpha(document: EditDocument) -> Work:
    """What shows of the active layer. Raises LayerMissing, NothingThere."""
    return _select_shown("Select what is not transparent", document, document.state.active)


@Tool
def keep_selection_as_layer(document: EditDocument) -> Work:
    """A mask layer that can be chosen again. Raises NothingChosen, LayersTooMany."""
    _check_chosen(document)

    def kept(before: Snapshot) -> Outcome:
        state = before.state
        layer = Layer(id=new_id(), name=numbered_name(state, "Mask"), plane=new_id(), kind="mask")
        after = msgspec.structs.replace(with_new_layer(state, layer), active=state.active)
        return Outcome(after, planes={layer.plane: before.selection.copy()})

    return Work("Keep the selection as a layer", document, kept)


def _choose(label: str, document: EditDocument, mode: Mode, find: Callable[[Snapshot], Patch]) -> Work:
    def chosen(before: Snapshot) -> Outcome:
        patch = find(before)
        if not patch.mask.any():
            raise NothingThere
        return _chosen(before, _together(before.selection, patch, mode))

    return Work(label, document, chosen)


def _together(chosen: Plane, patch: Patch, mode: Mode) -> Patch:
    """What is chosen after it, without the rest of the picture where nothing is."""
    if mode == "replace":
        return patch
    old = chosen.bounds()
    match mode:
        case "intersect":
            region = patch.region
        case "subtract":
            region = old
        case "add":
            region = old.joined(patch.region)
    return Patch(region, selection.combined(chosen.read(region), _spread(patch, region), mode))


def _spread(patch: Patch, region: Region) -> Mask:
    """The patch in that region."""
    if patch.region == region:
        return patch.mask
    plane = Plane(max(patch.region.right, 1), max(patch.region.bottom, 1), 1)
    plane.put(plane.changed(patch.region, patch.mask))
    return plane.read(region)


def _reshape(label: str, document: EditDocument, reach: int, change: Callable[[Mask], Mask]) -> Work:
    _check_chosen(document)

    def reshaped(before: Snapshot) -> Outcome:
        whole = before.selection.region
        region = before.selection.bounds().grown(reach).within(whole.width, whole.height)
        mask = change(before.selection.read(region))
        if not mask.any():
            raise SelectionVanishes
        return _chosen(before, Patch(region, mask))

    return Work(label, document, reshaped)


def _check_chosen(document: EditDocument) -> None:
    if document.selection.bounds().is_empty:
        raise NothingChosen(name=document.state.name)


def _chosen(before: Snapshot, patch: Patch) -> Outcome:
    """The patch chosen, and nothing else."""
    old = before.selection
    new = Plane(old.width, old.height, 1)
    new.put(new.changed(patch.region, patch.mask))
    tiles: Tiles = {
        at: new.tile(at)
        for at in old.tiles.keys() | new.tiles.keys()
        if not np.array_equal(_values(old, at), _values(new, at))
    }
    return Outcome(before.state, {SELECTION: tiles})


def _values(plane: Plane, at: tuple[int, int]) -> NDArray[np.uint8]:
    tile = plane.tile(at)
    return np.zeros((1, 1), np.uint8) if tile is None else tile
