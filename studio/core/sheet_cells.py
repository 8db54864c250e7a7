"""From a sheet to the jobs that make it: one for each model, each with a shot for every cell."""

from collections.abc import Callable, Collection

import msgspec

from studio.core.errors import (
    SheetEmpty,
    SheetLoraForAnother,
    SheetNameUnknown,
    SheetStartMissing,
    SheetWordsMissing,
)
from studio.core.ids import new_id
from studio.core.inputs import Role
from studio.core.jobs import GenerateImages
from studio.core.model import Lora, ModelSpec, lora_of
from studio.core.model_names import LoraNames
from studio.core.passes import step_cache
from studio.core.prompts.reading import escaped
from studio.core.prompts.weights import structured
from studio.core.sheet_language import EXAMPLES, check_axes, named
from studio.core.sheets import Axis, Setting, Sheet, Shot

# What costs most to change comes first, so that it changes least; seeds alone are made together.
_OUTER = (
    Setting.MODEL,
    Setting.LORA,
    Setting.PROMPT,
    Setting.REPLACE,
    Setting.SIZE,
    Setting.CACHE,
    Setting.SCHEDULER,
    Setting.STRENGTH,
    Setting.STEPS,
    Setting.GUIDANCE,
    Setting.SEED,
)
WORDS = (Setting.PROMPT, Setting.REPLACE)


def _suits(lora: Lora, model: ModelSpec) -> bool:
    """Where one of the two is not known, it may; the worker looks at the layers."""
    return not lora.suits or not model.suits or lora.suits == model.suits


def _as_it_is(job: GenerateImages) -> GenerateImages:
    return job


def _as_written(text: str, _seed: int) -> str:
    return text


class Known(msgspec.Struct, frozen=True):
    """What a sheet can name.

    Attributes:
        models: those that make pictures.
        suits: whether a LoRA goes with a model.
        written: makes prompts of what is written, as `core.prompts.jobs.written`.
        drawn: what a text with alternatives and wildcards becomes under a seed.
    """

    models: tuple[ModelSpec, ...] = ()
    loras: tuple[ModelSpec, ...] = ()
    suits: Callable[[Lora, ModelSpec], bool] = _suits
    written: Callable[[GenerateImages], GenerateImages] = _as_it_is
    drawn: Callable[[str, int], str] = _as_written


def new_sheet(axes: tuple[Axis, ...], known: Known, seed: int = 0) -> Sheet:
    """A sheet of one or two axes as they were read: models and LoRAs by their ids, alternatives and wildcards
    drawn by the seed.

    Raises SheetEmpty, SheetNameUnknown, SheetSettingTwice, SheetTooLarge, PromptError.
    """
    if not axes:
        raise SheetEmpty(setting="seed", example=EXAMPLES[Setting.SEED])
    axes = tuple(_drawn(_resolved(axis, known), known, seed) for axis in axes)
    check_axes(axes)
    return Sheet(id=new_id(), columns=axes[0], rows=axes[1] if len(axes) > 1 else None)


def cells(
    base: GenerateImages, sheet: Sheet, known: Known, only: Collection[int] | None = None
) -> tuple[GenerateImages, ...]:
    """The jobs of the sheet, or of some of its cells, the base's own model first; a LoRA that another model
    cannot take is left out.

    The base's prompt is one that was made already; those that the sheet goes through get the same styles
    here, and their LoRAs. All cells have the base's seed unless it is an axis. Pictures that differ by their
    seeds alone stand side by side, so that they can be made together (`GenerateImages.alike`).

    Raises SheetStartMissing, SheetWordsMissing, SheetLoraForAnother, SheetNameUnknown, PromptError.
    """
    base, styles = base.picture(0), base.styles
    used = {axis.setting for axis in sheet.axes}
    if Setting.STRENGTH in used and not any(one.role is Role.START for one in base.inputs):
        raise SheetStartMissing
    if Setting.PROMPT in used:
        prompt = base.prompt if base.prompt.strip() else _value(sheet, 0, Setting.PROMPT)
        base = msgspec.structs.replace(base, prompt=prompt, template="", styles=())
    elif Setting.REPLACE in used:
        sheet = msgspec.structs.replace(sheet, prompt=base.prompt)
    by_model: dict[str, list[int]] = {}
    for cell in sheet.cells if only is None else only:
        by_model.setdefault(_value(sheet, cell, Setting.MODEL) or base.model.id, []).append(cell)
    models = sorted(by_model, key=lambda name: name != base.model.id)
    jobs = [_job(base, sheet, _model(base, name, known), by_model[name], known) for name in models]
    return tuple(_in_words(job, styles, known) if Setting.PROMPT in used else job for job in jobs)


