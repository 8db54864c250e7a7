"""What is told of a model before it is loaded is what the runtime does, for every class of diffusers."""

import inspect
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import diffusers
import pytest

from studio.catalog.inspect import inspect_model
from studio.catalog.pipelines import pipeline_kind
from studio.catalog.traits import guidance_of, traits_of
from studio.core.schedulers import SCHEDULERS, fitting_schedulers
from studio.core.traits import Guidance
from studio.runtime.pictures.arguments import _guidance_name  # pyright: ignore[reportPrivateUsage]
from studio.runtime.pictures.schedulers import _compatible  # pyright: ignore[reportPrivateUsage]
from tests import zoo


def classes(ending: str) -> list[Any]:
    """All that are here: `_backends` marks a stand-in for one whose package is missing."""
    found = [getattr(diffusers, name, None) for name in dir(diffusers) if name.endswith(ending)]
    return [one for one in found if isinstance(one, type) and not hasattr(one, "_backends")]


PIPELINES = [
    one for one in classes("Pipeline") if pipeline_kind(one.__name__)[1] and "Modular" not in one.__name__
]


@pytest.mark.parametrize("embeds", [False, True])
@pytest.mark.parametrize("pipeline", PIPELINES, ids=lambda one: one.__name__)
def test_guidance_goes_by_the_name_that_the_pipeline_gives_it(pipeline: Any, embeds: bool) -> None:
    accepted = inspect.signature(pipeline.__call__).parameters
    made = SimpleNamespace(
        transformer=SimpleNamespace(config={"guidance_embeds": embeds}), guider=SimpleNamespace()
    )
    name, told = _guidance_name(made, accepted), guidance_of(pipeline.__name__, embeds=embeds)
    assert (told is Guidance.NONE) == (not name)
    if name:
        assert (told is Guidance.TRUE) == (name == "true_cfg_scale")


@pytest.mark.parametrize("own", classes("Scheduler"), ids=lambda one: one.__name__)
def test_the_schedulers_offered_are_those_that_can_be_used(own: Any) -> None:
    current = SimpleNamespace(compatibles=own._get_compatibles() if hasattr(own, "_get_compatibles") else [])
    able = {one.__name__ for one in (own, *_compatible(current))}
    if "FlowMatchEulerDiscreteScheduler" in able and own.__name__.startswith("Flow"):
        able.add("EulerDiscreteScheduler")  # `scheduler_named` takes the one for the other
    offered = {SCHEDULERS[name][0] for name in fitting_schedulers(own.__name__)}
    assert offered == able & {class_name for class_name, _ in SCHEDULERS.values()}


def test_of_a_model_that_is_not_known_all_schedulers_are_offered() -> None:
    assert fitting_schedulers("") == tuple(SCHEDULERS)


def test_traits_are_read_from_the_folder(tmp_path: Path) -> None:
    sd = traits_of(inspect_model(zoo.stable_diffusion(tmp_path / "sd")))
    assert (sd.scheduler, sd.guidance, sd.caches) == ("DDIMScheduler", Guidance.PLAIN, False)
    dev = traits_of(inspect_model(zoo.flux(tmp_path / "dev")))
    assert dev.scheduler == "FlowMatchEulerDiscreteScheduler" and dev.caches
    assert dev.guidance is Guidance.DISTILLED
    schnell = traits_of(inspect_model(zoo.flux(tmp_path / "schnell", guided=False)))
    assert schnell.guidance is Guidance.TRUE
