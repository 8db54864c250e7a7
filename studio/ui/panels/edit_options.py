"""The bar over the canvas: how the tool in the hand is set, and menus of what is done at once."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QColorDialog, QHBoxLayout, QMenu, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from studio.core.brushes import BRUSH_SIZES
from studio.ui.actions import menu_of
from studio.ui.edit_words import TOOLS
from studio.ui.i18n import tr
from studio.ui.theme import CONTROL, RADIUS, SMALL, colours
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.fields import CheckBox, SliderField
from studio.ui.widgets.labels import ElidedLabel, Label, Line
from studio.ui.widgets.segment import Segment
from studio.viewmodels.edit_tools import CHOOSING, PAINTING, Mode, Tool, ToolState

BAR_HEIGHT = 40
SLIDER = 176
TIGHT = 780  # pixels below which there is no room for the tracks of sliders
MOST_TOLERANCE = 255
NO_SELECTOR = "By colour, without a model."


class OptionsBar(QWidget):
    """Binds the tools.

    Attributes:
        diameter, hardness, opacity, tolerance, mode, contiguous, colour: the fields; those of other tools are
            hidden.
    """

    def __init__(
        self,
        tools: ToolState,
        menus: Sequence[tuple[str, Sequence[list[QAction]]]],
        parent: QWidget | None = None,
    ) -> None:
        """`menus` are English titles with groups of actions."""
        super().__init__(parent)
        self._tools = tools
        self._menu: QMenu | None = None
        self._openers: list[Button] = []
        self._finds_objects = True
        self.setFixedHeight(BAR_HEIGHT)
        self._name = Label("", "section")
        self._sentence = ElidedLabel("", "secondary", "secondary")
        self.diameter = self._slider("Size", *BRUSH_SIZES)
        self.hardness = self._slider("Hardness", 0, 100)
        self.opacity = self._slider("Opacity", 1, 100)
        self.tolerance = self._slider("Tolerance", 0, MOST_TOLERANCE)
        self.diameter.changed.connect(self._on_diameter)
        self.hardness.changed.connect(self._on_hardness)
        self.opacity.changed.connect(self._on_opacity)
        self.tolerance.changed.connect(self._on_tolerance)
        self.mode = Segment(
            "How it joins what is chosen",
            (("New", "replace"), ("Add", "add"), ("Subtract", "subtract"), ("Intersect", "intersect")),
        )
        self.mode.chosen.connect(self._on_mode)
        self.contiguous = CheckBox("Connected")
        self.contiguous.clicked.connect(self._on_contiguous)
        self.colour = ColourButton("Colour")
        self.colour.picked.connect(self._on_colour)
        self._lay_out(menus)
        tools.tool_changed.connect(self.show_tool)
        tools.changed.connect(self._show)
        self.show_tool()

    def show_finding(self, on: bool) -> None:
        """Whether a model is there that finds objects, or colours have to do."""
        self._finds_objects = on
        self.show_tool()

    def show_tool(self) -> None:
        tool = self._tools.tool
        name, _, sentence = TOOLS[tool]
        self._name.say(name)
        if tool is Tool.OBJECT:
            sentence = "Click what is to be chosen." if self._finds_objects else NO_SELECTOR
        self._sentence.say(sentence)
        shown: dict[QWidget, bool] = {
            self.diameter: tool in PAINTING,
            self.hardness: tool in PAINTING,
            self.opacity: tool is Tool.PAINT,
            self.colour: tool in (Tool.PAINT, Tool.TEXT),
            self.mode: tool in CHOOSING or tool is Tool.OBJECT,
            self.tolerance: tool is Tool.WAND or (tool is Tool.OBJECT and not self._finds_objects),
            self.contiguous: tool is Tool.WAND,
            self._sentence: bool(sentence),
        }
        for widget, on in shown.items():
            widget.setVisible(on)
        self._show()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.show_tool()
        super().changeEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        tight = self.width() < TIGHT
        for field in (self.diameter, self.hardness, self.opacity, self.tolerance):
            field.slider.setVisible(not tight)
        self.tolerance.setMinimumWidth(0 if tight else SLIDER)  # the sentence beside it gives way
        for button in self._openers:
            button.set_icon("" if tight else "down")

    def _show(self) -> None:
        now = self._tools.now
        self.diameter.set_value(now.size)
        self.hardness.set_value(round(now.hardness * 100))
        self.opacity.set_value(round(now.opacity * 100))
        self.tolerance.set_value(now.tolerance)
        self.mode.select(now.mode)
        self.contiguous.setChecked(now.contiguous)
        self.colour.show_colour(now.colour)

    def _on_diameter(self, size: float) -> None:
        self._tools.set(size=size)

    def _on_hardness(self, percent: float) -> None:
        self._tools.set(hardness=percent / 100)

    def _on_opacity(self, percent: float) -> None:
        self._tools.set(opacity=percent / 100)

    def _on_tolerance(self, tolerance: float) -> None:
        self._tools.set(tolerance=round(tolerance))

    def _on_mode(self, mode: Mode) -> None:
        self._tools.set(mode=mode)

    def _on_contiguous(self, on: bool) -> None:
        self._tools.set(contiguous=on)

    def _on_colour(self, colour: str) -> None:
        self._tools.set(colour=colour)

    def _slider(self, english: str, least: float, most: float) -> SliderField:
        slider = SliderField(english, least, most, label_width=0, field_width=52)
        slider.label.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        slider.setMaximumWidth(SLIDER)
        return slider

    def _lay_out(self, menus: Sequence[tuple[str, Sequence[list[QAction]]]]) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(12, 0, 8, 0)
        row.setSpacing(8)
        row.addStrut(BAR_HEIGHT - 1)
        row.addWidget(self._name)
        line = Line(vertical=True)
        line.setFixedHeight(20)
        row.addWidget(line)
        for widget in (self.diameter, self.hardness, self.opacity, self.colour, self.mode):
            row.addWidget(widget)
        for widget in (self.tolerance, self.contiguous, self._sentence):
            row.addWidget(widget)
        row.addStretch(1)
        for title, groups in menus:
            button = Button(title, "quiet", icon="down", height=SMALL)
            self._openers.append(button)
            button.clicked.connect(partial(self._open, button, groups))
            row.addWidget(button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(row, 1)
        whole.addWidget(Line())

    def _open(self, button: Button, groups: Sequence[list[QAction]], checked: bool = False) -> None:
        self._menu = menu_of(*groups)
        self._menu.popup(button.mapToGlobal(QPoint(0, button.height() + 2)))


class ColourButton(QPushButton):
    """A field of one colour; pressed, it asks for another.

    Signals:
        picked (str): the person chose this one, #RRGGBB.
    """

    picked = Signal(str)

    def __init__(self, english: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._english, self._colour = english, "#FFFFFF"
        self.setFixedSize(QSize(44, CONTROL))
        self.clicked.connect(self._ask)
        self._translate()

    def show_colour(self, colour: str) -> None:
        if colour != self._colour:
            self._colour = colour
            self._translate()
            self.update()

    def minimumSizeHint(self) -> QSize:
        return self.size()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(colours().border_strong))
        painter.setBrush(QColor(self._colour))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def _translate(self) -> None:
        words = f"{tr(self._english)} {self._colour}"
        self.setAccessibleName(words)
        self.setToolTip(words)

    def _ask(self) -> None:
        dialog = QColorDialog(QColor(self._colour), self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.colorSelected.connect(self._on_selected)
        dialog.open()

    def _on_selected(self, colour: QColor) -> None:
        self.show_colour(colour.name().upper())
        self.picked.emit(self._colour)
