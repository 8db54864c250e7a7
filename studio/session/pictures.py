"""What is done to pictures that are in the library: stars, the trash, the end."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from studio.core.paths import Paths
from studio.core.records import Asset
from studio.session.relay import Relay
from studio.session.writes import Writes
from studio.store.input_copies import find_spare
from studio.store.library import Library


class PictureFlow(QObject):
    """Changes pictures, each in the annotations and in its row.

    Signals:
        asset_changed (Asset): the change is written.
        assets_removed (tuple of ids): files and rows are gone.
    """

    asset_changed = Signal(object)
    assets_removed = Signal(object)

    def __init__(self, paths: Paths, writes: Writes, relay: Relay, parent: QObject) -> None:
        super().__init__(parent)
        self._paths, self._writes, self._relay = paths, writes, relay
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="spare")

    def close(self) -> None:
        self._thread.shutdown(cancel_futures=True)

    def change(self, change: Callable[[Library], list[Asset]]) -> None:
        """Stars pictures, or moves them into the trash or out of it."""

        def tell(changed: list[Asset]) -> None:
            for asset in changed:
                self.asset_changed.emit(asset)

        self._writes.write(change, tell)

    def erase(self, ids: Sequence[str]) -> None:
        """Removes those that lie in the trash for good; then copies of what they alone began with."""

        def tell(gone: tuple[str, ...]) -> None:
            if gone:
                self.assets_removed.emit(gone)
                looking = self._thread.submit(find_spare, self._paths)
                self._relay.then(looking, self._free, self._writes.report)

        self._writes.write(lambda library: library.erase(ids), tell)

    def _free(self, spare: list[Path]) -> None:
        if spare:
            self._writes.write(lambda library: library.free_inputs(spare), lambda _: None)
