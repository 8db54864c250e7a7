"""What *Fast* does for a model: the LoRA for speed that goes with it, and the schedule that it brings."""

import os
import re
from collections.abc import Iterable, Sequence

import msgspec

from studio.catalog.bases import base_of
from studio.core.model import Ability, Defaults, Kind, ModelSpec, lora_of
from studio.core.shelf import Fast, Group, ShelfEntry

# How models that paint in a few steps by themselves are called by their makers.
_FAST_ALREADY = re.compile(r"turbo|lightning|lcm|hyper|schnell|sprint|distill|flash|dmd", re.IGNORECASE)


def fast_of(model: ModelSpec, shelf: Sequence[ShelfEntry], installed: Iterable[ModelSpec]) -> Fast | None:
    """What makes `model` fast; None where nothing on the shelf does, and for one that is fast already.

    The LoRA that the shelf names for it; else one for its base that is installed, or, for a model that the
    shelf does not know, could be.
    """
    entry = next((one for one in shelf if one.repository.casefold() == model.repository.casefold()), None)
    if Ability.GENERATE not in model.abilities or model.starter or _is_fast(model, entry):
        return None
    named = entry.speed_lora if entry else ""
    base = base_of(model)
    fitting = [
        one
        for one in shelf
        if one.group is Group.SPEED and (one.repository == named or (base and one.suits == base))
    ]
    fitting.sort(key=lambda one: one.repository != named)
    here = _here(fitting, installed)
    for one in fitting:
        if one.repository in here:
            lora = lora_of(here[one.repository])
            return Fast(entry=one, lora=lora, defaults=scheduled(model.defaults, one.defaults))
    offered = next((one for one in fitting if one.repository == named or entry is None), None)
    if offered is None:
        return None
    return Fast(entry=offered, lora=None, defaults=scheduled(model.defaults, offered.defaults))


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


def _here(entries: Sequence[ShelfEntry], installed: Iterable[ModelSpec]) -> dict[str, ModelSpec]:
    """Of those LoRAs the ones that are installed, by repository; from the hub or as another tool keeps them.

    The window asks, and people have ten thousand LoRAs: their names are looked up, not compared.
    """
    found = dict[str, ModelSpec]()
    by_name = {name: one for one in entries for name in _file_names(one)}
    # A repository that is all one LoRA calls its file as it likes; so does one that is wanted by a pattern.
    open_named = [one for one in entries if not one.files or "*" in "".join(one.files)]
    by_repository = {one.repository.casefold(): one for one in open_named}
    for spec in installed:
        if spec.kind is not Kind.LORA:
            continue
        one = by_name.get(spec.path.rpartition(os.sep)[2].casefold())
        if one is None or spec.suits not in ("", one.suits):
            one = by_repository.get(spec.repository.casefold())
        if one is not None:
            found.setdefault(one.repository, spec)
    return found


def _file_names(entry: ShelfEntry) -> tuple[str, ...]:
    """What its file is called, in lower case; people who keep one elsewhere call it as its repository."""
    own = f"{entry.repository.partition('/')[2]}.safetensors"
    return tuple(name.casefold() for name in entry.files or (own,))
