"""What is installed, as every `studio models` command finds and describes it."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import msgspec

from studio.app.door import ChangeList, knock
from studio.catalog.hub.cache import RepositoryCache
from studio.catalog.hub.names import parse_repository
from studio.catalog.index import ModelIndex
from studio.catalog.scan import Found, hub_cache, scan
from studio.catalog.shelf import read_shelf
from studio.cli.output import Output
from studio.core.errors import AddressUnknown, NotFound, SettingsInUse, ShelfDamaged
from studio.core.model import ModelSpec
from studio.core.paths import Paths, resources_dir
from studio.core.settings import ListName
from studio.core.shelf import ShelfEntry
from studio.store.instances import WindowLock
from studio.store.settings_file import load_settings, save_settings
from studio.store.wishes_file import load_wishes
from studio.ui.figures import size
from studio.ui.i18n import hint_of, sentence_of, tr

# Of a model's description, what a person has no use for.
# How a person reads the names of fields that are no plain words.
FIELDS = {
    "id": "id",
    "name": "name",
    "family": "family",
    "base": "base",
    "abilities": "abilities",
    "path": "path",
    "kind": "kind",
    "suits": "suits",
    "source": "source",
    "ours": "fetched by the studio",
    "precision": "precision",
    "parameters": "parameters",
    "trigger_words": "trigger words",
    "size_bytes": "size",
    "lender": "lender",
    "licence": "licence",
    "context_length": "context length",
    "starter": "comes with the studio",
    "defaults": "defaults",
    "shelf defaults": "shelf defaults",
    "shelf sigmas": "shelf sigmas",
    "shelf prompt form": "shelf prompt form",
}
_NOT_SHOWN = ("latent_rgb", "latent_rgb_bias", "about", "examples", "fingerprint", "wish")


def installed(paths: Paths, folders: tuple[str, ...] | None = None) -> Found:
    """Every model of this home, or of these folders; headers are read that were not read before."""
    if folders is None:
        folders = load_settings(paths.settings).model_folders
    # Who only looks makes no home.
    index = ModelIndex(paths.model_index) if paths.home.exists() else None
    found = scan([Path(folder) for folder in folders], resources_dir(), index=index)
    wishes = load_wishes(paths.wishes)
    held = [msgspec.structs.replace(spec, wish=wishes.get(spec.id, spec.wish)) for spec in found.models]
    return msgspec.structs.replace(found, models=tuple(held))


def change_list(
    paths: Paths, name: ListName, add: tuple[str, ...] = (), forget: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """What the list has from now on. An open window keeps the settings and changes them itself; raises
    SettingsInUse where it does not answer."""
    settings = load_settings(paths.settings)
    kept: tuple[str, ...] = getattr(settings, name)
    changed = (*(one for one in kept if one not in forget), *add)
    lock = WindowLock(paths)  # while it is held here no window can open
    try:
        if lock.held:
            save_settings(paths.settings, msgspec.structs.replace(settings, **{name: changed}))
        elif not knock(paths.home, ChangeList(name=name, add=add, forget=forget)):
            raise SettingsInUse(home=str(paths.home))
    finally:
        lock.close()
    return changed


def find_spec(found: Found, name: str) -> ModelSpec | None:
    """The model with this id, or at this path."""
    path = str(path_of(name))
    return next((spec for spec in found.models if name == spec.id or path == spec.path), None)


def path_of(name: str) -> Path:
    """The absolute path that a person's words are, whether or not anything is there. Where `~` is of a person
    unknown here it stands for itself, as in a shell."""
    return Path(os.path.expanduser(name)).absolute()


def find_place(found: Found, name: str) -> Path:
    """Where a model lies, be it whole or broken: by its id, its path, or its repository on the hub.

    Raises NotFound.
    """
    if spec := find_spec(found, name):
        return Path(spec.path)
    path = path_of(name)
    if os.path.exists(path):  # False also for a name that is too long to be one; `Path` raises then
        return path
    snapshot = _snapshot(name)
    if snapshot is None:
        raise NotFound(name=name)
    return snapshot


def repository_place(name: str) -> RepositoryCache | None:
    """Where the hub's cache has, or would have, what `owner/name` names; None for another kind of name."""
    try:
        return RepositoryCache(hub_cache(), parse_repository(name).repository)
    except AddressUnknown:
        return None


def _snapshot(name: str) -> Path | None:
    """Of `owner/name`, the one that `main` stands for or the only one; of `owner/name@commit`, that one."""
    place = repository_place(name)
    if place is None:
        return None
    try:
        commit = (place.folder / "refs" / "main").read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        commit = ""
    begin = name.partition("@")[2] or commit
    there = [one for one in (place.folder / "snapshots").glob("*") if one.name.startswith(begin)]
    return there[0] if len(there) == 1 else None


def read_entries(paths: Paths, output: Output) -> tuple[ShelfEntry, ...]:
    """The shelf; a damaged `catalog.toml` of the person's own is told, and left out."""
    try:
        return read_shelf(resources_dir(), paths.catalog)
    except ShelfDamaged as error:
        output.note(f"{sentence_of(error)}\n{hint_of(error)}")
        return read_shelf(resources_dir(), None)


def described(value: msgspec.Struct) -> dict[str, Any]:
    """All fields, those too that are as they would be unsaid."""
    return {field: msgspec.to_builtins(getattr(value, field)) for field in value.__struct_fields__}


def rows_of(fields: Mapping[str, object]) -> list[tuple[str, str]]:
    """A description for a person: what is known, amounts of bytes as people read them."""
    rows = list[tuple[str, str]]()
    for name, value in fields.items():
        if name in _NOT_SHOWN or value in (None, "", 0, {}, [], ()) or value is False:
            continue
        told = tr(FIELDS.get(name, name))
        if name.endswith("_bytes"):
            rows.append((told, size(cast(int, value))))
        else:
            rows.append((told, tr("yes") if value is True else readable(value)))
    return rows


def readable(value: object) -> str:
    if isinstance(value, dict):
        pairs = cast(dict[str, object], value)
        return ", ".join(f"{key} {_inside(one)}" for key, one in pairs.items() if one not in (None, ""))
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, cast(list[object], value)))
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _inside(value: object) -> str:
    """A value in a description's own description: settings within settings, or a number as it stands."""
    return readable(cast(object, value)) if isinstance(value, dict) else str(value)
