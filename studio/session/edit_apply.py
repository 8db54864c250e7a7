"""A picture that was made for a document becomes part of it: as a layer, or as a canvas of another size."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from studio.core.edits import TAKES_MASK, Edit, Margins, Operation, Region
from studio.core.errors import MadeForAnotherSize, MadeForTurnedCanvas
from studio.core.ids import new_id
from studio.core.inputs import Role
from studio.core.layers import SELECTION, Document, Layer
from studio.core.paths import Paths
from studio.core.records import Asset
from studio.media.compose import composite
from studio.media.geometry import extended
from studio.media.inputs import kept_input
from studio.media.opening import open_picture
from studio.media.pasting import Weight, weight_of
from studio.media.pictures import reading
from studio.media.planes import Pixels, Plane

# What the step and the layer are called, in English.
NAMES = {
    Operation.FILL: "Fill",
    Operation.REMOVE: "Remove",
    Operation.BACKGROUND: "Background",
    Operation.EXTEND: "Extend",
    Operation.PAINT_OVER: "Paint over",
    Operation.INSTRUCT: "Instruction",
    Operation.UPSCALE: "Upscale",
    Operation.CUT_OUT: "Cut out",
    Operation.BY_HAND: "Picture",
}
_CLEAR, _OPAQUE = 0, 255
_NEAR = 16  # pixels
_SAMPLES = 512  # a side, at most twice as many, that are compared
_MOST = 0.5


class Applied(NamedTuple):
    """A step that is to be made.

    Attributes:
        planes: those that are new or that replace others.
        older: the picture was made from a canvas that has changed since.
    """

    label: str
    state: Document
    planes: Mapping[str, Plane]
    older: bool


def step_of(state: Document, planes: Mapping[str, Plane], asset: Asset, paths: Paths, alone: bool) -> Applied:
    """The step that makes a picture of the library part of the document, or all that it shows. Reads files.

    Raises PictureUnreadable, PictureCutShort, PictureTooLarge, MadeForAnotherSize, MadeForTurnedCanvas.
    """
    pixels = open_picture(paths.library / asset.path).pixels
    if alone:
        return whole(state, asset, pixels)._replace(label="Return")
    made = applied(state, planes, asset, pixels, chosen_then(asset, paths.inputs))
    return made if made.older else made._replace(older=_drawn_on(state, planes, asset, paths.inputs))


def applied(
    state: Document, planes: Mapping[str, Plane], asset: Asset, pixels: Pixels, mask: Pixels | None
) -> Applied:
    """The step that makes a picture, (height, width, 4), part of the document; `mask`: what was chosen then,
    None for all of it or where that is not known any more. Raises MadeForAnotherSize, MadeForTurnedCanvas."""
    edit = asset.recipe.edit or Edit(operation=Operation.BY_HAND)
    if edit.operation is Operation.EXTEND and _fits(state, pixels, edit.margins):
        return _extended(state, planes, asset, pixels, edit)
    if not _fits(state, pixels, Margins()):
        if not _enlarges(state, pixels, edit):
            height, width = pixels.shape[:2]
            raise MadeForAnotherSize(width=width, height=height)
        return _replaced(state, asset, pixels)
    weight = _weight(edit, mask, pixels)
    return _whole(state, asset, pixels) if weight is None else _laid(state, planes, asset, pixels, weight)


def chosen_then(asset: Asset, inputs: Path) -> Pixels | None:
    """What was chosen when the picture was made, by the copy in the library's folder of inputs; None where
    there was nothing, or it is not kept any more. Reads files."""
    return _input(asset, inputs, Role.MASK, "L")


def whole(state: Document, asset: Asset, pixels: Pixels) -> Applied:
    """The step after which the canvas shows that picture and nothing else."""
    if _fits(state, pixels, Margins()):
        return _whole(state, asset, pixels)
    return _replaced(state, asset, pixels)


def _input(asset: Asset, inputs: Path, role: Role, mode: str) -> Pixels | None:
    """What the picture was made with in that role, where it is kept still."""
    used = (one.hash for one in asset.recipe.inputs if one.role is role)
    taken = next((taken for digest in used if (taken := kept_input(inputs, digest))), None)
    if taken is None:
        return None
    with reading(Path(taken.path)) as image:
        return np.asarray(image.convert(mode))


def _drawn_on(state: Document, planes: Mapping[str, Plane], asset: Asset, inputs: Path) -> bool:
    """Whether the canvas was changed by hand since the picture was made from it, where that is known. That
    another one was applied since is plain to see."""
    edit = asset.recipe.edit
    if edit is None or state.asset != edit.parent or state.whole:
        return False
    before = _input(asset, inputs, Role.CHANGE, "RGBA")
    if before is None or before.shape[:2] != (state.height, state.width):
        return False
    return bool((composite(state, planes, planes[SELECTION].region) != before).any())


def _laid(
    state: Document, planes: Mapping[str, Plane], asset: Asset, pixels: Pixels, weight: Weight
) -> Applied:
    """Over the canvas where the weight is. What is the same beyond it makes the canvas the picture itself."""
    canvas = composite(state, planes, planes[SELECTION].region)
    inside = weight > 0
    older = bool((canvas != pixels)[~inside].any())
    if older and _is_turned(canvas, pixels, ~inside):
        raise MadeForTurnedCanvas
    if not older and _shows_through(canvas, pixels, inside):
        return _whole(state, asset, pixels)
    layer = _layer(asset)
    above = Plane.of(_over(pixels, weight, soft=older))
    after = _with_layer(state, state.layers, layer, asset, whole=not older)
    return Applied(layer.name, after, {layer.plane: above}, older)


def _extended(
    state: Document, planes: Mapping[str, Plane], asset: Asset, pixels: Pixels, edit: Edit
) -> Applied:
    """What is there moves to its place on the larger canvas, and the new comes above."""
    before = planes[SELECTION].region
    canvas = extended(composite(state, planes, before), edit.margins)
    old = extended(np.full((before.height, before.width), _OPAQUE, np.uint8), edit.margins)
    weight = weight_of(_OPAQUE - old, edit.feather)
    if not edit.exact and edit.region:
        weight = np.maximum(weight, _all_of(edit.region, edit.margins, pixels))
    inside = weight > 0
    older = bool((canvas != pixels)[~inside].any())
    layer = _layer(asset)
    moved = {
        name: Plane.of(extended(plane.read(plane.region), edit.margins)) for name, plane in planes.items()
    }
    hides = not older and _shows_through(canvas, pixels, inside)
    above = pixels if hides else _over(pixels, weight, soft=older)
    layers = tuple(map(_hidden, state.layers)) if hides else state.layers
    resized = _resized(state, pixels)
    after = _with_layer(resized, layers, layer, asset, whole=not older)
    return Applied(layer.name, after, {**moved, layer.plane: Plane.of(above)}, older)


def _whole(state: Document, asset: Asset, pixels: Pixels) -> Applied:
    """Above all the others, which are hidden."""
    layer = _layer(asset)
    after = _with_layer(state, tuple(map(_hidden, state.layers)), layer, asset, whole=True)
    return Applied(layer.name, after, {layer.plane: Plane.of(pixels)}, older=False)


def _replaced(state: Document, asset: Asset, pixels: Pixels) -> Applied:
    """As the only layer of a canvas of its own size."""
    layer = _layer(asset)
    after = _with_layer(_resized(state, pixels), (), layer, asset, whole=True)
    return Applied(layer.name, after, {layer.plane: Plane.of(pixels)}, older=False)


def _weight(edit: Edit, mask: Pixels | None, pixels: Pixels) -> Weight | None:
    """Where the picture is new; None for everywhere."""
    if edit.operation not in TAKES_MASK or mask is None or mask.shape != pixels.shape[:2]:
        return None
    if not edit.exact:
        if edit.region is None:
            return None
        return _all_of(edit.region, edit.margins, pixels)
    return weight_of(_OPAQUE - mask if edit.operation is Operation.BACKGROUND else mask, edit.feather)


def _all_of(region: Region, margins: Margins, pixels: Pixels) -> Weight:
    """A region of the picture as it was before it was extended."""
    height, width = pixels.shape[:2]
    moved = Region(region.left + margins.left, region.top + margins.top, region.width, region.height)
    inside, weight = moved.within(width, height), np.zeros((height, width), np.float32)
    weight[inside.top : inside.bottom, inside.left : inside.right] = 1
    return weight


def _over(pixels: Pixels, weight: Weight, soft: bool) -> Pixels:
    """The picture where it is new. It passes into the canvas that it was made from by itself; over another
    one it has to be softened."""
    above = pixels.copy()
    shown = weight if soft else (weight > 0).astype(np.float32)
    above[..., 3] = np.rint(pixels[..., 3] * shown).astype(np.uint8)
    above[above[..., 3] == 0] = _CLEAR
    return above


def _is_turned(canvas: Pixels, pixels: Pixels, outside: NDArray[np.bool_]) -> bool:
    """Whether the canvas, flipped or turned, is by most what the picture is beyond its place, and is not so
    as it is."""
    step = max(1, max(outside.shape) // _SAMPLES)
    place = outside[::step, ::step]
    if not place.any():
        return False

    def alike(other: Pixels) -> float:
        same = (other[::step, ::step] == pixels[::step, ::step]).all(axis=2)
        return float(same[place].mean())

    turns = [np.rot90(canvas, turn) for turn in (1, 2, 3)]
    ways = [canvas[:, ::-1], canvas[::-1], *(one for one in turns if one.shape == canvas.shape)]
    return max(map(alike, ways)) > max(_MOST, alike(canvas))


def _shows_through(canvas: Pixels, pixels: Pixels, inside: NDArray[np.bool_]) -> bool:
    """Whether the canvas would be seen through the picture, where that is to take its place."""
    return bool(((pixels[..., 3] < _OPAQUE) & (canvas[..., 3] > _CLEAR) & inside).any())


def _layer(asset: Asset) -> Layer:
    operation = asset.recipe.edit.operation if asset.recipe.edit else Operation.BY_HAND
    return Layer(id=new_id(), name=NAMES[operation], plane=new_id(), asset=asset.id)


def _hidden(layer: Layer) -> Layer:
    return layer if layer.kind == "mask" else msgspec.structs.replace(layer, visible=False)


def _fits(state: Document, pixels: Pixels, margins: Margins) -> bool:
    width = state.width + margins.left + margins.right
    height = state.height + margins.top + margins.bottom
    return pixels.shape[:2] == (height, width)


def _enlarges(state: Document, pixels: Pixels, edit: Edit) -> bool:
    """Whether the picture is the canvas at the size that was asked for, as near to it as models come."""
    if edit.operation is not Operation.UPSCALE:
        return False
    height, width = pixels.shape[:2]
    wide, high = state.width * edit.scale, state.height * edit.scale
    return abs(width - wide) <= _NEAR and abs(height - high) <= _NEAR


def _resized(state: Document, pixels: Pixels) -> Document:
    return msgspec.structs.replace(state, width=pixels.shape[1], height=pixels.shape[0])


def _with_layer(
    state: Document, below: tuple[Layer, ...], layer: Layer, asset: Asset, whole: bool
) -> Document:
    return msgspec.structs.replace(
        state, layers=(*below, layer), active=layer.id, asset=asset.id, whole=whole
    )
