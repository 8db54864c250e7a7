"""What is foreseen of each model's memory: reckoned in another thread, corrected by what jobs really took."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import NamedTuple

import msgspec
from PySide6.QtCore import QObject, Signal

from studio.catalog.adapters import IP_ADAPTER
from studio.catalog.borrow import is_single_file
from studio.catalog.held import PLANNED, load_of
from studio.catalog.main_memory import main_memory
from studio.catalog.measured import Measurements, load_measurements, save_measurements
from studio.catalog.memory import Asked, Work, asked_work, usual_work
from studio.catalog.outlook import foreseen_bytes, outlook
from studio.catalog.precision import Load, installed_quantisers, place_of
from studio.core.errors import StudioError
from studio.core.lane import LaneStatus
from studio.core.messages import Device, Figures
from studio.core.model import ModelSpec, ReferenceAdapter, Wish
from studio.core.paths import Paths
from studio.core.plan import Outlook
from studio.session.relay import Relay

_MOST_KNOWN = 1000  # outlooks; a size that is dragged through its range asks for some hundred


class _Key(NamedTuple):
    """Of a model as it is held, for a usual job or for one; changed files or another wish are another one."""

    id: str
    fingerprint: str
    lender: str
    wish: Wish
    asked: Asked | None


class _Machine(msgspec.Struct, frozen=True):
    """As the lanes told of it last. `held_bytes` of main memory go to the studio's own models."""

    devices: tuple[Device, ...] = ()
    budget_bytes: int = 0
    held_bytes: int = 0


class OutlookFlow(QObject):
    """Answers at once with what is known, and tells when there is more.

    Signals:
        changed: some outlook is another one now; ask anew.
    """

    changed = Signal()

    def __init__(
        self,
        paths: Paths,
        relay: Relay,
        threads: Executor,
        complete: Callable[[ModelSpec], ModelSpec],
        adapter: Callable[[ModelSpec], ReferenceAdapter | None],
        parent: QObject,
    ) -> None:
        """`complete` finds what lends to a file the parts that it lacks, `adapter` what looks at pictures if
        the model does not by itself; they are called in the other thread."""
        super().__init__(parent)
        self._complete, self._adapter = complete, adapter
        self._file = paths.measured
        self._relay = relay
        self._threads = threads
        self._machine = _Machine()
        self._held: dict[str, int] = {}  # by lane
        self._known: dict[_Key, Outlook | None] = {}
        self._stale = set[_Key]()
        self._helpers = set[str]()
        # Of the other thread alone.
        self._loads: dict[tuple[str, str, str], Load] = {}
        self._measurements: Measurements | None = None

    def of(self, spec: ModelSpec, asked: Asked | None = None) -> Outlook | None:
        """For these pictures, or a usual job. None while it is not known; then `changed` follows, if it can
        be known."""
        if spec.family not in PLANNED or not spec.abilities:
            return None
        key = _Key(spec.id, spec.fingerprint, spec.lender, spec.wish, asked)
        if key not in self._known or key in self._stale:
            self._drop_oldest()
            self._known.setdefault(key, None)
            self._stale.discard(key)
            looking = self._threads.submit(self._look, spec, self._machine, asked)
            self._relay.then(looking, lambda found: self._take(key, found), _expected)
        return self._known[key]

    def set_machine(self, devices: Sequence[Device], budget_bytes: int) -> None:
        """What a worker or a probe has seen, and what models may take of it."""
        if devices:
            self._threads.submit(self._keep_devices, tuple(devices))
        self._change(
            msgspec.structs.replace(self._machine, devices=tuple(devices), budget_bytes=budget_bytes)
        )

    def take_models(self, models: Sequence[ModelSpec]) -> None:
        """Other models are here: what a single file lacks, or a model looks by, may be among them now, or no
        more."""
        helpers = {
            one.path
            for one in models
            if one.base == IP_ADAPTER or (one.family == "diffusion" and not is_single_file(one.path))
        }
        if helpers != self._helpers:
            self._helpers = helpers
            self._forget()

    def follow(self, status: LaneStatus) -> None:
        """A lane has loaded a model, or given one back."""
        if self._held.get(status.lane, 0) != status.held_bytes:
            self._held[status.lane] = status.held_bytes
            self._change(msgspec.structs.replace(self._machine, held_bytes=sum(self._held.values())))

    def record(self, spec: ModelSpec, figures: Figures) -> None:
        """What a job took; the next estimate is nearer."""
        if figures.plan is not None and figures.grown_bytes and spec.fingerprint:
            learning = self._threads.submit(self._learn, spec, figures)
            self._relay.then(learning, lambda _: self._forget(), _expected)

    def _change(self, machine: _Machine) -> None:
        if machine != self._machine:
            self._machine = machine
            self._forget()

    def _forget(self) -> None:
        self._stale.update(self._known)
        self.changed.emit()

    def _drop_oldest(self) -> None:
        while len(self._known) >= _MOST_KNOWN:
            oldest = next(iter(self._known))
            del self._known[oldest]
            self._stale.discard(oldest)

    def _take(self, key: _Key, found: Outlook | None) -> None:
        if self._known.get(key) != found:
            self._known[key] = found
            self.changed.emit()

    # In the other thread.

    def _look(self, spec: ModelSpec, machine: _Machine, asked: Asked | None) -> Outlook | None:
        measurements = self._read()
        devices = machine.devices or measurements.devices
        if not devices:
            return None
        on_processor = all(one.kind == "cpu" for one in devices)
        held = machine.held_bytes if on_processor else 0
        memory = main_memory()
        free = min(memory.free + held, memory.total)
        load, place = self._load(spec), place_of(devices, free, machine.budget_bytes)
        if asked and asked.refers and (adapter := self._adapter(spec)):
            files = (*asked.files, *filter(None, (adapter.path, adapter.encoder)))
            asked = msgspec.structs.replace(asked, files=files)
        return outlook(
            load,
            place,
            installed_quantisers(),
            spec.wish,
            asked_work(spec, load, asked, place.kind) if asked else usual_work(spec, load),
            measurements.of(spec.fingerprint),
        )

    def _learn(self, spec: ModelSpec, figures: Figures) -> None:
        if figures.plan is None:
            return
        tokens = figures.prompt_tokens + figures.tokens
        work = Work(pixels=figures.pixels, together=figures.together or 1, tokens=tokens)
        foreseen = foreseen_bytes(self._load(spec), figures.plan, work)
        before = self._read()
        self._keep(before.with_job(spec.fingerprint, figures.plan.key, foreseen, figures.grown_bytes))

    def _keep_devices(self, devices: tuple[Device, ...]) -> None:
        """So that the next start foresees before a worker has looked."""
        self._keep(msgspec.structs.replace(self._read(), devices=devices))

    def _load(self, spec: ModelSpec) -> Load:
        """Its headers are read once, and those of each that lends to it."""
        spec = self._complete(spec)
        key = spec.id, spec.fingerprint, spec.lender
        if key not in self._loads:
            self._loads[key] = load_of(spec)
        return self._loads[key]

    def _read(self) -> Measurements:
        if self._measurements is None:
            self._measurements = load_measurements(self._file)
        return self._measurements

    def _keep(self, measurements: Measurements) -> None:
        if measurements != self._measurements:
            self._measurements = measurements
            save_measurements(self._file, measurements)


def _expected(error: Exception) -> None:
    """Damaged files: the list of models says what is wrong with them."""
    if not isinstance(error, StudioError):
        raise error
