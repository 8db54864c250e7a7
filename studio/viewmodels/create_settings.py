"""The next picture job as it is written: prompt, model, and what is set otherwise than the model does."""

import secrets
from typing import TypeVar

import msgspec
from PySide6.QtCore import QObject, Signal

from studio.core.errors import NoModelInstalled, SeedOutOfRange, SizeOutOfRange, StudioError
from studio.core.ids import new_id
from studio.core.jobs import SIZE_RANGE, GenerateImages, check_seed
from studio.core.model import Ability, Defaults, Lora, ModelSpec
from studio.core.plan import Outlook
from studio.core.prompts.lora_tags import without_tags
from studio.core.prompts.styles import named
from studio.core.recipe import Recipe, UsedLora
from studio.core.settings import Settings
from studio.core.shelf import Fast
from studio.session import Session
from studio.viewmodels.chosen import chosen_model
from studio.viewmodels.draft import FAST, Draft, Overrides, decode_draft, encode_draft
from studio.viewmodels.shell import WindowState
from studio.viewmodels.sizes import shape_size, snapped

T = TypeVar("T")

STATE_KEY = "create.draft"
SEEDS = 2**32  # what the dice draws from: short enough to read out, large enough not to repeat


class GenerationSettings(QObject):
    """The fields of the Create panel.

    Attributes:
        fast: what makes the model fast; None where nothing does.
        draft: what has been written and set so far; kept in the window's state for the next start.
        problems: by field (prompt, negative_prompt, model, size, seed, steps, guidance, pictures), why
            a value was refused; a change of the field clears it.
        snap: asked and used, when the last size had to be changed.

    Signals:
        changed, models_changed, problems_changed, outlook_changed: read the attributes anew.
    """

    changed = Signal()
    models_changed = Signal()
    problems_changed = Signal()
    outlook_changed = Signal()

    def __init__(self, session: Session, state: WindowState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._state = state
        self.draft = decode_draft(state.get(STATE_KEY))
        self.problems: dict[str, StudioError] = {}
        self.snap: tuple[int, int] | None = None
        self._model_id = session.settings.image_model
        self._ahead = secrets.randbelow(SEEDS)
        self.fast: Fast | None = None
        session.models.read_shelf()
        self._look_for_fast()
        session.models.shelf_changed.connect(lambda: self._on_models_changed())
        session.models.changed.connect(lambda: self._on_models_changed())
        session.settings_changed.connect(self._on_settings_changed)
        session.models.outlook_changed.connect(self.outlook_changed)

    # The model and what it leaves open.

    @property
    def models(self) -> list[ModelSpec]:
        return self._session.models.installed(Ability.GENERATE)

    @property
    def model(self) -> ModelSpec | None:
        return chosen_model(self._session, Ability.GENERATE)

    @property
    def is_fast(self) -> bool:
        """The LoRA for speed is used, with its schedule as the model's own values."""
        fast, model = self.fast, self.model
        return bool(fast and fast.lora and model and model.id in self.draft.fast)

    @property
    def outlook(self) -> Outlook | None:
        """How the model will be held in memory; None while that is not known."""
        return self._session.models.outlook_of(self.model) if self.model else None

    @property
    def defaults(self) -> Defaults:
        if self.fast and self.is_fast:
            return self.fast.defaults
        return self.model.defaults if self.model else Defaults()

    @property
    def overrides(self) -> Overrides:
        return self.draft.overrides.get(self._kept_under(self.is_fast), Overrides())

    @property
    def size(self) -> tuple[int | None, int | None]:
        """Width and height of the next picture; None where the pipeline chooses."""
        mine, defaults = self.overrides, self.defaults
        return mine.width or defaults.width, mine.height or defaults.height

    @property
    def steps(self) -> int | None:
        return _first(self.overrides.num_inference_steps, self.defaults.num_inference_steps)

    @property
    def guidance(self) -> float | None:
        return _first(self.overrides.guidance_scale, self.defaults.guidance_scale)

    @property
    def scheduler(self) -> str | None:
        return self.overrides.scheduler or self.defaults.scheduler

    @property
    def customised(self) -> bool:
        """Something is set otherwise than the model does."""
        return self.overrides != Overrides()

    def choose_model(self, model_id: str) -> None:
        self._session.change_settings(image_model=model_id)

    def set_fast(self, on: bool) -> None:
        """With the LoRA for speed and its schedule, or without; a size of the person's own stays."""
        model, was, now = self.model, self.overrides, self._kept_under(on)
        if model is None or on == self.is_fast or (on and not (self.fast and self.fast.lora)):
            return
        mine = self.draft.overrides.get(now, Overrides())
        mine = msgspec.structs.replace(mine, width=was.width, height=was.height)
        others = tuple(one for one in self.draft.fast if one != model.id)
        draft = msgspec.structs.replace(self.draft, fast=(*others, model.id) if on else others)
        self._put(_with_overrides(draft, now, mine))
        self._clear("steps", "guidance")
        self.models_changed.emit()

    # What the person writes and sets.

    def set_prompt(self, text: str) -> None:
        self._change("prompt", prompt=text)

    def set_styles(self, names: tuple[str, ...]) -> None:
        self._change("prompt", styles=names)

    def set_negative_prompt(self, text: str) -> None:
        self._change("negative_prompt", negative_prompt=text)

    def choose_shape(self, name: str) -> None:
        width, height = shape_size(name, self.defaults)
        self._set_size(width, height)

    def set_size(self, width: int | None, height: int | None) -> None:
        """A typed size goes to the nearest one that the model can make; None gives the side back."""
        least, most = SIZE_RANGE
        sides = [side for side in (width, height) if side is not None]
        if not all(least <= side <= most for side in sides):
            shown = ["auto" if side is None else side for side in (width, height)]
            self.refuse("size", SizeOutOfRange(width=shown[0], height=shown[1], least=least, most=most))
            return
        moved = [(side, snapped(side)) for side in sides if snapped(side) != side]
        self._set_size(width and snapped(width), height and snapped(height))
        if moved:
            self.snap = moved[0]
            self.changed.emit()

    def swap_size(self) -> None:
        width, height = self.size
        self._set_size(height, width)

    def _set_size(self, width: int | None, height: int | None) -> None:
        own = self.defaults
        self._override(
            "size",
            width=None if width == own.width else width,
            height=None if height == own.height else height,
        )

    def set_steps(self, steps: int | None) -> None:
        own = self.defaults.num_inference_steps
        self._override("steps", num_inference_steps=None if steps == own else steps)

    def set_guidance(self, guidance: float | None) -> None:
        own = self.defaults.guidance_scale
        self._override("guidance", guidance_scale=None if guidance == own else guidance)

    def set_scheduler(self, scheduler: str | None) -> None:
        own = self.defaults.scheduler
        self._override("scheduler", scheduler=None if scheduler == own else scheduler)

    def set_seed(self, seed: int) -> None:
        """A typed seed is meant, so it is locked."""
        try:
            check_seed(seed)
        except SeedOutOfRange as error:
            self.refuse("seed", error)
            return
        self._change("seed", seed=seed, seed_locked=True)

    @property
    def next_seed(self) -> int:
        """The seed of the next job, drawn before it is asked for, so that one sees which prompts will run."""
        return self.draft.seed if self.draft.seed_locked and self.draft.seed is not None else self._ahead

    def draw_ahead(self) -> None:
        """Another seed for the next job, unless it is locked."""
        self._ahead = secrets.randbelow(SEEDS)
        self.changed.emit()

    def roll_seed(self) -> None:
        """The seed that was drawn ahead is the seed now."""
        drawn, self._ahead = self._ahead, secrets.randbelow(SEEDS)
        self._change("seed", seed=drawn)

    def lock_seed(self, locked: bool) -> None:
        if locked and self.draft.seed is None:
            self.roll_seed()
        self._change("seed", seed_locked=locked)

    def set_num_images(self, count: int) -> None:
        self._change("pictures", num_images=count)

    def reset(self) -> None:
        """Everything that the model has a value for goes back to it."""
        self.snap = None
        if self.model:
            self._keep(Overrides())
            self._clear("size", "steps", "guidance")

    def use(self, recipe: Recipe) -> bool:
        """Write what made a picture into the fields, its seed locked; False when its model is not here."""
        found = next((spec for spec in self.models if spec.id == recipe.model), None)
        if found and found is not self.model:
            self.choose_model(found.id)
        ids = {lora.id for lora in recipe.loras}
        self.set_fast(self.fast is not None and self.fast.lora is not None and self.fast.lora.id in ids)
        seed = self.draft.seed if recipe.seed is None else recipe.seed
        prompt, styles = self._as_written(recipe)
        self._change("prompt", prompt=prompt, styles=styles, negative_prompt=recipe.negative_prompt)
        self._change("seed", seed=seed, seed_locked=recipe.seed is not None)
        self.set_size(recipe.width or None, recipe.height or None)
        self.set_steps(recipe.num_inference_steps)
        self.set_guidance(recipe.guidance_scale)
        self.set_scheduler(recipe.scheduler)
        return found is not None

    def _as_written(self, recipe: Recipe) -> tuple[str, tuple[str, ...]]:
        """The prompt and its styles, where they still become the same prompt; else what they became."""
        if recipe.template == recipe.prompt:  # of a whole batch
            return recipe.prompt, recipe.styles
        desk = self._session.prompts
        styles = [style for name in recipe.styles if (style := named(desk.styles, name))]
        try:
            made = desk.expand(recipe.template, styles, "", 1, 0)
        except StudioError:
            return recipe.prompt, ()
        same = made.possible == 1 and without_tags(made.prompts[0])[0] == recipe.prompt
        return (recipe.template, recipe.styles) if same else (recipe.prompt, ())

    def unused_loras(self, recipe: Recipe) -> list[str]:
        """The names of those that made a picture and will not make the next."""
        used = {lora.id for lora in self._loras()}
        return [lora.name for lora in recipe.loras if lora.id not in used]

    def job(self) -> GenerateImages:
        """The job as it stands, unchecked: a prompt for each picture, made of what is written.

        Raises NoModelInstalled, PromptError, PromptTooLong.
        """
        if self.model is None:
            raise NoModelInstalled
        draft, mine = self.draft, self.overrides
        job = GenerateImages(
            id=new_id(),
            model=msgspec.structs.replace(self.model, defaults=self.defaults),
            loras=self._loras(),
            prompt=draft.prompt,
            negative_prompt=draft.negative_prompt,
            styles=draft.styles,
            seed=0 if draft.seed is None else draft.seed,
            num_images=draft.num_images,
            **msgspec.structs.asdict(mine),
        )
        return self._session.prompts.written(job)

    def refuse(self, field: str, error: StudioError) -> None:
        """Say at this field why it cannot be so."""
        self.problems = {**self.problems, field: error}
        self.problems_changed.emit()

    def _change(self, field: str, **values: object) -> None:
        draft = msgspec.structs.replace(self.draft, **values)
        self._clear(field)
        if draft != self.draft:
            self._put(draft)

    def _override(self, field: str, **values: object) -> None:
        if self.model is not None:
            self.snap = None if field == "size" else self.snap
            self._keep(msgspec.structs.replace(self.overrides, **values))
            self._clear(field)

    def _keep(self, overrides: Overrides) -> None:
        self._put(_with_overrides(self.draft, self._kept_under(self.is_fast), overrides))

    def _kept_under(self, fast: bool) -> str:
        """The key of the model's overrides."""
        model = self.model.id if self.model else ""
        return model + FAST if fast else model

    def _loras(self) -> tuple[Lora, ...]:
        return (self.fast.lora,) if self.fast and self.fast.lora and self.is_fast else ()

    def _look_for_fast(self) -> None:
        self.fast = self._session.models.fast_of(self.model) if self.model else None

    def _put(self, draft: Draft) -> None:
        self.draft = draft
        self._state.put(STATE_KEY, encode_draft(draft))
        self.changed.emit()

    def _clear(self, *fields: str) -> None:
        kept = {field: error for field, error in self.problems.items() if field not in fields}
        if kept != self.problems:
            self.problems = kept
            self.problems_changed.emit()

    def _on_models_changed(self) -> None:
        self._look_for_fast()
        self._clear("model")
        self.models_changed.emit()
        self.changed.emit()

    def _on_settings_changed(self, settings: Settings) -> None:
        if settings.image_model != self._model_id:
            self._model_id = settings.image_model
            self._look_for_fast()
            self.snap = None
            self.models_changed.emit()
            self.changed.emit()


def _first(mine: T | None, other: T | None) -> T | None:
    return other if mine is None else mine


def recipe_of(job: GenerateImages) -> Recipe:
    """What a job asks for, its prompt as it was written; what it leaves to the model is left open."""
    return Recipe(
        model=job.model.id,
        model_name=job.model.name,
        prompt=job.template or job.prompt,
        template=job.template,
        styles=job.styles,
        negative_prompt=job.negative_prompt,
        seed=job.seed,
        width=job.width or 0,
        height=job.height or 0,
        num_inference_steps=job.num_inference_steps,
        guidance_scale=job.guidance_scale,
        scheduler=job.scheduler,
        loras=tuple(UsedLora(id=lora.id, name=lora.name, scale=lora.scale) for lora in job.loras),
    )


def _with_overrides(draft: Draft, key: str, overrides: Overrides) -> Draft:
    kept = {one: value for one, value in draft.overrides.items() if one != key}
    if overrides != Overrides():
        kept[key] = overrides
    return msgspec.structs.replace(draft, overrides=kept)
