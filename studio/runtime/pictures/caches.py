"""Caches that skip work between steps, where the denoiser's class can: faster, at some cost in likeness."""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from diffusers import FirstBlockCacheConfig, MagCacheConfig, TaylorSeerCacheConfig
from diffusers.hooks._helpers import TransformerBlockRegistry
from diffusers.hooks.mag_cache import FLUX_MAG_RATIOS
from torch import nn

from studio.core.jobs import GenerateImages
from studio.core.passes import StepCache
from studio.runtime.desk import Desk

# A block whose output changed by less than this since the step before lets the others be skipped. 0.08 is
# where ParaAttention, which the method comes from, sets Flux; diffusers' own default of 0.05 skips little.
FIRST_BLOCK_THRESHOLD = 0.08
# Every third step is computed after the first three; between them outputs follow their first derivative
# (arXiv 2503.06923; its five loses small things in pictures of few steps).
TAYLOR_INTERVAL, TAYLOR_WARM_UP = 3, 3


class Skipping:
    """A cache on a pipeline's denoiser, until it is given up.

    Attributes:
        options: what goes into the execution record.
    """

    def __init__(self, denoiser: Any, cache: StepCache, config: Any, desk: Desk) -> None:
        self.options = {"cache": f"{cache} {_shown(config)}"} if config else {}
        self._denoiser = denoiser if config else None
        self._cache = cache
        self._desk = desk
        if config:
            denoiser.enable_cache(config)
        elif cache:
            desk.note("cache_unused", cache=cache)

    def give_up(self) -> bool:
        """After an error that it may have caused (diffusers knows blocks that its caches then cannot follow):
        go on without it. False where there was none."""
        found = self._denoiser is not None
        if found:
            self.end()
            self._desk.note("cache_unused", cache=self._cache)
        return found

    def end(self) -> None:
        if self._denoiser is not None:
            self._denoiser.disable_cache()
            self._denoiser, self.options = None, {}


@contextmanager
def steps_skipped(pipe: Any, job: GenerateImages, steps: int | None, desk: Desk) -> Iterator[Skipping]:
    """The job's cache on the pipeline, for calls of so many steps; where it cannot be, the desk notes it."""
    denoiser = getattr(pipe, "transformer", None)
    possible = job.cache and can_skip(job.cache, pipe)
    skipping = Skipping(
        denoiser, job.cache, _config(job.cache, denoiser, steps or 1) if possible else None, desk
    )
    try:
        yield skipping
    finally:
        skipping.end()


def can_skip(cache: StepCache, pipe: Any) -> bool:
    """Whether the pipeline tells its denoiser which of its calls belong together, and diffusers knows the
    denoiser's blocks; MagCache also wants figures that were measured for the model."""
    denoiser = getattr(pipe, "transformer", None)
    if not hasattr(denoiser, "enable_cache") or "cache_context" not in inspect.getsource(type(pipe)):
        return False
    if cache == "mag_cache":
        return type(denoiser).__name__ == "FluxTransformer2DModel"
    lists = [child for child in denoiser.children() if isinstance(child, nn.ModuleList) and len(child)]
    return cache == "taylor_seer" or any(_is_known(blocks[0]) for blocks in lists)


def _is_known(block: nn.Module) -> bool:
    try:
        TransformerBlockRegistry.get(type(block))
    except ValueError:
        return False
    return True


def _config(cache: StepCache, denoiser: Any, steps: int) -> Any:
    match cache:
        case "first_block":
            return FirstBlockCacheConfig(threshold=FIRST_BLOCK_THRESHOLD)
        case "taylor_seer":
            return TaylorSeerCacheConfig(
                cache_interval=TAYLOR_INTERVAL,
                disable_cache_before_step=TAYLOR_WARM_UP,
                taylor_factors_dtype=denoiser.dtype,
            )
        case _:
            return MagCacheConfig(mag_ratios=FLUX_MAG_RATIOS, num_inference_steps=steps)


def _shown(config: Any) -> str:
    match config:
        case FirstBlockCacheConfig():
            return f"{config.threshold:g}"
        case TaylorSeerCacheConfig():
            return f"{config.cache_interval}/{config.disable_cache_before_step}"
        case _:
            return f"{config.threshold:g}"
