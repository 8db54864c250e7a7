"""LoRAs that are called inside a prompt, as A1111 invented it: `<lora:name:0.8>`."""

import re

from studio.core.job_checks import LORA_SCALES
from studio.core.recipe import UsedLora
from studio.media.dialects.values import number, weights_name

_TAG = re.compile(r"\s*<(lora|lyco|hypernet):([^:<>\n]{1,200})((?::[^<>\n]{0,80})?)>")
_MOST = 64


def without_tags(prompt: str) -> tuple[str, list[UsedLora], list[str]]:
    """The prompt, the LoRAs that it calls, and the calls of other networks or with an impossible strength."""
    loras, unread = list[UsedLora](), list[str]()
    for kind, name, rest in _TAG.findall(prompt):
        if kind == "hypernet":
            unread.append(f"<hypernet:{name}>")
        else:
            loras.append(used(name, scale := _scale(rest)))
            if loras[-1].scale != scale:
                unread.append(f"<{kind}:{name}{rest}>")
    bare = _TAG.sub("", prompt) if loras or unread else prompt
    return bare.strip(), once(loras), unread


def used(name: object, scale: object = 1.0, hash: object = "") -> UsedLora:
    """A LoRA by the name of its file; it has no id before it was found here."""
    strength = number(scale)
    if strength is None or not LORA_SCALES[0] <= strength <= LORA_SCALES[1]:
        strength = 1.0
    known = hash.strip() if isinstance(hash, str) else ""
    return UsedLora(
        id="",
        name=weights_name(name),
        hash=known.removeprefix("0x").lower() if re.fullmatch(r"(0x)?[0-9a-fA-F]{8,64}", known) else "",
        scale=strength,
    )


def once(loras: list[UsedLora]) -> list[UsedLora]:
    """Each name once, those that were named first."""
    by_name = dict[str, UsedLora]()
    for lora in loras:
        if lora.name and lora.scale:
            by_name.setdefault(lora.name, lora)
    return list(by_name.values())[:_MOST]


def _scale(rest: str) -> float | None:
    """`:0.8`, `:0.8:0.6` (text encoder, U-Net), `:te=0.5:unet=0.8`; None for no number."""
    parts = rest.strip(":").split(":") if rest else []
    named = dict(part.split("=", 1) for part in parts if "=" in part)
    plain = [part for part in parts if "=" not in part]
    return number(named.get("unet", plain[:2][-1] if plain else named.get("te", 1.0)))
