"""Jobs that change a picture: completed with what they begin with, and checked before they run."""

from collections.abc import Sequence

import msgspec

from studio.core.edits import NEEDS_MASK, PLAIN, TAKES_MASK, Edit, Operation, operations_of
from studio.core.errors import ModelUnable, NothingChosen, RegionOutside, ResultTooLarge
from studio.core.inputs import InputPicture, Role
from studio.core.job_checks import checked
from studio.core.jobs import GenerateImages, ProcessImage
from studio.core.model import ModelSpec
from studio.media.pictures import PIXEL_LIMIT

EditJob = GenerateImages | ProcessImage


def models_for(operation: Operation, installed: Sequence[ModelSpec]) -> list[ModelSpec]:
    """What can do it; last what needs no model, where that can."""
    able = [spec for spec in installed if operation in operations_of(spec)]
    return [*able, PLAIN] if operation in (Operation.UPSCALE, Operation.CUT_OUT) else able


def takes_mask(operation: Operation) -> bool:
    """Whether a job looks at what is chosen; what cuts out looks there alone."""
    return operation in TAKES_MASK or operation is Operation.CUT_OUT


def needs_mask(edit: Edit, model: ModelSpec) -> bool:
    """Whether there is nothing to do without."""
    alone = edit.operation is Operation.CUT_OUT and model.family == PLAIN.family
    return alone or edit.operation in NEEDS_MASK


def completed_edit(
    job: EditJob, picture: InputPicture, mask: InputPicture | None, document: str = ""
) -> EditJob:
    """The job with its picture and mask before all that it refers to, as one that can run.

    Raises BadRequest: NothingChosen, RegionOutside, ResultTooLarge and what `checked` raises; ModelUnable.
    """
    edit = edit_of(job)
    check_able(edit.operation, job.model)
    if mask is None and needs_mask(edit, job.model):
        raise NothingChosen(name=picture.name)
    if not takes_mask(edit.operation):
        mask = None
    region = edit.region and edit.region.within(picture.width, picture.height)
    if region and region.is_empty:
        raise RegionOutside(name=picture.name)
    edit = msgspec.structs.replace(edit, parent=picture.asset, document=document, region=region)
    others = tuple(one for one in job.inputs if one.role not in (Role.CHANGE, Role.MASK))
    inputs = (picture, *((mask,) if mask else ()), *others)
    whole = msgspec.structs.replace(job, edit=edit, inputs=inputs)
    match whole:
        case GenerateImages():
            whole = checked(whole)
        case ProcessImage():
            whole = checked(whole)
    check_size(edit, picture)  # of figures that can be
    return whole


def edit_of(job: EditJob) -> Edit:
    if job.edit is None:
        raise ValueError("the job changes nothing")
    return job.edit


def check_able(operation: Operation, model: ModelSpec) -> None:
    """Raises ModelUnable."""
    if model.family == PLAIN.family and operation in (Operation.UPSCALE, Operation.CUT_OUT):
        return
    if operation not in operations_of(model):
        raise ModelUnable(model=model.name, kind=model.base)


def check_size(edit: Edit, picture: InputPicture) -> None:
    """Raises ResultTooLarge for what could not be opened again."""
    margins = edit.margins
    width = round(picture.width * edit.scale) + margins.left + margins.right
    height = round(picture.height * edit.scale) + margins.top + margins.bottom
    if width * height > PIXEL_LIMIT:
        raise ResultTooLarge(name=picture.name, width=width, height=height, most=PIXEL_LIMIT // 1_000_000)
