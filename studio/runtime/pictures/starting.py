"""Any pipeline started from a picture, also one that knows nothing of it: through its scheduler.

A pipeline that has a `strength` is asked by it. For any other the schedule is cut to the steps that are left,
with one before them in which nothing is denoised: instead of its result the pipeline gets the picture's
latents with its own noise over them, as they would be at the first of the steps left (SDEdit, arXiv
2108.01073). So the noise is the seed's own, and however the pipeline makes and names it does not matter. The
price is one evaluation of the denoiser.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from diffusers.schedulers.scheduling_utils import SchedulerOutput
from PIL import Image
from torch import nn

from studio.core.errors import InputUnsupported
from studio.runtime.cancel import block_hooks
from studio.runtime.desk import Desk
from studio.runtime.pictures.latents import Layout, encoded, layout_between, pixels_of
from studio.runtime.pictures.watch import wrapped

DEFAULT_STRENGTH = 0.6  # where the pipeline names none; between diffusers' 0.3 for SDXL and 0.8 for SD 1


class _Decoded(Exception):
    """No error: the latents have come to the autoencoder, and no more was wanted."""


def steps_left(steps: int, strength: float) -> int:
    """How many of the steps are really made, as all of diffusers' pipelines reckon it; one at least."""
    return max(1, min(int(steps * strength), steps))


def least_strength(steps: int) -> float:
    """That of one step, which some pipelines refuse to go below and others make nothing of."""
    return math.ceil(1e6 / max(1, steps)) / 1e6


def find_layout(pipe: Any, run: Callable[[], Any], model: str, desk: Desk) -> Layout | None:
    """How the pipeline lays its latents out, by a run of one step that ends before a picture is decoded.

    None for a pipeline without an autoencoder, whose latents are the picture. Raises InputUnsupported.
    """
    vae, scheduler = autoencoder_of(pipe), getattr(pipe, "scheduler", None)
    if scheduler is None:
        raise InputUnsupported(model=model)
    if vae is None:
        return None
    seen = dict[str, torch.Tensor]()

    def timed(original: Callable[..., None], *args: Any, **kwargs: Any) -> None:
        original(*args, **kwargs)
        _cut(scheduler, slice(0, 1))

    def stepped(_: Callable[..., Any], output: Any, time: Any, sample: torch.Tensor, **kwargs: Any) -> Any:
        seen["latents"] = sample
        return _result(sample, kwargs)

    def decoded(_: Callable[..., Any], latents: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        seen["decoded"] = latents
        raise _Decoded

    with ExitStack() as stack:
        for part in pipe.components.values():
            if isinstance(part, nn.Module):
                stack.enter_context(block_hooks(part, desk))
        stack.enter_context(wrapped(scheduler, "set_timesteps", timed))
        stack.enter_context(wrapped(scheduler, "step", stepped))
        stack.enter_context(wrapped(vae, "decode", decoded))
        try:
            run()
        except _Decoded:
            pass
        finally:
            pipe.maybe_free_model_hooks()
    layout = layout_between(seen["decoded"], seen["latents"], vae) if len(seen) == 2 else None
    if layout is None:
        raise InputUnsupported(model=model)
    return layout


@contextmanager
def started_from(
    pipe: Any, picture: Image.Image, strength: float, layout: Layout | None, model: str, desk: Desk
) -> Iterator[None]:
    """While open, a call of the pipeline begins with the picture; its size is that of the call."""
    scheduler, begun = pipe.scheduler, False

    def timed(original: Callable[..., None], *args: Any, **kwargs: Any) -> None:
        nonlocal begun
        original(*args, **kwargs)
        order = getattr(scheduler, "order", 1)
        steps = math.ceil(len(scheduler.timesteps) / order)
        skipped = (steps - steps_left(steps, strength)) * order
        begun = skipped == 0
        if skipped:
            _cut(scheduler, [0, *range(skipped, len(scheduler.timesteps))])

    def stepped(original: Callable[..., Any], output: Any, time: Any, sample: Any, **kwargs: Any) -> Any:
        nonlocal begun
        if begun:
            return original(output, time, sample, **kwargs)
        begun = True
        if hasattr(scheduler, "_step_index"):
            scheduler._step_index = 1
        clean = latents_like(sample, pipe, picture, layout, model, desk)
        return _result(noised(scheduler, clean, sample, 1), kwargs)

    with wrapped(scheduler, "set_timesteps", timed), wrapped(scheduler, "step", stepped):
        yield


def latents_like(
    sample: torch.Tensor, pipe: Any, picture: Image.Image, layout: Layout | None, model: str, desk: Desk
) -> torch.Tensor:
    """The picture as the pipeline has its latents, as large and as many as in the sample.

    Raises InputUnsupported.
    """
    latents = _latents_of(pipe, picture, layout, model, desk)
    axes = layout.sides if layout else (2, 3)
    if sample.shape[1:] != latents.shape[1:] and axes and sample.ndim == latents.ndim:
        # Some make another size than was asked (Kandinsky 5), or scale the picture at the end (PixArt).
        rows, columns = (sample.shape[axis] / latents.shape[axis] for axis in axes)
        size = (round(picture.width * columns), round(picture.height * rows))
        latents = _latents_of(pipe, picture.resize(size, Image.Resampling.LANCZOS), layout, model, desk)
    if sample.shape[1:] != latents.shape[1:]:
        raise InputUnsupported(model=model)
    return latents.to(sample).expand_as(sample)


def noised(scheduler: Any, clean: torch.Tensor, noise: torch.Tensor, place: int) -> torch.Tensor:
    """The clean latents at that place of the schedule, under the noise that a call began with."""
    if type(scheduler).__name__.startswith("FlowMatch"):
        level = scheduler.sigmas[place].to(noise)
        if scheduler.config.get("invert_sigmas"):
            level = 1 - level
        return (1 - level) * clean + level * noise
    noise = noise / getattr(scheduler, "init_noise_sigma", 1.0)
    times = scheduler.timesteps[place : place + 1].expand(len(clean))
    return scheduler.add_noise(clean, noise, times).to(noise.dtype)


def autoencoder_of(pipe: Any) -> Any | None:
    """Kandinsky 2 calls it otherwise."""
    return getattr(pipe, "vae", None) or getattr(pipe, "movq", None)


def _latents_of(
    pipe: Any, picture: Image.Image, layout: Layout | None, model: str, desk: Desk
) -> torch.Tensor:
    """The picture as the pipeline's scheduler would have it at the end."""
    device = pipe._execution_device
    if layout is None:
        return pixels_of(picture).to(device)
    vae = autoencoder_of(pipe)
    assert vae is not None
    with block_hooks(vae, desk):
        latents = layout.laid_out(encoded(vae, picture, device), vae)
    if latents is None:
        raise InputUnsupported(model=model)
    return latents


def _cut(scheduler: Any, kept: Any) -> None:
    """Only those steps of the schedule; its noise levels are one more than its steps."""
    times = scheduler.timesteps
    scheduler.timesteps = times[kept]
    levels = getattr(scheduler, "sigmas", None)
    if torch.is_tensor(levels) and len(levels) == len(times) + 1:
        scheduler.sigmas = torch.cat([levels[:-1][kept], levels[-1:]])


def _result(latents: torch.Tensor, kwargs: dict[str, Any]) -> Any:
    """As `step` gives it: a tuple, of two where what is foreseen comes with it, or an output read by name."""
    if kwargs.get("return_dict", True):
        return SchedulerOutput(prev_sample=latents)
    return (latents, latents)
