"""Any diffusers pipeline that makes pictures from words."""

import functools
import inspect
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import msgspec
from PIL import Image

from studio.catalog.memory import BATCH_LATENTS, DEFAULT_BATCH_LATENTS
from studio.core.errors import ModelProducedNothing, ModelUnsupported, cause_params
from studio.core.job_checks import MAX_CELLS
from studio.core.jobs import GenerateImages
from studio.core.messages import Result
from studio.core.model import ModelSpec
from studio.core.passes import SecondPass
from studio.core.recipe import Recipe
from studio.runtime.cancel import Stopped
from studio.runtime.desk import Desk
from studio.runtime.failures import meant, out_of_memory
from studio.runtime.pictures.adapters import adapted
from studio.runtime.pictures.again import as_recorded, with_companions
from studio.runtime.pictures.arguments import (
    Call,
    latent_factor,
    mend,
    note_unused_negative,
)
from studio.runtime.pictures.caches import Skipping
from studio.runtime.pictures.drift import drifting, drifts_together
from studio.runtime.pictures.edits import Patch
from studio.runtime.pictures.encodings import encoded
from studio.runtime.pictures.given import read_input
from studio.runtime.pictures.inputs import (
    Read,
    begun,
    enlarged,
    one_at_a_time,
    plan_second,
    steps_of,
)
from studio.runtime.pictures.ladder import decoding, rungs_of, step_down
from studio.runtime.pictures.load import LoadedPipeline, load_pipeline
from studio.runtime.pictures.loras import laid_over
from studio.runtime.pictures.noise import seeded
from studio.runtime.pictures.planning import picture_of, planned
from studio.runtime.pictures.previews import Previewer
from studio.runtime.pictures.records import painted_over, put_down, recipe_of, save, save_one
from studio.runtime.pictures.safer import decode_safer, handed_over, one_colour, work_safer
from studio.runtime.pictures.schedulers import scheduler_named
from studio.runtime.pictures.seamless import seamless
from studio.runtime.pictures.tiled import Tiling, tile_seed
from studio.runtime.pictures.watch import Watch
from studio.runtime.residency import LoadContext

log = logging.getLogger(__name__)


def load(spec: ModelSpec, context: LoadContext) -> LoadedPipeline:
    loaded = load_pipeline(spec, context)
    if "offload" in loaded.options:
        context.desk.note("offloaded")
    return loaded


def generate(loaded: LoadedPipeline, job: GenerateImages, desk: Desk) -> Result:
    """All pictures of the job, each saved as soon as its batch is done."""
    read = functools.cache(read_input)  # once for the job: each cell of a sheet begins with the same
    if then := job.again:
        with as_recorded(loaded, then):
            _make(loaded, with_companions(job, then), range(then.batch), read, desk)
        return desk.result()
    done = 0
    for index in job.indices:
        if index >= done:
            alike = job.alike(index)
            _make(loaded, job, alike, read, desk)
            done = alike.stop
    return desk.result()


def between_jobs(loaded: LoadedPipeline, go_on: Callable[[], bool]) -> None:
    """What takes long and makes later jobs faster, as long as `go_on` says so."""
    loaded.compiling.prepare(go_on)


def _make(loaded: LoadedPipeline, job: GenerateImages, alike: range, read: Read, desk: Desk) -> None:
    """Pictures of the job that differ by their seeds alone."""
    one = picture_of(job, alike.start)
    call, changed = planned(loaded, one, read, desk)
    pipe = call.pipe
    room = 1 if isinstance(changed, Tiling) else batch_size(loaded, call, one)
    size, done = job.again.batch if job.again else min(room, len(alike)), alike.start
    with (
        laid_over(loaded, one, desk) as loras,
        adapted(loaded, call, one, desk),
        _chosen_scheduler(pipe, one, desk),
        decoding(loaded, one, call, desk),
        seamless(pipe, one, call.width, call.height, desk),
    ):
        second = plan_second(loaded, call, one, desk)
        call.skipping = Skipping(pipe, one.cache, steps_of(call), desk, first=loaded.pipe)
        if second:
            second.skipping = Skipping(second.pipe, one.cache, steps_of(second), desk, first=loaded.pipe)
        while done < alike.stop:
            count, began = min(size, alike.stop - done), desk.seconds
            batch = range(done, done + count)
            if (job.again and job.again.place not in batch) or not desk.wants(batch):
                done += count
                continue
            desk.state(together=count, room=room, pixels=call.width * call.height)
            larger = 1 if job.again else count  # its companions are nobody's to see
            call.to_come = larger * steps_of(second) if second else 0
            if isinstance(changed, Tiling):
                pictures = [changed.painted(call, partial(_tile, loaded, job, desk, done))]
            else:
                pictures = _try_batch(loaded, job, call, desk, done, count)
            if pictures is None:
                room = size = 1 if loaded.one_by_one else step_down(loaded, call, count, desk)
                continue
            note_unused_negative(pipe, call, desk)
            _note_size(pictures, call, desk)
            if isinstance(changed, Patch):
                pictures = [changed.pasted(picture) for picture in pictures]
            record = recipe_of(loaded, one, call, count, (desk.seconds - began) / count)
            record = msgspec.structs.replace(record, loras=loras)
            if second:
                _paint_over(pictures, record, loaded, job, call, second, desk, done)
            else:
                save(pictures, record, job, desk, done)
            done += count


