"""The shelf: models worth having, the machine they have to fit into, and whether they do."""

from collections.abc import Sequence
from concurrent.futures import Executor

import msgspec
from PySide6.QtCore import QObject, QProcess, Signal

from studio.catalog.fit import fit, fit_as_planned, three_best
from studio.catalog.machine import this_machine
from studio.catalog.scan import hub_cache
from studio.catalog.shelf import read_shelf
from studio.core.errors import DevicesUnknown, StudioError
from studio.core.messages import Device, read_probe
from studio.core.model import ModelSpec
from studio.core.paths import Paths, resources_dir
from studio.core.plan import Outlook
from studio.core.records import problem_of
from studio.core.shelf import Fit, FitLevel, Machine, ShelfEntry
from studio.engine.boot import probe_command
from studio.session.hub_process import process_environment
from studio.session.relay import Relay


class ShelfFlow(QObject):
    """Read in another thread, told in this one.

    Attributes:
        entries: in the shelf's order; empty until `changed`.
        machine: None until `machine_changed`.

    Signals:
        changed: `entries` were read.
        machine_changed: `machine` was looked at, or a worker has told its devices.
        problem_raised (Problem): the person's own additions cannot be read, or no devices were told.
    """

    changed = Signal()
    machine_changed = Signal()
    problem_raised = Signal(object)

    def __init__(self, paths: Paths, relay: Relay, threads: Executor, parent: QObject) -> None:
        super().__init__(parent)
        self._paths = paths
        self._relay = relay
        self._threads = threads
        self._devices: tuple[Device, ...] = ()
        self._begun = self._asked = False
        self._probe: QProcess | None = None
        self.entries: tuple[ShelfEntry, ...] = ()
        self.machine: Machine | None = None

    def read(self) -> None:
        """Once, but for memory and disk, which are looked at each time.

        The devices are asked for in a process of its own, which takes some seconds.
        """
        if self._begun:
            self.look_at_machine(self._devices)
            return
        self._begun = True
        self.read_entries()
        self.look_at_machine(self._devices)
        if not self._devices:
            self._probe = QProcess(self)
            self._probe.setProcessEnvironment(process_environment())
            self._probe.finished.connect(self._on_probed)
            program, *words = probe_command()
            self._probe.start(program, words)

    def read_entries(self) -> None:
        """Once; what fits is not asked."""
        if not self._asked:
            self._asked = True
            reading = self._threads.submit(read_shelf, resources_dir(), self._paths.catalog)
            self._relay.then(reading, self._take_entries, self._read_shipped)

    def close(self) -> None:
        probe, self._probe = self._probe, None
        if probe is not None:
            probe.kill()
            probe.waitForFinished()

    def look_at_machine(self, devices: Sequence[Device]) -> None:
        """Memory and the free disk, with the devices that a worker has found."""
        self._devices = tuple(devices)
        looking = self._threads.submit(this_machine, self._devices, hub_cache())
        self._relay.then(looking, self._take_machine, _raise)

    def fit_of(self, model: ShelfEntry | ModelSpec, told: Outlook | None = None) -> Fit:
        """`told`: the outlook of a model that is installed, where it is known by now."""
        if self.machine is None:
            return Fit(level=FitLevel.UNKNOWN)
        if told is not None and isinstance(model, ModelSpec):
            return fit_as_planned(model, self.machine, told)
        return fit(model, self.machine)

    def best(self, language: str) -> tuple[ShelfEntry, ...]:
        """At most three to begin with, for this machine and a person of that language (`en`, `zh`)."""
        return three_best(self.entries, self.machine, language) if self.machine else ()

    def _on_probed(self) -> None:
        """A worker may have told in the meantime."""
        probe, self._probe = self._probe, None
        if probe is None or self._devices:
            return
        try:
            said = bytes(probe.readAllStandardOutput().data())
            self.look_at_machine(read_probe(said).devices)
        except msgspec.DecodeError:
            last = bytes(probe.readAllStandardError().data()).decode("utf-8", "replace").strip()
            cause = last.rpartition("\n")[2] or str(probe.exitCode())
            self.problem_raised.emit(problem_of(DevicesUnknown(cause=cause)))

    def _read_shipped(self, error: Exception) -> None:
        """The person's own file is wrong: say so, and go on without it."""
        if not isinstance(error, StudioError):
            raise error
        self.problem_raised.emit(problem_of(error))
        self._relay.then(self._threads.submit(read_shelf, resources_dir(), None), self._take_entries, _raise)

    def _take_entries(self, entries: tuple[ShelfEntry, ...]) -> None:
        self.entries = entries
        self.changed.emit()

    def _take_machine(self, machine: Machine) -> None:
        self.machine = machine
        self.machine_changed.emit()


def _raise(error: Exception) -> None:
    raise error
