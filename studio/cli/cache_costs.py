"""What caches of steps gain and cost, as the command line tells it."""

import math
from collections.abc import Sequence
from typing import Any

from studio.core.cache_costs import CacheCost, nearest_cost
from studio.core.jobs import GenerateImages
from studio.core.paths import Paths
from studio.store.cache_costs_file import load_cache_costs
from studio.ui.cache_words import cost_words
from studio.ui.i18n import CACHES, tr


def costs_of(paths: Paths, fingerprint: str) -> tuple[CacheCost, ...]:
    """Of the model with this fingerprint, as they were measured in this home."""
    return load_cache_costs(paths.cache_costs).get(fingerprint, ())


def cost_of_job(paths: Paths, job: GenerateImages) -> CacheCost | None:
    """Of the job's cache; None where that is not known, or there is none."""
    if not job.cache:
        return None
    steps = job.num_inference_steps or job.model.defaults.num_inference_steps
    return nearest_cost(costs_of(paths, job.model.fingerprint), job.cache, steps)


def cost_sentence(job: GenerateImages, cost: CacheCost | None) -> str:
    """What the job's cache gains and costs, or how to learn it."""
    if cost is not None:
        return _told(cost)
    return tr(
        'What {cache} gains and costs here is not measured yet; --sheet "cache=off,{name}" measures it.',
        cache=tr(CACHES[job.cache]),
        name=job.cache,
    )


def described_cost(cost: CacheCost) -> dict[str, Any]:
    """`decibels` is null where the pictures are the same."""
    decibels = round(cost.decibels, 2) if math.isfinite(cost.decibels) else None
    facts = {"cache": cost.cache, "steps": cost.steps, "faster": round(cost.faster, 3), "decibels": decibels}
    return {**facts, "words": cost_words(cost)}


def rows_of_costs(costs: Sequence[CacheCost]) -> list[tuple[str, str]]:
    return [(tr("speed cache"), _told(cost)) for cost in costs]


def _told(cost: CacheCost) -> str:
    return f"{tr(CACHES[cost.cache])}: {cost_words(cost)}"
