"""From the names in a recipe of another tool to models that are here, else to the nearest of the shelf."""

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import PurePath

from studio.catalog.bases import base_in_words, base_of, base_of_class
from studio.catalog.loras import lora_fits
from studio.core.model import Ability, Kind, ModelSpec, lora_of
from studio.core.model_names import LoraNames, names_of, plain_name
from studio.core.nearest import NearestLora, NearestModel
from studio.core.recipe import MODEL_HASH, Recipe, UsedLora
from studio.core.shelf import Group, ShelfEntry

_SDXL_NAMES = re.compile(r"xl(?![a-z])|sdxl|animagine|pony|illustrious|noob", re.IGNORECASE)
_SMALL_PIXELS = 640 * 960  # larger pictures come out of models of the first base only with a second pass
_FEW_STEPS, _LOW_GUIDANCE = 8, 2.0  # what models that were distilled are asked for
_HASHED = re.compile(r"[0-9a-f]{8,64}")


def nearest_model(
    recipe: Recipe, installed: Sequence[ModelSpec], shelf: Sequence[ShelfEntry], preferred: str = ""
) -> NearestModel:
    """The model of a recipe: by id or hash, by the names of its file, else one of the same base; of those
    the one whose id is `preferred`, or the first.

    Reads the names of links in the hub's cache, which tell the hashes of its files; no file is opened.
    """
    able = [spec for spec in installed if Ability.GENERATE in spec.abilities]
    name = recipe.model_name or recipe.model
    entry = _entry_called(name, shelf)
    if same := _same(recipe, able, entry):
        return NearestModel(name=name, here=same, how="same")
    base = base_of_recipe(recipe)
    kins = [spec for spec in able if base and base_of(spec) == base]
    kin = next((spec for spec in kins if spec.id == preferred), kins[0] if kins else None)
    offered = entry or _offered(recipe, base, shelf)
    return NearestModel(
        name=name,
        here=kin,
        how="base" if kin else "",
        shelf=offered,
        shelf_is_same=entry is not None,
    )


def nearest_loras(
    recipe: Recipe, model: ModelSpec | None, installed: Sequence[ModelSpec], shelf: Sequence[ShelfEntry]
) -> tuple[NearestLora, ...]:
    """Each LoRA of a recipe by its id or the name of its file, if it fits the model that will be used."""
    base = base_of(model) if model else ""
    here = [spec for spec in installed if spec.kind is Kind.LORA and lora_fits(spec.suits, base)]
    names, by_id = LoraNames(here), {spec.id: spec for spec in here}
    found = list[NearestLora]()
    for wanted in recipe.loras:
        spec = by_id.get(wanted.id) or names.find(wanted.name)
        lora = lora_of(spec, wanted.scale) if spec else None
        entry = None if lora else _lora_entry(wanted, shelf)
        found.append(NearestLora(wanted=wanted, here=lora, shelf=entry))
    return tuple(found)


def base_of_recipe(recipe: Recipe) -> str:
    """What its model was built on, as far as names tell; "" where they do not."""
    told = base_of_class(recipe.pipeline) or base_in_words(recipe.extra.get("base_model", ""))
    name = f"{recipe.model_name} {recipe.model}".replace("_", " ")
    told = told or base_in_words(name) or ("sdxl" if _SDXL_NAMES.search(name) else "")
    small = 0 < recipe.width * recipe.height <= _SMALL_PIXELS
    return told or ("sd1" if small and recipe.model_name else "")


def _same(recipe: Recipe, able: Sequence[ModelSpec], entry: ShelfEntry | None) -> ModelSpec | None:
    by_id = next((spec for spec in able if recipe.model and spec.id == recipe.model), None)
    if by_id:
        return by_id
    wanted = recipe.extra.get(MODEL_HASH, "").removeprefix("0x").casefold()
    if _HASHED.fullmatch(wanted):
        by_hash = next((spec for spec in able if _hash_of(spec).startswith(wanted)), None)
        if by_hash:
            return by_hash
    if entry and (spec := next((spec for spec in able if entry.is_installed_as(spec)), None)):
        return spec
    name = plain_name(recipe.model_name)
    return next((spec for spec in able if name and name in map(plain_name, names_of(spec))), None)


def _hash_of(spec: ModelSpec) -> str:
    """The SHA-256 of a single file in the hub's cache, where it is the name of what the link leads to."""
    if spec.source != "hub" or not spec.path.endswith((".safetensors", ".ckpt", ".gguf")):
        return ""
    try:
        return PurePath(os.readlink(spec.path)).name
    except OSError:
        return ""


def _entry_called(name: str, shelf: Sequence[ShelfEntry]) -> ShelfEntry | None:
    plain = plain_name(name)
    if not plain:
        return None
    for entry in shelf:
        if _paints(entry) and plain in _entry_names(entry):
            return entry
    return None


def _offered(recipe: Recipe, base: str, shelf: Sequence[ShelfEntry]) -> ShelfEntry | None:
    """Of that base, one that was distilled only where the recipe asks for what such models make."""
    kin = [one for one in shelf if base and _paints(one) and base_of(one) == base]
    fast = _asks_for_distilled(recipe)
    return next((one for one in kin if (one.group is Group.FAST) == fast), kin[0] if kin else None)


def _asks_for_distilled(recipe: Recipe) -> bool:
    steps, guidance = recipe.num_inference_steps, recipe.guidance_scale
    return steps is not None and steps <= _FEW_STEPS and guidance is not None and guidance <= _LOW_GUIDANCE


def _lora_entry(wanted: UsedLora, shelf: Sequence[ShelfEntry]) -> ShelfEntry | None:
    plain = plain_name(wanted.name)
    loras = (entry for entry in shelf if entry.kind is Kind.LORA)
    return next((entry for entry in loras if plain and plain in _entry_names(entry)), None)


def _entry_names(entry: ShelfEntry) -> set[str]:
    files: Iterable[str] = (PurePath(file).name for file in entry.files if "*" not in file)
    return {plain_name(one) for one in (entry.repository.rpartition("/")[2], entry.name, *files)}


def _paints(entry: ShelfEntry) -> bool:
    return entry.kind is Kind.PICTURE
