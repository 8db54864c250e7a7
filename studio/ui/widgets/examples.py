"""What a panel shows before the first result: what the model can do, and examples to start from."""

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.core.model import ModelSpec
from studio.ui.i18n import is_chinese
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.empty import Glyph
from studio.ui.widgets.labels import Label

T = TypeVar("T")

EXAMPLES = 3
WIDTH = 460


class Examples(QWidget):
    """Examples of the chosen model, to click.

    Signals:
        taken (str): this example is to become the prompt or the message.
    """

    taken = Signal(str)

    def __init__(self, icon: str, title: str, about: str, parent: QWidget | None = None) -> None:
        """`title`, and `about` for a model that says nothing of itself, are English."""
        super().__init__(parent)
        self._model: ModelSpec | None = None
        self._fallback = about
        self._title = Label(title, "heading")
        self._about = Label("", "body", "secondary", wrap=True)
        self._about.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._about.setFixedWidth(WIDTH)
        self._hint = Label("Or start from one of these:", "secondary", "secondary")
        self._examples = [_Example() for _ in range(EXAMPLES)]
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(8)
        column.addStretch(1)
        for widget in (Glyph(icon), self._title, self._about):
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(12)
        column.addWidget(self._hint, 0, Qt.AlignmentFlag.AlignHCenter)
        for example in self._examples:
            column.addWidget(example, 0, Qt.AlignmentFlag.AlignHCenter)
            example.clicked.connect(self._taking(example))
        column.addStretch(1)

    def show_model(self, model: ModelSpec | None) -> None:
        self._model = model
        examples = _of_language(model.examples if model else {}, ())
        for button, text in zip(self._examples, (*examples, *("",) * EXAMPLES), strict=False):
            button.show_example(text)
        self._hint.setVisible(bool(examples))
        about = _of_language(model.about if model else {}, "")
        if about:
            self._about.setText(about)
        else:
            self._about.say(self._fallback)

    def _taking(self, example: Button) -> Callable[[], None]:
        return lambda: self.taken.emit(example.text())

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.show_model(self._model)
        super().changeEvent(event)


class _Example(Button):
    """A button whose words are a prompt in its own language."""

    def __init__(self) -> None:
        super().__init__("")

    def show_example(self, text: str) -> None:
        self.setText(text)
        self.setAccessibleName(text)
        self.setVisible(bool(text))
        self.updateGeometry()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() != QEvent.Type.LanguageChange:
            super().changeEvent(event)


def _of_language(texts: dict[str, T], none: T) -> T:
    return texts.get("zh" if is_chinese() else "en", texts.get("en", none))
