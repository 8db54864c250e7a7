"""How a model is held in memory, what that takes, and what else could be chosen: told before it is loaded."""

import msgspec

from studio.core.errors import Params


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How a model is held.

    Attributes:
        device: `cpu`, `cuda`, `mps`, `xpu`.
        precision: `float32`, `bfloat16`, `float16`, `8-bit` or `4-bit`.
        dtype: what it computes in, and what holds the numbers that are not packed.
        quantiser: the package that packs, "" where none does.
        packed: the parts that it packs.
        offload: "", `model` (part by part) or `sequential` (layer by layer).
        needed_bytes, has_bytes: weights, and the memory that they are to fit in.
        load_seconds: to read the files from a plain disk.
    """

    device: str
    precision: str
    dtype: str
    quantiser: str = ""
    packed: tuple[str, ...] = ()
    offload: str = ""
    needed_bytes: int = 0
    has_bytes: int = 0
    load_seconds: float = 0.0

    @property
    def fits(self) -> bool:
        return self.needed_bytes <= self.has_bytes

    @property
    def compiles(self) -> bool:
        """Whether a denoiser that is held so may be compiled: on CUDA, where torch has a compiler of its own
        that needs no other; weights that come and go, or are packed, are more than it follows everywhere."""
        return self.device == "cuda" and not (self.offload or self.quantiser)

    @property
    def key(self) -> str:
        """What measurements of it are kept under."""
        return "/".join((self.device, self.precision, self.dtype, self.quantiser, self.offload))


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A precision or a place that may be wished for.

    Attributes:
        value: as in `Wish`.
        code: why it cannot work here, for `ui/` to put in words with `params`; "" where it can.
    """

    value: str
    code: str = ""
    params: Params = {}


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """What is foreseen of a model on this machine.

    Attributes:
        needed_bytes: what a usual job takes, weights and all.
        has_bytes: of the memory in which that has to fit, what is free but for the studio's own models.
        measured: it was measured in a job of about this size; else it is an estimate.
        processor: the accelerator is too small, so it runs on the processor.
        remedy: what would make it fit, by its code, with its params; "" where it fits.
        precisions, offloads: what may be wished for besides "", which leaves it to the studio.
        compiles: that its blocks are compiled may be wished for.
    """

    plan: Plan
    needed_bytes: int
    has_bytes: int
    measured: bool = False
    processor: bool = False
    remedy: str = ""
    params: Params = {}
    precisions: tuple[Choice, ...] = ()
    offloads: tuple[Choice, ...] = ()
    compiles: bool = False

    @property
    def fits(self) -> bool:
        return self.needed_bytes <= self.has_bytes


class Foreseen(msgspec.Struct, frozen=True, kw_only=True):
    """What one job will take.

    Attributes:
        outlook: of the memory; None while that is not known.
        seconds: to make all its pictures once the model is loaded, by the pace of earlier jobs; None where
            there was none.
    """

    outlook: Outlook | None = None
    seconds: float | None = None
