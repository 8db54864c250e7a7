"""How the tokens of an answer are chosen."""

from typing import Literal

import msgspec

Thinking = Literal["", "on", "off"]


class Sampling(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """None leaves a value to the model. Temperature 0 takes the likeliest token.

    Attributes:
        dry_multiplier, dry_base, dry_allowed_length: DRY, which makes the next token of a repeated sequence
            the less likely the longer that already is (p-e-w, text-generation-webui #5677); 0: off.
        xtc_probability, xtc_threshold: XTC, which now and then takes the likeliest choices away (p-e-w,
            text-generation-webui #6335); 0: off.
        banned: phrases that are not written, in any case of letters.
        thinking: whether a model that can think before it answers does so; "" leaves it to the model.
        thinking_budget: tokens after which its thoughts are brought to an end.
    """

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    repetition_penalty: float | None = None
    dry_multiplier: float | None = None
    dry_base: float | None = None
    dry_allowed_length: int | None = None
    xtc_probability: float | None = None
    xtc_threshold: float | None = None
    banned: tuple[str, ...] = ()
    max_new_tokens: int | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    thinking: Thinking = ""
    thinking_budget: int | None = None


class Preset(msgspec.Struct, frozen=True, kw_only=True):
    """A way of choosing tokens that has a name."""

    name: str
    sampling: Sampling
