"""The LoRAs of this machine as one model sees them."""

from collections.abc import Iterable

from studio.catalog.bases import base_of
from studio.catalog.loras import lora_fits
from studio.core.model import Kind, LoraChoice, ModelSpec, lora_of


def lora_choices(model: ModelSpec, installed: Iterable[ModelSpec]) -> list[LoraChoice]:
    """Those that fit first, then by name."""
    own = base_of(model)
    found = [
        LoraChoice(
            lora=lora_of(spec),
            trigger_words=spec.trigger_words,
            fits=lora_fits(spec.suits, own),
            base=spec.suits,
            own=own,
        )
        for spec in installed
        if spec.kind is Kind.LORA
    ]
    return sorted(found, key=lambda one: (not one.fits, one.lora.name.casefold()))
