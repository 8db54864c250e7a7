"""The section of Chat's inspector that says how tokens are chosen; the model's own until changed."""

import secrets
from functools import partial

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.jobs import MAX_SEED
from studio.core.model import Defaults
from studio.core.plain_text import clean_text
from studio.ui.dialogs.chat_preset import PresetSheet
from studio.ui.i18n import tr
from studio.ui.panels.create_fields import WholeNumberField
from studio.ui.theme import SMALL
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.fields import Combo, SliderField
from studio.ui.widgets.labels import Label
from studio.ui.widgets.section import Section
from studio.ui.widgets.text_field import TextField
from studio.viewmodels.chat import ChatViewModel
from studio.viewmodels.chat_presets import PresetsViewModel
from studio.viewmodels.shell import WindowState

LABEL = 84
# Field of Sampling, words, least, most, step, decimals, and what is taken where nobody says.
FIELDS = (
    ("temperature", "Temperature", 0.0, 2.0, 0.05, 2, 0.7),
    ("top_p", "Top-p", 0.05, 1.0, 0.05, 2, 1.0),
    ("min_p", "Min-p", 0.0, 0.5, 0.01, 2, 0.0),
    ("repetition_penalty", "Repetition", 1.0, 2.0, 0.05, 2, 1.0),
    ("max_new_tokens", "Max tokens", 16, 4096, 16, 0, 4096),
)
RARE = (
    ("top_k", "Top-k", 0, 200, 1, 0, 0),
    ("dry_multiplier", "DRY", 0.0, 2.0, 0.05, 2, 0.0),
    ("dry_base", "DRY base", 1.0, 4.0, 0.05, 2, 1.75),
    ("dry_allowed_length", "DRY length", 1, 20, 1, 0, 2),
    ("xtc_probability", "XTC chance", 0.0, 1.0, 0.05, 2, 0.0),
    ("xtc_threshold", "XTC threshold", 0.0, 0.5, 0.01, 2, 0.1),
)
LISTS = (
    ("banned", "Banned phrases", "What is never written, one on each line"),
    ("stop", "Stop strings", "What ends the answer, one on each line"),
)
MORE_KEY = "chat.sampling.more"
SEED_DIGITS = 20
NEWLINE = "\\n"  # as one types it


