"""The steps of an edit document as the recipe of what it shows remembers them."""

from collections.abc import Sequence

from studio.core.hand_steps import HandStep, Handwork, listed
from studio.core.layers import SELECTION
from studio.session.edit_changes import look_of
from studio.store.edit_steps import Step


def recorded(done: Sequence[Step]) -> tuple[tuple[HandStep, ...], int]:
    """What was done since the canvas was nothing but a picture of the library, or since it was opened, as far
    as it is to be seen; and how many steps came before these, for which there is no room."""
    since = list[Step]()
    for step in reversed(done):
        if step.state.whole:
            break
        if not step.joined and _is_seen(step):
            since.append(step)
    return listed(step.figures or Handwork(label=step.label) for step in reversed(since))


def _is_seen(step: Step) -> bool:
    """Whether another picture is to be seen after it: what is chosen, and which layer is active, is none."""
    masks = {layer.plane for layer in (*step.before.layers, *step.state.layers) if layer.kind == "mask"}
    touched = {*step.tiles, *step.planes} - masks - {SELECTION}
    return bool(touched) or look_of(step.before) != look_of(step.state)
