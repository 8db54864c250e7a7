"""What can be done to a picture besides asking for it: variations, a second pass, caches."""

from typing import Literal, get_args

import msgspec

StepCache = Literal["", "first_block", "taylor_seer", "mag_cache"]
STEP_CACHES: tuple[StepCache, ...] = get_args(StepCache)
_BY_NAME: dict[str, StepCache] = {name: name for name in STEP_CACHES}


def step_cache(name: str) -> StepCache:
    """The cache that a recipe names; none where it is one of another version."""
    return _BY_NAME.get(name, "")


class Variation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A picture near another: each picture's own seed is led towards the seed of the one that is varied.

    Attributes:
        seed: of the picture that is varied; the noise is slerped from it towards the picture's own seed
            (A1111's variation seed, read the other way round).
        strength: 0 gives the picture again, 1 one of the own seed.
        drift: 0…1, how far the prompt's embedding is led astray, in a direction that the own seed chooses.
        of: how the varied picture was itself varied, where it was; its noise is found by the same way.
    """

    seed: int
    strength: float = 0.3
    drift: float = 0.0
    of: "Variation | None" = None

    def steps(self, seed: int) -> tuple[int, tuple[tuple[int, "Variation"], ...]]:
        """For a picture of this seed: the seed that all of it began with and, from the first variation to
        this one, the seed that it was led towards and how."""
        first, before = (self.seed, ()) if self.of is None else self.of.steps(self.seed)
        return first, (*before, (seed, self))


class SecondPass(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Made at the model's own size, enlarged, and painted over at the larger one.

    Attributes:
        scale: 1…4, of each side.
        strength: 0…1, of the second pass.
        num_inference_steps: of the second pass; None takes those of the first.
    """

    scale: float = 2.0
    strength: float = 0.35
    num_inference_steps: int | None = None

    @property
    def is_possible(self) -> bool:
        """In those ranges; a recipe may say anything."""
        steps = self.num_inference_steps
        return 1 <= self.scale <= 4 and 0 <= self.strength <= 1 and (steps is None or steps > 0)
