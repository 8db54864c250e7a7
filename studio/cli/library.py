"""`studio library`: what was made, and whether database and files agree."""

import argparse
import time
from typing import Any, cast

import msgspec

from studio.cli.describe import describe_asset
from studio.cli.output import DONE, FAILED, Output, table
from studio.core.differences import differences
from studio.core.errors import NotFound
from studio.core.paths import Paths
from studio.core.records import Asset, AssetQuery
from studio.store.library import Library
from studio.ui.amounts import size
from studio.ui.difference_words import NAMES
from studio.ui.i18n import plural, tr

PROMPT_LENGTH = 70


def library(args: argparse.Namespace, paths: Paths, output: Output) -> int:
    opened = Library.open(paths)
    try:
        match args.action:
            case "show":
                return _show(opened, args.asset, output)
            case "compare":
                return _compare(opened, args, output)
            case "verify":
                return _verify(opened, output)
            case "rebuild":
                return _rebuild(opened, output)
            case "tidy":
                return _tidy(opened, output)
            case _:
                return _list(opened, args, output)
    finally:
        opened.close()


def _list(library: Library, args: argparse.Namespace, output: Output) -> int:
    text = args.text if args.action == "search" else ""
    query = AssetQuery(
        text=text, starred=args.starred, trashed=args.trash, limit=args.limit, offset=args.offset
    )
    assets, total = library.assets.page(query), library.assets.count(query)
    lines = table([_row(asset) for asset in assets])
    lines.append(tr("{count} of {total} pictures", count=len(assets), total=total))
    output.result({"total": total, "assets": [_described(library, asset) for asset in assets]}, lines)
    return DONE


def _show(library: Library, asset_id: str, output: Output) -> int:
    asset = _found(library, asset_id)
    described = _described(library, asset)
    rows = [(name, _value(value)) for name, value in _flat(described).items()]
    output.result(described, table(rows + _cell_rows(asset)))
    return DONE


def _compare(library: Library, args: argparse.Namespace, output: Output) -> int:
    """What may have made two pictures different, the record of how they were made last."""
    first, second = _found(library, args.asset), _found(library, args.other)
    found = differences(first.recipe, second.recipe)
    rows = [(tr(NAMES.get(one.what, one.what)), tr(one.then) or "–", tr(one.now) or "–") for one in found]
    lines = table(rows) if rows else [tr("Made in the same way")]
    output.result({"same": not found, "differences": msgspec.to_builtins(found)}, lines)
    return DONE


def _found(library: Library, asset_id: str) -> Asset:
    """Raises NotFound."""
    asset = library.assets.get(asset_id)
    if asset is None:
        raise NotFound(name=asset_id)
    return asset


def _flat(described: dict[str, Any]) -> dict[str, Any]:
    """The picture, its recipe and the record of how it was made, as one list for a person: parts of parts
    are named with dots."""
    recipe: dict[str, Any] = described["recipe"]
    execution: dict[str, Any] = recipe.get("execution", {})
    versions: dict[str, str] = execution.get("versions", {})
    options: dict[str, str] = execution.get("options", {})
    own = {**recipe, **described, **execution, **{f"{name} version": one for name, one in versions.items()}}
    own["created"] = _date(described["created"])
    for name in ("recipe", "execution", "versions", "options", "asset", "sheet", "cell"):
        own.pop(name, None)
    shown: dict[str, Any] = {}
    for name, value in {**own, **{f"option {name}": one for name, one in options.items()}}.items():
        shown |= _parts(name, value)
    return shown


def _parts(name: str, value: Any) -> dict[str, Any]:
    match value:
        case dict():
            parts = cast(dict[str, Any], value)
            return {key: one for part in parts for key, one in _parts(f"{name}.{part}", parts[part]).items()}
        case list() | tuple():
            members = cast(list[Any], value)
            if all(isinstance(one, str) for one in members):
                return {name: ", ".join(members)} if members else {}
            return {
                key: one
                for number, member in enumerate(members, 1)
                for key, one in _parts(f"{name}.{number}", member).items()
            }
        case _:
            return {name: value}


def _cell_rows(asset: Asset) -> list[tuple[str, str]]:
    """The contact sheet that the picture belongs to, and what its cell is made with."""
    sheet, cell = asset.recipe.sheet, asset.recipe.cell
    if sheet is None or cell is None or cell not in sheet.cells:
        return []
    column, row = sheet.place(cell)
    values = ", ".join(f"{axis.setting} {value}" for axis, value in sheet.values(cell))
    return [("sheet", sheet.id), ("cell", f"{column + 1}, {row + 1}: {values}")]


def _verify(library: Library, output: Output) -> int:
    found = library.verify(lambda done, total: output.progress(tr("Checking"), f"{done}/{total}"))
    whole = not (found.missing or found.unknown or found.damaged)
    lines = [tr("{count} pictures checked", count=found.checked)]
    lines += [tr("{path}: the file is gone", path=path) for path in found.missing]
    lines += [tr("{path}: not in the database", path=path) for path in found.unknown]
    lines += [tr("{path}: damaged", path=path) for path in found.damaged]
    if found.missing or found.unknown:
        lines.append(tr("`studio library rebuild` brings the database in line with the files."))
    spare = library.spare_inputs()
    if spare:
        lines.append(
            plural(
                len(spare),
                "One copy of an input picture is needed no more; `studio library tidy` removes it.",
                "{n} copies of input pictures are needed no more; `studio library tidy` removes them.",
            )
        )
    told = {"state": "done", "whole": whole, **msgspec.to_builtins(found), "spare": list(map(str, spare))}
    output.result(told, lines)
    return DONE if whole else FAILED


def _tidy(library: Library, output: Output) -> int:
    freed = library.free_inputs(library.spare_inputs())
    words = plural(
        freed.copies,
        "One copy of an input picture removed, {size}.",
        "{n} copies of input pictures removed, {size}.",
        size=size(freed.freed_bytes),
    )
    output.result({"state": "done", **msgspec.to_builtins(freed)}, [words])
    return DONE


def _rebuild(library: Library, output: Output) -> int:
    rebuilt = library.rebuild(lambda done, total: output.progress(tr("Reading the files"), f"{done}/{total}"))
    lines = [
        tr(
            "The library holds {pictures} pictures and {conversations} conversations.",
            pictures=rebuilt.pictures,
            conversations=rebuilt.conversations,
        )
    ]
    lines += [tr("{path}: cannot be read", path=path) for path in rebuilt.unreadable]
    output.result({"state": "done", **msgspec.to_builtins(rebuilt)}, lines)
    return DONE


def _described(library: Library, asset: Asset) -> dict[str, Any]:
    return describe_asset(asset, library.paths.library / asset.path)


def _row(asset: Asset) -> tuple[str, ...]:
    words = " ".join(asset.recipe.prompt.split()) or asset.path
    short = words if len(words) <= PROMPT_LENGTH else words[: PROMPT_LENGTH - 1] + "…"
    star = "★" if asset.starred else " "
    return asset.id, _date(asset.created), f"{asset.width}×{asset.height}", star, short


def _date(created: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(created))


def _value(value: object) -> str:
    return "–" if value is None else f"{value:.3g}" if isinstance(value, float) else str(value)
