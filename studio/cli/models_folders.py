"""`studio models adopt` and `folders`: models of other tools, read where they lie and never changed."""

import argparse
import os
from pathlib import Path

import msgspec

from studio.catalog.adopt import known_places, recognise
from studio.catalog.inspect import inspect_model
from studio.catalog.scan import hub_cache
from studio.cli.models_found import change_list, installed, path_of
from studio.cli.output import DONE, Output, table
from studio.core.errors import ModelForbidden, NotFound
from studio.core.paths import Paths
from studio.store.settings_file import load_settings
from studio.ui.figures import size
from studio.ui.i18n import plural, tr
from studio.viewmodels.model_folders import FolderRow, folder_rows, tool_name

Folders = tuple[str, ...]


def adopt(args: argparse.Namespace, paths: Paths, output: Output) -> int:
    """Raises NotFound, SettingsInUse, and the ModelError that says why a file is no model."""
    if args.folder is None:
        return _list_places(paths, output)
    path = path_of(args.folder)
    if not os.path.exists(path):
        raise NotFound(name=args.folder)
    if not os.access(path, os.R_OK):
        raise ModelForbidden(path=str(path))
    if path.is_file():
        inspect_model(path)  # a file that is none brings nothing
    folder = str(path if path.is_dir() else path.parent)
    before = load_settings(paths.settings).model_folders
    now = before if folder in before else change_list(paths, "model_folders", add=(folder,))
    row = next(one for one in _rows(paths, now) if one.path == folder)
    adopted = recognise(Path(folder))
    tool = adopted.tool if adopted else ""
    line = _words(row, tool) if row.models or row.broken else tr("No model was found in it so far.")
    said = tr("It was read before.") if folder in before else tr("It is read from now on, and never changed.")
    answer = {"state": "done", "added": folder not in before, **_described(row), "tool": tool}
    output.result(answer, [f"{folder}: {line}", said])
    return DONE


def folders(args: argparse.Namespace, paths: Paths, output: Output) -> int:
    if args.forget is not None:
        forgotten = _named(args.forget, load_settings(paths.settings).model_folders)
        change_list(paths, "model_folders", forget=(forgotten,))
        lines = [tr("{folder} is not read any more", folder=forgotten)]
        output.result({"state": "done", "forgotten": forgotten}, lines)
        return DONE
    rows = _rows(paths, load_settings(paths.settings).model_folders)
    lines = table([_row(row) for row in rows]) or [
        tr("No folder is read. `studio models adopt` shows those of other tools.")
    ]
    output.result({"folders": [_described(row) for row in rows]}, lines)
    return DONE


def _list_places(paths: Paths, output: Output) -> int:
    """The usual folders of other tools on this machine."""
    adopted = load_settings(paths.settings).model_folders
    places = [
        {"path": str(place), "tool": known.tool, "adopted": str(place) in adopted}
        for place in known_places(Path.home())
        if (known := recognise(place))
    ]
    rows = [
        (tool_name(str(one["tool"])), tr("is read") if one["adopted"] else "", one["path"]) for one in places
    ]
    lines = table([tuple(map(str, row)) for row in rows])
    lines = lines or [tr("No folder of another tool was found where such folders usually are.")]
    output.result({"places": places}, lines)
    return DONE


def _named(text: str, known: Folders) -> str:
    """The folder as the settings have it. Raises NotFound."""
    for folder in (text, str(path_of(text))):
        if folder in known:
            return folder
    raise NotFound(name=text)


def _rows(paths: Paths, folders: Folders) -> list[FolderRow]:
    found = installed(paths, folders)
    return folder_rows(folders, found.models, found.problems)


def _row(row: FolderRow) -> tuple[str, ...]:
    facts = (plural(row.models, "{n} model", "{n} models"), size(row.size_bytes))
    broken = _broken(row)
    there = _place(row) if Path(_place(row)).is_dir() else f"{_place(row)} ({tr('not there')})"
    return _tool(row) or "–", *facts, broken, there


def _words(row: FolderRow, tool: str) -> str:
    models = plural(row.models, "{n} model", "{n} models")
    here = (models, size(row.size_bytes)) if row.models else ()
    return " · ".join(filter(None, (tool_name(tool), *here, _broken(row))))


def _broken(row: FolderRow) -> str:
    return tr("{n} cannot be used", n=row.broken) if row.broken else ""


def _described(row: FolderRow) -> dict[str, object]:
    return {**msgspec.to_builtins(row), "path": _place(row), "tool": row.tool}


def _place(row: FolderRow) -> str:
    return row.path or str(hub_cache())


def _tool(row: FolderRow) -> str:
    return tool_name(row.tool) if row.path else tr("The hub's cache")
