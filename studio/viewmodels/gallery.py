"""What the Gallery shows and does: a place, a search in it, and how many pictures there are."""

import logging
from enum import StrEnum
from functools import partial

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal

from studio.core.errors import NotFound
from studio.core.records import Asset, AssetQuery, JobRecord
from studio.session import Session
from studio.viewmodels.asset_list import AssetListModel
from studio.viewmodels.latest import Latest
from studio.viewmodels.picture_commands import PictureCommands
from studio.viewmodels.shell import WindowState
from studio.viewmodels.thumbnails import Thumbnails

STATE_KEY = "gallery.view"
SEARCH_MS = 150
COUNT_MS = 250
TILE_RANGE = (96, 320)

log = logging.getLogger(__name__)


class Place(StrEnum):
    ALL = "all"
    STARRED = "starred"
    TRASH = "trash"


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    """How the Gallery was left, for the next start."""

    place: Place = Place.ALL
    tile: int = 152


class GalleryViewModel(QObject):
    """State of the Gallery, free of widgets.

    Attributes:
        place, text: what is shown.
        tile: side of a tile in pixels.
        counts: pictures by place; a place is missing until it was counted.
        found: how many pictures the search finds; None until they were counted, or without a search.
        model: the rows.
        pictures: what can be done with them.

    Signals:
        place_changed, counts_changed, found_changed, tile_changed: read the attribute anew.
    """

    place_changed = Signal()
    counts_changed = Signal()
    found_changed = Signal()
    tile_changed = Signal()

    def __init__(
        self, session: Session, state: WindowState, thumbnails: Thumbnails, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._state = state
        kept = _decode(state.get(STATE_KEY))
        self.thumbnails = thumbnails
        self.place, self.tile, self.text = kept.place, kept.tile, ""
        self.counts: dict[Place, int] = {}
        self.found: int | None = None
        self.model = AssetListModel(session, self)
        self.pictures = PictureCommands(session, thumbnails, self)
        self._counting = {place: Latest(self) for place in Place}
        for place, latest in self._counting.items():
            latest.arrived.connect(partial(self._on_counted, place))
        self._finding = Latest(self)
        self._finding.arrived.connect(self._on_found)
        self._search_soon = self._timer(SEARCH_MS, self._show)
        self._count_soon = self._timer(COUNT_MS, self._count)
        session.ready.connect(self._begin)
        session.library_changed.connect(self._on_changed_elsewhere)
        for changed in (session.asset_added, session.asset_changed, session.assets_removed):
            changed.connect(self._on_library_changed)
        if session.is_open:
            self._begin()

    def go(self, place: Place) -> None:
        """Show another place; a search goes on there."""
        if place is not self.place:
            self.place = place
            self._remember()
            self.place_changed.emit()
            self._show()

    def search(self, text: str) -> None:
        """Show what has these words, when the typing pauses."""
        self.text = text
        self._search_soon.start()

    def search_now(self) -> None:
        if self._search_soon.isActive():
            self._show()

    def set_tile(self, side: int) -> None:
        least, most = TILE_RANGE
        self.tile = min(max(side, least), most)
        self._remember()
        self.tile_changed.emit()

    def job_of(self, asset: Asset) -> JobRecord | None:
        """The job that made a picture; None where another studio or library did."""
        try:
            return self._session.job(asset.recipe.job) if asset.recipe.job else None
        except NotFound:
            return None

    def _remember(self) -> None:
        kept = _Kept(place=self.place, tile=self.tile)
        self._state.put(STATE_KEY, msgspec.json.encode(kept).decode())

    def _timer(self, interval: int, due: object) -> QTimer:
        timer = QTimer(self, singleShot=True, interval=interval)
        timer.timeout.connect(due)
        return timer

    def _on_changed_elsewhere(self) -> None:
        self.model.refresh()
        self._count_soon.start()

    def _on_library_changed(self) -> None:
        self._count_soon.start()

    def _begin(self) -> None:
        self._show()
        self._count()

    def _show(self) -> None:
        self._search_soon.stop()
        query = _query(self.place, self.text)
        self.model.show(query)
        self.found = None
        self.found_changed.emit()
        self._finding.forget()
        if query.text:
            self._finding.ask(self._session.count_assets(query))

    def _count(self) -> None:
        for place, latest in self._counting.items():
            latest.ask(self._session.count_assets(_query(place, "")))
        if self.model.query.text:
            self._finding.ask(self._session.count_assets(self.model.query))

    def _on_counted(self, place: Place, count: int) -> None:
        self.counts = {**self.counts, place: count}
        self.counts_changed.emit()

    def _on_found(self, count: int) -> None:
        self.found = count
        self.found_changed.emit()


def _query(place: Place, text: str) -> AssetQuery:
    return AssetQuery(
        text=" ".join(text.split()), starred=place is Place.STARRED, trashed=place is Place.TRASH
    )


def _decode(text: str) -> _Kept:
    if not text:
        return _Kept()
    try:
        return msgspec.json.decode(text, type=_Kept)
    except msgspec.DecodeError as error:
        log.warning("how the gallery was left cannot be read: %s", error)
        return _Kept()
