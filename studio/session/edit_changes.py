"""What of an edit document is to be shown anew once it has changed."""

from collections.abc import Mapping, Sequence

import msgspec

from studio.core.edits import Region
from studio.core.layers import SELECTION, Blending, Document
from studio.media.planes import Plane
from studio.store.edit_steps import Step

NOTHING = Region(0, 0, 0, 0)


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be shown anew.

    Attributes:
        state: of the document now.
        region: of the picture.
        chosen: of the selection.
        resized: the canvas has another size.
    """

    state: Document
    region: Region = NOTHING
    chosen: Region = NOTHING
    resized: bool = False


def changed_by(
    steps: Sequence[Step], before: Document, state: Document, planes: Mapping[str, Plane]
) -> Changed:
    """What is to be shown anew after those steps, back or forth, with the planes that there are then."""
    everything = Region(0, 0, state.width, state.height)
    resized = (before.width, before.height) != (state.width, state.height)
    if resized:
        return Changed(state=state, region=everything, chosen=everything, resized=True)
    region = NOTHING if look_of(before) == look_of(state) else everything
    chosen = NOTHING
    for step in steps:
        for name in step.planes:
            region, chosen = (region, everything) if name == SELECTION else (everything, chosen)
        for name, tiles in step.tiles.items():
            touched = NOTHING
            for at in tiles:
                touched = touched.joined(planes[SELECTION].area(at))
            if name == SELECTION:
                chosen = chosen.joined(touched)
            else:
                region = region.joined(touched)
    return Changed(state=state, region=region, chosen=chosen)


def look_of(state: Document) -> list[tuple[str, float, Blending]]:
    """The layers that are seen, from below."""
    seen = [layer for layer in state.layers if layer.visible and layer.kind != "mask"]
    return [(layer.plane, layer.opacity, layer.blending) for layer in seen]
