"""Tools for the layers of a document: their order, names and looks, and what they become."""

import msgspec

from studio.core.edits import Region
from studio.core.errors import (
    LastPictureLayer,
    LayerHidden,
    LayerIsMask,
    LayersTooMany,
    NothingBelow,
    NothingShown,
)
from studio.core.ids import new_id
from studio.core.layers import MOST_LAYERS, Blending, Document, Layer
from studio.media.compose import composite
from studio.media.planes import Plane
from studio.session.edit_document import EditDocument
from studio.session.edit_work import Outcome, Snapshot, Tool, Work, layer_of, with_layer


def numbered_name(state: Document, key: str) -> str:
    """ "Layer 3": the English word, which the window translates, and a number that no other layer has."""
    names = {layer.name for layer in state.layers}
    number = 1
    while f"{key} {number}" in names:
        number += 1
    return f"{key} {number}"


def with_new_layer(state: Document, layer: Layer) -> Document:
    """Above the active layer, and active itself. Raises LayersTooMany."""
    if len(state.layers) >= MOST_LAYERS:
        raise LayersTooMany(most=MOST_LAYERS)
    place = _place(state, state.active) + 1 if state.active_layer else len(state.layers)
    layers = (*state.layers[:place], layer, *state.layers[place:])
    return msgspec.structs.replace(state, layers=layers, active=layer.id)


def add_layer(document: EditDocument) -> None:
    """An empty one above the active layer. Raises LayersTooMany."""
    state = document.state
    layer = Layer(id=new_id(), name=numbered_name(state, "Layer"), plane=new_id())
    planes = {layer.plane: Plane(state.width, state.height, 4)}
    document.commit("Add a layer", with_new_layer(state, layer), planes=planes)


def remove_layer(document: EditDocument, layer_id: str) -> None:
    """The one below becomes active. Raises LayerMissing, LastPictureLayer."""
    state = document.state
    layer, place = layer_of(state, layer_id), _place(state, layer_id)
    left = (*state.layers[:place], *state.layers[place + 1 :])
    if all(one.kind == "mask" for one in left):
        raise LastPictureLayer(name=layer.name)
    active = left[max(0, place - 1)].id if state.active == layer_id else state.active
    whole = state.whole and layer.kind == "mask"
    document.commit("Remove a layer", msgspec.structs.replace(state, layers=left, active=active, whole=whole))


def move_layer(document: EditDocument, layer_id: str, index: int) -> None:
    """To that place, 0 the lowest. Raises LayerMissing."""
    state = document.state
    layer, place = layer_of(state, layer_id), _place(state, layer_id)
    left = [*state.layers[:place], *state.layers[place + 1 :]]
    left.insert(min(max(index, 0), len(left)), layer)
    if tuple(left) != state.layers:
        whole = state.whole and layer.kind == "mask"
        document.commit("Move a layer", msgspec.structs.replace(state, layers=tuple(left), whole=whole))


def set_layer(
    document: EditDocument,
    layer_id: str,
    *,
    name: str | None = None,
    opacity: float | None = None,
    visible: bool | None = None,
    blending: Blending | None = None,
) -> None:
    """What is None stays. Raises LayerMissing."""
    state = document.state
    before = layer_of(state, layer_id)
    after = msgspec.structs.replace(
        before,
        name=before.name if name is None else name,
        opacity=before.opacity if opacity is None else min(max(opacity, 0.0), 1.0),
        visible=before.visible if visible is None else visible,
        blending=before.blending if blending is None else blending,
    )
    if after == before:
        return
    alike = before.kind == "mask" or msgspec.structs.replace(after, name=before.name) == before
    changed = msgspec.structs.replace(with_layer(state, after), whole=state.whole and alike)
    document.commit(_label(before, after), changed)


def _label(before: Layer, after: Layer) -> str:
    if after.visible != before.visible:
        return "Show a layer" if after.visible else "Hide a layer"
    if after.blending != before.blending:
        return "Blending of a layer"
    return "Opacity of a layer" if after.opacity != before.opacity else "Rename a layer"


def activate_layer(document: EditDocument, layer_id: str) -> None:
    """Undone together with the step before. Raises LayerMissing."""
    state = document.state
    layer_of(state, layer_id)
    if state.active != layer_id:
        after = msgspec.structs.replace(state, active=layer_id)
        document.commit("Choose a layer", after, joined=document.can_undo)


def duplicate_layer(document: EditDocument, layer_id: str) -> None:
    """Above itself, with the same pixels, of which nothing is copied. Raises LayerMissing, LayersTooMany."""
    state = document.state
    layer = layer_of(state, layer_id)
    again = msgspec.structs.replace(layer, id=new_id(), plane=new_id())
    above = with_new_layer(msgspec.structs.replace(state, active=layer_id), again)
    whole = state.whole and layer.kind == "mask"
    planes = {again.plane: document.plane(layer.plane).copy()}
    document.commit("Duplicate a layer", msgspec.structs.replace(above, whole=whole), planes=planes)


@Tool
def merge_down(document: EditDocument, layer_id: str) -> Work:
    """The layer and the next picture below become one, which shows what both showed by themselves, and keeps
    the name and the blending of the lower one. Raises LayerMissing, LayerIsMask, LayerHidden,
    NothingBelow."""
    state = document.state
    layer = layer_of(state, layer_id)
    if layer.kind == "mask":
        raise LayerIsMask(name=layer.name)
    if not layer.visible:
        raise LayerHidden(name=layer.name)
    lower = [one for one in state.layers[: _place(state, layer_id)] if one.kind != "mask"]
    if not lower or not lower[-1].visible:
        raise NothingBelow(name=layer.name)
    below = lower[-1]

    def merged(before: Snapshot) -> Outcome:
        pair = msgspec.structs.replace(before.state, layers=(below, layer))
        kept = tuple(one for one in before.state.layers if one.id != layer.id)
        return _as_one(before, pair, below, kept)

    return Work("Merge down", document, merged)


@Tool
def flatten(document: EditDocument) -> Work:
    """All that is seen becomes one layer; hidden ones go, masks stay. Raises NothingShown."""
    shown = [layer for layer in document.state.layers if layer.visible and layer.kind != "mask"]
    if not shown:
        raise NothingShown

    def flat(before: Snapshot) -> Outcome:
        layers = before.state.layers
        kept = tuple(layer for layer in layers if layer.kind == "mask" or layer is shown[0])
        lowest = msgspec.structs.replace(shown[0], blending=Blending.NORMAL)
        return _as_one(before, before.state, lowest, kept)

    return Work("Flatten", document, flat)


def _as_one(before: Snapshot, seen: Document, lowest: Layer, kept: tuple[Layer, ...]) -> Outcome:
    """`lowest` shows all that is seen, and `kept` are the layers that there are."""
    state, plane = before.state, before.planes[lowest.plane]
    if len(kept) == len(state.layers) and lowest.opacity == 1:
        return Outcome(state)
    one = msgspec.structs.replace(lowest.repainted(), opacity=1.0)
    whole = Region(0, 0, state.width, state.height)
    tiles = plane.changed(whole, composite(seen, before.planes, whole))
    after = msgspec.structs.replace(state, layers=kept, active=one.id, whole=False)
    return Outcome(with_layer(after, one), {one.plane: tiles})


def _place(state: Document, layer_id: str) -> int:
    return next(place for place, layer in enumerate(state.layers) if layer.id == layer_id)
