"""The shelf of recommended models: the shipped `catalog.toml`, with the person's own laid over it."""

import re
import tomllib
from pathlib import Path
from typing import Any, cast

import msgspec

from studio.catalog.fit import STORED_BYTES
from studio.catalog.safetensors import open_regular
from studio.core.errors import ShelfDamaged
from studio.core.model import Defaults
from studio.core.shelf import Group, ShelfEntry

FILE = "catalog.toml"
_TEXT_LIMIT = 4 << 20  # bytes; the shipped one has 30 kB

Table = dict[str, Any]

_HEADING = re.compile(r"\s*\[\[\s*model\s*\]\]")
_DEFAULTS = {field.name for field in msgspec.structs.fields(Defaults)}
_ORDER = {group: index for index, group in enumerate(Group)}


class _Placed(msgspec.Struct, frozen=True):
    """One `[[model]]` and where it stands, for the sentence where something is wrong with it."""

    table: Table
    path: Path
    line: int

    def wrong(self, detail: str) -> ShelfDamaged:
        return _damaged(self.path, self.line, detail)


def read_shelf(resources: Path, own: Path | None) -> tuple[ShelfEntry, ...]:
    """The models worth having, by group and, within a group, in the order of the files.

    Args:
        resources: the folder that holds the shipped file.
        own: the person's file, which need not be there. A `[[model]]` there whose `repository` is on the
            shelf changes the fields that it names; another one is added after those of its group.
    Raises ShelfDamaged, with the `line`, for a file that is no such shelf; without `own`, the shipped
    shelf can still be read.
    """
    shelf = _read(resources / FILE)
    if own is not None and own.exists():
        for repository, above in _read(own).items():
            below = shelf.get(repository)
            shelf[repository] = _laid_over(below, above) if below else above
    entries = [_derived(_entry(placed)) for placed in shelf.values()]
    return tuple(sorted(entries, key=lambda entry: _ORDER[entry.group]))


def _read(path: Path) -> dict[str, _Placed]:
    """The file's models by repository."""
    try:
        with open_regular(path) as file:
            text = file.read(_TEXT_LIMIT).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _damaged(path, 1, str(error)) from error
    found = _parse(path, text)
    models = found.pop("model", [])
    if found or not isinstance(models, list):
        raise _damaged(path, 1, f"only [[model]] is known, not {', '.join(found) or 'model'}")
    tables = cast(list[object], models)
    lines = [number for number, line in enumerate(text.splitlines(), 1) if _HEADING.match(line)]
    if len(lines) != len(tables):  # written in another way than with headings
        lines = [1] * len(tables)
    placed = dict[str, _Placed]()
    for line, table in zip(lines, tables, strict=True):
        one = _Placed(cast(Table, table) if isinstance(table, dict) else {}, path, line)
        repository = one.table.get("repository")
        if not isinstance(repository, str) or repository.count("/") != 1:
            raise one.wrong("a model needs its repository, as owner/name")
        if repository in placed:
            raise one.wrong(f"{repository} is there twice")
        placed[repository] = one
    return placed


def _parse(path: Path, text: str) -> Table:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))  # "at end of document" has none
        raise _damaged(path, int(line[1]) if line else len(text.splitlines()), str(error)) from error


def _laid_over(below: _Placed, above: _Placed) -> _Placed:
    """Field by field; in `about`, `defaults` and `sources` name by name."""
    inner = {
        name: below.table[name] | value
        for name, value in above.table.items()
        if isinstance(value, dict) and isinstance(below.table.get(name), dict)
    }
    return _Placed(below.table | above.table | inner, above.path, above.line)


def _entry(placed: _Placed) -> ShelfEntry:
    repository, defaults = placed.table["repository"], placed.table.get("defaults")
    if isinstance(defaults, dict) and (unknown := set(cast(Table, defaults)) - _DEFAULTS):
        raise placed.wrong(f"{repository}: no such default: {', '.join(sorted(unknown))}")
    try:
        return msgspec.convert(placed.table, ShelfEntry)
    except msgspec.ValidationError as error:
        raise placed.wrong(f"{repository}: {error}") from error


def _derived(entry: ShelfEntry) -> ShelfEntry:
    """With the size of its files reckoned where no source tells it."""
    number_bytes = STORED_BYTES.get(entry.precision)
    if entry.download_bytes is not None or not entry.parameters or not number_bytes:
        return entry
    sources = entry.sources | {"download_bytes": f"derived: parameters × {number_bytes} bytes"}
    size = entry.parameters * number_bytes
    return msgspec.structs.replace(entry, download_bytes=size, sources=sources)


def _damaged(path: Path, line: int, detail: str) -> ShelfDamaged:
    return ShelfDamaged(path=str(path), line=line, detail=detail)
