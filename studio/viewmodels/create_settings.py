"""The next picture job as it is written: prompt, model, and what is set otherwise than the model does."""

import secrets
from typing import TypeVar

import msgspec
from PySide6.QtCore import QObject, Signal

from studio.core.errors import (
    InputUnsupported,
    LoraForAnother,
    LoraMissing,
    NoModelInstalled,
    ReferencesUnsupported,
    SeedOutOfRange,
    SizeOutOfRange,
    StudioError,
)
from studio.core.ids import new_id
from studio.core.inputs import InputPicture, Role, UsedInput
from studio.core.jobs import SIZE_RANGE, GenerateImages, check_seed
from studio.core.model import Ability, Defaults, Lora, LoraChoice, ModelSpec
from studio.core.passes import STEP_CACHES, SecondPass, StepCache
from studio.core.plan import Foreseen, Outlook
from studio.core.prompts.lora_tags import without_tags
from studio.core.prompts.styles import named
from studio.core.recipe import Recipe, UsedLora
from studio.core.schedulers import fitting_schedulers, usual_name
from studio.core.settings import Settings
from studio.core.shelf import Fast
from studio.core.traits import Traits
from studio.session import Session
from studio.viewmodels.chosen import chosen_model
from studio.viewmodels.draft import FAST, STRENGTH, Draft, Overrides, decode_draft, encode_draft
from studio.viewmodels.shell import WindowState
from studio.viewmodels.sizes import native_size, other_side, shape_size, snapped

T = TypeVar("T")

STATE_KEY = "create.draft"
SEEDS = 2**32  # what the dice draws from: short enough to read out, large enough not to repeat


