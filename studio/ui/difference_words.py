"""What two pictures have otherwise, in the person's words."""

from collections.abc import Sequence
from typing import Literal

from studio.core.differences import Difference
from studio.ui.i18n import tr

LONGEST = 60  # characters of one value
NAMES: dict[str, str] = {
    "prompt": "Prompt",
    "negative_prompt": "Negative prompt",
    "model": "Model",
    "pipeline": "Pipeline",
    "seed": "Seed",
    "size": "Size",
    "num_inference_steps": "Steps",
    "guidance_scale": "Guidance",
    "scheduler": "Scheduler",
    "loras": "LoRA",
    "inputs": "Inputs",
    "strength": "Strength",
    "variation": "Variation",
    "second_pass": "Second pass",
    "seamless": "Seamless",
    "cache": "Cache",
}


def difference_words(found: Sequence[Difference], side: Literal["then", "now"]) -> str:
    """What this side has where the two differ: `Seed 11 · Guidance 3`."""
    if not found:
        return tr("Made in the same way")
    return " · ".join(_words(one, one.then if side == "then" else one.now) for one in found)


def _words(one: Difference, value: str) -> str:
    name = tr(NAMES.get(one.what, one.what))
    short = value if len(value) <= LONGEST else value[: LONGEST - 1] + "…"
    return f"{name} {tr(short) if short else '–'}"
