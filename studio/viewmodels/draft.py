"""What stands in the Create panel between two pictures, as it is kept for the next start."""

import logging

import msgspec

from studio.core.inputs import InputPicture
from studio.core.model import Lora
from studio.core.passes import SecondPass, StepCache

FAST = "+fast"
STRENGTH = 0.6  # how far a picture goes from the one it starts from, until that is set otherwise

log = logging.getLogger(__name__)


class Overrides(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the person set otherwise than the model does; None leaves it to the model."""

    width: int | None = None
    height: int | None = None
    num_inference_steps: int | None = None
    guidance_scale: float | None = None
    scheduler: str | None = None


class Draft(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The next job, still being written.

    Attributes:
        overrides: for each model by its id, those beside *Fast* by its id and FAST.
        fast: the ids of the models that are to be fast.
        styles: the names of the styles that are laid over the prompt.
        inputs, strength: pictures to start from or to refer to, and how far to go from the first.
        loras: for each model by its id, those that the person laid over it.
        second_pass, seamless, cache: as in GenerateImages.
        aspect_locked: a new width brings its height along.
    """

    prompt: str = ""
    negative_prompt: str = ""
    seed: int | None = None  # none was drawn yet
    seed_locked: bool = False
    num_images: int = 4
    overrides: dict[str, Overrides] = {}
    fast: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    inputs: tuple[InputPicture, ...] = ()
    strength: float | None = None
    loras: dict[str, tuple[Lora, ...]] = {}
    second_pass: SecondPass | None = None
    seamless: bool = False
    cache: StepCache = ""
    aspect_locked: bool = False


def encode_draft(draft: Draft) -> str:
    return msgspec.json.encode(draft).decode()


def decode_draft(text: str) -> Draft:
    """The draft of the last sitting; an empty one where none, or none that this version reads, was kept."""
    if not text:
        return Draft()
    try:
        return msgspec.json.decode(text, type=Draft)
    except msgspec.DecodeError as error:
        log.warning("the draft of the last sitting cannot be read: %s", error)
        return Draft()