def renewed(job: GenerateImages, seed: int) -> GenerateImages:
    """The same cells once more, as a sheet of their own; with this seed unless they go through seeds.

    Another seed makes another picture: what it was to be compared with counts no more.
    """
    if seed != job.seed:
        job = msgspec.structs.replace(job, again=None)
    if job.sheet is None:
        return msgspec.structs.replace(job, id=new_id(), seed=seed, first=0, made=())
    sheet = msgspec.structs.replace(job.sheet, id=new_id())
    if not any(axis.setting is Setting.SEED for axis in sheet.axes):
        shots = tuple(msgspec.structs.replace(shot, seed=seed) for shot in job.shots)
        job = msgspec.structs.replace(job, shots=shots, seed=seed)
    return msgspec.structs.replace(job, id=new_id(), first=0, made=(), sheet=sheet)


def _resolved(axis: Axis, known: Known) -> Axis:
    match axis.setting:
        case Setting.MODEL:
            names = [(one.id, one.name) for one in known.models]
            ids = tuple(named(axis.setting, value, names) for value in axis.values)
            return msgspec.structs.replace(axis, values=tuple(dict.fromkeys(ids)))
        case Setting.LORA:
            return msgspec.structs.replace(axis, subject=_lora(axis.subject, known).id)
        case _:
            return axis


def _drawn(axis: Axis, known: Known, seed: int) -> Axis:
    if axis.setting not in WORDS:
        return axis
    values = tuple(known.drawn(value, seed) for value in axis.values)
    return (
        axis if values == axis.values else msgspec.structs.replace(axis, values=values, written=axis.values)
    )


def _value(sheet: Sheet, cell: int, setting: Setting) -> str | None:
    return next((value for axis, value in sheet.values(cell) if axis.setting is setting), None)


def _model(base: GenerateImages, model_id: str, known: Known) -> ModelSpec:
    if model_id == base.model.id:
        return base.model  # with the schedule that was chosen for it
    found = named(Setting.MODEL, model_id, [(one.id, one.name) for one in known.models])
    return next(one for one in known.models if one.id == found)


def _lora(name: str, known: Known) -> ModelSpec:
    names = LoraNames(known.loras)
    found = names.find(name)
    if found is None:
        raise SheetNameUnknown(setting=Setting.LORA.value, name=name, near=names.nearest(name) or "–")
    return found


def _job(
    base: GenerateImages, sheet: Sheet, model: ModelSpec, own: list[int], known: Known
) -> GenerateImages:
    if model.id != base.model.id:
        base = msgspec.structs.replace(
            base, loras=tuple(one for one in base.loras if known.suits(one, model))
        )
    base = msgspec.structs.replace(base, model=model)
    ordered = sorted(own, key=lambda cell: _changes(sheet, cell))
    shots = tuple(_shot(base, sheet, cell, known) for cell in ordered)
    return msgspec.structs.replace(
        base, id=new_id(), sheet=sheet, shots=shots, num_images=len(shots), first=0
    )


