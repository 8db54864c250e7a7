"""The pictures that a job begins with: read, fitted, and given to the pipeline where its call takes them."""

import inspect
import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

import msgspec
from PIL import Image, ImageOps

from studio.catalog.signatures import REFERENCES, looks_at_pictures
from studio.core.errors import (
    InputUnsupported,
    ReferenceNeeded,
    ReferencesUnsupported,
)
from studio.core.inputs import InputPicture, Role
from studio.core.jobs import GenerateImages
from studio.core.model import Kind
from studio.core.passes import SecondPass
from studio.runtime.desk import Desk
from studio.runtime.pictures.adapters import ARGUMENT, adapts, sees_several
from studio.runtime.pictures.arguments import (
    Call,
    Start,
    give_size,
    plan_call,
    set_size,
    size_multiple,
    snapped,
)
from studio.runtime.pictures.blending import blended
from studio.runtime.pictures.load import LoadedPipeline
from studio.runtime.pictures.siblings import does
from studio.runtime.pictures.starting import (
    DEFAULT_STRENGTH,
    find_layout,
    least_strength,
    started_from,
    steps_left,
)

Read = Callable[[InputPicture], Image.Image]

_PLACED = "input_images"  # so OmniGen alone calls them, which counts them in the prompt
_ORIGINAL_STEPS = "original_inference_steps"


def pipe_for(loaded: LoadedPipeline, job: GenerateImages) -> Any:
    """The pipeline that makes the job's pictures out of the parts that are loaded."""
    start = any(one.role is Role.START for one in job.inputs)
    refers = any(one.role is Role.REFER for one in job.inputs)
    if not start or (refers and reference_argument(loaded.pipe)):
        return loaded.pipe
    return painter(loaded)


def painter(loaded: LoadedPipeline) -> Any:
    """What paints over a picture: the sibling, or the pipeline itself."""
    return loaded.sibling() or loaded.pipe


def second_pass_of(wanted: SecondPass, call: Call) -> SecondPass:
    """As it was made, for the recipe."""
    assert call.start is not None
    return msgspec.structs.replace(
        wanted, strength=call.start.strength, num_inference_steps=call.num_inference_steps
    )


def plan_inputs(call: Call, job: GenerateImages, read: Read, desk: Desk) -> None:
    """The job's pictures, as `read` gives them, put into the call. Raises InputError, PictureUnreadable."""
    starts = [one for one in job.inputs if one.role is Role.START]
    references = [one for one in job.inputs if one.role is Role.REFER]
    edits = job.model.kind is Kind.EDIT
    if edits and not references:
        raise ReferenceNeeded(model=job.model.name)
    like = [*starts, *(references if edits else [])]
    if like and not (job.width or job.height):
        _size_like(call, read(like[0]))
    if edits:
        _settle_size(call)
    if references:
        plan_references(call, job, [read(one) for one in references], desk)
    if starts:
        plan_start(call, read(starts[0]), job.strength, desk)


def plan_start(
    call: Call,
    picture: Image.Image,
    strength: float | None,
    desk: Desk,
    *,
    mask: Image.Image | None = None,
    whole: bool = False,
    gradual: bool = False,
) -> None:
    """The picture will be fitted to the size of the call. `gradual`: as `blended`."""
    accepted = inspect.signature(type(call.pipe).__call__).parameters
    asked = does(type(call.pipe), "fill" if mask else "paint_over")
    _settle_size(call)
    wished = strength
    if asked and "strength" not in accepted:
        wished = 1.0
    elif wished is None:
        wished = float(accepted["strength"].default) if asked else DEFAULT_STRENGTH
    steps = call.num_inference_steps or 1
    if _ORIGINAL_STEPS in accepted:
        steps = call.pipe.scheduler.config.get(_ORIGINAL_STEPS, 50)
        _fit_steps(call, max(1, int(steps * wished)), desk)
    least = least_strength(steps)
    if wished < least:
        desk.note("strength_raised", strength=round(least, 4))
    call.start = Start(picture, max(wished, least), asked, mask, whole, gradual)


