"""What a cache of steps gains and what it costs, as two pictures tell that differ in nothing else."""

import math
from collections.abc import Sequence
from enum import StrEnum

import msgspec

from studio.core.passes import StepCache, step_cache
from studio.core.recipe import Recipe

# Peak signal-to-noise ratios in decibels. Lossy pictures have 30 to 50, and who looks for a difference hardly
# finds one beyond 40; below 20 not even the shapes are where they were. Rules of thumb, only told as words.
CLOSE, DETAILS = 40.0, 20.0
_PEAK = 255
_KEPT = 24  # of one model, the newest


class Likeness(StrEnum):
    SAME = "same"  # to the last bit
    CLOSE = "close"
    DETAILS = "details"
    ANOTHER = "another"


class CacheCost(msgspec.Struct, frozen=True, kw_only=True):
    """Of one cache of a model, on this machine.

    Attributes:
        steps: that both pictures were made in.
        faster: how many times as fast they were denoised with it.
        error: the mean square of what the values of the pictures differ by, 0…255².
    """

    cache: StepCache
    steps: int
    faster: float
    error: float

    @property
    def decibels(self) -> float:
        """Their peak signal-to-noise ratio, 10 · log₁₀(255² / error); infinite where they are the same."""
        return 10 * math.log10(_PEAK**2 / self.error) if self.error else math.inf

    @property
    def likeness(self) -> Likeness:
        if not self.error:
            return Likeness.SAME
        if self.decibels >= CLOSE:
            return Likeness.CLOSE
        return Likeness.DETAILS if self.decibels >= DETAILS else Likeness.ANOTHER


def twin_key(recipe: Recipe) -> str:
    """The same for pictures that differ by their cache alone, if at all; "" where the recipe tells no pace.

    A second pass has a pace of its own, and caches of other versions are not known.
    """
    execution = recipe.execution
    told = recipe.num_inference_steps and recipe.step_seconds and recipe.model_fingerprint
    if not told or execution is None or recipe.second_pass or step_cache(recipe.cache) != recipe.cache:
        return ""
    options = {name: value for name, value in execution.options.items() if name != "cache"}
    plain = msgspec.structs.replace(
        recipe,
        asset="",
        job="",
        created=0.0,
        template="",
        styles=(),
        index=0,
        cache="",
        sheet=None,
        cell=None,
        seconds=None,
        step_seconds=None,
        execution=msgspec.structs.replace(execution, options=options),
    )
    return msgspec.json.encode(plain, order="sorted").decode()


def cost_of(off: Recipe, on: Recipe, error: float) -> CacheCost:
    """From two recipes of one `twin_key`, the second with a cache, and how far their pictures are apart."""
    plain, cached = off.step_seconds or 0.0, on.step_seconds or 0.0
    steps = on.num_inference_steps or 1
    made = max(1, round(steps * (1.0 if on.strength is None else on.strength)))
    # The first step, which no cache can skip, has other things in it that happen once: it counts as one more
    # without a cache.
    faster = made * plain / (plain + (made - 1) * cached)
    return CacheCost(cache=step_cache(on.cache), steps=steps, faster=faster, error=error)


def with_cost(costs: Sequence[CacheCost], cost: CacheCost) -> tuple[CacheCost, ...]:
    """The newest of a cache and a number of steps replaces the one before."""
    kept = [one for one in costs if (one.cache, one.steps) != (cost.cache, cost.steps)]
    return (*kept, cost)[-_KEPT:]


def nearest_cost(costs: Sequence[CacheCost], cache: StepCache, steps: int | None) -> CacheCost | None:
    """Of that cache, the one for the nearest number of steps; the newest where that is not known."""
    own = [one for one in reversed(costs) if one.cache == cache]
    return min(own, key=lambda one: abs(one.steps - (steps or one.steps)), default=None)
