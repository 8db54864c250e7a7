"""What a text model suggests for the prompt: below it, word by word, to accept or not."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QColor, QTextBlockFormat, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.ui.i18n import STAGES, explain, tr
from studio.ui.theme import SMALL, colours, type_style
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.empty import Glyph
from studio.ui.widgets.labels import ElidedLabel, Label, Line
from studio.ui.widgets.prompt_edit import PromptEdit
from studio.viewmodels.prompt import Suggestion
from studio.viewmodels.prompt_changes import pieces


class SuggestedText(PromptEdit):
    """Read only; what is new is underlined and has the colours of an insertion."""

    def __init__(self) -> None:
        super().__init__("Suggested prompt", "prompt", 1, 6)
        self.setReadOnly(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )

    def show_words(self, before: str, after: str) -> None:
        now, new = colours(), QTextCharFormat()
        new.setForeground(QColor(now.inserted))
        new.setBackground(QColor(now.inserted_soft))
        new.setFontUnderline(True)
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.removeSelectedText()
        line = QTextBlockFormat()
        line.setLineHeight(type_style("prompt").line, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        cursor.setBlockFormat(line)
        for words, inserted in pieces(before, after):
            cursor.insertText(words, new if inserted else QTextCharFormat())
        cursor.endEditBlock()
        self.updateGeometry()


class SuggestionCard(QWidget):
    """Shows a `Suggestion`, and says what can be done with it.

    Signals:
        accept_wanted, discard_wanted, again_wanted, stop_wanted, models_wanted: the person pressed.
    """

    accept_wanted = Signal()
    discard_wanted = Signal()
    again_wanted = Signal()
    stop_wanted = Signal()
    models_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: Suggestion | None = None
        self._glyph = Glyph("wand", 16, "accent")
        self.title = ElidedLabel("", "section", "secondary")
        self.text = SuggestedText()
        self.problem = Label("", "body", "secondary", wrap=True)
        self.accept = Button("Accept", keys="Tab", height=SMALL, tip="Put it in the place of the prompt")
        self.again = Button("Again", "quiet", icon="again", height=SMALL, tip="Another suggestion")
        self.stop = Button("Stop", "quiet", icon="stop", height=SMALL)
        self.discard = Button("Discard", "quiet", keys="Esc", height=SMALL, tip="Leave the prompt as it is")
        self.models = Button("Go to Models", height=SMALL)
        self.accept.clicked.connect(self.accept_wanted)
        self.again.clicked.connect(self.again_wanted)
        self.stop.clicked.connect(self.stop_wanted)
        self.discard.clicked.connect(self.discard_wanted)
        self.models.clicked.connect(self.models_wanted)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._glyph)
        head.addWidget(self.title, 1)
        for button in (self.models, self.stop, self.again, self.discard, self.accept):
            head.addWidget(button)
        whole = QVBoxLayout()
        whole.setContentsMargins(14, 8, 10, 10)
        whole.setSpacing(6)
        whole.addLayout(head)
        whole.addWidget(self.text)
        whole.addWidget(self.problem)
        lined = QVBoxLayout(self)
        lined.setContentsMargins(0, 0, 0, 0)
        lined.setSpacing(0)
        lined.addWidget(Line())
        lined.addLayout(whole)

    def show_suggestion(self, suggestion: Suggestion | None) -> None:
        self._shown = suggestion
        self.setVisible(suggestion is not None)
        if suggestion is None:
            return
        self._glyph.show_icon("language" if suggestion.purpose == "translate" else "wand", "accent")
        self._say_title(suggestion)
        self._say_problem(suggestion)
        whole = suggestion.done and bool(suggestion.text)
        before = "" if suggestion.purpose == "translate" else suggestion.asked
        self.text.show_words(before if whole else suggestion.text, suggestion.text)
        self.text.setVisible(bool(suggestion.text))
        self.accept.setVisible(whole)
        self.again.setVisible(bool(suggestion.model) and not suggestion.writing)
        self.stop.setVisible(suggestion.writing)
        self.models.setVisible(not suggestion.model)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self.show_suggestion(self._shown)
        super().changeEvent(event)

    def _say_title(self, suggestion: Suggestion) -> None:
        translated = suggestion.purpose == "translate"
        if suggestion.writing:
            words = "{model} translates" if translated else "{model} writes"
            self.title.setText(f"{tr(words, model=suggestion.model)}{_stage_words(suggestion)}")
        elif suggestion.text:
            self.title.say(
                "Translated by {model}" if translated else "Written by {model}", model=suggestion.model
            )
        else:
            self.title.say("Translate" if translated else "Write it for me")

    def _say_problem(self, suggestion: Suggestion) -> None:
        self.problem.setVisible(suggestion.problem is not None or not suggestion.model)
        self.problem.set_tone("danger" if suggestion.problem else "secondary")
        if suggestion.problem:
            self.problem.setText(explain(suggestion.problem))
        elif not suggestion.model:
            self.problem.say("A text model writes and translates prompts, and none is installed.")


def _stage_words(suggestion: Suggestion) -> str:
    """Why there are no words yet: the first time a model has to be loaded."""
    if suggestion.text:
        return ""
    return " · " + tr(STAGES[suggestion.stage] if suggestion.stage else "Queued")
