"""The draft of the next picture job, and the model that it is for: what that does by itself, and can do."""

from typing import TypeVar

import msgspec
from PySide6.QtCore import QObject, Signal

from studio.core.errors import StudioError
from studio.core.inputs import Role
from studio.core.model import Ability, Defaults, Kind, ModelSpec
from studio.core.plan import Outlook
from studio.core.schedulers import fitting_schedulers, usual_name
from studio.core.settings import Settings
from studio.core.shelf import Fast
from studio.core.traits import Traits
from studio.session import Session
from studio.viewmodels.chosen import chosen_model
from studio.viewmodels.draft import FAST, Draft, Overrides, decode_draft, encode_draft
from studio.viewmodels.shell import WindowState

T = TypeVar("T")

STATE_KEY = "create.draft"


class ModelDraft(QObject):
    """What stands in the fields, whoever writes into them.

    Attributes:
        fast: what makes the model fast; None where nothing does.
        draft: what has been written and set so far; kept in the window's state for the next start.
        problems: by field (prompt, negative_prompt, model, loras, inputs, size, seed, steps, guidance,
            pictures), why a value was refused; a change of the field clears it.

    Signals:
        changed, models_changed, problems_changed, outlook_changed: read the attributes anew.
        options_changed: the same as `changed`, unless nothing but the words changed, as with each key.
        parted (ModelSpec): another model has its own values now; those that were set for this one stay with
            it.
    """

    changed = Signal()
    options_changed = Signal()
    models_changed = Signal()
    parted = Signal(object)
    problems_changed = Signal()
    outlook_changed = Signal()

    def __init__(
        self, session: Session, state: WindowState, parent: QObject | None = None, *, key: str = STATE_KEY
    ) -> None:
        """`key` is what the draft is kept under."""
        super().__init__(parent)
        self._session, self._state, self._key = session, state, key
        self.draft = decode_draft(state.get(key))
        self.problems: dict[str, StudioError] = {}
        self._model_id = session.settings.image_model
        self.fast: Fast | None = None
        session.models.read_shelf()
        self._look_for_fast()
        session.models.shelf_changed.connect(self._on_models_changed)
        session.models.changed.connect(self._on_models_changed)
        session.settings_changed.connect(self._on_settings_changed)
        session.models.outlook_changed.connect(self.outlook_changed)
        session.models.traits_changed.connect(self.models_changed)
        session.foresight.changed.connect(self.outlook_changed)

    # The model and what it leaves open.

    @property
    def models(self) -> list[ModelSpec]:
        return self._session.models.installed(Ability.GENERATE)

    @property
    def looking(self) -> bool:
        """It is not known yet which models there are."""
        return not self._session.models.is_read

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
    def edits(self) -> bool:
        """The model changes pictures: it needs one to look at."""
        return self.model is not None and self.model.kind is Kind.EDIT

    @property
    def defaults(self) -> Defaults:
        if self.fast and self.is_fast:
            return self.fast.defaults
        return self.model.defaults if self.model else Defaults()

    # What is set, or else the model's own.

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

    # Changing it.

    def choose_model(self, model_id: str) -> None:
        self._session.change_settings(image_model=model_id)

    def pick_model(self, model_id: str) -> None:
        """The same by hand; `parted` follows where what the person had set stays with the model before."""
        before = self.model
        own = before and (self.overrides != Overrides() or self.draft.loras.get(before.id))
        self.choose_model(model_id)
        if before and own and self.model != before:
            self.parted.emit(before)

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

    def change(self, field: str, **values: object) -> None:
        """Write these values of the draft, which belong to that field of `problems`."""
        draft = msgspec.structs.replace(self.draft, **values)
        self._clear(field)
        if draft != self.draft:
            self._put(draft)

    def override(self, field: str, **values: object) -> None:
        """The same for the model's values; None gives one back to it."""
        if self.model is not None:
            self._keep(msgspec.structs.replace(self.overrides, **values))
            self._clear(field)

    def refuse(self, field: str, error: StudioError) -> None:
        """Say at this field why it cannot be so."""
        self.problems = {**self.problems, field: error}
        self.problems_changed.emit()

    def _keep(self, overrides: Overrides) -> None:
        self._put(_with_overrides(self.draft, self._kept_under(self.is_fast), overrides))

    def _kept_under(self, fast: bool) -> str:
        """The key of the model's overrides."""
        model = self.model.id if self.model else ""
        return model + FAST if fast else model

    def _look_for_fast(self) -> None:
        self.fast = self._session.models.fast_of(self.model) if self.model else None

    def _put(self, draft: Draft) -> None:
        before, self.draft = self.draft, draft
        self._state.put(self._key, encode_draft(draft))
        if draft != before and _wordless(draft) == _wordless(before):
            self.changed.emit()
        else:
            self.tell()

    def tell(self) -> None:
        """Something else than the words is other than it was."""
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
        self.tell()

    def _on_settings_changed(self, settings: Settings) -> None:
        if settings.image_model != self._model_id:
            self._model_id = settings.image_model
            self._look_for_fast()
            self._clear("loras", "inputs")
            self.models_changed.emit()
            self.tell()


def _wordless(draft: Draft) -> Draft:
    return msgspec.structs.replace(draft, prompt="", negative_prompt="")


def _first(mine: T | None, other: T | None) -> T | None:
    return other if mine is None else mine


def _with_overrides(draft: Draft, key: str, overrides: Overrides) -> Draft:
    kept = {one: value for one, value in draft.overrides.items() if one != key}
    if overrides != Overrides():
        kept[key] = overrides
    return msgspec.structs.replace(draft, overrides=kept)
