"""`studio library`: what was made, and whether database and files agree."""

import argparse
from typing import Any

import msgspec

from studio.cli.describe import describe_asset
from studio.cli.output import DONE, FAILED, Output
from studio.core.errors import NotFound
from studio.core.paths import Paths
from studio.core.records import Asset, AssetQuery
from studio.store.library import Library


def library(args: argparse.Namespace, paths: Paths, output: Output) -> int:
    opened = Library.open(paths)
    try:
        match args.action:
            case "show":
                return _show(opened, args.asset, output)
            case "verify":
                return _verify(opened, output)
            case "rebuild":
                return _rebuild(opened, output)
            case _:
                return _list(opened, args, output)
    finally:
        opened.close()


def _list(library: Library, args: argparse.Namespace, output: Output) -> int:
    text = args.text if args.action == "search" else ""
    query = AssetQuery(
        text=text, starred=args.starred, trashed=args.trash, limit=args.limit, offset=args.offset
    )
    assets = library.assets.page(query)
    total = library.assets.count(query)
    lines = [f"{asset.id}  {asset.width}×{asset.height}  {_line(asset)}" for asset in assets]
    lines.append(f"{len(assets)} of {total}")
    output.result({"total": total, "assets": [_described(library, asset) for asset in assets]}, lines)
    return DONE


def _show(library: Library, asset_id: str, output: Output) -> int:
    asset = library.assets.get(asset_id)
    if asset is None:
        raise NotFound(name=asset_id)
    described = _described(library, asset)
    shown = {**described, **described["recipe"]}
    del shown["recipe"]
    output.result(described, [f"{key + ':':<22}{value}" for key, value in shown.items() if value is not None])
    return DONE


def _verify(library: Library, output: Output) -> int:
    found = library.verify(lambda done, total: output.progress(f"Checking {done}/{total}"))
    whole = not (found.missing or found.unknown or found.damaged)
    lines = [f"{found.checked} pictures checked"]
    lines += [f"missing  {path}" for path in found.missing]
    lines += [f"unknown  {path}" for path in found.unknown]
    lines += [f"damaged  {path}" for path in found.damaged]
    if found.missing or found.unknown:
        lines.append("`studio library rebuild` brings the database in line with the files.")
    output.result({"state": "done", "whole": whole, **msgspec.to_builtins(found)}, lines)
    return DONE if whole else FAILED


def _rebuild(library: Library, output: Output) -> int:
    rebuilt = library.rebuild(lambda done, total: output.progress(f"Reading {done}/{total}"))
    lines = [f"{rebuilt.pictures} pictures, {rebuilt.conversations} conversations"]
    lines += [f"unreadable  {path}" for path in rebuilt.unreadable]
    output.result({"state": "done", **msgspec.to_builtins(rebuilt)}, lines)
    return DONE


def _described(library: Library, asset: Asset) -> dict[str, Any]:
    return describe_asset(asset, library.paths.library / asset.path)


def _line(asset: Asset) -> str:
    words = " ".join(asset.recipe.prompt.split()) or asset.path
    return words if len(words) <= 70 else words[:69] + "…"
