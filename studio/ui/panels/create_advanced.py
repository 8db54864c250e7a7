"""What few pictures need: seamless tiles, a second pass at a larger size, work skipped between steps."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.core.passes import STEP_CACHES, SecondPass, StepCache
from studio.ui.i18n import CACHES, tr
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
        cache_cost: what the chosen cache leaves out, and how to see what that costs.
    """

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
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(6)
        for widget in (self.seamless, self.second, self.scale, self.strength, self.steps, self.second_size):
            whole.addWidget(widget)
        for widget in (self._cache_label, self.cache, self.cache_cost):
            whole.addWidget(widget)

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
        self.cache_cost.setVisible(bool(cache))
        if cache:
            seen = tr("A contact sheet through “{setting}” shows what it costs.", setting=tr("Speed cache"))
            self.cache_cost.setText(f"{tr(COSTS[cache])} {seen}")

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
