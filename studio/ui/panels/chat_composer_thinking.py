"""Whether the model thinks before it answers, and for how long: a button, and the choice it opens."""

from typing import cast

from PySide6.QtCore import QEvent, QPoint, QRect
from PySide6.QtWidgets import QWidget

from studio.core.sampling import Sampling, Thinking
from studio.core.thoughts import Askable
from studio.ui.context_words import short
from studio.ui.i18n import tr
from studio.ui.theme import SMALL
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.fields import SliderField
from studio.ui.widgets.labels import Label
from studio.ui.widgets.overlay import Overlay
from studio.ui.widgets.segment import Segment
from studio.viewmodels.chat import ChatViewModel

CHOICES: tuple[tuple[str, Thinking], ...] = (("Auto", ""), ("On", "on"), ("Off", "off"))
MOST_BUDGET, BUDGET_STEP = 16384, 256
WIDTH, HEIGHT = 320, 168


def thinking_words(sampling: Sampling) -> str:
    """Auto; On, at most 2k"""
    words = tr(next(english for english, value in CHOICES if value == sampling.thinking))
    if sampling.thinking_budget is None or sampling.thinking == "off":
        return words
    return tr("{thinking}, at most {n}", thinking=words, n=short(sampling.thinking_budget))


def thoughts_words(can: tuple[Askable, ...] | None) -> str:
    """What the choice comes to with a model of which so much can be asked."""
    if can is None:
        return tr("Tokens after which thinking ends and the answer begins. Not every model can think.")
    if "on" in can and "budget" in can:
        return tr("Tokens after which thinking ends and the answer begins.")
    if "on" in can:
        return tr("How long this model thinks cannot be limited.")
    if "off" in can:
        return tr("This model always thinks; Off makes it think less.")
    return tr("This model decides by itself whether it thinks; how long it does can be limited.")


class ThinkingButton(Button):
    """Shows what is chosen; opens the choice above itself. Gone while the model cannot think."""

    def __init__(self, chat: ChatViewModel, parent: QWidget) -> None:
        """`parent` is there from the start: shown without one, it would be a window of its own."""
        super().__init__(
            "",
            "quiet",
            tip="Whether the model thinks before it answers, and for how long",
            height=SMALL,
            parent=parent,
        )
        self._chat = chat
        self.choice: ThinkingChoice | None = None
        self.clicked.connect(self.open)
        chat.settings_changed.connect(self.refresh)
        self.refresh()

    @property
    def has_choice(self) -> bool:
        """Something can be asked of the model's thoughts, or it is not known that nothing can."""
        model = self._chat.model
        return model is None or model.thinks != ()

    def open(self) -> None:
        if self.choice is None:
            self.choice = ThinkingChoice(self.window(), self._chat)
        self.choice.open_above(self)

    def refresh(self) -> None:
        self.setVisible(self.has_choice)
        self.setText(tr("Thinking: {words}", words=thinking_words(told(self._chat))))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.refresh()


def told(chat: ChatViewModel) -> Sampling:
    """What is chosen, as far as the model can be asked for it."""
    return chat.sampling_for(chat.model) if chat.model else chat.sampling


class ThinkingChoice(Overlay):
    """On, off or as the model does; and how many tokens at most."""

    def __init__(self, host: QWidget, chat: ChatViewModel) -> None:
        super().__init__(host)
        self._chat = chat
        self.segment = Segment("Thinking", CHOICES)
        self.budget = SliderField("At most", 0, MOST_BUDGET, BUDGET_STEP)
        self.segment.chosen.connect(self._on_chosen)
        self.budget.changed.connect(self._on_budget)
        self._about = Label("", "secondary", "secondary", wrap=True)
        inner = self.body
        inner.setSpacing(10)
        edge = inner.contentsMargins()
        inner.setContentsMargins(edge.left() + 14, edge.top() + 12, edge.right() + 14, edge.bottom() + 12)
        for widget in (Label("Thinking", "section"), self.segment, self.budget, self._about):
            inner.addWidget(widget)
        chat.settings_changed.connect(self.refresh)
        self.refresh()

    def open_above(self, anchor: QWidget) -> None:
        corner = anchor.mapTo(self._host, QPoint(0, -4))
        height = max(HEIGHT, self.sizeHint().height() - 36)
        left = max(16, min(corner.x(), self._host.width() - WIDTH - 16))
        self.open_at(QRect(left, corner.y() - height, WIDTH, height), self.segment)

    def refresh(self) -> None:
        sampling, model = told(self._chat), self._chat.model
        can = model.thinks if model else None
        self.segment.allow(("", "on", "off") if can is None else ("", *can))
        self.segment.select(sampling.thinking)
        self.budget.field.setSpecialValueText(tr("Auto"))
        self.budget.set_value(sampling.thinking_budget or 0)
        self.budget.setEnabled(sampling.thinking != "off" and (can is None or "budget" in can))
        self._about.setText(thoughts_words(can))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.refresh()

    def _on_chosen(self, thinking: object) -> None:
        self._chat.set_sampling(thinking=cast(Thinking, thinking))

    def _on_budget(self, tokens: float) -> None:
        self._chat.set_sampling(thinking_budget=round(tokens) or None)
