"""The jobs of a sheet that are known no more, made anew from its pictures: after the database was lost."""

from collections.abc import Callable
from typing import TypeVar

import msgspec

from studio.core.errors import SheetForgotten
from studio.core.jobs import GenerateImages
from studio.core.model import Defaults
from studio.core.recipe import Recipe
from studio.core.schedulers import usual_name
from studio.core.sheet_cells import WORDS, Known, cells
from studio.core.sheet_state import SheetState
from studio.core.sheets import Setting, Shot

Value = TypeVar("Value", int, float, str)
JobOf = Callable[[Recipe], GenerateImages]


def missing_jobs(state: SheetState, job_of: JobOf, known: Known) -> tuple[GenerateImages, ...]:
    """Jobs for the cells whose pictures nothing is known of; none where every cell has a picture or a job.

    All cells of a sheet have the same settings but for those that it goes through, so the recipe of any of
    them says what the others are to be made with. Where no picture of a model is there, it gets what another
    model had that was not that model's own; where there is none at all, a job of the sheet says it. Not known
    is which pictures were made and erased: they are made once more.

    Args:
        job_of: the job that makes a picture once more, as its recipe says.
    Raises SheetForgotten where neither a picture nor a job is left, and as `cells` and as `job_of`.
    """
    by_model: dict[str, list[int]] = {}
    for number in state.missing:
        by_model.setdefault(_model(state, number), []).append(number)
    jobs = [
        job
        for model, numbers in by_model.items()
        for job in cells(_base(state, model, job_of, known), state.sheet, known, numbers)
    ]
    return tuple(_in_the_same_words(job, state) for job in jobs)


def _model(state: SheetState, number: int) -> str:
    """The id that the sheet says; empty where it goes through no models."""
    values = state.sheet.values(number)
    return next((value for axis, value in values if axis.setting is Setting.MODEL), "")


def _base(state: SheetState, model: str, job_of: JobOf, known: Known) -> GenerateImages:
    """What the cells of a model begin with."""
    recipes = [cell.asset.recipe for cell in state.cells if cell.asset is not None]
    own = next((recipe for recipe in recipes if recipe.model == model), None)
    if not recipes:
        base = _asked(state, model)
    elif own is None and model:
        base = job_of(_for_another(recipes[0], model, known))
        loras = tuple(one for one in base.loras if known.suits(one, base.model))
        base = msgspec.structs.replace(base, loras=loras)
    else:
        base = job_of(own or recipes[0])
    if state.sheet.prompt:
        base = msgspec.structs.replace(base, prompt=state.sheet.prompt, template="")
    return base


def _asked(state: SheetState, model: str) -> GenerateImages:
    """A picture that a job of the sheet asked for, of this model if there is one; `cells` puts in another."""
    jobs = [record.job for record in state.jobs if isinstance(record.job, GenerateImages)]
    if not jobs:
        raise SheetForgotten
    return next((job for job in jobs if job.model.id == model), jobs[0]).picture(0)


def _for_another(recipe: Recipe, model: str, known: Known) -> Recipe:
    """The recipe for another model, without the values that may have been the first model's own."""
    spec = next((one for one in known.models if one.id == recipe.model), None)
    own = spec.defaults if spec else Defaults()
    own_scheduler = own.scheduler and usual_name(own.scheduler)
    width, height = recipe.first_size
    sized = None not in (own.width, own.height) and (width, height) != (own.width, own.height)
    return msgspec.structs.replace(
        recipe,
        model=model,
        model_name=model,
        model_fingerprint="",
        execution=None,
        width=width if sized else 0,
        height=height if sized else 0,
        num_inference_steps=_set(recipe.num_inference_steps, own.num_inference_steps),
        guidance_scale=_set(recipe.guidance_scale, own.guidance_scale),
        scheduler=_set(recipe.scheduler, own_scheduler),
    )


def _set(value: Value | None, own: Value | None) -> Value | None:
    """The value, where it is known to be another one than the model's own."""
    return None if own is None or value == own else value


def _in_the_same_words(job: GenerateImages, state: SheetState) -> GenerateImages:
    """Cells are compared in the words of those beside them, even where a style is another one by now."""
    shots = tuple(_like(shot, _beside(shot, state)) for shot in job.shots)
    return msgspec.structs.replace(job, shots=shots)


def _beside(shot: Shot, state: SheetState) -> Recipe | None:
    """The recipe of a picture that goes through the same prompt."""
    wanted = _words(state, shot.cell or 0)
    made = (cell for cell in state.cells if cell.asset is not None and _words(state, cell.number) == wanted)
    return next((cell.asset.recipe for cell in made if wanted and cell.asset is not None), None)


def _words(state: SheetState, number: int) -> list[str]:
    return [value for axis, value in state.sheet.values(number) if axis.setting in WORDS]


def _like(shot: Shot, beside: Recipe | None) -> Shot:
    if beside is None:
        return shot
    return msgspec.structs.replace(shot, prompt=beside.prompt, template=beside.template or None)
