"""`studio models`: what is installed, and what one model is."""

import argparse
from pathlib import Path
from typing import Any

import msgspec

from studio.catalog.inspect import inspect_model
from studio.catalog.scan import Shelf, scan
from studio.cli.output import DONE, Output
from studio.core.errors import NotFound, error_from
from studio.core.model import ModelSpec
from studio.core.paths import Paths, resources_dir
from studio.store.settings_file import load_settings
from studio.ui.i18n import sentence_of


def models(args: argparse.Namespace, paths: Paths, output: Output) -> int:
    settings = load_settings(paths.settings)
    shelf = scan([Path(folder) for folder in settings.model_folders], resources_dir())
    return _list(shelf, output) if args.action == "list" else _show(shelf, args.model, output)


def _list(shelf: Shelf, output: Output) -> int:

    problems = [
        {"path": one.path, "code": one.code, "message": sentence_of(error_from(one.code, one.params))}
        for one in shelf.problems
    ]
    width = max((len(spec.id) for spec in shelf.models), default=0)
    lines = [f"{spec.id:{width}}  {_kind(spec):8}  {_size(spec):>9}  {spec.name}" for spec in shelf.models]
    lines += [f"! {problem['message']} ({problem['path']})" for problem in problems]
    if not lines:
        lines = ["No models. Add a folder of models in the window's Settings."]
    output.result({"models": [_described(spec) for spec in shelf.models], "problems": problems}, lines)
    return DONE


def _show(shelf: Shelf, name: str, output: Output) -> int:
    known = next((spec for spec in shelf.models if spec.id == name), None)
    path = Path(name).expanduser()
    if known is None and not path.exists():
        raise NotFound(name=name)
    spec = inspect_model(path.absolute()) if known is None else inspect_model(Path(known.path), id=known.id)
    described = _described(spec)
    shown = {
        key: value
        for key, value in described.items()
        if value not in (None, "", {}, []) and key != "latent_rgb"
    }
    output.result(described, [f"{key + ':':<16}{_readable(value)}" for key, value in shown.items()])
    return DONE


def _described(spec: ModelSpec) -> dict[str, Any]:
    return {field: msgspec.to_builtins(getattr(spec, field)) for field in spec.__struct_fields__}


def _readable(value: Any) -> str:
    match value:
        case dict():
            return ", ".join(f"{key} {one}" for key, one in value.items() if one is not None)
        case list() | tuple():
            return ", ".join(str(one) for one in value)
        case _:
            return str(value)


def _kind(spec: ModelSpec) -> str:
    return "/".join(spec.abilities)


def _size(spec: ModelSpec) -> str:
    return f"{spec.size_bytes / 1e9:.1f} GB" if spec.size_bytes >= 1e9 else f"{spec.size_bytes / 1e6:.0f} MB"
