"""The sheet for words on a picture: what they say, how they look; where they stand was clicked."""

import msgspec
from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QWidget

from studio.core.layers import TEXT_SIZES, TextStyle
from studio.ui.dialogs.edit_size import AskingSheet
from studio.ui.i18n import tr
from studio.ui.panels.edit_options import ColourButton
from studio.ui.widgets.fields import CheckBox, Combo, SliderField
from studio.ui.widgets.naming import call
from studio.ui.widgets.segment import Segment

HEIGHT = 360


class TextSheet(AskingSheet):
    """Asks for words.

    Signals:
        written (TextStyle, str): they are to be put there, in the place of that layer's where one is named.
    """

    written = Signal(object, str)

    def __init__(self, host: QWidget) -> None:
        super().__init__(
            host, english="Words on the picture", label="Put them there", keys="Ctrl+Return"
        )  # in the words Return begins a line
        self._before, self._layer = TextStyle(text="", x=0, y=0), ""
        self.words = QPlainTextEdit()
        self.words.setTabChangesFocus(True)
        self.words.textChanged.connect(lambda: self.judge())
        call(self.words, "Words on the picture")
        self.family = Combo("Font")
        self.family.fill([("", ""), *((name, name) for name in QFontDatabase.families())])
        self.size_field = SliderField("Size", *TEXT_SIZES, default=64)
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
        self.content.addWidget(self.words, 8)  # the room that is left is theirs
        self.content.addWidget(self.family)
        self.content.addWidget(self.size_field)
        self.content.addLayout(row)
        self.finish()
        self.accepted.connect(self._on_accepted)
        self._translate()

    def ask(self, x: int, y: int, colour: str, size: int) -> None:
        """Begin words there, in pixels of the picture; they look as those before them did."""
        self._show(msgspec.structs.replace(self._style(""), x=x, y=y, colour=colour, size=size), "")

    def ask_again(self, layer_id: str, style: TextStyle) -> None:
        """Let the words of a layer be others, or look otherwise."""
        self._show(style, layer_id)

    @property
    def complete(self) -> bool:
        return bool(self.words.toPlainText().strip())

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def _translate(self) -> None:
        self.family.setItemText(0, tr("Usual font"))

    def _show(self, style: TextStyle, layer_id: str) -> None:
        self._before, self._layer, self._colour = style, layer_id, style.colour
        self.colour.show_colour(style.colour)
        self.size_field.set_value(style.size)
        if self.family.findData(style.family) < 0:  # it was written on another machine
            self.family.addItem(style.family, style.family)
        self.family.select(style.family)
        self.bold.setChecked(style.bold)
        self.italic.setChecked(style.italic)
        self.align.select(style.align)
        self.words.setPlainText(style.text)
        self.words.selectAll()
        self.open(HEIGHT, self.words)

    def _on_colour(self, colour: str) -> None:
        self._colour = colour

    def _on_accepted(self) -> None:
        style = self._style(self.words.toPlainText().rstrip())
        if style != self._before:
            self.written.emit(style, self._layer)

    def _style(self, text: str) -> TextStyle:
        return TextStyle(
            text=text,
            x=self._before.x,
            y=self._before.y,
            size=round(self.size_field.value()),
            family=str(self.family.currentData() or ""),
            bold=self.bold.isChecked(),
            italic=self.italic.isChecked(),
            colour=self._colour,
            align=self.align.value(),  # type: ignore[arg-type]
        )
