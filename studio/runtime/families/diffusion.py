"""Any diffusers pipeline that makes pictures from words."""

import inspect
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import torch
from PIL import Image

from studio.catalog.memory import SLICED_PIXELS, decoding_bytes
from studio.core.errors import MemoryExhausted, ModelUnsupported
from studio.core.ids import new_id
from studio.core.jobs import GenerateImages
from studio.core.messages import Result, Stage
from studio.core.model import ModelSpec
from studio.core.recipe import Execution, Recipe
from studio.media.recipes import write_png
from studio.runtime.desk import Desk
from studio.runtime.failures import out_of_memory
from studio.runtime.pictures.adapters import adapted
from studio.runtime.pictures.arguments import (
    Call,
    latent_factor,
    mend,
    note_unused_negative,
    plan_call,
)
from studio.runtime.pictures.inputs import (
    begun,
    enlarged,
    pipe_for,
    plan_inputs,
    plan_second,
    second_pass_of,
    steps_of,
    used_inputs,
)
from studio.runtime.pictures.load import LoadedPipeline, load_pipeline
from studio.runtime.pictures.loras import laid_over
from studio.runtime.pictures.previews import Previewer
from studio.runtime.pictures.schedulers import name_of, scheduler_named
from studio.runtime.pictures.watch import Watch
from studio.runtime.placement import device_name, free_bytes
from studio.runtime.residency import LoadContext, empty_caches

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
    first = job.first
    while first < job.num_images:
        alike = job.alike(first)
        _make(loaded, job, alike, desk)
        first = alike.stop
    return desk.result()


def _make(loaded: LoadedPipeline, job: GenerateImages, alike: range, desk: Desk) -> None:
    """Pictures of the job that differ by their seeds alone."""
    one = job.picture(alike.start)
    pipe = pipe_for(loaded, one)
    call = plan_call(pipe, one, desk)
    plan_inputs(call, one, desk)
    size, done = batch_size(loaded, call, len(alike)), alike.start
    with (
        laid_over(loaded, one, desk) as loras,
        adapted(loaded, call, one, desk),
        _chosen_scheduler(pipe, one, desk),
        _decoding(loaded, call, desk),
    ):
        second = plan_second(loaded, call, one, desk)
        while done < alike.stop:
            count, began = min(size, alike.stop - done), desk.seconds
            desk.state(together=count, pixels=call.width * call.height)
            call.to_come = count * steps_of(second) if second else 0
            pictures = _try_batch(loaded, job, call, desk, done, count)
            if pictures is None:
                size = _step_down(loaded, count, desk)
                continue
            note_unused_negative(pipe, call, desk)
            _note_size(pictures, call, desk)
            if second:
                pictures = _paint_over(pictures, loaded, job, call, second, desk, done)
            record = _recipe(loaded, one, call, count, (desk.seconds - began) / count)
            record = msgspec.structs.replace(record, loras=loras, second_pass=second_pass_of(one, second))
            _save(pictures, record, job, desk, done)
            done += count


def _paint_over(
    pictures: list[Image.Image],
    loaded: LoadedPipeline,
    job: GenerateImages,
    first: Call,
    second: Call,
    desk: Desk,
    index: int,
) -> list[Image.Image]:
    """Each of the first pass's pictures, enlarged and painted over: one by one, for they are large."""
    scale, made = job.second_pass.scale if job.second_pass else 1.0, list[Image.Image]()
    for place, picture in enumerate(pictures):
        call = enlarged(second, picture, scale)
        call.before = first.made + place * steps_of(second)
        call.to_come = (len(pictures) - 1 - place) * steps_of(second)
        desk.state(together=1, pixels=call.width * call.height)
        with _decoding(loaded, call, desk):
            while (painted := _try_batch(loaded, job, call, desk, index + place, 1)) is None:
                _step_down(loaded, 1, desk)
        made += painted
    return made


def batch_size(loaded: LoadedPipeline, call: Call, wanted: int) -> int:
    """How many pictures are denoised together, by their size; one where the pipeline knows no number."""
    if "num_images_per_prompt" not in inspect.signature(type(call.pipe).__call__).parameters:
        return 1
    room = BATCH_LATENTS.get(loaded.device.type, DEFAULT_BATCH_LATENTS)
    latents = call.width * call.height / latent_factor(loaded.pipe) ** 2
    return max(1, min(wanted, int(room / latents)))


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


@contextmanager
def _decoding(loaded: LoadedPipeline, call: Call, desk: Desk) -> Iterator[None]:
    """The autoencoder set up for one job; the next one, were it smaller, would else come out otherwise."""
    vae, before = getattr(loaded.pipe, "vae", None), loaded.options.keys() & {"vae_tiling", "vae_slicing"}
    if call.width * call.height >= SLICED_PIXELS and hasattr(vae, "enable_slicing"):
        vae.enable_slicing()
        loaded.options["vae_slicing"] = "on"
    if _decoding_is_too_large(loaded, call):
        _tile(loaded, desk)
    try:
        yield
    finally:
        if "vae_tiling" not in before and loaded.options.pop("vae_tiling", None):
            vae.disable_tiling()
        if "vae_slicing" not in before and loaded.options.pop("vae_slicing", None):
            vae.disable_slicing()