class SamplingSection(Section):
    """Binds the view-models; keeps nothing itself.

    Attributes:
        sliders: by the field of Sampling.
    """

    def __init__(
        self, chat: ChatViewModel, presets: PresetsViewModel, state: WindowState, *, opened: bool
    ) -> None:
        super().__init__("Sampling", opened=opened)
        self._chat, self._presets, self._state = chat, presets, state
        self._sheet: PresetSheet | None = None
        self.sliders: dict[str, SliderField] = {}
        self._lists: dict[str, TextField] = {}
        self.body.addLayout(self._preset_row())
        for field in FIELDS:
            self.body.addWidget(self._slider(*field[:6]))
        self.body.addLayout(self._seed_row())
        self._rare = QWidget()
        self._more = Button("", "quiet", height=SMALL)
        self._more.clicked.connect(self._on_more)
        self.body.addWidget(self._more)
        self.body.addWidget(self._rare)
        self._fill_rare()
        self._show_more()
        presets.changed.connect(self.refresh)
        chat.settings_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        sampling = self._chat.sampling
        own = self._chat.model.defaults if self._chat.model else Defaults()
        for name, _, _, _, _, _, common in (*FIELDS, *RARE):
            self._show_value(name, getattr(sampling, name), getattr(own, name, None), common)
        for name, field in self._lists.items():
            text = "\n".join(one.replace("\n", NEWLINE) for one in getattr(sampling, name))
            if not field.hasFocus() and field.toPlainText() != text:
                field.setPlainText(text)
        self._seed.show_number(sampling.seed)
        self._lock.setChecked(sampling.seed is not None)
        self._lock.set_icon("lock" if sampling.seed is not None else "unlock")
        self._show_presets()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._show_presets()
        super().changeEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut:
            self._keep_lists()
        return False

    # Building.

    def _preset_row(self) -> QHBoxLayout:
        self.preset = Combo("Sampling preset")
        self.preset.chosen.connect(self._on_preset)
        self._save = IconButton("save", "Save as a preset…")
        self._save.clicked.connect(self.save_preset)
        self._remove = IconButton("trash", "Remove this preset")
        self._remove.clicked.connect(self._on_remove)
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.preset, 1)
        row.addWidget(self._save)
        row.addWidget(self._remove)
        return row

    def _slider(
        self, name: str, english: str, least: float, most: float, step: float, decimals: int
    ) -> SliderField:
        slider = self.sliders[name] = SliderField(english, least, most, step, decimals, label_width=LABEL)
        slider.changed.connect(partial(self._on_changed, name, decimals))
        return slider

    def _seed_row(self) -> QHBoxLayout:
        self._seed = WholeNumberField("Seed", SEED_DIGITS, empty="By chance", mono=True)
        self._seed.entered.connect(self._on_seed)
        self._lock = IconButton(
            "unlock", "Keep the same seed, so that an answer can be repeated", checkable=True
        )
        self._lock.clicked.connect(self._on_lock)
        label = Label("Seed", "secondary", "secondary")
        label.setMinimumWidth(LABEL)
        label.setBuddy(self._seed)
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(label)
        row.addSpacing(8)
        row.addWidget(self._seed, 1)
        row.addWidget(self._lock)
        return row

    def _fill_rare(self) -> None:
        column = QVBoxLayout(self._rare)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for field in RARE:
            column.addWidget(self._slider(*field[:6]))
        for name, english, hint in LISTS:
            text = self._lists[name] = TextField(hint, 2)
            text.installEventFilter(self)
            column.addWidget(Label(english, "secondary", "secondary"))
            column.addWidget(text)

    # What is shown.

    def _show_value(self, name: str, chosen: float | None, own: float | None, common: float) -> None:
        """Words of what was chosen by the person stand out from those of the model's own."""
        slider = self.sliders[name]
        slider.set_default(common if own is None else own)
        slider.set_value(next(value for value in (chosen, own, common) if value is not None))
        slider.label.set_tone("secondary" if chosen is None else "")

    def _show_presets(self) -> None:
        chosen, differs = self._presets.chosen, self._presets.differs
        names = [one.name for one in self._presets.all]
        self.preset.fill([(tr("Model's own"), ""), *((name, name) for name in names)])
        self.preset.select(chosen.name if chosen else "")
        self._save.setEnabled(differs or chosen is None)
        self._remove.setEnabled(chosen is not None)
        if chosen is not None:
            self.set_summary(f"{chosen.name} · {tr('changed')}" if differs else chosen.name)
        else:
            self.set_summary(tr("changed") if differs else tr("model's own"))

    def _show_more(self) -> None:
        on = self._state.flag(MORE_KEY, False)
        self._rare.setVisible(on)
        self._more.say("Fewer settings" if on else "More settings")
        self._more.set_icon("up" if on else "down")

    # What the person does.

    def save_preset(self) -> None:
        if self._sheet is None:
            self._sheet = PresetSheet(self.window())
            self._sheet.named.connect(self._presets.save)
        chosen = self._presets.chosen
        self._sheet.ask_beside(chosen.name if chosen else "", [one.name for one in self._presets.all])

    def _on_preset(self, name: object) -> None:
        self._presets.choose(str(name))

    def _on_remove(self) -> None:
        if (chosen := self._presets.chosen) is not None:
            self._presets.remove(chosen.name)

    def _on_more(self) -> None:
        self._state.put_flag(MORE_KEY, not self._state.flag(MORE_KEY, False))
        self._show_more()

    def _on_changed(self, name: str, decimals: int, value: float) -> None:
        self._chat.set_sampling(**{name: round(value, decimals) if decimals else round(value)})

    def _on_seed(self, seed: int | None) -> None:
        self._chat.set_sampling(seed=None if seed is None else min(max(seed, 0), MAX_SEED))

    def _on_lock(self, on: bool) -> None:
        self._chat.set_sampling(seed=secrets.randbelow(2**32) if on else None)

    def _keep_lists(self) -> None:
        """Lines as they stand, spaces and all; without those that are empty."""
        for name, field in self._lists.items():
            typed = clean_text(field.toPlainText()).split("\n")
            lines = tuple(line.replace(NEWLINE, "\n") for line in typed if line.strip())
            if lines != getattr(self._chat.sampling, name):
                self._chat.set_sampling(**{name: lines})