class GenerationSettings(QObject):
    """The fields of the Create panel.

    Attributes:
        fast: what makes the model fast; None where nothing does.
        draft: what has been written and set so far; kept in the window's state for the next start.
        problems: by field (prompt, negative_prompt, model, loras, inputs, size, seed, steps, guidance,
            pictures), why a value was refused; a change of the field clears it.
        snap: asked and used, when the last size had to be changed.

    Signals:
        changed, models_changed, problems_changed, outlook_changed: read the attributes anew.
        options_changed: the same, unless nothing but the words changed, as with each key.
        inputs_wanted (tuple of UsedInput): a recipe began with these; whoever takes pictures in may look for
            them.
    """

    changed = Signal()
    options_changed = Signal()
    models_changed = Signal()
    problems_changed = Signal()
    outlook_changed = Signal()
    inputs_wanted = Signal(object)

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
        self._aspect: float | None = None  # height by width, while it is locked
        session.models.read_shelf()
        self._look_for_fast()
        session.models.shelf_changed.connect(lambda: self._on_models_changed())
        session.models.changed.connect(lambda: self._on_models_changed())
        session.settings_changed.connect(self._on_settings_changed)
        session.models.outlook_changed.connect(self.outlook_changed)
        session.models.traits_changed.connect(self.models_changed)
        session.foresight.changed.connect(self.outlook_changed)

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
    def foreseen(self) -> Foreseen:
        """What the next job will take."""
        model = self.model
        if model is None:
            return Foreseen()
        spec = msgspec.structs.replace(model, defaults=self.defaults)
        draft, (width, height) = self.draft, self.size
        asked = GenerateImages(
            id="",
            model=spec,
            prompt="",
            seed=0,
            width=width,
            height=height,
            num_inference_steps=self.steps,
            num_images=draft.num_images,
            inputs=draft.inputs,
            strength=self._strength(),
            second_pass=draft.second_pass,
        )
        return self._session.foresight.of(asked)

    @property
    def traits(self) -> Traits:
        """What the model lets one set."""
        return self._session.models.traits_of(self.model) if self.model else Traits()

    @property
    def schedulers(self) -> tuple[str, ...]:
        """Those that the model can use instead of its own."""
        own = {self.defaults.scheduler, self.own_scheduler}
        return tuple(name for name in fitting_schedulers(self.traits.scheduler) if name not in own)

    @property
    def own_scheduler(self) -> str | None:
        """The usual name of the model's own; None where that is not known."""
        return self.defaults.scheduler or usual_name(self.traits.scheduler) or None

    @property
    def scheduler_fits(self) -> bool:
        """The model can use the chosen one; where its own is not known, that shows when it runs."""
        chosen = self.overrides.scheduler
        return chosen is None or not self.traits.scheduler or chosen in self.schedulers

    @property
    def roles(self) -> frozenset[Role]:
        """What pictures can be to the model."""
        return self._session.models.roles_of(self.model) if self.model else frozenset()

    @property
    def loras(self) -> tuple[Lora, ...]:
        """Those that the person laid over the model, besides what makes it fast."""
        return self.draft.loras.get(self.model.id, ()) if self.model else ()

    @property
    def installed_loras(self) -> list[LoraChoice]:
        """All of this machine, as the model sees them."""
        return self._session.models.loras_of(self.model) if self.model else []

    @property
    def lora_choices(self) -> list[LoraChoice]:
        """What is installed and not laid over it yet; what fits comes first."""
        used = {lora.id for lora in self._loras()}
        return [one for one in self.installed_loras if one.lora.id not in used]

    @property
    def strength(self) -> float:
        return STRENGTH if self.draft.strength is None else self.draft.strength

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
        return self.overrides.scheduler or self.own_scheduler

    @property
    def customised(self) -> bool:
        """Something is set otherwise than the model does."""
        draft = self.draft
        more = (draft.second_pass, draft.strength) != (None, None) or draft.seamless or bool(draft.cache)
        return self.overrides != Overrides() or more or bool(self.loras)

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
        self._aspect = None
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
            self._tell()

    def set_width(self, width: int | None) -> None:
        """A typed side; while the aspect is locked, the other one goes with it."""
        _, height = self.size
        if width and self.draft.aspect_locked:
            height = other_side(snapped(width), self._locked_aspect())
        self.set_size(width, height)

    def set_height(self, height: int | None) -> None:
        width, _ = self.size
        if height and self.draft.aspect_locked:
            width = other_side(snapped(height), 1 / self._locked_aspect())
        self.set_size(width, height)

    def lock_aspect(self, on: bool) -> None:
        self._aspect = None
        self._change("size", aspect_locked=on)

    def _locked_aspect(self) -> float:
        """As it was when it was locked: sides that snap would else lead it astray, step by step."""
        if self._aspect is None:
            width, height = self.size
            across, down = native_size(self.defaults)
            self._aspect = (height or down) / (width or across)
        return self._aspect

    def swap_size(self) -> None:
        self._aspect = None
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
        own = self.own_scheduler
        self._override("scheduler", scheduler=None if scheduler == own else scheduler)

    # Pictures to begin with, what is laid over the model, and what is done besides.

    def set_inputs(self, inputs: tuple[InputPicture, ...]) -> None:
        self._change("inputs", inputs=inputs)

    def set_strength(self, strength: float | None) -> None:
        self._change("inputs", strength=None if strength == STRENGTH else strength)

    def add_lora(self, lora: Lora) -> None:
        """One that does not fit is told at its row, and refused when pictures are asked for."""
        if lora.id not in {one.id for one in self._loras()}:
            self._set_loras((*self.loras, lora))

    def remove_lora(self, lora_id: str) -> None:
        self._set_loras(tuple(one for one in self.loras if one.id != lora_id))

    def set_lora_scale(self, lora_id: str, scale: float) -> None:
        changed = [
            msgspec.structs.replace(one, scale=scale) if one.id == lora_id else one for one in self.loras
        ]
        self._set_loras(tuple(changed))

    def _set_loras(self, loras: tuple[Lora, ...]) -> None:
        if self.model:
            kept = {name: one for name, one in self.draft.loras.items() if name != self.model.id}
            self._change("loras", loras={**kept, self.model.id: loras} if loras else kept)

    def problem_of_lora(self, lora: Lora) -> StudioError | None:
        """Why it cannot be used; None where it can."""
        model = self.model
        if model is None:
            return None
        here = {one.lora.id: one for one in self._session.models.loras_of(model)}
        if lora.id not in here:
            return LoraMissing(lora=lora.name, path=lora.path)
        if here[lora.id].fits:
            return None
        found = here[lora.id]
        return LoraForAnother(lora=lora.name, base=found.base, model=model.name, own=found.own)

    def problem_of_input(self, picture: InputPicture) -> StudioError | None:
        """Why the model cannot take it in its role; None where it can."""
        model = self.model
        if model is None or picture.role in self.roles:
            return None
        kind = InputUnsupported if picture.role is Role.START else ReferencesUnsupported
        return kind(model=model.name)

    def add_words(self, words: str) -> None:
        """At the end of the prompt, unless they are in it."""
        prompt = self.draft.prompt.rstrip()
        if words.casefold() not in prompt.casefold():
            self.set_prompt(f"{prompt}, {words}" if prompt else words)

    def set_second_pass(self, second: SecondPass | None) -> None:
        self._change("second_pass", second_pass=second)

    def set_seamless(self, on: bool) -> None:
        self._change("seamless", seamless=on)

    def set_cache(self, cache: StepCache) -> None:
        self._change("cache", cache=cache)

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
        self.snap = self._aspect = None
        if self.model:
            self._set_loras(())
            self._change("", second_pass=None, seamless=False, cache="", strength=None)
            self._keep(Overrides())
            self._clear("size", "steps", "guidance", "inputs")

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
        self._use_rest(recipe)
        return found is not None

    def use_fields(self, recipe: Recipe, fields: frozenset[str]) -> None:
        """Write the named parts of a recipe into the fields: prompt, negative_prompt, model, size, steps,
        guidance, scheduler, seed, loras, strength, second_pass, seamless.

        Model and LoRAs are known by their ids; what is not here is left out.
        """
        if "model" in fields and any(spec.id == recipe.model for spec in self.models):
            self.choose_model(recipe.model)
        for name in ("prompt", "negative_prompt", "strength", "second_pass", "seamless"):
            if name in fields:
                self._change(name, **{name: getattr(recipe, name)})
        if "loras" in fields:
            self._use_loras(recipe)
        if "seed" in fields and recipe.seed is not None:
            self.set_seed(recipe.seed)
        if "size" in fields:
            self.set_size(recipe.width or None, recipe.height or None)
        if "steps" in fields:
            self.set_steps(recipe.num_inference_steps)
        if "guidance" in fields:
            self.set_guidance(recipe.guidance_scale)
        if "scheduler" in fields:
            self.set_scheduler(recipe.scheduler)

    def _use_loras(self, recipe: Recipe) -> None:
        """Those that are here and fit take the place of the model's."""
        scales = {lora.id: lora.scale for lora in recipe.loras}
        here = self._session.models.loras_of(self.model) if self.model else []
        fast = self.fast.lora.id if self.fast and self.fast.lora and self.is_fast else ""
        usable = {one.lora.id: one.lora for one in here if one.fits and one.lora.id != fast}
        self._set_loras(
            tuple(
                msgspec.structs.replace(usable[name], scale=scale)
                for name, scale in scales.items()
                if name in usable
            )
        )

    def _use_rest(self, recipe: Recipe) -> None:
        """Pictures that are here follow when they are found."""
        self._use_loras(recipe)
        cache = recipe.cache if recipe.cache in STEP_CACHES and self.traits.caches else ""
        self._change("inputs", inputs=(), strength=recipe.strength)
        self._change("", second_pass=recipe.second_pass, seamless=recipe.seamless, cache=cache)
        if recipe.inputs:
            self.inputs_wanted.emit(recipe.inputs)

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

        Raises NoModelInstalled, LoraError, InputError, PromptError, PromptTooLong.
        """
        if self.model is None:
            raise NoModelInstalled
        self._check_parts()
        draft, mine = self.draft, self.overrides
        job = GenerateImages(
            id=new_id(),
            model=msgspec.structs.replace(self.model, defaults=self.defaults),
            loras=self._loras(),
            inputs=draft.inputs,
            strength=self._strength(),
            second_pass=draft.second_pass,
            seamless=draft.seamless,
            cache=draft.cache if self.traits.caches else "",
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
        """As they are installed now: a file that was replaced has another fingerprint."""
        fast = (self.fast.lora,) if self.fast and self.fast.lora and self.is_fast else ()
        mine = self.loras
        if mine and self.model:
            here = {one.lora.id: one.lora for one in self._session.models.loras_of(self.model)}
            mine = tuple(msgspec.structs.replace(here.get(one.id, one), scale=one.scale) for one in mine)
        return (*fast, *(one for one in mine if one.id not in {lora.id for lora in fast}))

    def _strength(self) -> float | None:
        starts = any(one.role is Role.START for one in self.draft.inputs)
        return self.strength if starts else None

    def _check_parts(self) -> None:
        problems = [self.problem_of_lora(one) for one in self.loras if one.scale]
        problems += [self.problem_of_input(one) for one in self.draft.inputs]
        for problem in problems:
            if problem is not None:
                raise problem

    def _look_for_fast(self) -> None:
        self.fast = self._session.models.fast_of(self.model) if self.model else None

    def _put(self, draft: Draft) -> None:
        before, self.draft = self.draft, draft
        self._state.put(STATE_KEY, encode_draft(draft))
        if draft != before and _wordless(draft) == _wordless(before):
            self.changed.emit()
        else:
            self._tell()

    def _tell(self) -> None:
        self.changed.emit()
        self.options_changed.emit()

    def _clear(self, *fields: str) -> None:
        kept = {field: error for field, error in self.problems.items() if field not in fields}
        if kept != self.problems:
            self.problems = kept
            self.problems_changed.emit()

    def _on_models_changed(self) -> None:
        self._look_for_fast()
        self._clear("model", "loras", "inputs")
        self.models_changed.emit()
        self._tell()

    def _on_settings_changed(self, settings: Settings) -> None:
        if settings.image_model != self._model_id:
            self._model_id = settings.image_model
            self._look_for_fast()
            self.snap = self._aspect = None
            self._clear("loras", "inputs")
            self.models_changed.emit()
            self._tell()


def _wordless(draft: Draft) -> Draft:
    return msgspec.structs.replace(draft, prompt="", negative_prompt="")


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
        inputs=tuple(
            UsedInput(role=one.role, asset=one.asset, name=one.name, hash=one.hash, weight=one.weight)
            for one in job.inputs
        ),
        strength=job.strength,
        second_pass=job.second_pass,
        seamless=job.seamless,
        cache=job.cache,
    )


def _with_overrides(draft: Draft, key: str, overrides: Overrides) -> Draft:
    kept = {one: value for one, value in draft.overrides.items() if one != key}
    if overrides != Overrides():
        kept[key] = overrides
    return msgspec.structs.replace(draft, overrides=kept)
