"""The tools of Edit and how they are set, for the canvas that uses them and the bar that shows them."""

from enum import StrEnum
from typing import Literal

import msgspec
from PySide6.QtCore import QObject, Signal

from studio.core.brushes import BRUSH_SIZES, Brush
from studio.core.edits import USUAL_FEATHER

SIZE_STEP = 1.15
HARDNESS_STEP = 0.1

Mode = Literal["replace", "add", "subtract", "intersect"]


class Tool(StrEnum):
    """What the pointer does on the canvas."""

    HAND = "hand"
    ZOOM = "zoom"
    BRUSH = "brush"  # paints what is chosen
    ERASER = "eraser"  # takes from what is chosen
    PAINT = "paint"  # paints the active layer in a colour
    LASSO = "lasso"
    POLYGON = "polygon"
    RECTANGLE = "rectangle"
    WAND = "wand"
    OBJECT = "object"
    CROP = "crop"
    EXTEND = "extend"
    CONTEXT = "context"  # what a model sees around what is chosen
    EYEDROPPER = "eyedropper"
    TEXT = "text"


TOOL_KEYS: dict[Tool, str] = {
    Tool.HAND: "V",
    Tool.ZOOM: "Z",
    Tool.BRUSH: "B",
    Tool.ERASER: "E",
    Tool.PAINT: "D",
    Tool.LASSO: "L",
    Tool.POLYGON: "P",
    Tool.RECTANGLE: "M",
    Tool.WAND: "W",
    Tool.OBJECT: "S",
    Tool.CROP: "C",
    Tool.EXTEND: "X",
    Tool.CONTEXT: "K",
    Tool.EYEDROPPER: "I",
    Tool.TEXT: "T",
}
# Held down, they do something for as long; canvas and tooltips name the same ones.
HIDE_MASK_KEY, ORIGINAL_KEY, ROTATE_KEY, PAN_KEY = "H", "O", "R", "Space"
VEIL_KEY = "Shift+H"  # shows or hides the colour of the mask until it is pressed again
FIT_KEY, WHOLE_KEY, CLOSER_KEY, FARTHER_KEY = "Ctrl+0", "1", "Ctrl++", "Ctrl+-"

PAINTING = frozenset({Tool.BRUSH, Tool.ERASER, Tool.PAINT})
CHOOSING = frozenset({Tool.LASSO, Tool.POLYGON, Tool.RECTANGLE, Tool.WAND})


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How tools are set.

    Attributes:
        size: diameter of brushes in pixels of the picture.
        hardness, opacity: of brushes, 0…1.
        mode: how what a tool chooses joins what is chosen already.
        tolerance: of the wand, 0…255.
        contiguous: the wand takes only what is connected.
        feather: pixels over which a result passes into what is around it.
        colour: of the paint brush and of words, #RRGGBB.
    """

    size: float = 96.0
    hardness: float = 0.8
    opacity: float = 1.0
    mode: Mode = "replace"
    tolerance: int = 32
    contiguous: bool = True
    feather: int = USUAL_FEATHER
    colour: str = "#FFFFFF"


class ToolState(QObject):
    """The tool that is on and the settings of all.

    Attributes:
        tool: which one.
        now: its settings.

    Signals:
        tool_changed, changed: another tool; other settings.
    """

    tool_changed = Signal()
    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.tool = Tool.BRUSH
        self.now = Settings()

    def choose(self, tool: Tool) -> None:
        if tool is not self.tool:
            self.tool = tool
            self.tool_changed.emit()

    def set(self, **values: object) -> None:
        """Fields of `Settings`; a size and shares go to the nearest one that there is."""
        wanted = msgspec.structs.replace(self.now, **values)
        wanted = msgspec.structs.replace(
            wanted,
            size=min(max(wanted.size, BRUSH_SIZES[0]), BRUSH_SIZES[1]),
            hardness=min(max(wanted.hardness, 0.0), 1.0),
            opacity=min(max(wanted.opacity, 0.0), 1.0),
        )
        if wanted != self.now:
            self.now = wanted
            self.changed.emit()

    def brush(self) -> Brush:
        """What the tool that is on paints with."""
        now = self.now
        colour = now.colour if self.tool is Tool.PAINT else ""
        return Brush(size=now.size, hardness=now.hardness, opacity=now.opacity, colour=colour)

    def resize(self, steps: int) -> None:
        """The brush larger or smaller by so many steps, and by a pixel at least."""
        size = self.now.size * SIZE_STEP**steps
        self.set(size=float(round(size)) if round(size) != round(self.now.size) else self.now.size + steps)

    def harden(self, steps: int) -> None:
        self.set(hardness=round(self.now.hardness + steps * HARDNESS_STEP, 2))
