"""No model: a picture is enlarged by Lanczos, and cut out by the mask that was drawn.

Nothing heavy is imported, so that this takes a moment in a worker that has just begun.
"""

import PIL

from studio.core.edits import Operation
from studio.core.errors import ModelUnable, NothingChosen
from studio.core.inputs import Role
from studio.core.jobs import ProcessImage
from studio.core.messages import Result
from studio.core.model import ModelSpec
from studio.core.recipe import Execution
from studio.runtime.desk import Desk
from studio.runtime.devices import versions
from studio.runtime.pictures.changed import enlarged_size, save_changed
from studio.runtime.pictures.cutting import cut
from studio.runtime.pictures.given import picture_of, read_mask, read_whole, with_role
from studio.runtime.pictures.lanczos import resized
from studio.runtime.residency import LoadContext


class Nothing:
    """What is loaded where no model is needed."""

    plan = None
    size_bytes = 0

    def release(self) -> None:
        """There is nothing to give back."""


def load(spec: ModelSpec, context: LoadContext) -> Nothing:
    return Nothing()


def process(loaded: Nothing, job: ProcessImage, desk: Desk) -> Result:
    """Raises InputError, PictureUnreadable, ResultTooLarge, ModelUnable; NothingChosen where nothing
    says what is cut out."""
    picture = read_whole(picture_of(job))
    execution = Execution(device="cpu", precision="uint8", versions=versions() | {"Pillow": PIL.__version__})
    match job.edit.operation:
        case Operation.UPSCALE:
            size = enlarged_size(picture, job)
            save_changed(resized(picture, size, desk), job, "lanczos", execution, desk)
        case Operation.CUT_OUT:
            given = with_role(job.inputs, Role.MASK)
            mask = read_mask(given, picture.size) if given else None
            if mask is None or mask.getbbox() is None:
                raise NothingChosen(name=picture_of(job).name)
            save_changed(cut(picture, mask), job, "mask", execution, desk)
        case other:
            raise ModelUnable(model=job.model.name, kind=other)
    return desk.result()
