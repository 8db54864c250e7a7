"""Which smaller model can guess ahead for a larger one."""

from collections.abc import Iterable

from studio.core.model import ModelSpec

SHARE = 1 / 4  # of the larger one's weights: what is guessed has to cost far less than what is written


def draft_of(model: ModelSpec, installed: Iterable[ModelSpec]) -> ModelSpec | None:
    """The smallest model of the same vocabulary that is small beside it; None without one.

    What the larger one would not have written is thrown away, so the text is the same (Leviathan et al. 2023,
    "Fast Inference from Transformers via Speculative Decoding").
    """
    fitting = [
        one
        for one in installed
        if model.vocabulary
        and (one.vocabulary, one.family) == (model.vocabulary, model.family)
        and 0 < one.size_bytes <= SHARE * model.size_bytes
    ]
    return min(fitting, key=lambda one: one.size_bytes, default=None)
