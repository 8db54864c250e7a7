"""Which models can be chosen: scanned in a thread of its own, chosen by id or by path."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from studio.catalog.inspect import inspect_model
from studio.catalog.scan import Shelf, scan
from studio.core.errors import ModelMissing, ModelUnable, NoModelInstalled, NotFound
from studio.core.model import Ability, ModelSpec
from studio.core.paths import resources_dir
from studio.session.relay import Relay


class ModelShelf(QObject):
    """The models of this machine.

    Signals:
        changed (tuple of ModelSpec): a scan ended.
    """

    changed = Signal(object)

    def __init__(self, relay: Relay, parent: QObject) -> None:
        super().__init__(parent)
        self._relay = relay
        self._scans = ThreadPoolExecutor(1, thread_name_prefix="model-scan")
        self._shelf = Shelf()
        self._scanned = False

    def able(self, ability: Ability | None) -> list[ModelSpec]:
        """Those with the ability, or all."""
        return [spec for spec in self._shelf.models if ability is None or ability in spec.abilities]

    def ensure_scanned(self, folders: tuple[str, ...]) -> None:
        """Waits for the first scan, for a command that needs its answer before it goes on."""
        if not self._scanned:
            self._take(scan([Path(folder) for folder in folders], resources_dir()))

    def scan(self, folders: tuple[str, ...]) -> None:
        future = self._scans.submit(scan, [Path(folder) for folder in folders], resources_dir())
        self._relay.then(future, self._take, _raise)

    def find(self, name: str | None, ability: Ability, preferred: str) -> ModelSpec:
        """A model by id, by the path of a folder or file, or the preferred one, else the first.

        Raises NotFound, ModelMissing, NoModelInstalled, ModelUnable, or what is wrong with a path's files.
        """
        if name is None:
            able = self.able(ability)
            if not able:
                raise NoModelInstalled
            return next((spec for spec in able if spec.id == preferred), able[0])
        spec = next((spec for spec in self._shelf.models if spec.id == name), None) or _at(name)
        if ability not in spec.abilities:
            raise ModelUnable(model=spec.name, kind=spec.base)
        return spec

    def close(self) -> None:
        self._scans.shutdown()

    def _take(self, shelf: Shelf) -> None:
        self._shelf, self._scanned = shelf, True
        self.changed.emit(shelf.models)


def _at(name: str) -> ModelSpec:
    path = Path(name).expanduser()
    if path.exists():
        return inspect_model(path.absolute())
    if path.is_absolute() or name.startswith((".", "~")):
        raise ModelMissing(path=name)
    raise NotFound(name=name)


def _raise(error: Exception) -> None:
    raise error
