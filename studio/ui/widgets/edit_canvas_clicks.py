"""Tools that need a place and no more: wand, object, eyedropper and text."""

from studio.core.edits import Region
from studio.ui.widgets.edit_canvas_tools import Handler, Touch, mode_of
from studio.viewmodels.edit_tools import Tool


class Clicking(Handler):
    """Wand, object, eyedropper and text: a place is all that they need."""

    def press(self, touch: Touch) -> None:
        (x, y), did, surface = touch.pixel, self.board.did, self.board.surface
        if surface is None or not (0 <= x < surface.state.width and 0 <= y < surface.state.height):
            return
        match self.board.tools.tool:
            case Tool.WAND:
                did.wand_clicked.emit(x, y, mode_of(touch, self.board))
            case Tool.OBJECT:
                did.object_clicked.emit(x, y, mode_of(touch, self.board))
            case Tool.EYEDROPPER:
                red, green, blue, _ = surface.pixels(Region(x, y, 1, 1))[0, 0].tolist()
                did.colour_picked.emit(f"#{red:02X}{green:02X}{blue:02X}")
            case _:
                did.text_placed.emit(x, y)

    def move(self, touch: Touch) -> None:
        if self.board.tools.tool is Tool.EYEDROPPER:
            self.press(touch)
