"""What there is to look at in Edit where there is a great deal of something, or nothing at all."""

from pathlib import Path

import msgspec
import numpy as np

from studio.core.errors import PictureUnreadable
from studio.core.ids import new_id
from studio.core.layers import MOST_LAYERS, DocumentCard, Layer
from studio.media.planes import Plane
from studio.session.edit_opening import FirstView
from studio.ui.panels.edit import EditPanel
from tests.ui.drawings import draw, postcard
from tests.ui.scenes_edit import edit, only, opened, settle
from tests.ui.stage import Stage, scene

LONG = "a harbour town in the evening, with fishing boats, gulls and a lighthouse that is just being lit"


def heap(panel: EditPanel, count: int) -> None:
    """Layers over the picture, with names of every length and kind."""
    document = panel.viewmodel.document
    assert document is not None
    state = document.state
    layers = [
        Layer(
            id=new_id(),
            name=(LONG, "灯塔和正要归港的渔船，还有天上盘旋的海鸥与晚霞", "Snow")[number % 3],
            plane=new_id(),
            kind="mask" if number % 5 == 0 else "picture",
            opacity=1 - number % 4 / 10,
            visible=number % 7 > 0,
        )
        for number in range(count)
    ]
    planes = {one.plane: Plane(state.width, state.height, 1 if one.kind == "mask" else 4) for one in layers}
    everything = (*state.layers, *layers)
    document.commit(
        "Add a layer", msgspec.structs.replace(state, layers=everything, active=layers[-1].id), planes=planes
    )


@scene("edit-layers-many")
def layers_many(stage: Stage) -> None:
    panel = opened(stage)
    heap(panel, MOST_LAYERS - 1)
    only(panel, "layers")
    settle(stage, panel)


@scene("edit-long-names")
def long_names(stage: Stage) -> None:
    session = stage.session
    session.draw = draw
    for number in range(3):
        card = DocumentCard(id=str(number), name=LONG * (number + 1), width=30000, height=29999, steps=12345)
        session.edits.cards.append(card)
    edit(stage)


@scene("edit-opening")
def opening(stage: Stage) -> None:
    """A large picture: its first view stands there while it is read."""
    panel = edit(stage)
    panel.viewmodel.opening = True
    stage.session.edits.busy_changed.emit(True)
    small = np.asarray(postcard(11, 512, 384).convert("RGBA"))
    stage.session.edits.previewed.emit(FirstView(LONG, 8192, 6144, small))
    settle(stage, panel)


@scene("edit-exporting")
def exporting(stage: Stage) -> None:
    opened(stage)
    stage.session.edits.busy_changed.emit(True)


@scene("edit-broken")
def broken(stage: Stage) -> None:
    """What was to be opened is no picture."""
    stage.session.edits.broken = PictureUnreadable(path="/pictures/holiday.png")
    edit(stage).receive(Path("/pictures/holiday.png"))


@scene("edit-without-models")
def without_models(stage: Stage) -> None:
    stage.session.all_models = []
    opened(stage)
