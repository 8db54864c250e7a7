"""Schedulers by the names that people know them by, where they fit the pipeline."""

from typing import Any

# Name → class and settings, as diffusers' own table for users of A1111 and k-diffusion has it
# (docs/source/en/api/schedulers/overview.md); "Euler" is also what flow matching pipelines use.
_KARRAS = {"use_karras_sigmas": True}
_SDE = {"algorithm_type": "sde-dpmsolver++"}
NAMES: dict[str, tuple[str, dict[str, Any]]] = {
    "Euler": ("EulerDiscreteScheduler", {}),
    "Euler Karras": ("EulerDiscreteScheduler", _KARRAS),
    "Euler a": ("EulerAncestralDiscreteScheduler", {}),
    "Heun": ("HeunDiscreteScheduler", {}),
    "Heun Karras": ("HeunDiscreteScheduler", _KARRAS),
    "DDIM": ("DDIMScheduler", {}),
    "DDPM": ("DDPMScheduler", {}),
    "PLMS": ("PNDMScheduler", {"skip_prk_steps": True}),
    "DPM2": ("KDPM2DiscreteScheduler", {}),
    "DPM2 Karras": ("KDPM2DiscreteScheduler", _KARRAS),
    "DPM2 a": ("KDPM2AncestralDiscreteScheduler", {}),
    "DPM2 a Karras": ("KDPM2AncestralDiscreteScheduler", _KARRAS),
    "DPM++ 2M": ("DPMSolverMultistepScheduler", {}),
    "DPM++ 2M Karras": ("DPMSolverMultistepScheduler", _KARRAS),
    "DPM++ 2M SDE": ("DPMSolverMultistepScheduler", _SDE),
    "DPM++ 2M SDE Karras": ("DPMSolverMultistepScheduler", _SDE | _KARRAS),
    "DPM++ SDE": ("DPMSolverSinglestepScheduler", {}),
    "DPM++ SDE Karras": ("DPMSolverSinglestepScheduler", _KARRAS),
    "DEIS": ("DEISMultistepScheduler", {}),
    "UniPC": ("UniPCMultistepScheduler", {}),
    "LCM": ("LCMScheduler", {}),
    "TCD": ("TCDScheduler", {}),
}
_FLOW_EULER = "FlowMatchEulerDiscreteScheduler"


def scheduler_named(name: str, current: Any) -> Any | None:
    """A fresh scheduler of that name or class, set up like the pipeline's own; None where it does not fit."""
    known = {entry[0].casefold(): entry for entry in reversed(NAMES.values())}
    known |= {key.casefold(): entry for key, entry in NAMES.items()}
    class_name, settings = known.get(name.strip().casefold(), (name, {}))
    if class_name == "EulerDiscreteScheduler" and type(current).__name__ == _FLOW_EULER:
        class_name = _FLOW_EULER
    fitting = {one.__name__: one for one in (type(current), *_compatible(current))}
    chosen = fitting.get(class_name)
    return chosen.from_config(current.config, **settings) if chosen else None


def name_of(scheduler: Any) -> str:
    """The name people know it by, else its class."""
    class_name = type(scheduler).__name__
    if class_name == _FLOW_EULER:
        return "Euler"
    config = dict(scheduler.config)
    fits = [
        (len(settings), name)
        for name, (known, settings) in NAMES.items()
        if known == class_name and all(config.get(key) == value for key, value in settings.items())
    ]
    return max(fits)[1] if fits else class_name


def _compatible(scheduler: Any) -> list[type]:
    """The classes that may take its place; those that need a package which is not here stay out."""
    # `_backends` marks diffusers' stand-in for a class whose package (scipy, torchsde) is missing.
    return [one for one in getattr(scheduler, "compatibles", ()) if not hasattr(one, "_backends")]
