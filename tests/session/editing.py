"""What is done to an edit document in tests: something chosen, something drawn, a job asked for."""

import msgspec
import numpy as np

from studio.core.edits import Edit, Operation, Region
from studio.core.ids import new_id
from studio.core.jobs import GenerateImages
from studio.core.layers import SELECTION
from studio.session.edit_document import EditDocument
from tests.session.conftest import FAKE

CHOSEN = Region(10, 8, 20, 16)


def choose(document: EditDocument, region: Region = CHOSEN) -> None:
    mask = np.full((region.height, region.width), 255, np.uint8)
    document.commit("Choose", document.state, tiles={SELECTION: document.selection.changed(region, mask)})


def draw(document: EditDocument) -> None:
    region, layer = Region(50, 40, 4, 4), document.state.layers[0]
    red = np.full((region.height, region.width, 4), (255, 0, 0, 255), np.uint8)
    tiles = {layer.plane: document.plane(layer.plane).changed(region, red)}
    document.commit("Draw", msgspec.structs.replace(document.state, whole=False), tiles=tiles)


def edit_job(
    operation: Operation = Operation.FILL, prompt: str = "a boat", number: int = 1, **edit
) -> GenerateImages:
    return GenerateImages(
        id=new_id(),
        model=FAKE,
        prompt=prompt,
        seed=7,
        num_images=number,
        edit=Edit(operation=operation, **edit),
    )
