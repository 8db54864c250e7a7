"""Where the open picture comes from and what else came of it: a tree as rows with the lines between them."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from studio.core.lineage import Lineage, kept_picture
from studio.core.records import Asset
from studio.session import Session
from studio.viewmodels.latest import Latest

if TYPE_CHECKING:
    from studio.session.edit_document import EditDocument


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
    """The tree of the picture that the open document stands on.

    Attributes:
        rows: the oldest first.
        current: the id of the picture that the document stands on; "" where there is none to show.
        unfolded: what was proposed and never used is among the rows.
        unused: how many of these there are.
        source: the picture from elsewhere that all began with; None for one of the library. Without a path
            only the open document has it.
        base: what the lowest layer of the open document shows, small; None without one.
        elsewhere: ids of pictures that other documents stand on.

    Signals:
        changed: read them anew.
        failed (StudioError): it could not be read.
    """

    changed = Signal()
    failed = Signal(object)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._document: EditDocument | None = None
        self._asset = ""
        self._lineage = Lineage(())
        self.rows: list[Row] = []
        self.current = ""
        self.unfolded, self.unused = False, 0
        self.source: Asset | None = None
        self.base: Callable[[], QImage | None] = lambda: None
        self.elsewhere: frozenset[str] = frozenset()
        self._asked = Latest(self)
        self._asked.arrived.connect(self._show)
        self._asked.failed.connect(self.failed)
        session.asset_added.connect(self._on_asset_added)
        session.asset_changed.connect(self._on_asset_changed)
        session.assets_removed.connect(lambda: self.look())

    def show_document(self, document: "EditDocument | None") -> None:
        self._document = document
        self._asset = document.state.asset if document else ""
        self._lineage, self.unfolded = Lineage(()), False
        self.look()

    def follow(self) -> None:
        """The document may stand on another picture."""
        asset = self._document.state.asset if self._document else ""
        if asset != self._asset:
            self._asset = asset
            self.look()

    def look(self) -> None:
        """Ask for the tree anew."""
        if self._asset:
            self._asked.ask(self._session.edits.lineage(self._asset))
        else:
            self._asked.forget()
            self._show(self._lineage)

    def unfold(self, on: bool) -> None:
        """Show what was proposed and never used, or not."""
        self.unfolded = on
        self._show(self._lineage)

    def _on_asset_added(self, asset: Asset, job_id: str) -> None:
        edit, document = asset.recipe.edit, self._document
        beside = bool(edit and document and not edit.parent and edit.document == document.id)
        if edit is not None and (beside or edit.parent in {one.asset.id for one in self._lineage.nodes}):
            self.look()

    def _on_asset_changed(self, asset: Asset) -> None:
        if any(one.asset.id == asset.id for one in self._lineage.nodes):
            self.look()

    def _show(self, lineage: Lineage) -> None:
        self._lineage = lineage
        source = self.source = self._source_of(lineage)
        begin = source.id if source else ""
        nodes = [(one.asset, one.parent or begin) for one in lineage.nodes]
        used = self._used(lineage)
        self.unused = sum(asset.id not in used for asset, _ in nodes)
        if not self.unfolded:
            nodes = [one for one in nodes if one[0].id in used]
        self.current = self._asset or begin
        self.rows = rows_of([(source, ""), *nodes] if source else nodes)
        self.changed.emit()

    def _source_of(self, lineage: Lineage) -> Asset | None:
        """As the first that was made of it says; of a document where nothing was made yet, only its name is
        known."""
        if lineage.source is not None:
            return lineage.source.picture
        state = self._document.state if self._document else None
        if state is None or lineage.nodes or state.asset:
            return None
        return kept_picture("", state.name, state.width, state.height)

    def _used(self, lineage: Lineage) -> set[str]:
        """What was applied or kept, and what anything was made of."""
        used = {one.parent for one in lineage.nodes} | self.elsewhere
        if self._document is not None:
            used |= self._document.stood_on
        for one in lineage.nodes:
            edit = one.asset.recipe.edit
            if edit is None or not edit.document:
                used.add(one.asset.id)
        return used


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
