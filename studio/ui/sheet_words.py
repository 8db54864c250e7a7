"""A contact sheet in words: its headings, its states, and how it was made."""

from collections.abc import Callable

from studio.core.passes import StepCache, step_cache
from studio.core.recipe import Recipe
from studio.core.sheet_state import Cell, CellState, SheetState
from studio.core.sheets import Axis, Setting
from studio.ui.i18n import CACHES, plural, sentence_of, tr

STATES: dict[CellState, str] = {
    CellState.QUEUED: "Queued",
    CellState.WORKING: "Working",
    CellState.REJECTED: "Rejected",
    CellState.ERASED: "Deleted for good",
    CellState.MISSING: "No picture",
    CellState.FAILED: "Not made",
    CellState.STOPPED: "Stopped",
    CellState.INTERRUPTED: "Not made yet",
}


def heading_words(axis: Axis, value: str, name_of: Callable[[str], str]) -> str:
    """What stands over a column or before a row; `name_of` gives a model's or a LoRA's name."""
    match axis.setting:
        case Setting.SEED:
            return f"{tr('Seed')} {value}"
        case Setting.GUIDANCE:
            return f"{tr('Guidance')} {value}"
        case Setting.STRENGTH:
            return f"{tr('Strength')} {value}"
        case Setting.STEPS:
            return plural(int(value), "1 step", "{n} steps")
        case Setting.LORA:
            return f"{name_of(axis.subject)} {value}"
        case Setting.MODEL:
            return name_of(value)
        case Setting.SIZE:
            return value.replace("x", " × ")
        case Setting.CACHE:
            return f"{tr('Speed cache')}: {_cache(step_cache(value))}"
        case Setting.PROMPT | Setting.REPLACE | Setting.SCHEDULER:
            return value


def cell_words(cell: Cell) -> str:
    """What a screen reader says of a cell, and why there is no picture in it."""
    if cell.problem is not None:
        return sentence_of(cell.problem)
    if cell.asset is None:
        return tr(STATES[cell.state])
    prompt = cell.asset.recipe.prompt
    if cell.state is CellState.REJECTED:
        return f"{tr('Rejected')}: {prompt}"
    return f"{tr('Starred')}: {prompt}" if cell.asset.starred else prompt


def size_words(state: SheetState) -> str:
    """4 × 3"""
    columns, rows = state.sheet.size
    return f"{columns} × {rows}"


def tally_words(state: SheetState) -> str:
    """4 × 3 · 7 of 12 made · 2 rejected"""
    rejected = sum(cell.state is CellState.REJECTED for cell in state.cells)
    parts = [size_words(state), tr("{done} of {total} made", done=state.made, total=len(state.cells))]
    if rejected:
        parts.append(tr("{n} rejected", n=rejected))
    return " · ".join(parts)


def missing_words(state: SheetState) -> str:
    """What is not known of a sheet that was brought back from its pictures."""
    return plural(
        len(state.missing),
        "One cell has no picture, and it is not known whether it ever had one. Continue makes it.",
        "{n} cells have no picture, and it is not known whether they ever had one. Continue makes them.",
    )


def about_words(state: SheetState) -> str:
    """Model and settings that are the same in all cells."""
    recipe = next((cell.asset.recipe for cell in state.cells if cell.asset is not None), Recipe())
    through = {axis.setting for axis in state.sheet.axes}
    known: list[tuple[Setting, str]] = [
        (Setting.MODEL, recipe.model_name or state.model),
        (Setting.SIZE, f"{recipe.width} × {recipe.height}" if recipe.width else ""),
        (Setting.STEPS, _steps(recipe.num_inference_steps)),
        (Setting.GUIDANCE, _valued("Guidance", recipe.guidance_scale)),
        (Setting.SCHEDULER, recipe.scheduler or ""),
        (Setting.STRENGTH, _valued("Strength", recipe.strength)),
        (Setting.CACHE, _cache(step_cache(recipe.cache)) if recipe.cache else ""),
        (Setting.SEED, "" if recipe.seed is None else f"{tr('Seed')} {recipe.seed}"),
    ]
    words = [said for setting, said in known if said and setting not in through]
    words += [
        f"{lora.name} {lora.scale:g}"
        for lora in recipe.loras
        if not any(lora.id == axis.subject for axis in state.sheet.axes)
    ]
    return " · ".join(words)


def _cache(cache: StepCache) -> str:
    return tr(CACHES[cache])


def _steps(steps: int | None) -> str:
    return plural(steps, "1 step", "{n} steps") if steps else ""


def _valued(english: str, value: float | None) -> str:
    return "" if value is None else f"{tr(english)} {value:g}"
