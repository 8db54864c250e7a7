"""How tokens are chosen, as it is kept for the next start."""

import logging

import msgspec

from studio.core.model import ModelSpec
from studio.core.sampling import Sampling
from studio.viewmodels.shell import WindowState

SAMPLING_KEY = "chat.sampling"

log = logging.getLogger(__name__)


def keep_sampling(state: WindowState, sampling: Sampling) -> None:
    state.put(SAMPLING_KEY, msgspec.json.encode(sampling).decode())


def kept_sampling(state: WindowState) -> Sampling:
    """That of the last sitting; the models' own where none, or none that this version reads, was kept."""
    text = state.get(SAMPLING_KEY)
    if not text:
        return Sampling()
    try:
        return msgspec.json.decode(text, type=Sampling)
    except msgspec.DecodeError as error:
        log.warning("how tokens were chosen cannot be read: %s", error)
        return Sampling()


def without_thinking(sampling: Sampling) -> Sampling:
    """What a preset is: whether the model thinks is chosen beside the composer, for each message."""
    return msgspec.structs.replace(sampling, thinking="", thinking_budget=None)


def askable_of(sampling: Sampling, model: ModelSpec) -> Sampling:
    """Without what cannot be asked of this model's thoughts: of each answer it would be told anew."""
    if model.thinks is None:
        return sampling
    return msgspec.structs.replace(
        sampling,
        thinking=sampling.thinking if sampling.thinking in model.thinks else "",
        thinking_budget=sampling.thinking_budget if "budget" in model.thinks else None,
    )
