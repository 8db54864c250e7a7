"""What can be done with finished pictures, in Create as in the Gallery."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from studio.core.errors import PictureUnreadable
from studio.core.records import Asset
from studio.session import Session
from studio.viewmodels.latest import Each
from studio.viewmodels.thumbnails import Thumbnails


class _Move(Enum):
    TRASHED = auto()
    RESTORED = auto()
    ERASED = auto()


@dataclass
class _Awaited:
    """What was asked for and is not on the disk yet.

    Attributes:
        missing: ids of the pictures that nothing was told of so far.
    """

    move: _Move
    missing: set[str]
    then: Callable[[], object]


class PictureCommands(QObject):
    """Star, trash, restore, erase, copy and save.

    What takes a `then` calls it once all of it is on the disk; never where the disk refused.

    Signals:
        copied (QImage): the picture that was to be copied is decoded; put it on the clipboard.
        saved (Path), failed (StudioError): how saving a copy ended.
    """

    copied = Signal(object)
    saved = Signal(object)
    failed = Signal(object)

    def __init__(self, session: Session, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._thumbnails = thumbnails
        self._to_copy: Asset | None = None
        self._awaited: list[_Awaited] = []
        self._saving = Each(self)
        self._saving.arrived.connect(self.saved)
        self._saving.failed.connect(self.failed)
        thumbnails.ready.connect(self._on_picture_ready)
        session.asset_changed.connect(self._on_asset_changed)
        session.assets_removed.connect(self._on_assets_removed)

    def toggle_star(self, assets: Sequence[Asset]) -> None:
        """Star them all, or none if all of them are starred."""
        on = not all(asset.starred for asset in assets)
        self._session.star(_ids(assets), on)

    def trash(self, assets: Sequence[Asset], then: Callable[[], object] = lambda: None) -> None:
        self._await(_Move.TRASHED, assets, then)
        self._session.trash(_ids(assets))

    def restore(self, assets: Sequence[Asset], then: Callable[[], object] = lambda: None) -> None:
        self._await(_Move.RESTORED, assets, then)
        self._session.restore(_ids(assets))

    def erase(self, assets: Sequence[Asset], then: Callable[[], object] = lambda: None) -> None:
        """For good: the files too."""
        self._await(_Move.ERASED, assets, then)
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

    def recipe_text(self, asset: Asset) -> str:
        return self._session.recipe_text(asset)

    def save_copy(self, asset: Asset, target: Path) -> None:
        """Write the file, recipe inside, to another place."""
        self._saving.ask(self._session.save_copy(asset, target))

    def path(self, asset: Asset) -> Path:
        return self._session.absolute(asset)

    def _on_picture_ready(self, asset_id: str) -> None:
        if self._to_copy and self._to_copy.id == asset_id:
            self.copy(self._to_copy)

    def _await(self, move: _Move, assets: Sequence[Asset], then: Callable[[], object]) -> None:
        ids = set(_ids(assets))
        # One that the disk refused is never told of: it is forgotten when its pictures are moved anew.
        self._awaited = [awaited for awaited in self._awaited if not awaited.missing & ids]
        self._awaited.append(_Awaited(move, ids, then))

    def _on_asset_changed(self, asset: Asset) -> None:
        self._arrived(_Move.TRASHED if asset.trashed else _Move.RESTORED, {asset.id})

    def _on_assets_removed(self, ids: tuple[str, ...]) -> None:
        self._arrived(_Move.ERASED, set(ids))

    def _arrived(self, move: _Move, ids: set[str]) -> None:
        for awaited in list(self._awaited):
            if awaited.move is move and awaited.missing & ids:
                awaited.missing -= ids
                if not awaited.missing:
                    self._awaited.remove(awaited)
                    awaited.then()


def _ids(assets: Sequence[Asset]) -> tuple[str, ...]:
    return tuple(asset.id for asset in assets)
