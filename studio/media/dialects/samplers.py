"""Samplers and schedules of all tools by the names that the studio uses."""

import re

from studio.core.schedulers import SCHEDULERS, usual_name
from studio.media.dialects.values import words

# k-diffusion's own names, as ComfyUI, InvokeAI, NovelAI and Fooocus write them, with marks left out.
_NAMES = {
    "euler": "Euler",
    "eulera": "Euler a",
    "eulerancestral": "Euler a",
    "heun": "Heun",
    "dpm2": "DPM2",
    "kdpm2": "DPM2",
    "dpm2a": "DPM2 a",
    "kdpm2a": "DPM2 a",
    "dpm2ancestral": "DPM2 a",
    "dpm++2m": "DPM++ 2M",
    "dpmpp2m": "DPM++ 2M",
    "dpm++2msde": "DPM++ 2M SDE",
    "dpmpp2msde": "DPM++ 2M SDE",
    "dpm++sde": "DPM++ SDE",
    "dpmppsde": "DPM++ SDE",
    "ddim": "DDIM",
    "ddimv3": "DDIM",
    "ddpm": "DDPM",
    "plms": "PLMS",
    "pndm": "PLMS",
    "deis": "DEIS",
    "unipc": "UniPC",
    "unipcbh2": "UniPC",
    "lcm": "LCM",
    "tcd": "TCD",
}
_PLAIN_SCHEDULES = ("", "automatic", "normal", "simple", "native", "default", "none", "use same scheduler")
_PREFIX = re.compile(r"^(sample_|k_)+")
_SUFFIX = re.compile(r"(_gpu|_cfg_pp)$")


def scheduler_of(sampler: object, schedule: object = "") -> tuple[str | None, list[str]]:
    """The studio's name, or the tool's where there is none, and what of both was not understood."""
    said, spacing = words(sampler, 80).strip(), words(schedule, 80).strip()
    if not said:
        return None, []
    bare = _SUFFIX.sub("", _PREFIX.sub("", said.casefold()))
    karras = spacing.casefold() == "karras"
    for ending in (" karras", "_karras", "_k"):
        if bare.endswith(ending):
            bare, karras = bare.removesuffix(ending), True
    name = _NAMES.get(re.sub(r"[\s_.-]+", "", bare)) or _known(said)
    if name is None:
        return f"{said} {spacing}".strip() if spacing.casefold() not in _PLAIN_SCHEDULES else said, [said]
    if karras:
        both = f"{name} Karras"
        return (both, []) if both in SCHEDULERS else (name, ["Karras"])
    return name, [] if spacing.casefold() in _PLAIN_SCHEDULES else [spacing]


def _known(said: str) -> str | None:
    """A name that is ours already, or that of a scheduler's class."""
    ours = {name.casefold(): name for name in SCHEDULERS}
    usual = usual_name(said)
    return ours.get(said.casefold()) or (usual if usual in SCHEDULERS else None)
