"""The shelf's tested settings for models that are on this machine and say less of themselves."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from studio.catalog.scan import Found
from studio.catalog.shelf import read_shelf
from studio.core.errors import ShelfDamaged
from studio.core.model import Defaults, ModelSpec

_UNSAID = Defaults()


def shelf_settings(resources: Path, own: Path | None) -> Mapping[str, Defaults]:
    """By repository; a damaged file of the person's own, which the shelf itself tells of, counts for nothing.

    Raises ShelfDamaged for the shipped file.
    """
    try:
        entries = read_shelf(resources, own)
    except ShelfDamaged:
        entries = read_shelf(resources, None)
    return {one.repository.casefold(): one.defaults for one in entries if one.defaults != _UNSAID}


def with_settings(spec: ModelSpec, settings: Mapping[str, Defaults]) -> ModelSpec:
    """The model, with the shelf's word wherever its own files say nothing."""
    shelf = settings.get(spec.repository.casefold())
    if shelf is None:
        return spec
    unsaid = {
        field: getattr(shelf, field)
        for field in Defaults.__struct_fields__
        if getattr(spec.defaults, field) == getattr(_UNSAID, field)
    }
    return msgspec.structs.replace(spec, defaults=msgspec.structs.replace(spec.defaults, **unsaid))


def all_with_settings(found: Found, settings: Mapping[str, Defaults]) -> Found:
    return msgspec.structs.replace(found, models=tuple(with_settings(one, settings) for one in found.models))
