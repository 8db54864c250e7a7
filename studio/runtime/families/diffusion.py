"""Any diffusers pipeline that makes pictures from words."""

import inspect
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import torch
from PIL import Image

from studio.core.errors import ModelProducedNothing, ModelUnsupported
from studio.core.ids import new_id
from studio.core.jobs import GenerateImages
from studio.core.messages import Result, Stage
from studio.core.model import ModelSpec
from studio.core.recipe import Execution, Recipe
from studio.media.recipes import write_png
from studio.runtime.desk import Desk
from studio.runtime.failures import out_of_memory
from studio.runtime.pictures.again import as_recorded, tell_differences, with_companions
from studio.runtime.pictures.arguments import (
    Call,
    latent_factor,
    mend,
    note_unused_negative,
    plan_call,
)
from studio.runtime.pictures.drift import drifting, drifts_together
from studio.runtime.pictures.ladder import decoding, rungs_of, step_down
from studio.runtime.pictures.load import LoadedPipeline, load_pipeline
from studio.runtime.pictures.loras import laid_over
from studio.runtime.pictures.noise import seeded
from studio.runtime.pictures.previews import Previewer
from studio.runtime.pictures.safer import decode_safer, one_colour, work_safer
from studio.runtime.pictures.schedulers import name_of, scheduler_named
from studio.runtime.pictures.seamless import seamless
from studio.runtime.pictures.watch import Watch
from studio.runtime.placement import device_name
from studio.runtime.residency import LoadContext

# Latents denoised together. It depends on nothing but the size, so that a job repeated is the same job: a
# different number of pictures in a batch changes the last bits of each. On two cores, eight pictures of
# 16 x 16 latents at once take 0.73 of the time of one by one, sixteen 0.70, and nothing is saved meanwhile.
BATCH_LATENTS = {"cpu": 8 * 16 * 16, "cuda": 4 * 128 * 128}
DEFAULT_BATCH_LATENTS = 128 * 128


def load(spec: ModelSpec, context: LoadContext) -> LoadedPipeline:
    loaded = load_pipeline(spec, context)
    if "offload" in loaded.options:
        context.desk.note("offloaded")
    return loaded


def generate(loaded: LoadedPipeline, job: GenerateImages, desk: Desk) -> Result:
    """All pictures of the job, each saved as soon as its batch is done."""
    if then := job.again:
        with as_recorded(loaded, then):
            _make(loaded, with_companions(job, then), range(then.batch), desk)
        return desk.result()
    first = job.first
    while first < job.num_images:
        alike = job.alike(first)
        _make(loaded, job, alike, desk)
        first = alike.stop
    return desk.result()


def _make(loaded: LoadedPipeline, job: GenerateImages, alike: range, desk: Desk) -> None:
    """Pictures of the job that differ by their seeds alone."""
    pipe, one = loaded.pipe, job.picture(alike.start)
    call = plan_call(pipe, one, desk)
    size, done = job.again.batch if job.again else batch_size(loaded, call, one, len(alike)), alike.start
    with (
        laid_over(loaded, one, desk) as loras,
        _chosen_scheduler(pipe, one, desk),
        decoding(loaded, one, call, desk),
        seamless(pipe, one, call.width, call.height, desk),
    ):
        while done < alike.stop:
            count, began = min(size, alike.stop - done), desk.seconds
            if job.again and job.again.place not in range(done, done + count):
                done += count
                continue
            desk.state(together=count, pixels=call.width * call.height)
            pictures = _try_batch(loaded, job, call, desk, done, count)
            if pictures is None:
                size = step_down(loaded, call, count, desk)
                continue
            note_unused_negative(pipe, call, desk)
            record = _recipe(loaded, one, call, count, (desk.seconds - began) / count)
            record = msgspec.structs.replace(record, loras=loras)
            _save(pictures, record, job, call, desk, done)
            done += count


def batch_size(loaded: LoadedPipeline, call: Call, job: GenerateImages, wanted: int) -> int:
    """How many pictures are denoised together, by their size; one where the pipeline knows no number."""
    if "num_images_per_prompt" not in inspect.signature(type(loaded.pipe).__call__).parameters:
        return 1
    if job.variation and job.variation.drift and not drifts_together(loaded.pipe):
        return 1
    room = BATCH_LATENTS.get(loaded.device.type, DEFAULT_BATCH_LATENTS)
    latents = call.width * call.height / latent_factor(loaded.pipe) ** 2
    most = rungs_of(loaded, call).together or wanted
    return max(1, min(wanted, most, int(room / latents)))


@contextmanager
def _chosen_scheduler(pipe: Any, job: GenerateImages, desk: Desk) -> Iterator[None]:
    """The job's scheduler, or the own one with the job's options, in place of the pipeline's."""
    own = getattr(pipe, "scheduler", None)  # pipelines of several stages may have none by that name
    wanted, options = job.scheduler or job.model.defaults.scheduler, job.model.defaults.scheduler_options
    chosen = scheduler_named(wanted, own, options) if wanted and own else None
    if wanted and chosen is None:
        desk.note("scheduler_unused", scheduler=wanted)
    if options and own and chosen is None:
        chosen = type(own).from_config(own.config, **options)
    if chosen is None:
        yield
        return
    pipe.scheduler = chosen
    try:
        yield
    finally:
        pipe.scheduler = own


