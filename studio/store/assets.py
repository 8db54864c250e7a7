"""Pictures as rows: what the gallery pages through, searches and stars."""

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Any

import apsw
import msgspec

from studio.core.errors import NotFound
from studio.core.lineage import MOST_NODES
from studio.core.recipe import Recipe
from studio.core.records import Asset, AssetQuery
from studio.store.search import match_expression
from studio.store.transactions import fetch, transaction

_COLUMNS = "asset.id, path, width, height, created, recipe, source, starred, trashed"
_SHEET = "recipe ->> '$.sheet.id'"  # as the index has it
_INPUTS = "recipe -> '$.inputs'"  # likewise
_PARENT = "recipe ->> '$.edit.parent'"
_DOCUMENT = "recipe ->> '$.edit.document'"
_LATEST = 2**43 - 1  # milliseconds, in the year 2248: what fits above 20 bits of the id


class Assets:
    """The asset table and its full-text index, over one connection."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def put(self, assets: Iterable[Asset]) -> None:
        """Add pictures, or replace what was known of them or of the files at their paths."""
        with transaction(self._connection):
            for asset in assets:
                known, there = self.get(asset.id), self.at(asset.path)
                if known != asset:
                    self.remove([old.id for old in (known, there) if old])
                    self._insert(asset)

    def get(self, asset_id: str) -> Asset | None:
        rows = self._rows(f"SELECT {_COLUMNS} FROM asset WHERE id = ?", (asset_id,))
        return rows[0] if rows else None

    def many(self, ids: Iterable[str]) -> list[Asset]:
        """Those of the ids that exist, in the order asked for."""
        return [asset for asset in map(self.get, ids) if asset]

    def at(self, path: str) -> Asset | None:
        rows = self._rows(f"SELECT {_COLUMNS} FROM asset WHERE path = ?", (path,))
        return rows[0] if rows else None

    def of_jobs(self, limit: int) -> list[Asset]:
        """The newest pictures that are not in the trash and whose jobs the database knows, the newest first:
        those of other machines, and of before a rebuild, have none."""
        return self._rows(
            f"SELECT {_COLUMNS} FROM asset WHERE trashed = 0 AND job IN (SELECT id FROM job)"
            " ORDER BY key DESC LIMIT ?",
            (limit,),
        )

    def of_sheet(self, sheet_id: str) -> list[Asset]:
        """The pictures of a contact sheet, those in the trash too; the oldest first."""
        return self._rows(
            f"SELECT {_COLUMNS} FROM asset WHERE {_SHEET} IS NOT NULL AND {_SHEET} = ? ORDER BY key",
            (sheet_id,),
        )

    def sheets(self, limit: int) -> list[str]:
        """The ids of the newest contact sheets with pictures, the newest first."""
        rows = fetch(
            self._connection,
            f"SELECT DISTINCT {_SHEET} FROM asset WHERE {_SHEET} IS NOT NULL ORDER BY 1 DESC LIMIT ?",
            (limit,),
        )
        return [sheet_id for (sheet_id,) in rows]

    def children_of(self, ids: Iterable[str], limit: int = MOST_NODES) -> list[Asset]:
        """What was made of any of these pictures, what lies in the trash too; the oldest first."""
        return self._rows(
            f"SELECT {_COLUMNS} FROM asset WHERE {_PARENT} IS NOT NULL"
            f" AND {_PARENT} IN (SELECT value FROM json_each(?)) ORDER BY key LIMIT ?",
            (msgspec.json.encode(tuple(ids)).decode(), limit),
        )

    def proposed_to(self, document_id: str) -> list[Asset]:
        """What jobs made for an edit document and is not in the trash; the oldest first."""
        return self._rows(
            f"SELECT {_COLUMNS} FROM asset WHERE {_DOCUMENT} IS NOT NULL AND {_DOCUMENT} = ?"
            " AND trashed = 0 ORDER BY key",
            (document_id,),
        )

    def input_hashes(self) -> set[str]:
        """Of all pictures that others began with or referred to, those in the trash too."""
        rows = fetch(
            self._connection,
            f"SELECT DISTINCT used.value ->> '$.hash' FROM asset, json_each({_INPUTS}) AS used"
            f" WHERE {_INPUTS} IS NOT NULL",
        )
        return {digest for (digest,) in rows if digest}

    def page(self, query: AssetQuery) -> list[Asset]:
        """The newest pictures that match, after `before`. Raises NotFound when that one is gone."""
        source, key, conditions, values = _matching(query)
        if query.before is not None:
            conditions.append(f"{key} < ?")
            values.append(self._key_of(query.before))
        return self._rows(
            f"SELECT {_COLUMNS} FROM {source} WHERE {' AND '.join(conditions)}"
            f" ORDER BY {key} DESC LIMIT ? OFFSET ?",
            (*values, query.limit, query.offset),
        )

    def count(self, query: AssetQuery) -> int:
        """How many pictures match in all; `limit`, `before` and `offset` do not count."""
        source, _, conditions, values = _matching(query)
        sql = f"SELECT count(*) FROM {source} WHERE {' AND '.join(conditions)}"
        return fetch(self._connection, sql, values)[0][0]

    def set_starred(self, ids: Sequence[str], on: bool) -> None:
        with transaction(self._connection):
            self._connection.executemany(
                "UPDATE asset SET starred = ? WHERE id = ?", [(int(on), asset_id) for asset_id in ids]
            )

    def set_trashed(self, ids: Sequence[str], on: bool) -> None:
        with transaction(self._connection):
            self._connection.executemany(
                "UPDATE asset SET trashed = ? WHERE id = ?", [(int(on), asset_id) for asset_id in ids]
            )

    def remove(self, ids: Sequence[str]) -> None:
        with transaction(self._connection):
            for asset_id in ids:
                self._connection.execute(
                    "DELETE FROM asset_text WHERE rowid = (SELECT key FROM asset WHERE id = ?)", (asset_id,)
                )
                self._connection.execute("DELETE FROM asset WHERE id = ?", (asset_id,))

    def paths(self) -> dict[str, str]:
        """The id of each picture by its path."""
        return dict(fetch(self._connection, "SELECT path, id FROM asset"))

    def _insert(self, asset: Asset) -> None:
        key = self._free_key(asset)
        self._connection.execute(
            "INSERT INTO asset (key, id, path, width, height, created, source, job, starred, trashed, recipe)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(key, asset.id, asset.path, asset.width, asset.height, asset.created),
                *(asset.source, asset.recipe.job, int(asset.starred), int(asset.trashed)),
                msgspec.json.encode(asset.recipe).decode(),
            ),
        )
        self._connection.execute(
            "INSERT INTO asset_text (rowid, prompt, negative_prompt, model, title) VALUES (?, ?, ?, ?, ?)",
            (key, *_searchable(asset)),
        )

    def _free_key(self, asset: Asset) -> int:
        key = _wanted_key(asset)
        while fetch(self._connection, "SELECT 1 FROM asset WHERE key = ?", (key,)):
            key += 1
        return key

    def _key_of(self, asset_id: str) -> int:
        rows = fetch(self._connection, "SELECT key FROM asset WHERE id = ?", (asset_id,))
        if not rows:
            raise NotFound(name=asset_id)
        return rows[0][0]

    def _rows(self, sql: str, values: Sequence[Any]) -> list[Asset]:
        return [_asset(*row) for row in fetch(self._connection, sql, values)]


def _wanted_key(asset: Asset) -> int:
    """By time of making; within one millisecond by the id, which counts up (see `core.ids`).

    The id is drawn a moment before or after the picture is made, so eight bits tell how far off it is.
    """
    created = min(max(int(asset.created * 1000), 0), _LATEST)
    value = int(asset.id.replace("-", ""), 16)
    made, counter = value >> 80, value >> 64 & 0xFFF
    return created << 20 | min(max(made - created + 0x80, 0), 0xFF) << 12 | counter


def _matching(query: AssetQuery) -> tuple[str, str, list[str], list[Any]]:
    """Where to look, what to sort by so that nothing needs sorting, and the conditions with their values."""
    conditions = [f"trashed = {int(query.trashed)}"]  # literal, so that the partial indexes apply
    if query.starred:
        conditions.append("starred = 1")
    expression = match_expression(query.text)
    if not expression:
        return "asset", "key", conditions, []
    conditions.append("asset_text MATCH ?")
    source = "asset_text CROSS JOIN asset ON key = asset_text.rowid"  # in this order, newest first by itself
    return source, "asset_text.rowid", conditions, [expression]


def _asset(
    id: str, path: str, width: int, height: int, created: float, recipe: str, source: str | None,
    starred: int, trashed: int,
) -> Asset:  # fmt: skip
    return Asset(
        id=id,
        path=path,
        width=width,
        height=height,
        created=created,
        recipe=msgspec.json.decode(recipe, type=Recipe),
        source=source,
        starred=bool(starred),
        trashed=bool(trashed),
    )


def _searchable(asset: Asset) -> tuple[str, str, str, str]:
    recipe = asset.recipe
    title = PurePosixPath(asset.source).stem if asset.source else ""
    return recipe.prompt, recipe.negative_prompt, f"{recipe.model_name} {recipe.model}", title
