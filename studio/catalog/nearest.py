"""From the names in a recipe of another tool to models that are here, else to the nearest of the shelf."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePath

from studio.catalog.bases import base_in_words, base_of_class
from studio.catalog.loras import lora_fits
from studio.core.model import Ability, Kind, ModelSpec, lora_of
from studio.core.nearest import NearestLora, NearestModel
from studio.core.recipe import MODEL_HASH, Recipe, UsedLora
from studio.core.shelf import ShelfEntry

# How files of models are known that their repositories call otherwise, in the form of `_plain`.
_ALIASES = {
    "v15": "sdv15",
    "sd15": "sdv15",
    "sdxl": "sdxlbase10",
    "sdxl10": "sdxlbase10",
    "sdxlbase": "sdxlbase10",
    "sdxlturbo10": "sdxlturbo",
    "flux1devkontext": "flux1kontextdev",
    "klein4b": "flux2klein4b",
}
# Parts of names that say in which numbers a file is, not which model it is.
_MAKE = re.compile(
    r"(?<![a-z0-9])(fp(8|16|32)|bf16|e[45]m[23]fn|scaled|pruned|ema|emaonly|vae|no-?ema|nf4|bnb|gguf|diffusers"
    r"|q\d(-(k|0|1))?(-[sml])?|int[48]|svdquant|safetensors|0\.9vae|1024px)(?![a-z0-9])"
)
_SDXL_NAMES = re.compile(r"xl(?![a-z])|sdxl|animagine|pony|illustrious|noob", re.IGNORECASE)
_SMALL_PIXELS = 640 * 960  # larger pictures come out of models of the first base only with a second pass
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
    kins = [spec for spec in able if base and _base_of(spec) == base]
    kin = next((spec for spec in kins if spec.id == preferred), kins[0] if kins else None)
    offered = entry or next(
        (one for one in shelf if base and _paints(one) and _base_of_entry(one) == base), None
    )
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
    base = _base_of(model) if model else ""
    here = [spec for spec in installed if spec.kind is Kind.LORA and lora_fits(spec.suits, base)]
    by_name = dict[str, ModelSpec]()
    for spec in here:
        for name in _names_of(spec):
            by_name.setdefault(name, spec)
    by_id = {spec.id: spec for spec in here}
    found = list[NearestLora]()
    for wanted in recipe.loras:
        spec = by_id.get(wanted.id) or by_name.get(_plain(wanted.name))
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
    name = _plain(recipe.model_name)
    return next((spec for spec in able if name and name in _names_of(spec)), None)


def _hash_of(spec: ModelSpec) -> str:
    """The SHA-256 of a single file in the hub's cache, where it is the name of what the link leads to."""
    if spec.source != "hub" or not spec.path.endswith((".safetensors", ".ckpt", ".gguf")):
        return ""
    try:
        return PurePath(os.readlink(spec.path)).name
    except OSError:
        return ""


def _names_of(spec: ModelSpec) -> Iterator[str]:
    """All that a model may be called, in the form of `_plain`."""
    path = PurePath(spec.path)
    for name in (path.name, spec.name, spec.repository.rpartition("/")[2]):
        if plain := _plain(name):
            yield plain


def _entry_called(name: str, shelf: Sequence[ShelfEntry]) -> ShelfEntry | None:
    plain = _plain(name)
    if not plain:
        return None
    for entry in shelf:
        if _paints(entry) and plain in _entry_names(entry):
            return entry
    return None


def _lora_entry(wanted: UsedLora, shelf: Sequence[ShelfEntry]) -> ShelfEntry | None:
    plain = _plain(wanted.name)
    loras = (entry for entry in shelf if entry.kind is Kind.LORA)
    return next((entry for entry in loras if plain and plain in _entry_names(entry)), None)


def _entry_names(entry: ShelfEntry) -> set[str]:
    files: Iterable[str] = (PurePath(file).name for file in entry.files if "*" not in file)
    return {_plain(one) for one in (entry.repository.rpartition("/")[2], entry.name, *files)}


def _plain(name: str) -> str:
    """A name as it can be compared: without ending, marks, and what says in which numbers it is."""
    stem = re.sub(r"\.(safetensors|ckpt|gguf|pth?|bin|sft)$", "", name.strip().casefold())
    stem = _MAKE.sub("", stem.replace(" ", "_").replace("_", "-"))
    bare = re.sub(r"[^\w]|_", "", stem).replace("stablediffusion", "sd")
    return _ALIASES.get(bare, bare)


def _paints(entry: ShelfEntry) -> bool:
    return entry.kind is Kind.PICTURE


def _base_of(spec: ModelSpec) -> str:
    return spec.suits or base_of_class(spec.base)


def _base_of_entry(entry: ShelfEntry) -> str:
    return entry.suits or base_of_class(entry.base)
