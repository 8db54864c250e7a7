"""What a picture was made with, and the picture saved with it inside."""

import time

import msgspec
import torch
from PIL import Image

from studio.core.jobs import GenerateImages
from studio.core.messages import Stage
from studio.core.passes import SecondPass
from studio.core.recipe import Execution, Recipe
from studio.media.recipes import write_png
from studio.runtime.desk import Desk, Owner
from studio.runtime.pictures.again import tell_differences
from studio.runtime.pictures.arguments import Call
from studio.runtime.pictures.compiling import OPTION
from studio.runtime.pictures.given import used_inputs
from studio.runtime.pictures.inputs import second_pass_of
from studio.runtime.pictures.ladder import options_of_second
from studio.runtime.pictures.load import LoadedPipeline
from studio.runtime.pictures.schedulers import name_of
from studio.runtime.placement import device_name


def recipe_of(loaded: LoadedPipeline, job: GenerateImages, call: Call, batch: int, seconds: float) -> Recipe:
    """What all pictures of a batch have in common."""
    return Recipe(
        prompt=job.prompt,
        negative_prompt=job.negative_prompt,
        template=job.template,
        styles=job.styles,
        model=job.model.id,
        model_name=job.model.name,
        model_fingerprint=job.model.fingerprint,
        pipeline=type(call.pipe).__name__,
        num_inference_steps=call.num_inference_steps,
        guidance_scale=call.guidance_scale,
        scheduler=name_of(call.pipe.scheduler) if hasattr(call.pipe, "scheduler") else None,
        inputs=used_inputs(job.inputs),
        strength=call.start.strength if call.start and job.inputs else None,
        variation=job.variation,
        seamless=job.seamless,
        cache=job.cache if call.skipping.options else "",
        edit=call.edit,
        seconds=seconds,
        step_seconds=call.step_seconds,
        execution=Execution(
            device=device_name(loaded.device),
            precision=str(loaded.precision).removeprefix("torch."),
            versions=loaded.versions,
            threads=torch.get_num_threads() if loaded.device.type == "cpu" else None,
            batch=batch,
            options=loaded.options
            | ({"prompt": call.read} if call.read else {})
            | call.skipping.options
            | ({OPTION: call.compiled} if call.compiled else {})
            | {name: str(value) for name, value in job.model.defaults.scheduler_options.items()},
        ),
    )


def painted_over(record: Recipe, loaded: LoadedPipeline, wanted: SecondPass, call: Call) -> Recipe:
    """The recipe of the first pass for a picture that this call, the second, has just painted over."""
    first = record.execution
    execution = first and msgspec.structs.replace(
        first,
        precision=str(loaded.precision).removeprefix("torch."),
        options=options_of_second(first.options, loaded.options),
    )
    return msgspec.structs.replace(record, second_pass=second_pass_of(wanted, call), execution=execution)


def save(pictures: list[Image.Image], record: Recipe, job: GenerateImages, desk: Desk, first: int) -> None:
    """Each of a batch under its own recipe; `first` is the place of the first of them in the job."""
    for place, picture in enumerate(pictures):
        if not job.again or first + place == job.again.place:
            save_one(picture, record, job, desk, first + place, place)


def save_one(
    picture: Image.Image, record: Recipe, job: GenerateImages, desk: Desk, index: int, place: int
) -> None:
    """Picture `index` of the job, which was in that place of its batch: whole on the disk, then told."""
    shown, total = (0, 1) if job.again else (index, job.num_images)
    desk.phase(Stage.SAVING, shown, total)
    if execution := _execution(record, place):
        tell_differences(job, execution, desk)
    if owner := put_down(picture, record, job, desk, index, place):
        desk.saved(shown, owner.path, owner.asset, *picture.size, job.picture(index).seed)


def put_down(
    picture: Image.Image, record: Recipe, job: GenerateImages, desk: Desk, index: int, place: int
) -> Owner | None:
    """The same without a word: it stays unless another one takes its place, however the job ends. None where
    nobody wants it any more."""
    owner = desk.of(0 if job.again else index)
    if owner is None:
        return None
    width, height = picture.size
    recipe = msgspec.structs.replace(
        record,
        asset=owner.asset,
        job=owner.job_id,
        created=time.time(),
        seed=job.picture(index).seed,
        index=owner.index,
        width=width,
        height=height,
        execution=_execution(record, place),
        sheet=job.sheet,
        cell=job.cell(index),
    )
    write_png(picture, owner.path, recipe)
    return owner


def _execution(record: Recipe, place: int) -> Execution | None:
    return record.execution and msgspec.structs.replace(record.execution, place=place)
