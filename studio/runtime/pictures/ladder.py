"""What is done when memory runs out: the rung that the moment calls for, said, and remembered."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from studio.catalog.held import load_of
from studio.catalog.memory import SLICED_PIXELS, Work, decoding_bytes, work_bytes
from studio.core.errors import MemoryExhausted, NoRoomForPicture
from studio.core.job_checks import SIZE_RANGE
from studio.core.jobs import GenerateImages
from studio.core.messages import Stage
from studio.runtime.desk import Desk
from studio.runtime.pictures.arguments import Call, size_multiple
from studio.runtime.pictures.load import LoadedPipeline
from studio.runtime.pictures.offload import OFFLOADS, hold, offload
from studio.runtime.placement import free_bytes
from studio.runtime.residency import empty_caches

SECOND = "second_pass_"  # before the name of what the second pass alone was decoded with, in the record
_DECODED = ("vae_tiling", "vae_slicing")
# What diffusers and accelerate raise where a way of offloading is not for this machine or pipeline.
_REFUSALS = (RuntimeError, ValueError, NotImplementedError, ImportError)


@dataclass
class Rungs:
    """How far a model has been stepped down for pictures of one size.

    Attributes:
        together: pictures at once; 0 where nothing speaks against as many as are wanted.
        sliced, tiled: how they are decoded.
    """

    together: int = 0
    sliced: bool = False
    tiled: bool = False


def rungs_of(loaded: LoadedPipeline, call: Call) -> Rungs:
    return loaded.rungs.setdefault((call.width, call.height), Rungs())


@contextmanager
def decoding(
    loaded: LoadedPipeline, job: GenerateImages, call: Call, desk: Desk, *, second: bool = False
) -> Iterator[None]:
    """The autoencoder set up for one job, or inside of that for its second pass; the next one, were it
    smaller, would else come out otherwise.

    As it was found to be needed, or as the picture was made that is made again.
    """
    rungs, then = rungs_of(loaded, call), job.again.options if job.again else {}
    before, prefix = loaded.options.keys() & {*_DECODED}, SECOND if second else ""
    if call.width * call.height >= SLICED_PIXELS or rungs.sliced or f"{prefix}vae_slicing" in then:
        _slice(loaded)
    if rungs.tiled or _too_large(loaded, call) or f"{prefix}vae_tiling" in then:
        _tile(loaded, desk)
    try:
        yield
    finally:
        vae = getattr(loaded.pipe, "vae", None)
        if "vae_tiling" not in before and loaded.options.pop("vae_tiling", None):
            vae.disable_tiling()
        if "vae_slicing" not in before and loaded.options.pop("vae_slicing", None):
            vae.disable_slicing()


def options_of_second(first: dict[str, str], now: dict[str, str]) -> dict[str, str]:
    """For the record of a picture that was painted over: what was on in its first pass and is now, each way
    of decoding that the first did without by a name of its own."""
    own = {*_DECODED} - first.keys()
    return first | {SECOND + name if name in own else name: value for name, value in now.items()}


def step_down(loaded: LoadedPipeline, call: Call, count: int, desk: Desk) -> int:
    """How many at once from now on, after memory ran out with `count` of them.

    Where pictures were being decoded, they are decoded in smaller pieces; else, and if that was not enough,
    fewer are made together; then the model's weights wait elsewhere, in ever smaller pieces; then other
    models are given back.
    Raises NoRoomForPicture or MemoryExhausted where nothing is left.
    """
    empty_caches()
    rungs = rungs_of(loaded, call)
    if desk.stage == Stage.DECODING:
        if count > 1 and _slice(loaded):
            rungs.sliced = True
            desk.note("vae_sliced")
            return count
        if _tile(loaded, desk):
            rungs.tiled = True
            return count
    if count > 1:
        rungs.together = count // 2
        desk.note("batch_split", size=count // 2)
        return count // 2
    if _offload_more(loaded):
        desk.note("offloaded" if loaded.options["offload"] == "model" else "offloaded_layers")
        return 1
    if desk.make_room():
        return 1
    raise _exhausted(loaded, call, desk)


def largest_size(width: int, height: int, free: int, needed: int, multiple: int) -> tuple[int, int] | None:
    """The largest picture of that shape, in pixels, for which `free` bytes are enough, where one of `width`
    × `height` is reckoned to need `needed`; at most half as many pixels, for those did not fit, whatever was
    reckoned. None where it would be too small to be made."""
    share = min(0.5, free / max(1, needed)) ** 0.5
    sides = [int(side * share) // multiple * multiple for side in (width, height)]
    return (sides[0], sides[1]) if min(sides) >= max(SIZE_RANGE[0], multiple) else None


def _exhausted(loaded: LoadedPipeline, call: Call, desk: Desk) -> MemoryExhausted | NoRoomForPicture:
    dtype = str(loaded.precision).removeprefix("torch.")
    needed = work_bytes(load_of(loaded.spec), dtype, Work(pixels=call.width * call.height))
    multiple = size_multiple(loaded.pipe)
    fits = largest_size(call.width, call.height, free_bytes(loaded.device), needed, multiple)
    if fits is None:
        return MemoryExhausted(phase=desk.stage)
    return NoRoomForPicture(
        phase=desk.stage, width=call.width, height=call.height, fits=f"{fits[0]} × {fits[1]}"
    )


def _too_large(loaded: LoadedPipeline, call: Call) -> bool:
    """On the processor there is no error to learn from: the system ends the process instead."""
    blocks = getattr(getattr(getattr(loaded.pipe, "vae", None), "config", None), "block_out_channels", None)
    if loaded.device.type != "cpu" or not blocks:
        return False
    return decoding_bytes(blocks[0], call.width * call.height, 4) > free_bytes(loaded.device)


def _slice(loaded: LoadedPipeline) -> bool:
    """Decode one picture after another from now on; False where that was so already, or cannot be: all
    autoencoders have the method, and those without the attribute raise in it (diffusers 0.42)."""
    vae = getattr(loaded.pipe, "vae", None)
    if "vae_slicing" in loaded.options or not hasattr(vae, "use_slicing"):
        return False
    vae.enable_slicing()
    loaded.options["vae_slicing"] = "on"
    return True


def _tile(loaded: LoadedPipeline, desk: Desk) -> bool:
    """Decode in tiles from now on; False where that was so already, or cannot be."""
    vae = getattr(loaded.pipe, "vae", None)
    if "vae_tiling" in loaded.options or not hasattr(vae, "use_tiling"):
        return False
    vae.enable_tiling()
    loaded.options["vae_tiling"] = "on"
    desk.note("vae_tiled")
    return True


def _offload_more(loaded: LoadedPipeline) -> bool:
    """The next way that this machine and pipeline allow, kept while the model is loaded; False at the end."""
    if not loaded.movable:
        return False
    now = loaded.options.get("offload", "")
    for kind in OFFLOADS[OFFLOADS.index(now) + 1 if now else 0 :]:
        hold(loaded.pipe)
        try:
            offload(loaded.pipe, kind, loaded.device)
        except _REFUSALS:
            continue
        loaded.options["offload"] = kind
        return True
    return False
