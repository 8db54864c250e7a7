"""Schedulers by the names that people know them by; plain data, so that every room speaks of the same."""

from typing import Any

# Name → class and settings, as diffusers' own table for users of A1111 and k-diffusion has it
# (docs/source/en/api/schedulers/overview.md); "Euler" is also what flow matching pipelines use.
_KARRAS = {"use_karras_sigmas": True}
_SDE = {"algorithm_type": "sde-dpmsolver++"}
SCHEDULERS: dict[str, tuple[str, dict[str, Any]]] = {
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


# Classes that the table leaves out, for their packages are not with us or their name says it all.
_OTHERS = {
    "DPMSolverSDEScheduler": "DPM++ SDE",
    "FlowMatchEulerDiscreteScheduler": "Euler",
    "LMSDiscreteScheduler": "LMS",
}


def usual_name(name: str) -> str:
    """The usual name of a scheduler that is given by its class, as models' files do; else the name itself."""
    # The first name of a class is the plain one.
    known = {class_name: usual for usual, (class_name, _) in reversed(SCHEDULERS.items())}
    return (_OTHERS | known).get(name, name)


def known_scheduler(name: str) -> str:
    """The usual name for a usual name or a class, with or without the word Scheduler, in whatever letters;
    empty for any other."""
    classes = {usual_name(class_name): class_name for class_name, _ in SCHEDULERS.values()}
    for usual, known in (*((usual, usual) for usual in SCHEDULERS), *classes.items()):
        if name.casefold() in (known.casefold(), known.removesuffix("Scheduler").casefold()):
            return usual
    return ""


# Classes that take each other's place: diffusers' `KarrasDiffusionSchedulers`, and those that name them as
# their `_compatibles` (0.42); those of flow matching, and all others, go with nothing but themselves.
_EXCHANGEABLE = frozenset(
    {
        "CogVideoXDDIMScheduler",
        "CogVideoXDPMScheduler",
        "DDIMParallelScheduler",
        "DDIMScheduler",
        "DDPMParallelScheduler",
        "DDPMScheduler",
        "DEISMultistepScheduler",
        "DPMSolverMultistepInverseScheduler",
        "DPMSolverMultistepScheduler",
        "DPMSolverSinglestepScheduler",
        "EulerAncestralDiscreteScheduler",
        "EulerDiscreteScheduler",
        "HeunDiscreteScheduler",
        "KDPM2AncestralDiscreteScheduler",
        "KDPM2DiscreteScheduler",
        "PNDMScheduler",
        "SASolverScheduler",
        "UniPCMultistepScheduler",
    }
)
_FLOWING = "FlowMatchEulerDiscreteScheduler"


def fitting_schedulers(own: str) -> tuple[str, ...]:
    """What a model whose own is of that class can use, by usual names; all where the class is not known."""
    if not own or own in _EXCHANGEABLE:
        return tuple(SCHEDULERS)
    if own == _FLOWING:
        return ("Euler",)
    return tuple(
        name for name, (class_name, settings) in SCHEDULERS.items() if class_name == own and not settings
    )
