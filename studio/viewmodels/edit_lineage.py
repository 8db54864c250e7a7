"""Where the open picture comes from and what else came of it: a tree as rows with the lines between them."""

import msgspec
from PySide6.QtCore import QObject, Signal

from studio.core.lineage import Lineage
from studio.core.records import Asset
from studio.session import Session
from studio.viewmodels.latest import Latest


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One picture of the tree.

    Attributes:
        lane: its column.
        through: columns whose lines go on past it.
        forks: columns of the branches that begin at it.
        has_parent, goes_on: a line comes from above, goes on below in its own column.
    """

    asset: Asset
    lane: int
    through: tuple[int, ...] = ()
    forks: tuple[int, ...] = ()
    has_parent: bool = False
    goes_on: bool = False


class LineageViewModel(QObject):
    """The tree of one picture.

    Attributes:
        rows: the oldest first.
        current: the id of the picture that the document stands on.

    Signals:
        changed: read them anew.
        failed (StudioError): it could not be read.
    """

    changed = Signal()
    failed = Signal(object)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.rows: list[Row] = []
        self.current = ""
        self._asked = Latest(self)
        self._asked.arrived.connect(self._show)
        self._asked.failed.connect(self.failed)
        session.asset_added.connect(self._on_asset_added)
        session.asset_changed.connect(self._on_asset_changed)
        session.assets_removed.connect(lambda: self.look())

    def show_asset(self, asset_id: str) -> None:
        """The tree of the picture that the document stands on; "" for none."""
        if asset_id != self.current:
            self.current = asset_id
            self.look()

    def look(self) -> None:
        """Ask for the tree anew."""
        if self.current:
            self._asked.ask(self._session.edits.lineage(self.current))
        elif self.rows:
            self._asked.forget()
            self.rows = []
            self.changed.emit()

    def _on_asset_added(self, asset: Asset, job_id: str) -> None:
        edit = asset.recipe.edit
        if edit is not None and edit.parent in {row.asset.id for row in self.rows}:
            self.look()

    def _on_asset_changed(self, asset: Asset) -> None:
        if any(row.asset.id == asset.id for row in self.rows):
            self.look()

    def _show(self, lineage: Lineage) -> None:
        self.rows = rows_of([(one.asset, one.parent) for one in lineage.nodes])
        self.changed.emit()


def rows_of(nodes: list[tuple[Asset, str]]) -> list[Row]:
    """The rows of pictures with the ids of their parents, parents first. The first that came of a picture
    goes on in its column, each further one begins a column of its own."""
    place = {asset.id: row for row, (asset, _) in enumerate(nodes)}
    parents = [place.get(parent, -1) for _, parent in nodes]
    lanes, columns = list[int](), 0
    through: list[set[int]] = [set() for _ in nodes]
    forks: list[list[int]] = [[] for _ in nodes]
    goes_on: set[int] = set()
    for row, parent in enumerate(parents):
        if parent >= 0 and parent not in goes_on:
            lane = lanes[parent]
            goes_on.add(parent)
        else:
            lane, columns = columns, columns + 1
            if parent >= 0:
                forks[parent].append(lane)
        lanes.append(lane)
        for between in range(parent + 1, row) if parent >= 0 else ():
            through[between].add(lane)
    return [
        Row(
            asset=asset,
            lane=lanes[row],
            through=tuple(sorted(through[row])),
            forks=tuple(forks[row]),
            has_parent=parents[row] >= 0,
            goes_on=row in goes_on,
        )
        for row, (asset, _) in enumerate(nodes)
    ]