def _try_batch(
    loaded: LoadedPipeline, job: GenerateImages, call: Call, desk: Desk, first: int, count: int
) -> list[Image.Image] | None:
    """The batch's pictures; None where memory ran out."""
    try:
        return _run_batch(loaded, job, call, desk, first, count)
    except (ValueError, RuntimeError, MemoryError) as error:
        if out_of_memory(error):
            return None
        if not mend(call, loaded.pipe, error):
            raise
    return _try_batch(loaded, job, call, desk, first, count)


def _run_batch(
    loaded: LoadedPipeline, job: GenerateImages, call: Call, desk: Desk, first: int, count: int
) -> list[Image.Image]:
    pipe = call.pipe
    previewer = _previewer(loaded, job, call, desk, first)
    # On the processor for every device, so that a seed is the same noise everywhere.
    seeds = [torch.Generator("cpu").manual_seed(job.picture(first + place).seed) for place in range(count)]
    several = {"num_images_per_prompt": count} if count > 1 else {}
    try:
        with _guided(pipe, call), begun(loaded, call, count, desk) as arguments:
            watch = Watch(desk, job.model.name, first, count, previewer, call.before, call.to_come)
            with watch.over(pipe):
                made = pipe(**arguments, **several, generator=seeds if count > 1 else seeds[0])
    finally:
        loaded.pipe.maybe_free_model_hooks()  # they are the parts', whichever pipeline it is that was called
    call.made = watch.steps
    return _pictures_of(made, job)


def _previewer(
    loaded: LoadedPipeline, job: GenerateImages, call: Call, desk: Desk, first: int
) -> Previewer | None:
    colours = loaded.colours() if job.previews else None
    return Previewer(colours, desk, first, call.width, call.height) if colours else None


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


def _decoding_is_too_large(loaded: LoadedPipeline, call: Call) -> bool:
    """On the processor there is no error to learn from: the system ends the process instead."""
    blocks = getattr(getattr(getattr(loaded.pipe, "vae", None), "config", None), "block_out_channels", None)
    if loaded.device.type != "cpu" or not blocks:
        return False
    return decoding_bytes(blocks[0], call.width * call.height, 4) > free_bytes(loaded.device)


def _step_down(loaded: LoadedPipeline, count: int, desk: Desk) -> int:
    """How many at once from now on, after memory ran out with `count`; raises MemoryExhausted at the end."""
    empty_caches()
    if count > 1:
        desk.note("batch_split", size=count // 2)
        return count // 2
    if _tile(loaded, desk):
        return 1
    packed = "packed" in loaded.options or loaded.spec.path.lower().endswith(".gguf")
    movable = loaded.device.type in ("cuda", "xpu") and not packed
    if movable and loaded.options.get("offload") != "sequential":
        loaded.pipe.remove_all_hooks()
        loaded.pipe.enable_sequential_cpu_offload(device=loaded.device)
        loaded.options["offload"] = "sequential"
        desk.note("offloaded")
        return 1
    raise MemoryExhausted(phase=desk.stage)


def _tile(loaded: LoadedPipeline, desk: Desk) -> bool:
    """Decode in tiles from now on; False where that was so already, or cannot be."""
    vae = getattr(loaded.pipe, "vae", None)
    if "vae_tiling" in loaded.options or not hasattr(vae, "enable_tiling"):
        return False
    vae.enable_tiling()
    loaded.options["vae_tiling"] = "on"
    desk.note("vae_tiled")
    return True


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
        pipeline=type(call.pipe).__name__,
        num_inference_steps=call.num_inference_steps,
        guidance_scale=call.guidance_scale,
        scheduler=name_of(call.pipe.scheduler) if hasattr(call.pipe, "scheduler") else None,
        inputs=used_inputs(job),
        strength=call.start.strength if call.start and job.inputs else None,
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


def _note_size(pictures: list[Image.Image], call: Call, desk: Desk) -> None:
    for width, height in {picture.size for picture in pictures}:
        if call.asked and call.asked != f"{width}x{height}":
            desk.note("size_changed", width=width, height=height, asked=call.asked.replace("x", " × "))


def _save(pictures: list[Image.Image], record: Recipe, job: GenerateImages, desk: Desk, first: int) -> None:
    for index, picture in enumerate(pictures, first):
        desk.phase(Stage.SAVING, index, job.num_images)
        width, height = picture.size
        asset, seed = new_id(), job.picture(index).seed
        path = desk.staging / f"{asset}.png"
        execution = record.execution and msgspec.structs.replace(record.execution, place=index - first)
        recipe = msgspec.structs.replace(
            record,
            asset=asset,
            created=time.time(),
            seed=seed,
            index=index,
            width=width,
            height=height,
            execution=execution,
            sheet=job.sheet,
            cell=job.cell(index),
        )
        write_png(picture, path, recipe)
        desk.saved(index, path, asset, width, height, seed)
