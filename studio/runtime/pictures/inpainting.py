"""How a picture is changed by a loaded pipeline: which of its kin does it, and what that one is given."""

import inspect
import math
from typing import Any

import msgspec

from studio.core.edits import USUAL_STRENGTHS, Method, Operation
from studio.core.inputs import Role
from studio.core.jobs import GenerateImages
from studio.core.model import Kind, ModelSpec
from studio.runtime.desk import Desk
from studio.runtime.pictures.arguments import (
    Call,
    default_side,
    give_size,
    latent_factor,
    size_multiple,
)
from studio.runtime.pictures.edits import FILLED, Patch, patch_of
from studio.runtime.pictures.inputs import Read, painter, plan_references, plan_start, reference_argument
from studio.runtime.pictures.load import LoadedPipeline

# Some text encoders fail at nothing to read.
_UNSAID = {Operation.REMOVE: "background", Operation.EXTEND: "background"}
_UNSAID_ELSE = "picture"
# What comes there goes on from what is around it; elsewhere, something else may begin at the very edge.
_GROWN = (Operation.REMOVE, Operation.EXTEND)


def changer(loaded: LoadedPipeline, job: GenerateImages) -> Any:
    """The pipeline that does it, out of the parts that are loaded."""
    assert job.edit is not None
    match job.edit.operation:
        case Operation.INSTRUCT:
            return loaded.pipe
        case Operation.PAINT_OVER | Operation.UPSCALE:
            return painter(loaded)
        case _:
            return loaded.sibling("fill") or loaded.pipe


def worded(job: GenerateImages) -> GenerateImages:
    """As it is given to the pipeline: with words where the person had none, in the model's own size."""
    assert job.edit is not None
    words = job.prompt if job.prompt.strip() else _UNSAID.get(job.edit.operation, _UNSAID_ELSE)
    return msgspec.structs.replace(job, prompt=words, width=None, height=None)


def strength_of(job: GenerateImages) -> float | None:
    """None leaves it to the pipeline."""
    assert job.edit is not None
    return job.strength if job.strength is not None else USUAL_STRENGTHS.get(job.edit.operation)


def plan_change(call: Call, job: GenerateImages, read: Read, desk: Desk) -> Patch:
    """What is changed, put into the call. Raises EditError, InputError, PictureUnreadable."""
    side = side_of(call.pipe, job.model)
    patch = patch_of(job, side)
    operation = patch.edit.operation
    size = patch.size(side, size_multiple(call.pipe))
    set_working_size(call, size)
    seen = patch.seen(size)
    looks = operation is Operation.INSTRUCT or (
        job.model.kind is Kind.EDIT and bool(reference_argument(call.pipe))
    )
    others = [read(one) for one in job.inputs if one.role is Role.REFER]
    if looks or others:
        plan_references(call, job, [seen, *others] if looks else others, desk)
    if operation is not Operation.INSTRUCT:
        mask = patch.mask(size, latent_factor(call.pipe)) if operation in FILLED else None
        gradual = operation in _GROWN
        plan_start(call, seen, strength_of(job), desk, mask=mask, whole=True, gradual=gradual)
    method = _method_of(call, operation)
    if operation in FILLED:
        desk.note("filled_by", method=method, pipeline=type(call.pipe).__name__)
    call.edit = msgspec.structs.replace(patch.edit, method=method)
    return patch


def _method_of(call: Call, operation: Operation) -> Method:
    match operation:
        case Operation.INSTRUCT:
            return "instruct"
        case Operation.PAINT_OVER:
            return "paint_over"
        case _:
            return "inpaint" if call.start and call.start.asked else "blending"


def side_of(pipe: Any, model: ModelSpec) -> int:
    """Of the square that the model likes best, in pixels."""
    wide, high = model.defaults.width, model.defaults.height
    return round(math.sqrt(wide * high)) if wide and high else default_side(pipe)


def set_working_size(call: Call, size: tuple[int, int]) -> None:
    call.width, call.height = size
    call.asked = ""
    if {"width", "height"} <= inspect.signature(type(call.pipe).__call__).parameters.keys():
        give_size(call)
