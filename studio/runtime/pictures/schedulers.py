"""Schedulers by the names that people know them by, where they fit the pipeline."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from diffusers import DDIMScheduler, LCMScheduler, TCDScheduler

from studio.core.schedulers import SCHEDULERS

_FLOW_EULER = "FlowMatchEulerDiscreteScheduler"


def scheduler_named(name: str, current: Any, options: Mapping[str, Any] = MappingProxyType({})) -> Any | None:
    """A fresh scheduler of that name or class, set up like the pipeline's own but for the options; None where
    it does not fit."""
    known = {entry[0].casefold(): entry for entry in reversed(SCHEDULERS.values())}
    known |= {key.casefold(): entry for key, entry in SCHEDULERS.items()}
    class_name, settings = known.get(name.strip().casefold(), (name, {}))
    if class_name == "EulerDiscreteScheduler" and type(current).__name__ == _FLOW_EULER:
        class_name = _FLOW_EULER
    fitting = {one.__name__: one for one in (type(current), *_compatible(current))}
    chosen = fitting.get(class_name)
    return chosen.from_config(current.config, **(settings | dict(options))) if chosen else None


def name_of(scheduler: Any) -> str:
    """The name people know it by, else its class."""
    class_name = type(scheduler).__name__
    if class_name == _FLOW_EULER:
        return "Euler"
    config = dict(scheduler.config)
    fits = [
        (len(settings), name)
        for name, (known, settings) in SCHEDULERS.items()
        if known == class_name and all(config.get(key) == value for key, value in settings.items())
    ]
    return max(fits)[1] if fits else class_name


def _compatible(scheduler: Any) -> list[type]:
    """The classes that may take its place; those that need a package which is not here stay out."""
    # `_backends` marks diffusers' stand-in for a class whose package (scipy, torchsde) is missing.
    listed = [one for one in getattr(scheduler, "compatibles", ()) if not hasattr(one, "_backends")]
    # LCM and TCD take the place of any that DDIM can, and are on nobody's list (diffusers 0.42, and its guide
    # docs/source/en/using-diffusers/inference_with_lcm.md, which swaps them so).
    return [*listed, LCMScheduler, TCDScheduler] if DDIMScheduler in listed else listed
