"""The next change of a picture: what is done, by which model, how far it reaches, and where it looks."""

import logging

import msgspec
from PySide6.QtCore import QObject

from studio.core.edits import (
    MOST_MARGIN,
    NEEDS_MASK,
    PLAIN,
    USUAL_FEATHER,
    USUAL_STRENGTHS,
    Edit,
    Margins,
    Operation,
    Region,
)
from studio.core.errors import NoModelInstalled, ValueOutOfRange
from studio.core.ids import new_id
from studio.core.jobs import GenerateImages, ProcessImage
from studio.core.model import Ability, Kind, ModelSpec
from studio.session import Session
from studio.viewmodels.create_settings import GenerationSettings
from studio.viewmodels.shell import WindowState

DRAFT_KEY, CHANGE_KEY = "edit.draft", "edit.change"
# How far a picture goes from what is there; painting over has to begin somewhere.
STRENGTHS = {**USUAL_STRENGTHS, Operation.PAINT_OVER: 0.6}
WITHOUT_MODEL = frozenset({Operation.UPSCALE, Operation.CUT_OUT})
# A model may be made for these, which then comes before one that can do it, too.
_MADE_FOR = {Operation.UPSCALE: Ability.UPSCALE, Operation.CUT_OUT: Ability.CUT_OUT}

log = logging.getLogger(__name__)


