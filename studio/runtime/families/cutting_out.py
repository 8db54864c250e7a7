"""Models that tell a thing from its background: of transformers, and in ONNX files; the alpha is theirs."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.core.edits import Operation, Region
from studio.core.errors import ModelUnable, NothingChosen, NothingFound
from studio.core.inputs import Role
from studio.core.jobs import ProcessImage
from studio.core.messages import Result, Stage
from studio.core.model import ModelSpec
from studio.runtime.desk import Desk
from studio.runtime.pictures.changed import save_changed
from studio.runtime.pictures.cutters import OnnxCutter, TorchCutter, load_cutter
from studio.runtime.pictures.cutting import cut
from studio.runtime.pictures.given import picture_of, read_mask, read_whole, with_role
from studio.runtime.pictures.mattes import at_size, bounds, trimap
from studio.runtime.pictures.whole import execution_on
from studio.runtime.residency import LoadContext

LEAST_SEEN = 5  # of an alpha of 255, anywhere; below, nothing was found
LEAST_AROUND = 32  # pixels beyond what is chosen, so that the model sees what the thing stands before


def load(spec: ModelSpec, context: LoadContext) -> TorchCutter | OnnxCutter:
    return load_cutter(spec, context)


def process(loaded: TorchCutter | OnnxCutter, job: ProcessImage, desk: Desk) -> Result:
    """The picture with what the model takes for its background made clear; where something is chosen, the
    model looks there alone, and well beyond it all is background.

    Raises InputError, PictureUnreadable, ModelUnable, NothingChosen, ModelProducedNothing, NothingFound.
    """
    if job.edit.operation is not Operation.CUT_OUT:
        raise ModelUnable(model=job.model.name, kind=job.edit.operation)
    picture = read_whole(picture_of(job))
    given = with_role(job.inputs, Role.MASK)
    mask = np.asarray(read_mask(given, picture.size)) if given else np.zeros(0, np.uint8)
    if loaded.guided and not mask.any():
        raise NothingChosen(name=picture_of(job).name)
    desk.phase(Stage.WORKING, 0, 1)
    alpha = _alpha(loaded, picture, mask if mask.any() else None, desk)
    if alpha.max() < LEAST_SEEN:
        raise NothingFound(model=job.model.name)
    save_changed(cut(picture, Image.fromarray(alpha)), job, "model", execution_on(loaded.device), desk)
    return desk.result()


def _alpha(
    loaded: TorchCutter | OnnxCutter, picture: Image.Image, mask: NDArray[np.uint8] | None, desk: Desk
) -> NDArray[np.uint8]:
    """How much is seen of each place of the picture."""
    region = Region(0, 0, *picture.size)
    if mask is not None:
        chosen = bounds(mask)
        around = max(LEAST_AROUND, max(chosen.width, chosen.height) // 4)
        region = chosen.grown(around).within(*picture.size)
    part = picture.crop((region.left, region.top, region.right, region.bottom)).convert("RGB")
    rows, columns = slice(region.top, region.bottom), slice(region.left, region.right)
    inside = None if mask is None else mask[rows, columns]
    matte = loaded.matte(part, inside, desk)
    desk.check()
    seen = np.rint(at_size(matte, part) * 255).astype(np.uint8)
    if inside is not None:
        seen[trimap(inside) == 0] = 0
    alpha = np.zeros(picture.size[::-1], np.uint8)
    alpha[rows, columns] = seen
    return alpha
