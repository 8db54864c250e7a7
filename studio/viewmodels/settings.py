"""What the Settings panel shows and changes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from studio import __version__
from studio.core.jobs import LANES
from studio.core.paths import paths_for
from studio.core.settings import Settings
from studio.session import Session

GIB = 1024**3


class SettingsViewModel(QObject):
    """State of the Settings panel, free of widgets.

    Signals:
        changed: settings, models or what the engine told of itself.
    """

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        session.settings_changed.connect(self.changed)
        session.models.changed.connect(self.changed)
        session.lane_changed.connect(self.changed)

    @property
    def settings(self) -> Settings:
        return self._session.settings

    def change(self, **fields: Any) -> None:
        self._session.change_settings(**fields)

    @property
    def library(self) -> Path:
        """The folder that is used now."""
        return self._session.paths.library

    @property
    def next_library(self) -> Path | None:
        """The folder that is used from the next start on; None where it is the same."""
        chosen = paths_for(self._session.paths.home, self.settings.library).library
        return None if chosen == self.library else chosen

    def add_model_folder(self, folder: str) -> None:
        if folder not in self.settings.model_folders:
            self.change(model_folders=(*self.settings.model_folders, folder))

    def remove_model_folder(self, folder: str) -> None:
        self.change(model_folders=tuple(one for one in self.settings.model_folders if one != folder))

    def rescan_models(self) -> None:
        self._session.models.rescan()

    @property
    def model_count(self) -> int:
        return len(self._session.models.installed())

    def memory_choices(self) -> Sequence[int]:
        """Bytes to choose a budget from, 0 for automatic; what is set now is among them."""
        most = max((self._session.lane_status(lane).device_total for lane in LANES), default=0) or 64 * GIB
        steps = [gib * GIB for gib in (1, 2, 4, 6, 8, 12, 16, 24, 32, 48, 64, 80, 128) if gib * GIB <= most]
        return [0, *sorted({*steps, self.settings.memory_budget} - {0})]

    def places(self) -> Sequence[tuple[str, Path]]:
        """Where things are kept: an English name and a folder or file."""
        paths = self._session.paths
        return (
            ("Pictures and chats", paths.library),
            ("Database", paths.database),
            ("Settings", paths.settings),
            ("Logs", paths.logs),
            ("Thumbnails", paths.thumbnails),
        )

    def versions(self) -> str:
        """Atelier 0.1.0 · torch 2.13.0 · …, as far as the workers have told."""
        found: dict[str, str] = {"Atelier": __version__}
        for lane in LANES:
            found |= self._session.lane_status(lane).versions
        return " · ".join(f"{name} {version}" for name, version in found.items())

    def devices(self) -> str:
        """Names of the devices that models run on; empty until a worker has started."""
        names = [device.name for lane in LANES for device in self._session.lane_status(lane).devices]
        return " · ".join(dict.fromkeys(names))
