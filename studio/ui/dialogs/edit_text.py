"""The sheet for words on a picture: what they say, how they look; where they stand was clicked."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QWidget

from studio.core.layers import TextStyle
from studio.ui.dialogs.edit_size import AskingSheet
from studio.ui.i18n import tr
from studio.ui.panels.edit_options import ColourButton
from studio.ui.widgets.fields import CheckBox, Combo, SliderField
from studio.ui.widgets.segment import Segment

MOST_SIZE = 1000
HEIGHT = 360


class TextSheet(AskingSheet):
    """Asks for words.

    Signals:
        written (TextStyle): they are to be put there.
    """

    written = Signal(object)

    def __init__(self, host: QWidget) -> None:
        super().__init__(
            host, english="Words on the picture", label="Put them there", keys="Ctrl+Return"
        )  # in the words Return begins a line
        self._place = (0, 0)
        self.words = QPlainTextEdit()
        self.words.setTabChangesFocus(True)
        self.words.setAccessibleName(tr("Words on the picture"))
        self.family = Combo("Font")
        self.family.fill([(tr("Usual font"), ""), *((name, name) for name in QFontDatabase.families())])
        self.size_field = SliderField("Size", 4, MOST_SIZE, default=64)
        self.bold, self.italic = CheckBox("Bold"), CheckBox("Italic")
        self.align = Segment("Alignment", (("Left", "left"), ("Centre", "centre"), ("Right", "right")))
        self.colour = ColourButton("Colour")
        self._colour = "#FFFFFF"
        self.colour.picked.connect(self._on_colour)
        row = QHBoxLayout()
        row.setSpacing(12)
        for widget in (self.colour, self.bold, self.italic):
            row.addWidget(widget)
        row.addWidget(self.align, 1)
        self.content.addWidget(self.words, 1)
        self.content.addWidget(self.family)
        self.content.addWidget(self.size_field)
        self.content.addLayout(row)
        self.finish()
        self.accepted.connect(self._on_accepted)

    def ask(self, x: int, y: int, colour: str, size: int) -> None:
        """Begin words there, in pixels of the picture."""
        self._place, self._colour = (x, y), colour
        self.colour.show_colour(colour)
        self.size_field.set_value(size)
        self.words.clear()
        self.open(HEIGHT, self.words)

    def _on_colour(self, colour: str) -> None:
        self._colour = colour

    def _on_accepted(self) -> None:
        text = self.words.toPlainText().rstrip()
        if not text:
            return
        style = TextStyle(
            text=text,
            x=self._place[0],
            y=self._place[1],
            size=round(self.size_field.value()),
            family=str(self.family.currentData() or ""),
            bold=self.bold.isChecked(),
            italic=self.italic.isChecked(),
            colour=self._colour,
            align=self.align.value(),  # type: ignore[arg-type]
        )
        self.written.emit(style)
