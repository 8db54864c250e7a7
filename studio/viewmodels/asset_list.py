"""The pictures of the library as a list for a grid: newest first, read page by page, kept up to date."""

from bisect import bisect_left
from collections import Counter
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QModelIndex, QObject, Qt, QTimer, Signal

from studio.core.errors import NotFound, StudioError
from studio.core.records import Asset, AssetQuery
from studio.session import Session
from studio.viewmodels.latest import Latest
from studio.viewmodels.sections import Index, Section, SectionedModel

PAGE = 200
EVERYTHING = 1_000_000
ASSET_ROLE = Qt.ItemDataRole.UserRole
ASSETS_MIME = "application/x-atelier-pictures"  # ids of dragged pictures, between blanks


class AssetListModel(SectionedModel):
    """The rows that a query finds, in sections by day.

    Only the pages that somebody scrolled to are held. A plain page is a small indexed read; a search is
    answered by another thread, and the rows before stay until its answer is there.

    Signals:
        loaded: the first page of a query, or a further one, is in the list.
        failed (StudioError): a search could not be done.
    """

    loaded = Signal()
    failed = Signal(object)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._query = AssetQuery(limit=PAGE)
        self._assets: list[Asset] = []
        self._days: Counter[str] = Counter()
        self._complete = True
        self._fresh = True
        self._limit = PAGE  # of the page that was asked for
        self._leaving: set[str] = set()  # they go together at the end of the turn, in as few runs as can be
        self._turn = QTimer(self, singleShot=True, interval=0)
        self._turn.timeout.connect(self._remove_leaving)
        self._search = Latest(self)
        self._search.arrived.connect(self._take)
        self._search.failed.connect(self._on_failed)
        self._again = Latest(self)  # a search once more, for what was found by it since
        self._again.arrived.connect(self._join)
        self._again.failed.connect(self.failed)
        self._before: dict[str, Asset] = {}  # what the list held when it was to be read anew
        self._anew = Latest(self)
        self._anew.arrived.connect(self._merge)
        self._anew.failed.connect(self.failed)
        session.asset_added.connect(self._on_added)
        session.asset_changed.connect(self._put)
        session.assets_removed.connect(self._drop)

    @property
    def query(self) -> AssetQuery:
        return self._query

    @property
    def is_filled(self) -> bool:
        """The first page of the query is in the list."""
        return not self._fresh

    @property
    def complete(self) -> bool:
        """There is no further page."""
        return self._complete

    def show(self, query: AssetQuery) -> None:
        """Start anew with the first page of a query."""
        self._query = msgspec.structs.replace(query, limit=PAGE, before=None)
        self._search.forget()
        self._again.forget()
        self._anew.forget()
        self._fresh = True
        self._ask()

    def refresh(self) -> None:
        """Bring the rows in line with the library, which another process has changed."""
        if not self._fresh:
            self._before = {asset.id: asset for asset in self._assets}
            limit = max(PAGE, len(self._before))
            self._anew.ask(self._session.search(msgspec.structs.replace(self._query, limit=limit)))

    def fetch_rest(self) -> None:
        if not self._fresh and not self._complete:
            self._ask(limit=EVERYTHING)

    def asset(self, row: int) -> Asset:
        return self._assets[row]

    def file_of(self, row: int) -> Path | None:
        return self._session.absolute(self._assets[row])

    def row_of(self, asset: Asset) -> int | None:
        row = self._place(asset)
        return row if row < len(self._assets) and self._assets[row].id == asset.id else None

    def sections(self) -> list[Section]:
        found: list[Section] = []
        first = 0
        for day, count in sorted(self._days.items(), reverse=True):
            found.append(Section(day, first, count))
            first += count
        return found

    # Pages.

    def _ask(self, limit: int = PAGE) -> None:
        before = None if self._fresh or not self._assets else self._assets[-1].id
        query = msgspec.structs.replace(self._query, before=before, limit=limit)
        self._limit = limit
        try:
            if query.text or limit > PAGE:
                self._search.ask(self._session.search(query))
            else:
                self._take(self._session.assets_page(query))
        except NotFound as error:
            self._on_failed(error)

    def _on_failed(self, error: StudioError) -> None:
        """The last row may have been erased a moment ago: its removal is on the way, and asks again."""
        if not isinstance(error, NotFound):
            self.failed.emit(error)

    def _take(self, page: list[Asset]) -> None:
        self._complete = len(page) < self._limit
        if self._fresh:
            self._fresh = False
            self.beginResetModel()
            self._assets = list(page)
            self._leaving.clear()
            self._days = Counter(map(_day, page))
            self.endResetModel()
        elif page:
            self.beginInsertRows(QModelIndex(), len(self._assets), len(self._assets) + len(page) - 1)
            self._assets += page
            self._days.update(map(_day, page))
            self.endInsertRows()
        self.loaded.emit()

    # What the session tells.

    def _on_added(self, asset: Asset, job_id: str) -> None:
        self._put(asset)

    def _join(self, found: list[Asset]) -> None:
        for asset in found:
            if self.row_of(asset) is None:
                self._insert(asset)

    def _merge(self, found: list[Asset]) -> None:
        """Rows that came, went or changed elsewhere; what changed here since it was asked is newer."""
        before, self._before = self._before, {}
        whole = len(found) < max(PAGE, len(before))
        oldest = 0.0 if whole else found[-1].created
        there = {asset.id for asset in found}
        self._drop(tuple(gone for gone, old in before.items() if gone not in there and old.created > oldest))
        for asset in found:
            row = self.row_of(asset)
            if row is None:
                self._insert(asset)
            elif self._assets[row] is before.get(asset.id) and self._assets[row] != asset:
                self._assets[row] = asset
                self.dataChanged.emit(self.index(row), self.index(row))

    def _put(self, asset: Asset) -> None:
        """Insert, replace or remove one row, as the asset now is."""
        if self._fresh:
            return
        row, wanted = self._place(asset), self._belongs(asset)
        if row < len(self._assets) and self._assets[row].id == asset.id:
            self._assets[row] = asset
            if wanted:
                self._leaving.discard(asset.id)
                self.dataChanged.emit(self.index(row), self.index(row))
            else:
                self._leaving.add(asset.id)
                self._turn.start()
        elif wanted and self._query.text:
            self._again.ask(self._session.search(self._query))
        elif wanted:
            self._insert(asset)

    def _insert(self, asset: Asset) -> None:
        row = self._place(asset)
        if self._complete or row < len(self._assets):
            self.beginInsertRows(QModelIndex(), row, row)
            self._assets.insert(row, asset)
            self._days[_day(asset)] += 1
            self.endInsertRows()

    def _drop(self, ids: tuple[str, ...]) -> None:
        self._leaving.update(ids)
        self._remove_leaving()

    def _remove_leaving(self) -> None:
        """From the end, a run of neighbours at a time: each removal lays the grid out anew."""
        gone, self._leaving = self._leaving, set()
        rows = [row for row, asset in enumerate(self._assets) if asset.id in gone]
        for _, run in groupby(reversed(list(enumerate(rows))), key=lambda one: one[1] - one[0]):
            last, *before = [row for _, row in run]
            self._remove(before[-1] if before else last, last)

    def _remove(self, first: int, last: int) -> None:
        self.beginRemoveRows(QModelIndex(), first, last)
        for asset in self._assets[first : last + 1]:
            self._days[_day(asset)] -= 1
        self._days = +self._days
        del self._assets[first : last + 1]
        self.endRemoveRows()

    def _belongs(self, asset: Asset) -> bool:
        """It lies where the query looks; whether it has the words, only the store can tell."""
        return asset.trashed == self._query.trashed and (asset.starred or not self._query.starred)

    def _place(self, asset: Asset) -> int:
        """The row of the asset, or the one it would have; imported files may share a time."""
        row = bisect_left(self._assets, -asset.created, key=lambda other: -other.created)
        place = row
        while row < len(self._assets) and self._assets[row].created == asset.created:
            if self._assets[row].id == asset.id:
                return row
            row += 1
            if self._assets[row - 1].id > asset.id:
                place = row
        return place

    # Qt asks.

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._assets)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        asset = self._assets[index.row()]
        if role == ASSET_ROLE:
            return asset
        if role == Qt.ItemDataRole.DisplayRole:
            return asset.recipe.prompt or asset.path
        return None

    def canFetchMore(self, parent: Index) -> bool:
        return not parent.isValid() and not self._complete and not self._search.waiting

    def fetchMore(self, parent: Index) -> None:
        if self.canFetchMore(parent):
            self._ask()


def _day(asset: Asset) -> str:
    return date.fromtimestamp(asset.created).isoformat()
