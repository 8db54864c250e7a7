"""What a picture model lets one set, as its files and its pipeline's signature say."""

from enum import StrEnum

import msgspec

from studio.core.inputs import Role


class Guidance(StrEnum):
    """What the number called guidance does in a model."""

    PLAIN = "plain"  # the prediction is compared with one for no prompt
    TRUE = "true"  # the same, under the name that pipelines give it which know the other, too
    DISTILLED = "distilled"  # the model was taught to follow the number, and compares nothing
    NONE = "none"  # it is not used


class Traits(msgspec.Struct, frozen=True, kw_only=True):
    """Of one model.

    Attributes:
        scheduler: the class of its own; "" where that is not known.
        guidance: what its guidance does.
        caches: work can be skipped between steps (`core/passes.py`).
        roles: what pictures can be to it.
        weighs: it is told how much references count.
    """

    scheduler: str = ""
    guidance: Guidance = Guidance.PLAIN
    caches: bool = False
    roles: frozenset[Role] = frozenset({Role.START})
    weighs: bool = False
