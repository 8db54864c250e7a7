"""What an edit document may be, checked when it is read: whoever wrote its file, nothing of it is believed
that would take more memory or other files than it has a right to."""

import re
from collections.abc import Mapping

import msgspec

from studio.core.errors import EditDamaged
from studio.core.hand_steps import HandStep
from studio.core.layers import MOST_LAYERS, SELECTION, Document
from studio.media.pictures import PIXEL_LIMIT, SUFFIXES
from studio.store.edit_steps import Whole

_MOST_LAYERS = 4 * MOST_LAYERS  # pictures that are applied are not counted as strictly
_BASE = re.compile(f"opened({'|'.join(map(re.escape, sorted(SUFFIXES)))})?")


def check_size(width: int, height: int) -> None:
    """Of a canvas or a plane. Raises ValueError."""
    if width < 1 or height < 1 or width * height > PIXEL_LIMIT:
        raise ValueError(f"{width} x {height} is no size of a picture")


def check_base(name: str) -> None:
    """The name of the picture that a document was opened from, in its folder. Raises ValueError."""
    if not _BASE.fullmatch(name):
        raise ValueError(f"{name!r} is no picture that was opened")


def check_room(state: Document, planes: Mapping[str, Whole], room: int) -> None:
    """`room`: bytes that the pixels of those planes may take. Raises EditDamaged, also where only this
    computer is too small for it."""
    taken = sum(plane.most_bytes for plane in planes.values())
    if taken > room:
        raise EditDamaged(path=state.name, cause=f"{taken >> 20} MiB of pixels, for which there is no memory")


def check_figures(figures: HandStep) -> None:
    """They go into recipes, which are JSON, and such as are no numbers there could not be read again. Raises
    ValueError."""
    msgspec.json.decode(msgspec.json.encode(figures), type=HandStep)


def check_state(state: Document, planes: Mapping[str, Whole]) -> None:
    """`planes`: those that there are then. Raises ValueError."""
    check_size(state.width, state.height)
    if len(state.layers) > _MOST_LAYERS:
        raise ValueError(f"it has {len(state.layers)} layers")
    _check_plane(state, planes.get(SELECTION), 1)
    for layer in state.layers:
        _check_plane(state, planes.get(layer.plane), 1 if layer.kind == "mask" else 4)
        if not 0 <= layer.opacity <= 1:
            raise ValueError(f"a layer has the opacity {layer.opacity}")


def _check_plane(state: Document, plane: Whole | None, channels: int) -> None:
    if plane is None:
        raise ValueError("a layer has no plane")
    if (plane.width, plane.height, plane.channels) != (state.width, state.height, channels):
        raise ValueError("a plane is not of the canvas")
