"""The shelf: models that are worth having, what is known of each, and whether it fits this machine."""

from enum import StrEnum
from fnmatch import fnmatch
from pathlib import PurePath
from typing import Annotated

import msgspec

from studio.core.errors import Params
from studio.core.messages import Device
from studio.core.model import Defaults, Kind, Lora, ModelSpec

# More than any model has; what is no such number is a slip of the pen in somebody's own file.
Amount = Annotated[int, msgspec.Meta(gt=0, le=1 << 48)]


class Group(StrEnum):
    """The headings of the shelf, in their order."""

    STARTER = "starter"
    FAST = "fast"  # pictures in a few steps
    QUALITY = "quality"  # pictures, the best that a machine can hold
    EDITING = "editing"
    UPSCALING = "upscaling"
    SELECTING = "selecting"  # what finds the object at a place
    CUTTING_OUT = "cutting_out"  # what tells a thing from its background
    SPEED = "speed"  # LoRAs that make a model fast
    TEXT = "text"
    CHINESE = "chinese"  # text, Chinese first
    VISION = "vision"
    SEARCH = "search"


class ShelfEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One model of the shelf. What could not be checked stays None or empty and is asked for online.

    Attributes:
        repository: `owner/name` on the hub.
        files: the only files wanted, where not those the studio would choose; names or `*` patterns.
        kind, base, suits: as in ModelSpec.
        about: one sentence by language (`en`, `zh`).
        licence: its SPDX name, or the name its makers gave it.
        commercial: whether the licence lets one use the results for money without asking; None where that
            hangs on something, such as how much one earns, or was not found.
        gated: the hub wants an account that has accepted the licence.
        languages: of prompts or texts, as two letters.
        parameters: in all parts together.
        download_bytes: of the files that the studio would fetch; where no source says, `read_shelf` derives
            it from `parameters` and `precision`, and says so in `sources`.
        memory_bytes: what its makers say that it runs in, in half precision.
        precision: that its files are stored in (`bf16`, `fp16`, `fp32`), "" where not known.
        defaults: settings that its makers name.
        guidance_name: the argument that guidance is given by, where not `guidance_scale`.
        sigmas: the noise levels of its own schedule.
        prompt_form: how it likes to be asked: `words`, `tags`, `sentences`, `instruction`.
        speed_lora: for a model, the repository of the shelf's LoRA that makes it fast.
        sources: for each group of facts (`defaults`, `licence`, …) the page or file that says so; `quoted: `
            before it where others quote that page, `derived: ` where it was reckoned.
    """

    repository: str
    name: str
    kind: Kind
    group: Group
    base: str = ""
    suits: str = ""
    files: tuple[str, ...] = ()
    about: dict[str, str] = {}
    licence: str = ""
    commercial: bool | None = None
    gated: bool = False
    languages: tuple[str, ...] = ()
    parameters: Amount | None = None
    download_bytes: Amount | None = None
    memory_bytes: Amount | None = None
    precision: str = ""
    context_length: Amount | None = None
    defaults: Defaults = Defaults()
    guidance_name: str = ""
    sigmas: tuple[float, ...] = ()
    prompt_form: str = ""
    speed_lora: str = ""
    sources: dict[str, str] = {}

    def is_installed_as(self, spec: ModelSpec) -> bool:
        """Whether the model is what this entry would fetch, and not another file of its repository."""
        if spec.repository.casefold() != self.repository.casefold():
            return False
        path = PurePath(spec.path)
        if self.files:
            return not path.suffix or any(fnmatch(path.name, PurePath(want).name) for want in self.files)
        return spec.kind is self.kind or spec.id.partition("@")[0].count("/") == 1


class Fast(msgspec.Struct, frozen=True, kw_only=True):
    """What makes a model fast.

    Attributes:
        entry: the shelf's LoRA for speed.
        lora: the same on this machine; None where it has to be fetched first.
        defaults: the model's settings with the LoRA's own schedule laid over them.
    """

    entry: ShelfEntry
    lora: Lora | None
    defaults: Defaults


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """What models have to fit into. `devices` is empty until a worker has looked."""

    memory_bytes: int
    devices: tuple[Device, ...] = ()
    processor: str = ""
    disk_free_bytes: int = 0


class FitLevel(StrEnum):
    FITS = "fits"
    SLOW = "slow"  # fits, but takes minutes for a picture
    TIGHT = "tight"  # with parts waiting outside the accelerator, or smaller numbers
    TOO_LARGE = "too_large"
    UNKNOWN = "unknown"  # its size is not known


class Fit(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a model fits, and why.

    Attributes:
        needed_bytes: at the precision that `precision` names; 0 where unknown.
        has_bytes: of the memory it would run in.
        code: the reason, for `ui/` to put in words, with its `params`.
    """

    level: FitLevel
    needed_bytes: int = 0
    has_bytes: int = 0
    precision: str = ""
    code: str = ""
    params: Params = {}


# English for `Fit.code`; amounts are bytes. `ui/` and the command line translate the template.
FIT_REASONS = {
    "fits_memory": "It fits into memory and leaves room for other programs.",
    "fits_device": "It fits into the memory of {device}.",
    "slow": "It fits, but is slow without a graphics card: a picture may take many minutes.",
    "little_room_slow": "It fits into memory, but leaves little room for other programs, and is slow without "
    "a graphics card: a picture may take many minutes.",
    "little_room": "It fits into memory, but leaves little room for other programs.",
    "offload": "Parts of it wait in main memory, as {device} cannot hold all of it. That makes it slower.",
    "processor": "It runs on the processor, as {device} has only {device_bytes}. That makes it slower.",
    "too_large_memory": "It needs {needed_bytes}; this machine has {has_bytes} of memory.",
    "too_large_device": "It needs {needed_bytes}; {device} has {has_bytes}, and this machine {memory_bytes}.",
    "part": "It is a part of other models and adds {needed_bytes} to them.",
    "held_by_server": "Held by the server; how much memory it takes is known there alone.",
    "size_unknown": "Nothing says how large it is.",
}
