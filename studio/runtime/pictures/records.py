"""What a picture was made with, and the picture saved with it inside."""

import time

import msgspec
import torch
from PIL import Image

from studio.core.ids import new_id
from studio.core.jobs import GenerateImages
from studio.core.messages import Stage
from studio.core.recipe import Execution, Recipe
from studio.media.recipes import write_png
from studio.runtime.desk import Desk
from studio.runtime.pictures.again import tell_differences
from studio.runtime.pictures.arguments import Call
from studio.runtime.pictures.compiling import OPTION
from studio.runtime.pictures.inputs import used_inputs
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
        inputs=used_inputs(job),
        strength=call.start.strength if call.start and job.inputs else None,
        variation=job.variation,
        seamless=job.seamless,
        cache=job.cache if call.skipping.options else "",
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


def save(pictures: list[Image.Image], record: Recipe, job: GenerateImages, desk: Desk, first: int) -> None:
    """Each under its own recipe; `first` is the place of the first of them in the job."""
    for index, picture in enumerate(pictures, first):
        if job.again and index != job.again.place:
            continue
        shown, total = (0, 1) if job.again else (index, job.num_images)
        desk.phase(Stage.SAVING, shown, total)
        owner = desk.of(shown)
        if owner is None:
            continue
        width, height = picture.size
        asset, seed = new_id(), job.picture(index).seed
        path = owner.staging / f"{asset}.png"
        execution = record.execution and msgspec.structs.replace(record.execution, place=index - first)
        if execution:
            tell_differences(job, execution, desk)
        recipe = msgspec.structs.replace(
            record,
            asset=asset,
            job=owner.job_id,
            created=time.time(),
            seed=seed,
            index=owner.index,
            width=width,
            height=height,
            execution=execution,
            sheet=job.sheet,
            cell=job.cell(index),
        )
        write_png(picture, path, recipe)
        desk.saved(shown, path, asset, width, height, seed)
