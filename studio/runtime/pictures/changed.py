"""A picture that another one was made into, without words: how large it may be, and how it is saved."""

import time

import msgspec
from PIL import Image

from studio.core.edits import Method
from studio.core.jobs import ProcessImage
from studio.core.messages import Stage
from studio.core.recipe import Execution, Recipe
from studio.media.recipes import write_png
from studio.runtime.desk import Desk
from studio.runtime.pictures.edits import check_result
from studio.runtime.pictures.given import picture_of, used_inputs


def enlarged_size(picture: Image.Image, job: ProcessImage) -> tuple[int, int]:
    """Raises ResultTooLarge where no picture can have so many pixels."""
    width, height = (max(1, round(side * job.edit.scale)) for side in picture.size)
    check_result(picture_of(job).name, width, height)
    return width, height


def save_changed(
    picture: Image.Image, job: ProcessImage, method: Method, execution: Execution, desk: Desk
) -> None:
    """Whole on the disk with how it was made inside, then told."""
    desk.phase(Stage.SAVING, 0, 1)
    owner = desk.of(0)
    if owner is None:
        return
    recipe = Recipe(
        asset=owner.asset,
        job=owner.job_id,
        created=time.time(),
        model=job.model.id,
        model_name=job.model.name,
        model_fingerprint=job.model.fingerprint,
        width=picture.width,
        height=picture.height,
        inputs=used_inputs(job.inputs),
        edit=msgspec.structs.replace(job.edit, method=method),
        seconds=desk.seconds,
        execution=execution,
    )
    write_png(picture, owner.path, recipe)
    desk.saved(0, owner.path, owner.asset, *picture.size, seed=0)