def _painted(loaded: LoadedPipeline, job: GenerateImages, desk: Desk, index: int, call: Call) -> Image.Image:
    """Picture `index` alone, whatever has to be stepped down for it."""
    while (painted := _try_batch(loaded, job, call, desk, index, 1)) is None:
        step_down(loaded, call, 1, desk)
    return painted[0]


def _tile(
    loaded: LoadedPipeline, job: GenerateImages, desk: Desk, index: int, call: Call, place: int
) -> Image.Image:
    """From noise of its own, which the picture's seed decides: the same in each would be a pattern."""
    own = msgspec.structs.replace(job, seed=tile_seed(job.seed, place))
    return _painted(loaded, own, desk, index, call)


def _paint_over(
    pictures: list[Image.Image],
    record: Recipe,
    loaded: LoadedPipeline,
    job: GenerateImages,
    first: Call,
    second: Call,
    desk: Desk,
    index: int,
) -> None:
    """The wanted ones of the first pass, enlarged and painted over: one by one, for they are large. Each is
    put down as it is before, and stays where it is stopped in its second pass, or fails in it."""
    wished = job.second_pass or SecondPass()
    wanted = [job.again.place - index] if job.again else [*range(len(pictures))]
    for place in wanted:
        put_down(pictures[place], record, job, desk, index + place, place)
    for done, place in enumerate(wanted):
        if not desk.wants(range(index + place, index + place + 1)):
            continue
        began, call = desk.seconds, enlarged(second, pictures[place], wished.scale)
        call.before = first.made + done * steps_of(second)
        call.to_come = (len(wanted) - 1 - done) * steps_of(second)
        desk.state(together=1, pixels=call.width * call.height)
        picture, recipe = pictures[place], record
        with decoding(loaded, job, call, desk, second=True), _kept(desk):
            picture = _painted(loaded, job, desk, index + place, call)
            recipe = painted_over(record, loaded, wished, call)
        seconds = (record.seconds or 0.0) + desk.seconds - began
        recipe = msgspec.structs.replace(recipe, seconds=seconds)
        save_one(picture, recipe, job, desk, index + place, place)


@contextmanager
def _kept(desk: Desk) -> Iterator[None]:
    """Whatever fails in here, the picture of the first pass is finished, and is not to be lost with it."""
    try:
        yield
    except Exception as error:  # where there is a finished picture, a fault ends no more than its pass
        if isinstance(error, Stopped) or desk.cancelled.is_set():
            raise
        log.exception("The second pass of job %s", desk.job_id)
        desk.note("second_pass_failed", **cause_params(meant(error, desk)))


def batch_size(loaded: LoadedPipeline, call: Call, job: GenerateImages) -> int:
    """How many pictures may be denoised together, by their size; one where the pipeline knows no number."""
    if "num_images_per_prompt" not in inspect.signature(type(call.pipe).__call__).parameters:
        return 1
    if (
        loaded.one_by_one
        or one_at_a_time(call)
        or (job.variation and job.variation.drift and not drifts_together(call.pipe))
    ):
        return 1
    room = BATCH_LATENTS.get(loaded.device.type, DEFAULT_BATCH_LATENTS)
    latents = call.width * call.height / latent_factor(loaded.pipe) ** 2
    most = rungs_of(loaded, call).together or MAX_CELLS
    return max(1, min(most, int(room / latents)))


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
    """The batch's pictures; None where they have to be made otherwise: memory ran out, or the pipeline cannot
    make several at once although it takes their number (PRX with guidance, diffusers 0.42)."""
    tried = set[str]()
    while True:
        try:
            pictures = _run_batch(loaded, job, call, desk, first, count)
        except ModelProducedNothing:
            if not work_safer(loaded, desk, tried):
                raise
        except (ValueError, TypeError, RuntimeError, MemoryError) as error:
            if out_of_memory(error):
                return None
            if count > 1 and "must match the size of tensor" in str(error):
                loaded.one_by_one = True
                return None
            if not (
                loaded.compiling.give_up(error) or mend(call, loaded.pipe, error) or call.skipping.give_up()
            ):
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
    pipe = call.pipe
    previewer = _previewer(loaded, job, call, desk, first)
    shown = (0, 1) if job.again else (first, count)
    pictures = [job.picture(first + place) for place in range(count)]
    several = {"num_images_per_prompt": count} if count > 1 else {}
    try:
        watch = Watch(desk, job.model.name, *shown, previewer, call.before, call.to_come)
        with (
            _guided(pipe, call),
            handed_over(loaded),
            encoded(loaded, pipe, call, pictures[0].loras, desk),
            drifting(pipe, pictures, desk),
            seeded(pipe, pictures, desk) as seeds,
            begun(loaded, call, count, desk) as arguments,
            call.skipping.on(),
            watch.over(pipe),
            loaded.compiling.over(job, loaded.options, call, count, watch),
        ):
            made = pipe(**arguments, **several, generator=seeds if count > 1 else seeds[0])
    finally:
        loaded.pipe.maybe_free_model_hooks()  # they are the parts', whichever pipeline it is that was called
    call.made, call.step_seconds = watch.steps, watch.step_seconds
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


def _note_size(pictures: list[Image.Image], call: Call, desk: Desk) -> None:
    for width, height in {picture.size for picture in pictures}:
        if call.asked and call.asked != f"{width}x{height}":
            desk.note("size_changed", width=width, height=height, asked=call.asked.replace("x", " × "))