def plan_second(loaded: LoadedPipeline, first: Call, job: GenerateImages, desk: Desk) -> Call | None:
    """The call that paints over what the first one made, at the larger size; None where none is wanted.
    Raises InputUnsupported where that is known before the first is called.

    Its picture and its size are set for each picture by `enlarged`.
    """
    wanted = job.second_pass
    if wanted is None:
        return None
    looks = any(name in first.arguments for name in REFERENCES)
    pipe = first.pipe if first.start or looks else painter(loaded)
    steps = wanted.num_inference_steps or job.num_inference_steps
    call = plan_call(pipe, msgspec.structs.replace(job, num_inference_steps=steps), desk)
    for name in _references_in(first):
        call.arguments |= {name: first.arguments[name], "prompt": first.arguments["prompt"]}
    call.width, call.height = round(call.width * wanted.scale), round(call.height * wanted.scale)
    plan_start(call, Image.new("RGB", (1, 1)), wanted.strength, desk)
    assert call.start is not None
    call.asked = ""
    if not call.start.asked and "width" not in inspect.signature(type(pipe).__call__).parameters:
        raise InputUnsupported(model=job.model.name)  # it makes a size of its own, so nothing larger
    first.led_on = first.start is None and not call.start.asked
    return call


def enlarged(call: Call, picture: Image.Image, scale: float) -> Call:
    """The call of a second pass for this picture."""
    made = replace(call, arguments=dict(call.arguments))
    size = snapped((picture.width * scale, picture.height * scale), size_multiple(call.pipe))
    made.width, made.height = size
    if "width" in made.arguments:
        give_size(made)
    assert call.start is not None
    made.start = replace(call.start, picture=picture)
    return made


def steps_of(call: Call) -> int:
    """How often the scheduler will step in that call."""
    steps = call.num_inference_steps or 0
    if call.start is None or _ORIGINAL_STEPS in inspect.signature(type(call.pipe).__call__).parameters:
        return steps
    left = steps_left(steps, call.start.strength)
    return left if call.start.asked or left == steps else left + 1


@contextmanager
def begun(loaded: LoadedPipeline, call: Call, count: int, desk: Desk) -> Iterator[dict[str, Any]]:
    """The arguments with the picture in them, or the scheduler set for it, for one call of the pipeline that
    makes so many pictures."""
    start, pipe, name = call.start, call.pipe, loaded.spec.name
    if start is None:
        if call.led_on:
            loaded.layout(lambda: find_layout(pipe, lambda: pipe(**call.arguments), name, desk))
        yield call.arguments
        return
    fitted, size = _fitted(start, call.width, call.height), (call.width, call.height)
    mask = start.mask and start.mask.resize(size, Image.Resampling.NEAREST)
    if start.asked:
        # One for each seed: of one, some encode by the first seed alone, others fail (SD 3, diffusers 0.42).
        given: dict[str, Any] = {"image": fitted} | ({"mask_image": mask} if mask else {})
        if count > 1:
            given = {key: [one] * count for key, one in given.items()}
        accepted = inspect.signature(type(pipe).__call__).parameters
        further = {"strength": start.strength, "_auto_resize": False}
        yield call.arguments | given | {key: one for key, one in further.items() if key in accepted}
        return
    layout = loaded.layout(lambda: find_layout(pipe, lambda: pipe(**call.arguments), name, desk))
    with ExitStack() as stack:
        stack.enter_context(started_from(pipe, fitted, start.strength, layout, name, desk))
        if mask:
            stack.enter_context(blended(pipe, fitted, mask, layout, name, desk, gradual=start.gradual))
        yield call.arguments


def one_at_a_time(call: Call) -> bool:
    """The pipeline looks at its picture as it reads the prompt, where a list is several to look at."""
    reads = getattr(call.pipe, "encode_prompt", None) if call.start else None
    return reads is not None and "image" in inspect.signature(reads).parameters


