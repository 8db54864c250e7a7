"""What jobs really took, so that the next estimate is nearer; and which devices a worker saw last.

A small file in the cache: without it everything is estimated again.
"""

import os
from contextlib import suppress
from pathlib import Path

import msgspec

from studio.core.ids import new_id
from studio.core.messages import Device

VERSION = 1
# A measurement further off than this tells of something else that happened meanwhile.
LEAST, MOST = 0.5, 2.0
# Two jobs of about one size: what either takes beyond the other is within the promised accuracy.
ALIKE = 0.1
_SIZES, _MODELS = 16, 500  # how many are kept, the newest
_LIMIT = 4 << 20  # bytes of the file


class Taken(msgspec.Struct, frozen=True, array_like=True):
    """One job: bytes as foreseen without any correction, and as measured."""

    foreseen: int
    measured: int


class Measured(msgspec.Struct, frozen=True):
    """The jobs of one model, by the key of its plan; the newest last."""

    taken: dict[str, tuple[Taken, ...]] = {}

    def corrected(self, plan: str, foreseen: int) -> tuple[int, bool]:
        """The estimate times the ratio of the job next in size; whether that was of about the same size."""
        jobs = self.taken.get(plan, ())
        if not jobs:
            return foreseen, False
        nearest = min(reversed(jobs), key=lambda one: abs(one.foreseen - foreseen))
        ratio = min(max(nearest.measured / nearest.foreseen, LEAST), MOST)
        return round(foreseen * ratio), abs(nearest.foreseen - foreseen) <= ALIKE * foreseen

    def with_job(self, plan: str, foreseen: int, measured: int) -> "Measured":
        """The newest of a size replaces the one before."""
        kept = [one for one in self.taken.get(plan, ()) if one.foreseen != foreseen]
        jobs = (*kept, Taken(foreseen, measured))[-_SIZES:]
        return Measured({**self.taken, plan: jobs})


class Measurements(msgspec.Struct, frozen=True):
    """All of them. `models` by fingerprint; the newest last."""

    version: int = VERSION
    devices: tuple[Device, ...] = ()
    models: dict[str, Measured] = {}

    def of(self, fingerprint: str) -> Measured:
        return self.models.get(fingerprint, Measured())

    def with_job(self, fingerprint: str, plan: str, foreseen: int, measured: int) -> "Measurements":
        kept = {name: one for name, one in self.models.items() if name != fingerprint}
        kept[fingerprint] = self.of(fingerprint).with_job(plan, foreseen, measured)
        return msgspec.structs.replace(self, models=dict(list(kept.items())[-_MODELS:]))


def load_measurements(file: Path) -> Measurements:
    """What the file says; nothing where there is none, or one that is damaged or of another version."""
    try:
        if file.stat().st_size > _LIMIT:
            return Measurements()
        read = msgspec.json.decode(file.read_bytes(), type=Measurements)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Measurements()
    whole = all(
        one.foreseen > 0 for model in read.models.values() for jobs in model.taken.values() for one in jobs
    )
    return read if read.version == VERSION and whole else Measurements()


def save_measurements(file: Path, measurements: Measurements) -> None:
    """Writes it whole or not at all; what cannot be written is measured again."""
    part = file.with_name(f"{file.name}.{new_id()}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(msgspec.json.encode(measurements))
        os.replace(part, file)
    except OSError:
        with suppress(OSError):
            part.unlink(missing_ok=True)
