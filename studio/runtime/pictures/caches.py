"""Caches that skip work between steps, where the denoiser's class can: faster, at some cost in likeness."""

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from diffusers import FirstBlockCacheConfig, MagCacheConfig, TaylorSeerCacheConfig
from diffusers.hooks._helpers import TransformerBlockRegistry
from diffusers.hooks.mag_cache import FLUX_MAG_RATIOS
from torch import nn

from studio.core.passes import StepCache
from studio.runtime.desk import Desk
from studio.runtime.pictures.wraps import wrapped

# A block whose output changed by less than this since the step before lets the others be skipped. 0.08 is
# where ParaAttention, which the method comes from, sets Flux; diffusers' own default of 0.05 skips little.
FIRST_BLOCK_THRESHOLD = 0.08
# Every third step is computed after the first three; between them outputs follow their first derivative
# (arXiv 2503.06923; its five loses small things in pictures of few steps).
TAYLOR_INTERVAL, TAYLOR_WARM_UP = 3, 3


class Skipping:
    """A job's cache for one of its passes, which makes so many steps in each call; noted where it cannot be.

    Attributes:
        options: what goes into the execution record.
    """

    def __init__(self, pipe: Any, cache: StepCache, steps: int, desk: Desk, first: Any) -> None:
        """`first` is the pipeline that was loaded; `pipe` may be another that paints over a picture with
        its denoiser."""
        self._pipe, self._denoiser = pipe, getattr(pipe, "transformer", None)
        self._cache, self._desk = cache, desk
        possible = cache and can_skip(cache, first)
        self._config = _config(cache, self._denoiser, max(1, steps)) if possible else None
        if cache and self._config is None:
            desk.note("cache_unused", cache=cache)

    @property
    def options(self) -> dict[str, str]:
        return {"cache": f"{self._cache} {_shown(self._config)}"} if self._config else {}

    @contextmanager
    def on(self) -> Iterator[None]:
        """The cache on the denoiser, for one call of the pipeline."""
        if self._config is None:
            yield
            return
        self._denoiser.enable_cache(self._config)
        try:
            with nullcontext() if _tells(self._pipe) else _told(self._pipe, self._denoiser):
                yield
        finally:
            self._denoiser.disable_cache()

    def give_up(self) -> bool:
        """After an error that it may have caused (diffusers knows blocks that its caches then cannot follow):
        go on without it. False where there was none."""
        found = self._config is not None
        if found:
            self._config = None
            self._desk.note("cache_unused", cache=self._cache)
        return found


def can_skip(cache: StepCache, pipe: Any) -> bool:
    """Whether the pipeline tells its denoiser which of its calls belong together, and diffusers knows the
    denoiser's blocks; MagCache also wants figures that were measured for the model."""
    denoiser = getattr(pipe, "transformer", None)
    if not hasattr(denoiser, "enable_cache") or not _tells(pipe):
        return False
    if cache == "mag_cache":
        return type(denoiser).__name__ == "FluxTransformer2DModel"
    lists = [child for child in denoiser.children() if isinstance(child, nn.ModuleList) and len(child)]
    return cache == "taylor_seer" or any(_is_known(blocks[0]) for blocks in lists)


def _tells(pipe: Any) -> bool:
    return _names_contexts(type(pipe))


@functools.cache  # each look parses the module
def _names_contexts(pipeline: type) -> bool:
    return "cache_context" in inspect.getsource(pipeline)


@contextmanager
def _told(pipe: Any, denoiser: Any) -> Iterator[None]:
    """For a pipeline that tells nothing (Flux's from a picture, diffusers 0.42): with guidance it calls its
    denoiser several times a step, and the first calls of all steps belong together, and so on."""
    calls = 0

    def forward(original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        with denoiser.cache_context(f"call {calls}"):
            return original(*args, **kwargs)

    def step(original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls = 0
        return original(*args, **kwargs)

    with wrapped(denoiser, "forward", forward), wrapped(pipe.scheduler, "step", step):
        yield


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