def _fitted(start: Start, width: int, height: int) -> Image.Image:
    if start.whole and start.picture.size != (width, height):
        return start.picture.resize((width, height), Image.Resampling.LANCZOS)
    return fit(start.picture, width, height)


def fit(picture: Image.Image, width: int, height: int) -> Image.Image:
    """The middle of it, as large as can be, at that size."""
    if picture.size == (width, height):
        return picture
    return ImageOps.fit(picture, (width, height), Image.Resampling.LANCZOS)


def _references_in(call: Call) -> list[str]:
    return [name for name in (*REFERENCES, ARGUMENT) if name in call.arguments]


def _fit_steps(call: Call, most: int, desk: Desk) -> None:
    """Consistency models take their steps out of those that they were distilled from, and refuse to make more
    than lie within the strength (`LCMScheduler.set_timesteps`)."""
    if (call.num_inference_steps or 0) > most:
        call.num_inference_steps = call.arguments["num_inference_steps"] = most
        desk.note("steps_changed")


def _size_like(call: Call, picture: Image.Image) -> None:
    """The shape of the picture, with about as many pixels as the call would have had."""
    aspect = min(8.0, max(1 / 8, picture.width / picture.height))
    pixels = call.width * call.height
    call.width, call.height = round(math.sqrt(pixels * aspect)), round(math.sqrt(pixels / aspect))


def _settle_size(call: Call) -> None:
    """The nearest size that can be made; where the pipeline is not asked for it, it has the picture's."""
    if "width" in inspect.signature(type(call.pipe).__call__).parameters:
        set_size(call, size_multiple(call.pipe))
    else:
        call.width, call.height = snapped((call.width, call.height), size_multiple(call.pipe))


def plan_references(call: Call, job: GenerateImages, pictures: list[Image.Image], desk: Desk) -> None:
    """What the model is to look at. Raises ReferencesUnsupported."""
    pipe, name = call.pipe, reference_argument(call.pipe)
    if not name and not adapts(call, job):
        raise ReferencesUnsupported(model=job.model.name)
    several = _takes_several(pipe, name) if name else sees_several(pipe)
    if len(pictures) > 1 and not several:
        desk.note("references_left_out", used=1, given=len(pictures))
        del pictures[1:]
    if not name:  # a list for the one adapter, in the list of adapters
        call.arguments[ARGUMENT] = [pictures] if len(pictures) > 1 else pictures
        return
    if any(one.weight != 1 for one in job.inputs if one.role is Role.REFER):
        desk.note("reference_weight_unused")
    if "width" not in inspect.signature(type(pipe).__call__).parameters:
        pictures = [fit(one, call.width, call.height) for one in pictures]
    call.arguments[name] = pictures if several else pictures[0]
    if name == _PLACED:
        call.arguments["prompt"] = _with_places(job.prompt, len(pictures))


def reference_argument(pipe: Any) -> str:
    """What the call takes pictures to look at by; "" where it takes none."""
    accepted = inspect.signature(type(pipe).__call__).parameters
    return next(name for name in REFERENCES if name in accepted) if looks_at_pictures(accepted.keys()) else ""


def _takes_several(pipe: Any, name: str) -> bool:
    """A list is several pictures to some pipelines, and to others one for each prompt: what they hand it on
    to tells, by a name in the plural, or a type of their own for the list."""
    prepares = [getattr(pipe, one, None) for one in ("prepare_latents", "prepare_image_latents")]
    if name != "image" or any("images" in inspect.signature(one).parameters for one in prepares if one):
        return True
    said = str(inspect.signature(type(pipe).__call__).parameters[name].annotation)
    return "list" in said.lower() and "ndarray" not in said


def _with_places(prompt: str, count: int) -> str:
    """OmniGen wants to read where its pictures stand."""
    places = [f"<img><|image_{number}|></img>" for number in range(1, count + 1)]
    return " ".join([*(place for place in places if place not in prompt), prompt])
