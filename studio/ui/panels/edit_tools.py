"""The strip of tools at the left of the canvas, one under the other."""

from functools import partial

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.ui.actions import Action
from studio.ui.edit_words import TOOLS
from studio.ui.widgets.buttons import IconButton
from studio.ui.widgets.labels import Line
from studio.viewmodels.edit_tools import TOOL_KEYS, Tool, ToolState

STRIP_WIDTH, BUTTON = 48, 32
GROUPS = (
    (Tool.HAND, Tool.ZOOM),
    (Tool.BRUSH, Tool.ERASER, Tool.RECTANGLE, Tool.LASSO, Tool.POLYGON, Tool.WAND, Tool.OBJECT),
    (Tool.PAINT, Tool.EYEDROPPER, Tool.TEXT),
    (Tool.CROP, Tool.EXTEND, Tool.CONTEXT),
)


class ToolActions(QObject):
    """One action for each tool, of which one is checked.

    Attributes:
        all: in the order of the strip.
    """

    def __init__(self, tools: ToolState, parent: QObject) -> None:
        super().__init__(parent)
        self._tools = tools
        self._actions = {tool: self._action(tool) for group in GROUPS for tool in group}
        tools.tool_changed.connect(self._show)
        self._show()

    @property
    def all(self) -> list[Action]:
        return list(self._actions.values())

    def of(self, tool: Tool) -> Action:
        return self._actions[tool]

    def _action(self, tool: Tool) -> Action:
        name, icon, _ = TOOLS[tool]
        choose = partial(self._tools.choose, tool)
        return Action(name, choose, TOOL_KEYS[tool], icon, checkable=True, parent=self)

    def _show(self) -> None:
        for tool, action in self._actions.items():
            action.setChecked(tool is self._tools.tool)


class ToolStrip(QWidget):
    """Buttons for the actions, with lines between what belongs together."""

    def __init__(self, actions: ToolActions, tools: ToolState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions, self._tools = actions, tools
        self.setFixedWidth(STRIP_WIDTH)
        self.setProperty("surface", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(2)
        for number, group in enumerate(GROUPS):
            if number:
                column.addSpacing(4)
                column.addWidget(Line())
                column.addSpacing(4)
            for tool in group:
                column.addWidget(self._button(tool))
        column.addStretch(1)

    def _button(self, tool: Tool) -> IconButton:
        name, icon, _ = TOOLS[tool]
        button = IconButton(icon, name, size=BUTTON, glyph_size=18)
        button.bind(self._actions.of(tool))
        return button
