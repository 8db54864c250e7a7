"""Turns that show a model what is wanted: what a person says, and what is answered; as many as one likes."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.personas import Example
from studio.ui.theme import SMALL
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.naming import call
from studio.ui.widgets.tab_order import tab_before
from studio.ui.widgets.text_field import TextField


class _Turn(QWidget):
    gone = Signal()

    def __init__(self, example: Example) -> None:
        super().__init__()
        self.user, self.assistant = TextField("What one says", 2), TextField("What is answered", 2)
        self.user.setPlainText(example.user)
        self.assistant.setPlainText(example.assistant)
        remove = IconButton("close", "Take this example away", size=SMALL, glyph_size=12)
        remove.clicked.connect(self.gone)
        texts = QVBoxLayout()
        texts.setSpacing(4)
        texts.addWidget(self.user)
        texts.addWidget(self.assistant)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addLayout(texts, 1)
        row.addWidget(remove)


class ExampleTurns(QWidget):
    """A pair of fields for each, and a button for another."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._turns: list[_Turn] = []
        self.add = Button("Add an example", "quiet", icon="add", height=SMALL)
        self.add.clicked.connect(self._on_add)
        call(self, "Examples")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self._column.addWidget(self.add)

    def show_examples(self, examples: tuple[Example, ...]) -> None:
        for turn in list(self._turns):
            self._remove(turn)
        for example in examples:
            self._append(example)
        tab_before(self.add, self._turns)

    @property
    def examples(self) -> tuple[Example, ...]:
        """Those that say something."""
        return tuple(one for one in self.begun if one.user.strip() and one.assistant.strip())

    @property
    def begun(self) -> tuple[Example, ...]:
        """Also those that have nothing on one side yet."""
        said = (
            Example(user=one.user.toPlainText(), assistant=one.assistant.toPlainText()) for one in self._turns
        )
        return tuple(one for one in said if one.user.strip() or one.assistant.strip())

    def _on_add(self) -> None:
        turn = self._append(Example(user="", assistant=""))
        tab_before(self.add, self._turns)
        turn.user.setFocus()

    def _append(self, example: Example) -> _Turn:
        turn = _Turn(example)
        turn.gone.connect(lambda: self._remove(turn))
        self._turns.append(turn)
        self._column.insertWidget(len(self._turns) - 1, turn)
        return turn

    def _remove(self, turn: _Turn) -> None:
        self._turns.remove(turn)
        self._column.removeWidget(turn)
        turn.hide()
        turn.deleteLater()