class Change(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is set of it beside words and sampling, as it is kept for the next start.

    Attributes:
        strengths, models: by operation, what was set otherwise than usual.
    """

    operation: Operation = Operation.FILL
    exact: bool = True
    feather: int = USUAL_FEATHER
    scale: float = 2.0
    strengths: dict[str, float] = {}
    models: dict[str, str] = {}


class EditSettings(GenerationSettings):
    """The fields of the Edit inspector, and the job that they ask for.

    Attributes:
        edit: what is done, and how.
        margins, region: of the open document: how far it is extended, and the context that the model sees;
            None finds it by itself.
    """

    edit: Change = Change()  # a model is asked for while this is being made
    margins = Margins()
    region: Region | None = None

    def __init__(self, session: Session, state: WindowState, parent: QObject | None = None) -> None:
        super().__init__(session, state, parent, key=DRAFT_KEY)
        self.edit = _decoded(state.get(CHANGE_KEY))

    # What it is for.

    @property
    def operation(self) -> Operation:
        return self.edit.operation

    @property
    def takes_words(self) -> bool:
        """The model reads a prompt; what only enlarges or cuts out does not."""
        return not self.is_processed and self.operation is not Operation.CUT_OUT

    @property
    def is_processed(self) -> bool:
        """Done without chance and steps: by a model for just this, or by none."""
        model = self.model
        return model is not None and Ability.GENERATE not in model.abilities

    @property
    def needs_selection(self) -> bool:
        """Nothing can be done while nothing is chosen."""
        by_mask = self.operation is Operation.CUT_OUT and self.model == PLAIN
        return self.operation in NEEDS_MASK or by_mask

    @property
    def has_strength(self) -> bool:
        edits = self.model is not None and self.model.kind is Kind.EDIT
        return not self.is_processed and self.operation is not Operation.INSTRUCT and not edits

    @property
    def change_strength(self) -> float:
        return self.edit.strengths.get(self.operation, STRENGTHS.get(self.operation, 1.0))

    @property
    def models(self) -> list[ModelSpec]:
        """Those that can do it, made for it first; nothing at all may do for some."""
        own = _MADE_FOR.get(self.operation)
        found = [one for one in self._session.edits.models_for(self.operation) if one.id != PLAIN.id]
        found.sort(key=lambda one: own not in one.abilities)
        return [*found, PLAIN] if self.operation in WITHOUT_MODEL else found

    @property
    def model(self) -> ModelSpec | None:
        models = self.models
        wanted = (self.edit.models.get(self.operation, ""), self._session.settings.image_model)
        for model_id in wanted if self.operation not in WITHOUT_MODEL else wanted[:1]:
            if found := next((one for one in models if one.id == model_id), None):
                return found
        return models[0] if models else None

    # Changing it.

    def choose_operation(self, operation: Operation) -> None:
        self._put_edit(operation=operation)

    def choose_model(self, model_id: str) -> None:
        self._put_edit(models={**self.edit.models, self.operation.value: model_id})

    def set_change_strength(self, strength: float) -> None:
        self._put_edit(strengths={**self.edit.strengths, self.operation.value: strength})

    def set_exact(self, exact: bool) -> None:
        self._put_edit(exact=exact)

    def set_feather(self, feather: int) -> None:
        self._put_edit(feather=feather)

    def set_scale(self, scale: float) -> None:
        self._put_edit(scale=scale)

    def type_margins(self, margins: Margins) -> None:
        """As they were typed, good or bad: what is wrong with them is said, and nothing is changed."""
        for margin in msgspec.structs.astuple(margins):
            if not 0 <= margin <= MOST_MARGIN:
                error = ValueOutOfRange(name="margin", value=margin, least=0, most=MOST_MARGIN)
                self.refuse("margins", error)
                return
        self.set_margins(margins)

    def set_margins(self, margins: Margins) -> None:
        if "margins" in self.problems:
            self._clear("margins")
        if margins != self.margins:
            self.margins = margins
            self.tell()

    def set_region(self, region: Region | None) -> None:
        if region != self.region:
            self.region = region
            self.tell()

    def use_job(self, job: GenerateImages, edit: Edit) -> None:
        """What a job was to do, as the next one."""
        self._put_edit(
            operation=edit.operation,
            exact=edit.exact,
            feather=edit.feather,
            scale=edit.scale if edit.operation is Operation.UPSCALE else self.edit.scale,
        )
        self.set_margins(edit.margins)
        self.set_region(edit.region)
        self.set_prompt(job.template or job.prompt)
        self.set_negative_prompt(job.negative_prompt)
        self.set_num_images(job.num_images)

    def forget_document(self) -> None:
        """Another one is open: places in it mean nothing any more."""
        self.margins, self.region = Margins(), None
        self._clear("edit", "margins")
        self.tell()

    # The job.

    def edit_job(self, *, rolled: bool = False) -> GenerateImages | ProcessImage:
        """The job as it stands, without its pictures. Raises what `job` raises."""
        model = self.model
        if model is None:
            raise NoModelInstalled
        if self.is_processed:
            return ProcessImage(id=new_id(), model=model, edit=self._as_edit(), inputs=())
        return msgspec.structs.replace(
            self.job(rolled=rolled),
            edit=self._as_edit(),
            strength=self.change_strength if self.has_strength else None,
            width=None,
            height=None,
        )

    def _as_edit(self) -> Edit:
        edit, operation = self.edit, self.operation
        return Edit(
            operation=operation,
            region=self.region if operation in NEEDS_MASK | {Operation.PAINT_OVER} else None,
            feather=edit.feather,
            exact=edit.exact,
            margins=self.margins if operation is Operation.EXTEND else Margins(),
            scale=edit.scale if operation is Operation.UPSCALE else 1.0,
        )

    def _put_edit(self, **values: object) -> None:
        edit = msgspec.structs.replace(self.edit, **values)
        if edit == self.edit:
            return
        before, self.edit = self.edit, edit
        self._state.put(CHANGE_KEY, msgspec.json.encode(edit).decode())
        self._clear("edit", "model", "margins", "prompt")
        if (before.operation, before.models) != (edit.operation, edit.models):
            self._look_for_fast()
            self.models_changed.emit()
        self.tell()


def _decoded(text: str) -> Change:
    if not text:
        return Change()
    try:
        return msgspec.json.decode(text, type=Change)
    except msgspec.DecodeError as error:
        log.warning("the settings of the last change cannot be read: %s", error)
        return Change()
