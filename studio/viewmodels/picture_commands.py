"""What can be done with finished pictures, in Create as in the Gallery."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from studio.core.errors import PictureUnreadable
from studio.core.records import Asset
from studio.session import Session
from studio.viewmodels.latest import Latest
from studio.viewmodels.thumbnails import Thumbnails


class PictureCommands(QObject):
    """Star, trash, restore, erase, copy and save.

    Signals:
        trashed (tuple of Asset): they went to the trash; offer an undo.
        copied (QImage): the picture that was to be copied is decoded; put it on the clipboard.
        saved (Path), failed (StudioError): how saving a copy ended.
    """

    trashed = Signal(object)
    copied = Signal(object)
    saved = Signal(object)
    failed = Signal(object)

    def __init__(self, session: Session, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._thumbnails = thumbnails
        self._to_copy: Asset | None = None
        self._saving = Latest(self)
        self._saving.arrived.connect(self.saved)
        self._saving.failed.connect(self.failed)
        thumbnails.ready.connect(self._on_picture_ready)

    def toggle_star(self, assets: Sequence[Asset]) -> None:
        """Star them all, or none if all of them are starred."""
        on = not all(asset.starred for asset in assets)
        self._session.star(_ids(assets), on)

    def trash(self, assets: Sequence[Asset]) -> None:
        self._session.trash(_ids(assets))
        self.trashed.emit(tuple(assets))

    def restore(self, assets: Sequence[Asset]) -> None:
        self._session.restore(_ids(assets))

    def erase(self, assets: Sequence[Asset]) -> None:
        """For good: the files too."""
        self._session.erase(_ids(assets))

    def copy(self, asset: Asset) -> None:
        """Decode the picture in another thread; `copied` or `failed` comes when it is done."""
        self._to_copy = asset
        if (image := self._thumbnails.whole(asset)) is not None:
            self._to_copy = None
            self.copied.emit(image)
        elif self._thumbnails.broken(asset):
            self._to_copy = None
            self.failed.emit(PictureUnreadable(path=str(self.path(asset))))

    def save_copy(self, asset: Asset, target: Path) -> None:
        """Write the file, recipe inside, to another place."""
        self._saving.ask(self._session.save_copy(asset, target))

    def path(self, asset: Asset) -> Path:
        return self._session.absolute(asset)

    def _on_picture_ready(self, asset_id: str) -> None:
        if self._to_copy and self._to_copy.id == asset_id:
            self.copy(self._to_copy)

def _ids(assets: Sequence[Asset]) -> tuple[str, ...]:
    return tuple(asset.id for asset in assets)
