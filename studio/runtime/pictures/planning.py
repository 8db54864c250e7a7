"""The call that makes a job's pictures: for new ones, or for one that is changed."""

import msgspec

from studio.core.edits import Operation
from studio.core.jobs import GenerateImages
from studio.runtime.desk import Desk
from studio.runtime.pictures.arguments import Call, plan_call
from studio.runtime.pictures.edits import Patch
from studio.runtime.pictures.inpainting import changer, plan_change, worded
from studio.runtime.pictures.inputs import Read, pipe_for, plan_inputs
from studio.runtime.pictures.load import LoadedPipeline
from studio.runtime.pictures.tiled import Tiling, plan_tiles


def picture_of(job: GenerateImages, index: int) -> GenerateImages:
    """The job of this one picture, without what is for new ones where it changes one."""
    one = job.picture(index)
    return msgspec.structs.replace(one, second_pass=None, seamless=False) if one.edit else one


def planned(
    loaded: LoadedPipeline, job: GenerateImages, read: Read, desk: Desk
) -> tuple[Call, Patch | Tiling | None]:
    """The call, and what is changed of a picture, if anything is. Raises BadRequest, PictureUnreadable."""
    if job.edit is None:
        call = plan_call(pipe_for(loaded, job), job, desk)
        plan_inputs(call, job, read, desk)
        return call, None
    job = worded(job)
    call = plan_call(changer(loaded, job), job, desk)
    if job.edit and job.edit.operation is Operation.UPSCALE:
        return call, plan_tiles(call, job, desk)
    return call, plan_change(call, job, read, desk)
