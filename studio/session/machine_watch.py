"""What the machine has for the engine and its models, and what the settings leave them of it."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject

from studio.catalog.budget import default_budget
from studio.core.lane import LaneStatus
from studio.core.messages import Device
from studio.core.settings import Settings
from studio.engine.engine import Engine
from studio.session.model_desk import ModelDesk


class MachineWatch(QObject):
    """Tells the engine and the desk of models, whenever more is known of the machine or settings change."""

    def __init__(
        self, settings: Callable[[], Settings], engine: Engine, models: ModelDesk, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._settings, self._engine, self._models = settings, engine, models
        self._devices: tuple[Device, ...] = ()
        models.set_machine((), self._budget)
        models.machine_changed.connect(self._on_machine_changed)

    def follow(self, status: LaneStatus) -> None:
        """Devices are known once a worker has imported torch."""
        told: tuple[Device, ...] = ()
        if status.devices and status.devices != self._devices:
            told = self._devices = status.devices
            self._engine.set_memory_budget(self._budget)
        self._models.follow(status, told)

    def take_settings(self) -> None:
        """They have changed."""
        self._engine.set_memory_budget(self._budget)
        self._models.set_machine(self._devices, self._budget)
        self._engine.set_idle_release(idle_release(self._settings()))

    @property
    def _budget(self) -> int:
        return memory_budget(self._settings(), self._devices)

    def _on_machine_changed(self) -> None:
        if (machine := self._models.machine()) and machine.devices:
            self._models.set_machine(machine.devices, self._budget)


def memory_budget(settings: Settings, devices: Sequence[Device] = ()) -> int:
    """Bytes that models may take."""
    return settings.memory_budget or default_budget(devices)


def idle_release(settings: Settings) -> float:
    """Seconds without work, after which memory is given back."""
    return settings.idle_release_minutes * 60.0
