"""What *Fast* does for a model: the LoRA for speed that goes with it, and the schedule that it brings."""

import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatch
from pathlib import PurePath

import msgspec

from studio.catalog.bases import base_of_class
from studio.core.model import Ability, Defaults, Kind, Lora, ModelSpec
from studio.core.shelf import Fast, Group, ShelfEntry

# How models that paint in a few steps by themselves are called by their makers.
_FAST_ALREADY = re.compile(r"turbo|lightning|lcm|hyper|schnell|sprint|distill|flash|dmd", re.IGNORECASE)


def fast_of(model: ModelSpec, shelf: Sequence[ShelfEntry], installed: Iterable[ModelSpec]) -> Fast | None:
    """What makes `model` fast; None where nothing on the shelf does, and for one that is fast already.

    The LoRA that the shelf names for it; else one for its base that is installed, or, for a model that the
    shelf does not know, could be.
    """
    entry = next((one for one in shelf if _is_of(one, model)), None)
    if Ability.GENERATE not in model.abilities or model.starter or _is_fast(model, entry):
        return None
    named = entry.speed_lora if entry else ""
    base = model.suits or base_of_class(model.base)
    fitting = [
        one
        for one in shelf
        if one.group is Group.SPEED and (one.repository == named or (base and one.suits == base))
    ]
    fitting.sort(key=lambda one: one.repository != named)
    loras = [spec for spec in installed if spec.kind is Kind.LORA]
    for one in fitting:
        if found := next((spec for spec in loras if _is_this(one, spec)), None):
            return Fast(entry=one, lora=lora_of(found), defaults=scheduled(model.defaults, one.defaults))
    offered = next((one for one in fitting if one.repository == named or entry is None), None)
    if offered is None:
        return None
    return Fast(entry=offered, lora=None, defaults=scheduled(model.defaults, offered.defaults))


def lora_of(spec: ModelSpec, scale: float = 1.0) -> Lora:
    """What a job needs of an installed LoRA."""
    return Lora(
        id=spec.id,
        name=spec.name,
        path=spec.path,
        suits=spec.suits,
        fingerprint=spec.fingerprint,
        scale=scale,
    )


def scheduled(own: Defaults, schedule: Defaults) -> Defaults:
    """A model's settings with those that the schedule names in their place."""
    named = {
        field: value
        for field in schedule.__struct_fields__
        if (value := getattr(schedule, field)) not in (None, {})
    }
    return msgspec.structs.replace(own, **named)


def _is_fast(model: ModelSpec, entry: ShelfEntry | None) -> bool:
    shelved = entry is not None and entry.group in (Group.FAST, Group.SPEED)
    return shelved or bool(_FAST_ALREADY.search(f"{model.name} {model.id} {model.base}"))


def _is_of(entry: ShelfEntry, spec: ModelSpec) -> bool:
    """It lies in the entry's repository."""
    return f"{_without_revision(spec)}/".startswith(f"{entry.repository.casefold()}/")


def _is_this(entry: ShelfEntry, lora: ModelSpec) -> bool:
    """It is the entry's LoRA, from the hub or as another tool keeps it; a repository may have several."""
    name = PurePath(lora.path).name
    if _is_of(entry, lora):
        return not entry.files or any(fnmatch(name, wanted) for wanted in entry.files)
    if lora.suits not in ("", entry.suits):
        return False
    usual = entry.files or (f"{entry.repository.partition('/')[2]}.safetensors",)
    return any(fnmatch(name.casefold(), wanted.casefold()) for wanted in usual)


def _without_revision(spec: ModelSpec) -> str:
    """`owner/name@revision/file` as `owner/name/file`."""
    return re.sub("@[^/]*", "", spec.id).casefold()
