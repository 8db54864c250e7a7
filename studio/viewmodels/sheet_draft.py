"""The next contact sheet as it is written: two sides, what they would make, and what is wrong with them."""

import logging

import msgspec
from PySide6.QtCore import QObject, Signal

from studio.core.errors import (
    NotFound,
    PromptError,
    SheetError,
    SheetLoraForAnother,
    SheetLoraMissing,
    SheetSettingTwice,
    SheetStartMissing,
    SheetTooLarge,
    SheetWordsMissing,
    StudioError,
)
from studio.core.jobs import GenerateImages, JobState
from studio.core.model import ModelSpec
from studio.core.sheet_cells import WORDS
from studio.core.sheet_language import NO_CACHE, check_axes, read_axis, write_values
from studio.core.sheets import Axis, Setting
from studio.session import Session
from studio.viewmodels.create_settings import GenerationSettings
from studio.viewmodels.shell import WindowState

STATE_KEY = "create.sheet"
REMEMBERED_JOBS = 40  # where a measured pace is looked for
ACROSS, DOWN, WHOLE = "across", "down", "whole"

log = logging.getLogger(__name__)


class AxisDraft(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One side as it stands in its row.

    Attributes:
        setting: None for a side that goes through nothing.
        text: values as they are written.
        subject: the id of a LoRA.
    """

    setting: Setting | None = None
    text: str = ""
    subject: str = ""


class SheetDraft(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Both sides, as they are kept for the next start."""

    across: AxisDraft = AxisDraft(setting=Setting.SEED, text="1..4")
    down: AxisDraft = AxisDraft(setting=Setting.GUIDANCE, text="3, 5, 7")


class SheetBuilder(QObject):
    """What the form of a sheet shows.

    Attributes:
        draft: what is written so far; kept in the window's state.
        problems: by side (ACROSS, DOWN), or WHOLE, what is wrong.
        jobs: those that would make the sheet; none while something is wrong.
        size: columns and rows, as far as they can be read.
        seconds: how long it would take by the measured pace; None where nothing was measured.

    Signals:
        changed: read the attributes anew.
    """

    changed = Signal()

    def __init__(
        self,
        session: Session,
        settings: GenerationSettings,
        state: WindowState,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._settings, self._state = session, settings, state
        self._paces: dict[str, float] = {}
        self.draft = _decoded(state.get(STATE_KEY))
        self.problems: dict[str, StudioError] = {}
        self.jobs: tuple[GenerateImages, ...] = ()
        self.size = (0, 0)
        self.seconds: float | None = None

    @property
    def count(self) -> int:
        """How many pictures it would have."""
        return self.size[0] * self.size[1]

    @property
    def models(self) -> tuple[ModelSpec, ...]:
        return self._session.sheets.known().models

    @property
    def loras(self) -> tuple[ModelSpec, ...]:
        """Those that go with the chosen model."""
        return self._session.sheets.loras_for(self._settings.model)

    def side(self, name: str) -> AxisDraft:
        return self.draft.across if name == ACROSS else self.draft.down

    def begin(self) -> None:
        """The form opens: the settings around it may be other ones, and the pace too."""
        self._paces = self._measured()
        self._read()

    def set_setting(self, name: str, setting: Setting | None) -> None:
        """Another setting begins with values that make sense for it."""
        text, subject = self._suggested(setting)
        self._put(name, AxisDraft(setting=setting, text=text, subject=subject))

    def set_text(self, name: str, text: str) -> None:
        self._put(name, msgspec.structs.replace(self.side(name), text=text))

    def set_subject(self, name: str, lora: str) -> None:
        self._put(name, msgspec.structs.replace(self.side(name), subject=lora))

    def set_models(self, name: str, ids: tuple[str, ...]) -> None:
        self.set_text(name, write_values(ids))

    def swap(self) -> None:
        """Columns for rows."""
        if self.draft.down.setting is not None:
            self._keep(SheetDraft(across=self.draft.down, down=self.draft.across))

    def axes(self) -> tuple[Axis, ...]:
        """Those that are written and can be read; `problems` says of the others."""
        self.problems, found = {}, list[Axis]()
        for name in (ACROSS, DOWN):
            side = self.side(name)
            if side.setting is None:
                continue
            try:
                found.append(read_axis(side.setting, side.text, side.subject))
            except StudioError as error:
                self.problems[name] = error
        return tuple(found)

    def values(self, name: str) -> tuple[str, ...]:
        """What a side goes through, its alternatives and wildcards as they will be drawn; none while anything
        is wrong."""
        sheet = self.jobs[0].sheet if self.jobs else None
        sides = [one for one in (ACROSS, DOWN) if self.side(one).setting is not None]
        return sheet.axes[sides.index(name)].values if sheet and name in sides else ()

    def refuse(self, error: StudioError) -> None:
        self.problems = {**self.problems, self._side_of(error): error}
        self.changed.emit()

    def _put(self, name: str, side: AxisDraft) -> None:
        self._keep(msgspec.structs.replace(self.draft, **{name: side}))

    def _keep(self, draft: SheetDraft) -> None:
        self.draft = draft
        self._state.put(STATE_KEY, msgspec.json.encode(draft).decode())
        self._read()

    def _read(self) -> None:
        axes = self.axes()
        self.jobs, self.seconds = (), None
        columns, *rows = [len(axis.values) for axis in axes] or [0]
        self.size = (columns, rows[0] if rows else 1)
        if not self.problems:
            self.problems = self._plan(axes)
        self.changed.emit()

    def _plan(self, axes: tuple[Axis, ...]) -> dict[str, StudioError]:
        """The jobs and how long they take, under the seed that they will have; else what is wrong."""
        try:
            check_axes(axes)
            base = self._settings.job(rolled=self._settings.rolls)
        except StudioError as error:
            return {self._side_of(error): error}
        try:
            self.jobs = self._session.sheets.plan(base, axes)
        except StudioError as error:
            words = [name for name in (ACROSS, DOWN) if self.side(name).setting in WORDS]
            side = words[0] if words and isinstance(error, PromptError | NotFound) else self._side_of(error)
            return {side: error}
        self.seconds = self._foreseen()
        return {}

    def _side_of(self, error: StudioError) -> str:
        """Where an error belongs that came of the whole."""
        settings: dict[type[StudioError], Setting] = {
            SheetWordsMissing: Setting.REPLACE,
            SheetStartMissing: Setting.STRENGTH,
            SheetLoraForAnother: Setting.LORA,
            SheetLoraMissing: Setting.LORA,
        }
        wanted = settings.get(type(error))
        if wanted is None and isinstance(error, SheetError) and "setting" in error.params:
            wanted = Setting(str(error.params["setting"]))
        names = [name for name in (ACROSS, DOWN) if wanted and self.side(name).setting is wanted]
        twice = isinstance(error, SheetSettingTwice | SheetTooLarge)
        return (names[-1] if twice else names[0]) if names else WHOLE

    def _suggested(self, setting: Setting | None) -> tuple[str, str]:
        """Values and subject for a setting that was just chosen."""
        settings = self._settings
        match setting:
            case None:
                return "", ""
            case Setting.SEED:
                return "1..4", ""
            case Setting.MODEL:
                chosen = settings.model
                return write_values((chosen.id,) if chosen else ()), ""
            case Setting.STEPS:
                steps = settings.steps or 20
                return write_values([str(max(steps // 2, 1)), str(steps), str(steps * 2)]), ""
            case Setting.GUIDANCE:
                return "3, 5, 7", ""
            case Setting.SCHEDULER:
                return "Euler, DDIM", ""
            case Setting.LORA:
                subject = self.loras[0].id if self.loras else ""
                return "0, 0.5, 1", subject
            case Setting.STRENGTH:
                return "0.3, 0.5, 0.7", ""
            case Setting.SIZE:
                width, height = settings.size
                return f"{width}x{height}" if width and height else "", ""
            case Setting.CACHE:
                caches = (NO_CACHE, settings.draft.cache or "first_block")
                return write_values(caches), ""
            case Setting.PROMPT:
                return write_values([settings.draft.prompt]) if settings.draft.prompt.strip() else "", ""
            case Setting.REPLACE:
                return "", ""

    def _measured(self) -> dict[str, float]:
        """Seconds for one step of a picture, by model, as the last job that ended took them."""
        paces: dict[str, float] = {}
        for record in self._session.jobs(REMEMBERED_JOBS, lane="image"):
            job, figures = record.job, record.figures
            if not isinstance(job, GenerateImages) or record.state is not JobState.DONE or not job.indices:
                continue
            seconds = figures.seconds - figures.load_seconds
            steps = sum(_steps(job.picture(index)) for index in job.indices)
            if seconds > 0:
                paces.setdefault(job.model.id, seconds / steps)
        return paces

    def _foreseen(self) -> float | None:
        seconds = 0.0
        for job in self.jobs:
            if job.model.id not in self._paces:
                return None
            steps = sum(_steps(job.picture(index)) for index in job.indices)
            seconds += steps * self._paces[job.model.id]
        return seconds


def _steps(job: GenerateImages) -> int:
    return job.num_inference_steps or job.model.defaults.num_inference_steps or 1


def _decoded(text: str) -> SheetDraft:
    if not text:
        return SheetDraft()
    try:
        return msgspec.json.decode(text, type=SheetDraft)
    except msgspec.DecodeError as error:
        log.warning("the sheet of the last sitting cannot be read: %s", error)
        return SheetDraft()