def _try_batch(
    loaded: LoadedPipeline, job: GenerateImages, call: Call, desk: Desk, first: int, count: int
) -> list[Image.Image] | None:
    """The batch's pictures; None where memory ran out."""
    tried = set[str]()
    while True:
        try:
            pictures = _run_batch(loaded, job, call, desk, first, count)
        except ModelProducedNothing:
            if not work_safer(loaded, desk, tried):
                raise
        except (ValueError, RuntimeError, MemoryError) as error:
            if out_of_memory(error):
                return None
            if not mend(call, loaded.pipe, error):
                raise
        else:
            if not one_colour(pictures):
                return pictures
            if not decode_safer(loaded, desk, tried):
                desk.note("picture_black")
                return pictures


def _run_batch(
    loaded: LoadedPipeline, job: GenerateImages, call: Call, desk: Desk, first: int, count: int
) -> list[Image.Image]:
    pipe = loaded.pipe
    previewer = _previewer(loaded, job, call, desk, first)
    shown = (0, 1) if job.again else (first, count)
    pictures = [job.picture(first + place) for place in range(count)]
    several = {"num_images_per_prompt": count} if count > 1 else {}
    try:
        with (
            _guided(pipe, call),
            drifting(pipe, pictures, desk),  # inside of what keeps encodings, which is opened for the job
            seeded(pipe, pictures, desk) as seeds,
            Watch(desk, job.model.name, *shown, previewer).over(pipe),
        ):
            made = pipe(**call.arguments, **several, generator=seeds if count > 1 else seeds[0])
    finally:
        pipe.maybe_free_model_hooks()
    return _pictures_of(made, job)


def _previewer(
    loaded: LoadedPipeline, job: GenerateImages, call: Call, desk: Desk, first: int
) -> Previewer | None:
    if not job.previews:
        return None
    colours, tiny = loaded.colours(), loaded.tiny(job.model)
    if colours is None and tiny is None:
        return None
    # Of a picture that is made again, its companions are nobody's to see.
    wanted = range(job.again.place, job.again.place + 1) if job.again else None
    return Previewer(colours, desk, first, call.width, call.height, wanted, tiny)


@contextmanager
def _guided(pipe: Any, call: Call) -> Iterator[None]:
    """Guidance that is no argument but a part of the pipeline (HunyuanImage), set for one call."""
    guiders = [one for name in ("guider", "ocr_guider") if (one := getattr(pipe, name, None))]
    if call.guidance_name != "guider" or call.guidance_scale is None:
        guiders = []
    before = [guider.guidance_scale for guider in guiders]
    for guider in guiders:
        guider.guidance_scale = call.guidance_scale
    try:
        yield
    finally:
        for guider, scale in zip(guiders, before, strict=True):
            guider.guidance_scale = scale


def _pictures_of(made: Any, job: GenerateImages) -> list[Image.Image]:
    """Pipelines call them `images`, `image` or `frames`; a film of one frame counts as its frame."""
    found = next((made[name] for name in ("images", "image", "frames") if made.get(name) is not None), None)
    listed = found if isinstance(found, list) else [found]
    pictures = [one[0] if isinstance(one, list) else one for one in listed]
    if not pictures or not all(isinstance(one, Image.Image) for one in pictures):
        raise ModelUnsupported(model=job.model.name, kind=job.model.base)
    return pictures


def _recipe(loaded: LoadedPipeline, job: GenerateImages, call: Call, batch: int, seconds: float) -> Recipe:
    """What all pictures of a batch have in common."""
    return Recipe(
        job=job.id,
        prompt=job.prompt,
        negative_prompt=job.negative_prompt,
        template=job.template,
        styles=job.styles,
        model=job.model.id,
        model_name=job.model.name,
        model_fingerprint=job.model.fingerprint,
        pipeline=type(loaded.pipe).__name__,
        num_inference_steps=call.num_inference_steps,
        guidance_scale=call.guidance_scale,
        scheduler=name_of(loaded.pipe.scheduler) if hasattr(loaded.pipe, "scheduler") else None,
        variation=job.variation,
        seamless=job.seamless,
        seconds=seconds,
        execution=Execution(
            device=device_name(loaded.device),
            precision=str(loaded.precision).removeprefix("torch."),
            versions=loaded.versions,
            threads=torch.get_num_threads() if loaded.device.type == "cpu" else None,
            batch=batch,
            options=loaded.options
            | {name: str(value) for name, value in job.model.defaults.scheduler_options.items()},
        ),
    )


def _save(
    pictures: list[Image.Image], record: Recipe, job: GenerateImages, call: Call, desk: Desk, first: int
) -> None:
    for index, picture in enumerate(pictures, first):
        if job.again and index != job.again.place:
            continue
        shown, total = (0, 1) if job.again else (index, job.num_images)
        desk.phase(Stage.SAVING, shown, total)
        width, height = picture.size
        if call.asked and call.asked != f"{width}x{height}":
            desk.note("size_changed", width=width, height=height, asked=call.asked.replace("x", " × "))
        asset, seed = new_id(), job.picture(index).seed
        path = desk.staging / f"{asset}.png"
        execution = record.execution and msgspec.structs.replace(record.execution, place=index - first)
        if execution:
            tell_differences(job, execution, desk)
        recipe = msgspec.structs.replace(
            record,
            asset=asset,
            created=time.time(),
            seed=seed,
            index=shown,
            width=width,
            height=height,
            execution=execution,
            sheet=job.sheet,
            cell=job.cell(index),
        )
        write_png(picture, path, recipe)
        desk.saved(shown, path, asset, width, height, seed)
