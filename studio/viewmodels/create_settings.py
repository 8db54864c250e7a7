"""The next picture job as it is written: prompt, seed, count, and what is set against the model's own."""

import secrets

import msgspec
from PySide6.QtCore import QObject

from studio.core.cache_costs import CacheCost
from studio.core.errors import (
    InputUnsupported,
    NoModelInstalled,
    ReferencesUnsupported,
    SeedOutOfRange,
    StudioError,
)
from studio.core.ids import new_id
from studio.core.inputs import InputPicture, Role
from studio.core.job_checks import check_seed
from studio.core.jobs import GenerateImages
from studio.core.model import ModelSpec
from studio.core.passes import SecondPass, StepCache
from studio.core.plan import Foreseen
from studio.session import Session
from studio.viewmodels.cache_measure import CacheMeasure, starts_from
from studio.viewmodels.create_loras import LoraSettings
from studio.viewmodels.create_size import SizeSettings
from studio.viewmodels.draft import STRENGTH, Overrides
from studio.viewmodels.model_draft import STATE_KEY, ModelDraft
from studio.viewmodels.shell import WindowState

SEEDS = 2**32  # what the dice draws from: short enough to read out, large enough not to repeat


class GenerationSettings(ModelDraft):
    """The fields of the Create panel, and the job that they ask for.

    Attributes:
        sizes: width and height.
        loras: what is laid over the model.
        cache_measure: what caches are known to cost, and how to learn it.
    """

    def __init__(
        self, session: Session, state: WindowState, parent: QObject | None = None, *, key: str = STATE_KEY
    ) -> None:
        super().__init__(session, state, parent, key=key)
        self._ahead = secrets.randbelow(SEEDS)
        self.sizes = SizeSettings(self)
        self.loras = LoraSettings(session, self)
        self.cache_measure = CacheMeasure(session, self)
        self.cache_measure.changed.connect(self.options_changed)

    @property
    def num_images(self) -> int:
        """How many pictures the next job makes."""
        return self.draft.num_images

    @property
    def strength(self) -> float:
        return STRENGTH if self.draft.strength is None else self.draft.strength

    @property
    def cache_cost(self) -> CacheCost | None:
        """Of the chosen cache; None where there is none, or nothing is known of it."""
        model, cache = self.model, self.draft.cache
        return self.cache_measure.known(model, cache, self.steps) if model and cache else None

    @property
    def starts(self) -> bool:
        """There is a picture to start from."""
        return starts_from(self.draft.inputs)

    @property
    def cache_unusable(self) -> bool:
        """The chosen cache did nothing for this model, as far as one has tried."""
        model, cache = self.model, self.draft.cache
        if model is None or not cache:
            return False
        return self.cache_measure.is_unusable(model, cache, starts=self.starts)

    @property
    def customised(self) -> bool:
        """Something is set otherwise than the model does."""
        draft = self.draft
        more = (draft.second_pass, draft.strength) != (None, None) or draft.seamless or bool(draft.cache)
        return self.overrides != Overrides() or more or bool(self.loras.chosen)

    # What the person writes and sets.

    def set_prompt(self, text: str) -> None:
        self.change("prompt", prompt=text)

    def add_words(self, words: str) -> None:
        """At the end of the prompt, unless they are in it."""
        prompt = self.draft.prompt.rstrip()
        if words.casefold() not in prompt.casefold():
            self.set_prompt(f"{prompt}, {words}" if prompt else words)

    def set_styles(self, names: tuple[str, ...]) -> None:
        self.change("prompt", styles=names)

    def set_negative_prompt(self, text: str) -> None:
        self.change("negative_prompt", negative_prompt=text)

    def set_steps(self, steps: int | None) -> None:
        own = self.defaults.num_inference_steps
        self.override("steps", num_inference_steps=None if steps == own else steps)

    def set_guidance(self, guidance: float | None) -> None:
        own = self.defaults.guidance_scale
        self.override("guidance", guidance_scale=None if guidance == own else guidance)

    def set_scheduler(self, scheduler: str | None) -> None:
        own = self.own_scheduler
        self.override("scheduler", scheduler=None if scheduler == own else scheduler)

    def set_num_images(self, count: int) -> None:
        self.change("pictures", num_images=count)

    def set_second_pass(self, second: SecondPass | None) -> None:
        self.change("second_pass", second_pass=second)

    def set_seamless(self, on: bool) -> None:
        self.change("seamless", seamless=on)

    def set_cache(self, cache: StepCache) -> None:
        self.change("cache", cache=cache)

    def reset(self) -> None:
        """Everything that the model has a value for goes back to it."""
        if self.model:
            self.sizes.forget()
            self.loras.set(())
            self.change("inputs", second_pass=None, seamless=False, cache="", strength=None)
            self.override("size", **dict.fromkeys(Overrides.__struct_fields__))
            self._clear("steps", "guidance")

    # Pictures to begin with.

    def set_inputs(self, inputs: tuple[InputPicture, ...]) -> None:
        self.change("inputs", inputs=inputs)

    def set_strength(self, strength: float | None) -> None:
        self.change("inputs", strength=None if strength == STRENGTH else strength)

    def problem_of_input(self, picture: InputPicture) -> StudioError | None:
        """Why the model cannot take it in its role; None where it can."""
        model = self.model
        if model is None or picture.role in self.roles:
            return None
        kind = InputUnsupported if picture.role is Role.START else ReferencesUnsupported
        return kind(model=model.name)

    # The seed.

    @property
    def rolls(self) -> bool:
        """Whether the next job has the seed that was drawn ahead, not the one that is shown."""
        return self.draft.seed is None or not self.draft.seed_locked

    @property
    def next_seed(self) -> int:
        """The seed of the next job, drawn before it is asked for, so that one sees which prompts will run."""
        return self._ahead if self.draft.seed is None or self.rolls else self.draft.seed

    def set_seed(self, seed: int) -> None:
        """A typed seed is meant, so it is locked."""
        try:
            check_seed(seed)
        except SeedOutOfRange as error:
            self.refuse("seed", error)
            return
        self.change("seed", seed=seed, seed_locked=True)

    def draw_ahead(self) -> None:
        """Another seed for the next job, unless it is locked."""
        self._ahead = secrets.randbelow(SEEDS)
        self.changed.emit()

    def roll_seed(self) -> None:
        """The seed that was drawn ahead is the seed now."""
        drawn, self._ahead = self._ahead, secrets.randbelow(SEEDS)
        self.change("seed", seed=drawn)

    def lock_seed(self, locked: bool) -> None:
        if locked and self.draft.seed is None:
            self.roll_seed()
        self.change("seed", seed_locked=locked)

    # The job.

    @property
    def foreseen(self) -> Foreseen:
        """What the next job will take."""
        if self.model is None:
            return Foreseen()
        width, height = self.size
        asked = msgspec.structs.replace(
            self._as_written(self.model), width=width, height=height, num_inference_steps=self.steps
        )
        return self._session.foresight.of(asked)

    def job(self, *, rolled: bool = False) -> GenerateImages:
        """The job as it stands, unchecked: a prompt for each picture, made of what is written.

        `rolled`: with the seed that was drawn ahead, which stays ahead until `roll_seed`.

        Raises NoModelInstalled, LoraError, InputError, PromptError, PromptTooLong.
        """
        if self.model is None:
            raise NoModelInstalled
        self._check_parts()
        job = self._as_written(self.model)
        return self._session.prompts.written(
            msgspec.structs.replace(job, seed=self._ahead) if rolled else job
        )

    def _as_written(self, model: ModelSpec) -> GenerateImages:
        """Its prompt is the template that wildcards and styles have yet to be put into."""
        draft = self.draft
        return GenerateImages(
            id=new_id(),
            model=msgspec.structs.replace(model, defaults=self.defaults),
            loras=self.loras.used,
            inputs=draft.inputs,
            strength=self.strength if self.starts else None,
            second_pass=draft.second_pass,
            seamless=draft.seamless,
            cache=draft.cache if self.traits.caches else "",
            prompt=draft.prompt,
            negative_prompt=draft.negative_prompt,
            styles=draft.styles,
            seed=0 if draft.seed is None else draft.seed,
            num_images=self.num_images,
            **msgspec.structs.asdict(self.overrides),
        )

    def _check_parts(self) -> None:
        problems = [self.loras.problem_of(one) for one in self.loras.chosen if one.scale]
        problems += [self.problem_of_input(one) for one in self.draft.inputs]
        for problem in problems:
            if problem is not None:
                raise problem
