"""`studio models`: what is installed, and what one model is and needs."""

import argparse
from pathlib import Path
from typing import Any, cast

import msgspec

from studio.catalog.inspect import inspect_model
from studio.catalog.memory import needed_bytes
from studio.catalog.scan import Shelf, scan
from studio.cli.output import DONE, Output, table
from studio.core.errors import NotFound, error_from
from studio.core.model import ModelSpec
from studio.core.paths import Paths, resources_dir
from studio.store.settings_file import load_settings
from studio.ui.figures import size
from studio.ui.i18n import sentence_of, tr

USUAL_SIDE = 512  # pixels, where a model does not say


def models(args: argparse.Namespace, paths: Paths, output: Output) -> int:
    settings = load_settings(paths.settings)
    shelf = scan([Path(folder) for folder in settings.model_folders], resources_dir())
    return _list(shelf, output) if args.action == "list" else _show(shelf, args.model, output)


def _list(shelf: Shelf, output: Output) -> int:
    problems = [
        {"path": one.path, "code": one.code, "message": sentence_of(error_from(one.code, one.params))}
        for one in shelf.problems
    ]
    lines = table([_row(spec) for spec in shelf.models])
    lines += [f"! {problem['message']} ({problem['path']})" for problem in problems]
    if not lines:
        where = tr("Add a folder of models in the window's Settings, or name one with --model.")
        lines = [f"{tr('No models.')} {where}"]
    output.result({"models": [_described(spec) for spec in shelf.models], "problems": problems}, lines)
    return DONE


def _show(shelf: Shelf, name: str, output: Output) -> int:
    known = next((spec for spec in shelf.models if spec.id == name), None)
    path = Path(name).expanduser()
    if known is None and not path.exists():
        raise NotFound(name=name)
    if known is None:
        spec = inspect_model(path.absolute())
    else:
        spec = msgspec.structs.replace(inspect_model(Path(known.path), id=known.id), starter=known.starter)
    described = {**_described(spec), "needed_bytes": _needed(spec)}
    shown = {key: value for key, value in described.items() if value not in (None, "", {}, [], ())}
    for hidden in ("latent_rgb", "latent_rgb_bias", "about", "examples"):
        shown.pop(hidden, None)
    for field in ("size_bytes", "needed_bytes"):
        shown[field.removesuffix("_bytes")] = size(shown.pop(field))
    output.result(described, table([(key, _readable(value)) for key, value in shown.items()]))
    return DONE


def _needed(spec: ModelSpec) -> int:
    """Memory for one picture of the model's usual size, or a full context, on a processor."""
    pixels = (spec.defaults.width or USUAL_SIDE) * (spec.defaults.height or USUAL_SIDE)
    if spec.context_length:
        return needed_bytes(spec, pixels=pixels, tokens=spec.context_length)
    return needed_bytes(spec, pixels=pixels)


def _row(spec: ModelSpec) -> tuple[str, ...]:
    return spec.id, ", ".join(spec.abilities), size(spec.size_bytes), spec.name


def _described(spec: ModelSpec) -> dict[str, Any]:
    return {field: msgspec.to_builtins(getattr(spec, field)) for field in spec.__struct_fields__}


def _readable(value: object) -> str:
    if isinstance(value, dict):
        pairs = cast(dict[str, object], value)
        return ", ".join(f"{key} {one}" for key, one in pairs.items() if one is not None)
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, cast(list[object], value)))
    return str(value)
