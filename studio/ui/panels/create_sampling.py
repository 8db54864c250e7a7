"""Fields of an inspector for what a model has values of its own for, and for the seed."""

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.messages import Note
from studio.core.traits import Guidance
from studio.ui.i18n import sentence_of_note, tr
from studio.ui.panels.create_fields import Remark, WholeNumberField
from studio.ui.widgets.buttons import IconButton
from studio.ui.widgets.fields import Combo, SliderField
from studio.ui.widgets.labels import Label
from studio.viewmodels.create_settings import GenerationSettings

MOST_STEPS = 150
MOST_GUIDANCE = 20
GUIDANCE_STEP = 0.1
GUIDANCES = {
    Guidance.PLAIN: "Guidance",
    Guidance.TRUE: "True CFG",
    Guidance.DISTILLED: "Distilled guidance",
    Guidance.NONE: "Guidance",
}


class SamplingFields(QWidget):
    """Scheduler, steps and guidance; binds the settings, keeps nothing itself.

    Attributes:
        scheduler, steps, guidance: the fields.
    """

    def __init__(self, settings: GenerationSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._offered: list[tuple[str, str | None]] = []
        self.scheduler = Combo("Scheduler")
        self.scheduler.chosen.connect(settings.set_scheduler)
        label = Label("Scheduler", "secondary", "secondary")
        label.setMinimumWidth(64)
        label.setBuddy(self.scheduler)
        self.steps = SliderField("Steps", 1, MOST_STEPS)
        self.guidance = SliderField("Guidance", 0, MOST_GUIDANCE, GUIDANCE_STEP, 1)
        self.steps.changed.connect(self._on_steps)
        self.guidance.changed.connect(self._on_guidance)
        self._scheduler_remark, self._steps_remark, self._guidance_remark = Remark(), Remark(), Remark()
        row = row_of(label, self.scheduler)
        row.setSpacing(12)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(6)
        whole.addLayout(row)
        whole.addWidget(self._scheduler_remark)
        for widget in (self.steps, self._steps_remark, self.guidance, self._guidance_remark):
            whole.addWidget(widget)

    def show_model(self) -> None:
        """The ranges of the model that is chosen now.

        Where the model leaves a value to the pipeline, the least position of its slider says Auto.
        """
        defaults = self._settings.defaults
        steps, guidance = defaults.num_inference_steps, defaults.guidance_scale
        self.steps.set_range(0 if steps is None else 1, MOST_STEPS)
        self.steps.set_default(steps or 0)
        self.guidance.set_range(-GUIDANCE_STEP if guidance is None else 0, MOST_GUIDANCE)
        self.guidance.set_default(-GUIDANCE_STEP if guidance is None else guidance)
        self.steps.field.setSpecialValueText(tr("Auto") if steps is None else "")
        self.guidance.field.setSpecialValueText(tr("Auto") if guidance is None else "")
        kind = self._settings.traits.guidance
        self.guidance.rename(GUIDANCES[kind])
        self.guidance.setEnabled(kind is not Guidance.NONE)

    def show_settings(self) -> None:
        settings = self._settings
        self._fill_schedulers()
        self.scheduler.select(settings.scheduler)
        self.steps.set_value(settings.steps or 0)
        self.guidance.set_value(-GUIDANCE_STEP if settings.guidance is None else settings.guidance)

    def show_remarks(self) -> None:
        settings = self._settings
        scheduler = settings.overrides.scheduler or ""
        unfit = "" if settings.scheduler_fits else "scheduler_unused"
        words = sentence_of_note(Note(code=unfit, params={"scheduler": scheduler})) if unfit else ""
        self._scheduler_remark.remark(None, words)
        self._steps_remark.remark(settings.problems.get("steps"))
        unused = settings.traits.guidance is Guidance.NONE
        said = sentence_of_note(Note(code="guidance_unused")) if unused else ""
        self._guidance_remark.remark(settings.problems.get("guidance"), said)

    def _fill_schedulers(self) -> None:
        """The model's own first, then those that fit it, and a chosen one in any case."""
        settings = self._settings
        own, names, chosen = settings.own_scheduler, list(settings.schedulers), settings.overrides.scheduler
        extra = [chosen] if chosen and chosen not in names else []
        rows: list[tuple[str, str | None]] = [
            (own or tr("Model's own"), own),
            *((name, name) for name in extra + names),
        ]
        if rows != self._offered:
            self._offered = rows
            self.scheduler.fill(rows)
            self.scheduler.setEnabled(len(rows) > 1)

    def _on_steps(self, steps: float) -> None:
        self._settings.set_steps(round(steps) or None)

    def _on_guidance(self, guidance: float) -> None:
        self._settings.set_guidance(None if guidance < 0 else round(guidance, 1))


class SeedFields(QWidget):
    """The seed with dice and lock, and below it what is wrong with it or what the lock means.

    Attributes:
        field, lock: what the person types and presses.
    """

    def __init__(self, settings: GenerationSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self.field = WholeNumberField("Seed", 20, empty="Random", mono=True)
        self.field.entered.connect(self._on_seed)
        dice = IconButton("seed", "Draw a new seed")
        dice.clicked.connect(settings.roll_seed)
        self.lock = IconButton("unlock", "Lock the seed", checkable=True)
        self.lock.clicked.connect(settings.lock_seed)
        self._remark = Remark()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(6)
        whole.addLayout(row_of(self.field, dice, self.lock))
        whole.addWidget(self._remark)

    def show_settings(self) -> None:
        draft = self._settings.draft
        if "seed" not in self._settings.problems:  # a number that was refused stays, to be mended
            self.field.show_number(draft.seed)
        self.lock.setChecked(draft.seed_locked)
        self.lock.set_icon("lock" if draft.seed_locked else "unlock")
        self.lock.say("Unlock the seed" if draft.seed_locked else "Lock the seed")

    def show_remarks(self) -> None:
        locked, problem = self._settings.draft.seed_locked, self._settings.problems.get("seed")
        words = tr("Locked: repeats will be identical.") if locked else tr("A new seed each time.")
        self._remark.remark(problem, words)
        self.field.set_wrong(problem is not None)

    def _on_seed(self, seed: int | None) -> None:
        if seed is None:
            self._settings.roll_seed()
        else:
            self._settings.set_seed(seed)


def row_of(*widgets: QWidget) -> QHBoxLayout:
    """Widgets side by side; fields share what buttons and labels leave."""
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    for widget in widgets:
        row.addWidget(widget, 0 if isinstance(widget, IconButton | Label) else 1)
    return row
