"""The lines of a recipe from anywhere: what each would change in Create, and whether it can be had here."""

from typing import Literal

import msgspec

from studio.core.inputs import Role
from studio.core.job_checks import LORA_SCALES, MOST_STEPS, SIZE_RANGE
from studio.core.jobs import MAX_SEED
from studio.core.nearest import NearestLora
from studio.core.passes import SecondPass
from studio.core.reading import Dropped
from studio.core.recipe import Recipe
from studio.core.schedulers import SCHEDULERS, usual_name
from studio.viewmodels.create_settings import GenerationSettings
from studio.viewmodels.sizes import snapped

FieldKind = Literal["words", "value", "switch"]
LORA = "lora:"  # begins the name of a LoRA's field; its place in the recipe follows


class RecipeField(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the recipe.

    Attributes:
        name: of the field; `use_fields` takes the same, but for those of single LoRAs.
        label: English.
        before, after: what stands in Create, and what would; "" where nothing is set. A switch has `on`
            or "".
        empty: English for "".
        possible: it can be had here.
        note: English, with `params`: what stands in for it, or why it cannot be had.
        get: the repository of the shelf that would help; "" for none.
    """

    name: str
    label: str
    before: str = ""
    after: str
    empty: str = "Model's own"
    kind: FieldKind = "value"
    possible: bool = True
    note: str = ""
    params: dict[str, str] = {}
    get: str = ""

    @property
    def changes(self) -> bool:
        return self.before != self.after


def fields_of(dropped: Dropped, settings: GenerationSettings) -> list[RecipeField]:
    """The lines of a recipe, beside what stands in Create."""
    assert dropped.reading
    recipe = dropped.reading.recipe
    return [
        *_words(recipe, settings),
        *_model(dropped, settings),
        *_size(recipe, settings),
        *_numbers(recipe, settings),
        *(_lora(place, one, settings) for place, one in enumerate(dropped.loras)),
        *_more(recipe, settings),
    ]


def _words(recipe: Recipe, settings: GenerationSettings) -> list[RecipeField]:
    draft, found = settings.draft, list[RecipeField]()
    if recipe.prompt:
        found.append(_written("prompt", label="Prompt", before=draft.prompt, after=recipe.prompt))
    if recipe.negative_prompt or (recipe.prompt and draft.negative_prompt):
        found.append(
            _written(
                "negative_prompt",
                label="Negative",
                before=draft.negative_prompt,
                after=recipe.negative_prompt,
            )
        )
    return found


def _written(name: str, *, label: str, before: str, after: str) -> RecipeField:
    return RecipeField(name=name, label=label, before=before, after=after, empty="Empty", kind="words")


def _model(dropped: Dropped, settings: GenerationSettings) -> list[RecipeField]:
    nearest = dropped.model
    if not nearest.name and nearest.here is None:
        return []
    now = settings.model.name if settings.model else ""
    shelf, here = nearest.shelf, nearest.here
    get = shelf.repository if shelf and (here is None or nearest.shelf_is_same) else ""
    params = {"wanted": nearest.name, "shelf": shelf.name if shelf else ""}
    if here is None:
        note, same = "{wanted} is not here.", nearest.shelf_is_same
        if shelf:
            note = "Not here; on the shelf: {shelf}." if same else "Not here; nearest on the shelf: {shelf}."
        possible, after = False, nearest.name
    else:
        note = "Stands in for {wanted}, which is not here." if nearest.how == "base" else ""
        possible, after = True, here.name
    return [
        RecipeField(
            name="model",
            label="Model",
            before=now,
            after=after,
            possible=possible,
            note=note,
            params=params,
            get=get,
        )
    ]


def _size(recipe: Recipe, settings: GenerationSettings) -> list[RecipeField]:
    least, most = SIZE_RANGE
    width, height = recipe.first_size
    if not width and not height:
        return []
    possible = least <= width <= most and least <= height <= most
    made = (snapped(width), snapped(height)) if possible else (width, height)
    moved = possible and made != (width, height)
    before = settings.size
    return [
        RecipeField(
            name="size",
            label="Size",
            before=f"{before[0]} × {before[1]}" if before[0] and before[1] else "",
            after=f"{made[0]} × {made[1]}",
            possible=possible,
            note="Nearest to {wanted}." if moved else "" if possible else "No model here makes this size.",
            params={"wanted": f"{width} × {height}"},
        )
    ]


def _numbers(recipe: Recipe, settings: GenerationSettings) -> list[RecipeField]:
    found = list[RecipeField]()
    steps, guidance, seed = recipe.num_inference_steps, recipe.guidance_scale, recipe.seed
    if steps is not None:
        found.append(_number("steps", settings.steps, steps, 1, MOST_STEPS, label="Steps"))
    if guidance is not None:
        found.append(_number("guidance", settings.guidance, guidance, 0, 100, label="Guidance"))
    if recipe.scheduler:
        name, now = _scheduler(recipe.scheduler), _scheduler(settings.scheduler or "")
        known = name in SCHEDULERS
        note = "" if known else "There is no scheduler of this name here."
        found.append(
            RecipeField(
                name="scheduler", label="Scheduler", before=now, after=name, possible=known, note=note
            )
        )
    if seed is not None:
        mine = settings.draft.seed if settings.draft.seed_locked else None
        found.append(_number("seed", mine, seed, 0, MAX_SEED, label="Seed", empty="Random"))
    return found


def _number(
    name: str,
    before: float | None,
    after: float,
    least: float,
    most: float,
    *,
    label: str,
    empty: str = "Model's own",
) -> RecipeField:
    possible = least <= after <= most
    return RecipeField(
        name=name,
        label=label,
        before="" if before is None else _figure(before),
        after=_figure(after),
        empty=empty,
        possible=possible,
        note="" if possible else "It has to be between {least} and {most}.",
        params={"least": _figure(least), "most": _figure(most)},
    )


def _lora(place: int, one: NearestLora, settings: GenerationSettings) -> RecipeField:
    """Before: the strength that the same LoRA has now."""
    here, shelf = one.here, one.shelf
    now = settings.draft.loras.get(settings.model.id, ()) if settings.model else ()
    before = next((f"{lora.name} · {lora.scale:g}" for lora in now if here and lora.id == here.id), "")
    name = here.name if here else one.wanted.name
    least, most = LORA_SCALES
    possible = here is not None and least <= one.wanted.scale <= most
    missing = "Not here; on the shelf: {shelf}." if shelf else "It is not here."
    note = "" if possible else "It has to be between {least} and {most}." if here else missing
    return RecipeField(
        name=f"{LORA}{place}",
        label="LoRA",
        before=before,
        after=f"{name} · {one.wanted.scale:g}",
        empty="Not used",
        possible=possible,
        note=note,
        params={"shelf": shelf.name if shelf else "", "least": str(least), "most": str(most)},
        get=shelf.repository if shelf else "",
    )


def _more(recipe: Recipe, settings: GenerationSettings) -> list[RecipeField]:
    draft, found = settings.draft, list[RecipeField]()
    if recipe.strength is not None:
        one = _number("strength", draft.strength, recipe.strength, 0, 1, label="Strength", empty="Not used")
        begins = any(one.role is Role.START for one in (*draft.inputs, *recipe.inputs))
        if one.possible and begins:
            one = msgspec.structs.replace(one, note="Of the picture that it began with.")
        found.append(one)
    if recipe.second_pass or draft.second_pass:
        found.append(_second_pass(draft.second_pass, recipe.second_pass))
    if recipe.seamless or draft.seamless:
        before, after = ("on" if draft.seamless else ""), ("on" if recipe.seamless else "")
        found.append(
            RecipeField(name="seamless", label="Seamless tiles", before=before, after=after, kind="switch")
        )
    return found


def _second_pass(now: SecondPass | None, wanted: SecondPass | None) -> RecipeField:
    possible = wanted is None or wanted.is_possible
    return RecipeField(
        name="second_pass",
        label="Second pass, larger",
        before=f"× {now.scale:g} · {now.strength:g}" if now else "",
        after=f"× {wanted.scale:g} · {wanted.strength:g}" if wanted else "",
        empty="Not used",
        possible=possible,
        note="" if possible else "It enlarges 1 to 4 times, with a strength from 0 to 1.",
    )


def _scheduler(name: str) -> str:
    """The usual name; models' files and our own recipes may give its class, with or without its ending."""
    usual = usual_name(name)
    return usual_name(f"{name}Scheduler").removesuffix("Scheduler") if usual == name else usual


def _figure(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.4g}"
