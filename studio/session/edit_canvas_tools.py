"""Tools that change the whole canvas: all layers, masks and what is chosen go along."""

from collections.abc import Callable

import msgspec
import numpy as np
from numpy.typing import NDArray

from studio.core.edits import Region
from studio.core.errors import OutsidePicture, ResultTooLarge, SizeOutOfRange
from studio.core.hand_steps import MOST_SIDE, Crop, Flip, HandStep, Resize, Rotate
from studio.core.layers import Document, Layer
from studio.media import geometry
from studio.media.pictures import PIXEL_LIMIT
from studio.media.planes import Plane
from studio.session.edit_document import EditDocument
from studio.session.edit_work import Outcome, Snapshot, Tool, Work

Array = NDArray[np.uint8]  # (h, w) or (h, w, 4)


@Tool
def crop(document: EditDocument, region: Region) -> Work:
    """To what of the region lies in the picture. Raises OutsidePicture."""
    inside = region.within(document.state.width, document.state.height)
    if inside.is_empty:
        raise OutsidePicture
    return _moved("Crop", document, inside)


@Tool
def rotate_quarter(document: EditDocument, turns: int) -> Work:
    """By so many quarters, clockwise; negative: the other way."""
    state, label = document.state, "Rotate right" if turns > 0 else "Rotate left"
    size = (state.height, state.width) if turns % 2 else (state.width, state.height)
    return _changed(
        label,
        document,
        size,
        lambda pixels: geometry.quarter_turned(pixels, turns),
        Rotate(degrees=90 * turns),
        turns % 4 == 0,
    )


@Tool
def flip(document: EditDocument, horizontal: bool) -> Work:
    label = "Flip across" if horizontal else "Flip upside down"
    size = document.state.width, document.state.height
    figures = Flip(horizontal=horizontal)
    return _changed(label, document, size, lambda pixels: geometry.flipped(pixels, horizontal), figures)


@Tool
def straighten(document: EditDocument, degrees: float) -> Work:
    """Turned clockwise within ±45° and cut to the largest rectangle without empty corners.

    Raises SizeOutOfRange, where a side of the picture is longer than can be turned.
    """
    if degrees != 0:
        check_size(document.state, document.state.width, document.state.height)
    size = geometry.inner_size(document.state.width, document.state.height, degrees)
    return _changed(
        "Straighten",
        document,
        size,
        lambda pixels: geometry.straightened(pixels, degrees),
        Rotate(degrees=degrees),
        degrees == 0,
    )


@Tool
def resize(document: EditDocument, width: int, height: int) -> Work:
    """Raises SizeOutOfRange, ResultTooLarge."""
    same = (width, height) == (document.state.width, document.state.height)
    return _changed(
        "Resize",
        document,
        (width, height),
        lambda pixels: geometry.resized(pixels, width, height),
        Resize(width=width, height=height),
        same,
    )


def _changed(
    label: str,
    document: EditDocument,
    size: tuple[int, int],
    change: Callable[[Array], Array],
    figures: HandStep,
    same: bool = False,
) -> Work:
    """All planes changed, which then have that size; `same`: nothing would change."""
    check_size(document.state, *size)

    def made(before: Snapshot) -> Outcome:
        if same:
            return Outcome(before.state)
        layers = tuple(layer.repainted() for layer in before.state.layers)
        return _with_planes(before, size, layers, lambda plane: change(plane.read(plane.region)))

    return Work(label, document, made, figures)


def _moved(label: str, document: EditDocument, region: Region) -> Work:
    """The canvas is that region of what it was; words can still be written anew."""
    check_size(document.state, region.width, region.height)

    def made(before: Snapshot) -> Outcome:
        if region == before.selection.region:
            return Outcome(before.state)
        layers = tuple(_at_other_place(layer, region) for layer in before.state.layers)
        size = region.width, region.height
        return _with_planes(before, size, layers, lambda plane: plane.read(region))

    figures = Crop(left=region.left, top=region.top, width=region.width, height=region.height)
    return Work(label, document, made, figures)


def _with_planes(
    before: Snapshot,
    size: tuple[int, int],
    layers: tuple[Layer, ...],
    read: Callable[[Plane], Array],
) -> Outcome:
    planes: dict[str, Plane] = {}
    for name, plane in before.planes.items():
        planes[name] = Plane(*size, plane.channels)
        if plane.tiles:
            planes[name].put(planes[name].changed(planes[name].region, read(plane)))
    state = msgspec.structs.replace(before.state, width=size[0], height=size[1], layers=layers, whole=False)
    return Outcome(state, planes=planes)


def _at_other_place(layer: Layer, region: Region) -> Layer:
    text = layer.text
    if text is not None:
        text = msgspec.structs.replace(text, x=text.x - region.left, y=text.y - region.top)
    return msgspec.structs.replace(layer, asset="", text=text)


def check_size(state: Document, width: int, height: int) -> None:
    """Whether the canvas can have that size. Raises SizeOutOfRange, ResultTooLarge."""
    if not (1 <= width <= MOST_SIDE and 1 <= height <= MOST_SIDE):
        raise SizeOutOfRange(width=width, height=height, least=1, most=MOST_SIDE)
    if width * height > PIXEL_LIMIT:
        raise ResultTooLarge(name=state.name, width=width, height=height, most=PIXEL_LIMIT // 1_000_000)