def _in_words(job: GenerateImages, styles: tuple[str, ...], known: Known) -> GenerateImages:
    """Each cell's prompt with styles and LoRAs; its words are drawn, and the negative prompt has what the
    styles add already."""
    literal = tuple(
        msgspec.structs.replace(shot, prompt=_literal(shot.prompt or job.prompt)) for shot in job.shots
    )
    asked = msgspec.structs.replace(
        job, prompt=literal[0].prompt or "", negative_prompt="", styles=styles, shots=literal
    )
    made = known.written(asked)
    shots = tuple(_with_template(job.sheet, shot) for shot in made.shots)
    return msgspec.structs.replace(made, negative_prompt=job.negative_prompt, template="", shots=shots)


def _literal(prompt: str) -> str:
    """Written so that nothing in it is drawn once more."""
    return prompt if structured(prompt) else escaped(prompt)


def _with_template(sheet: Sheet | None, shot: Shot) -> Shot:
    """What the cell's prompt was written as, where another one became of it; nobody wrote one whose words
    are replaced."""
    assert sheet is not None and shot.cell is not None
    if any(axis.setting is Setting.REPLACE for axis in sheet.axes):
        return shot
    places = zip(sheet.axes, sheet.place(shot.cell), strict=False)
    [said] = [(axis.written or axis.values)[at] for axis, at in places if axis.setting is Setting.PROMPT]
    return shot if said == shot.prompt else msgspec.structs.replace(shot, template=said)


def _changes(sheet: Sheet, cell: int) -> list[int]:
    """Sorts cells so that the outer setting changes least."""
    places = [
        (_OUTER.index(axis.setting), at) for axis, at in zip(sheet.axes, sheet.place(cell), strict=False)
    ]
    return [at for _, at in sorted(places)]


def _shot(base: GenerateImages, sheet: Sheet, cell: int, known: Known) -> Shot:
    shot = Shot(seed=base.seed, cell=cell)
    values = sheet.values(cell)
    for axis, value in sorted(values, key=lambda pair: _OUTER.index(pair[0].setting)):
        shot = _with(shot, base, axis, value, known)
    return shot


def _with(shot: Shot, base: GenerateImages, axis: Axis, value: str, known: Known) -> Shot:
    change = msgspec.structs.replace
    match axis.setting:
        case Setting.MODEL:
            return shot
        case Setting.SEED:
            return change(shot, seed=int(value))
        case Setting.PROMPT:
            return change(shot, prompt=value)
        case Setting.REPLACE:
            return change(shot, prompt=_replaced(shot.prompt or base.prompt, axis.values[0], value))
        case Setting.STEPS:
            return change(shot, num_inference_steps=int(value))
        case Setting.GUIDANCE:
            return change(shot, guidance_scale=float(value))
        case Setting.SCHEDULER:
            return change(shot, scheduler=value)
        case Setting.STRENGTH:
            return change(shot, strength=float(value))
        case Setting.CACHE:
            return change(shot, cache=step_cache(value))
        case Setting.SIZE:
            width, height = (int(side) for side in value.split("x"))
            return change(shot, width=width, height=height)
        case Setting.LORA:
            laid = shot.loras if shot.loras is not None else base.loras
            return change(shot, loras=_laid(laid, base.model, axis.subject, float(value), known))


def _replaced(prompt: str, before: str, after: str) -> str:
    if before not in prompt:
        raise SheetWordsMissing(value=before)
    return prompt.replace(before, after)


def _laid(
    laid: tuple[Lora, ...], model: ModelSpec, subject: str, scale: float, known: Known
) -> tuple[Lora, ...]:
    """The LoRAs with this one at that scale; in its place where it is one of them already."""
    found = next((one for one in laid if one.id == subject), None)
    if found is None:
        found = lora_of(_lora(subject, known))
        laid = (*laid, found)
    if not known.suits(found, model):
        raise SheetLoraForAnother(lora=found.name, model=model.name)
    scaled = msgspec.structs.replace(found, scale=scale)
    return tuple(scaled if one.id == found.id else one for one in laid)
