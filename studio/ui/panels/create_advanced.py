"""What few pictures need: seamless tiles, a second pass at a larger size, work skipped between steps."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.core.passes import STEP_CACHES, SecondPass, StepCache
from studio.ui.cache_words import cost_words
from studio.ui.i18n import CACHES, tr
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.fields import CheckBox, Combo, SliderField
from studio.ui.widgets.labels import Label
from studio.viewmodels.create_settings import GenerationSettings

MOST_STEPS = 150
# What it leaves out, of which likeness is the price.
COSTS: dict[StepCache, str] = {
    "first_block": "Skips most of a step in which the first block hardly changes anything.",
    "taylor_seer": "Computes every third step and estimates those between.",
    "mag_cache": "Skips steps that usually change little.",
}
_PASS = SecondPass()


class Advanced(QWidget):
    """Binds the settings.

    Attributes:
        seamless, second: the switches.
        scale, strength, steps: of the second pass; hidden while it is off.
        cache: hidden where the model has none.
        cache_cost: what the chosen cache leaves out.
        cache_figure: what that gains and costs as it was measured.
        measure: measures it.

    Signals:
        measure_wanted: two pictures are to be made that show it.
    """

    measure_wanted = Signal()

    def __init__(self, settings: GenerationSettings) -> None:
        super().__init__()
        self._settings = settings
        self.seamless = CheckBox("Seamless tiles")
        self.seamless.clicked.connect(settings.set_seamless)
        self.second = CheckBox("Second pass, larger")
        self.second.clicked.connect(self._on_switched)
        self.scale = SliderField("Times", 1.25, 4, 0.25, 2, _PASS.scale)
        self.strength = SliderField("Strength", 0.05, 1, 0.05, 2, _PASS.strength)
        self.steps = SliderField("Steps", 0, MOST_STEPS)
        for slider in (self.scale, self.strength, self.steps):
            slider.changed.connect(self._on_second)
        self.second_size = Label("", "secondary", "secondary", wrap=True)
        self.cache = Combo("Speed cache")
        self.cache.chosen.connect(settings.set_cache)
        self._cache_label = Label("Speed cache", "secondary", "secondary")
        self._cache_label.setBuddy(self.cache)
        self.cache_cost = Label("", "secondary", "secondary", wrap=True)
        self.cache_figure = Label("", "secondary", wrap=True)
        tip = "Makes two pictures, one without the cache and one with it, and compares them"
        self.measure = Button("Measure", "quiet", tip=tip, height=24)
        self.measure.clicked.connect(self.measure_wanted)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(6)
        for widget in (self.seamless, self.second, self.scale, self.strength, self.steps, self.second_size):
            whole.addWidget(widget)
        for widget in (self._cache_label, self.cache, self.cache_cost, self.cache_figure):
            whole.addWidget(widget)
        whole.addWidget(self.measure, 0, Qt.AlignmentFlag.AlignLeft)

    def show_settings(self) -> str:
        """As they stand; what is on, in few words."""
        settings, draft = self._settings, self._settings.draft
        self.seamless.setChecked(draft.seamless)
        second = draft.second_pass
        self.second.setChecked(second is not None)
        for widget in (self.scale, self.strength, self.steps, self.second_size):
            widget.setVisible(second is not None)
        self.steps.field.setSpecialValueText(tr("Auto"))
        if second is not None:
            self.scale.set_value(second.scale)
            self.strength.set_value(second.strength)
            self.steps.set_value(second.num_inference_steps or 0)
            self._show_size(second)
        caches = settings.traits.caches
        for widget in (self._cache_label, self.cache):
            widget.setVisible(caches)
        self._show_cost(draft.cache if caches else "")
        self.cache.fill([(tr(CACHES[one]), one) for one in STEP_CACHES])
        self.cache.select(draft.cache)
        on = [
            tr("tiles") if draft.seamless else "",
            tr("second pass") if second else "",
            tr(CACHES[draft.cache]) if caches and draft.cache else "",
        ]
        return " · ".join(one for one in on if one) or tr("off")

    def _show_cost(self, cache: StepCache) -> None:
        for widget in (self.cache_cost, self.cache_figure, self.measure):
            widget.setVisible(bool(cache))
        if not cache:
            return
        settings = self._settings
        self.cache_cost.setText(tr(COSTS[cache]))
        self.measure.setVisible(not settings.cache_unusable)
        if settings.cache_unusable:
            started = tr("This model cannot use it when it starts from a picture.")
            self.cache_figure.setText(started if settings.starts else tr("This model cannot use it."))
            self.cache_figure.set_tone("secondary")
            return
        known, running = settings.cache_cost, settings.cache_measure.running
        unknown = tr("What it gains and costs here is not measured yet.")
        self.cache_figure.setText(cost_words(known) if known else unknown)
        self.cache_figure.set_tone("" if known else "secondary")
        self.measure.say("Measuring …" if running else "Measure again" if known else "Measure")
        self.measure.setEnabled(not running)

    def _show_size(self, second: SecondPass) -> None:
        width, height = self._settings.size
        self.second_size.setVisible(bool(width and height))
        if width and height:
            larger = (round(width * second.scale), round(height * second.scale))
            self.second_size.setText(
                tr("About {width} × {height} pixels.", width=larger[0], height=larger[1])
            )

    def _on_switched(self, on: bool) -> None:
        self._settings.set_second_pass(SecondPass() if on else None)

    def _on_second(self) -> None:
        self._settings.set_second_pass(
            SecondPass(
                scale=round(self.scale.value(), 2),
                strength=round(self.strength.value(), 2),
                num_inference_steps=round(self.steps.value()) or None,
            )
        )
