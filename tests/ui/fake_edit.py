"""A document of Edit that is not kept and whose strokes are counted, and a picture to put on it."""

import msgspec
import numpy as np

from studio.core.brushes import Brush
from studio.core.edits import Region
from studio.core.layers import SELECTION
from studio.media.planes import Plane
from studio.session.edit_document import EditDocument
from studio.session.edit_opening import new_document
from studio.session.edit_stroke import Stroke


class WatchedStroke:
    """Counts the points of a stroke."""

    def __init__(self, stroke: Stroke) -> None:
        self._stroke = stroke
        self.points: list[tuple[float, float, float]] = []
        self.ended = self.cancelled = False

    def to(self, x: float, y: float, pressure: float = 1.0) -> None:
        self.points.append((x, y, pressure))
        self._stroke.to(x, y, pressure)

    def end(self) -> None:
        self.ended = True
        self._stroke.end()

    def cancel(self) -> None:
        self.cancelled = True
        self._stroke.cancel()


class WatchedEdit(EditDocument):
    """Attributes:
    strokes: those that were begun, with whether they erase.
    """

    def __init__(self, pixels: np.ndarray) -> None:
        super().__init__(*new_document(pixels, "house in the snow"))
        self.strokes: list[tuple[Brush, bool, WatchedStroke]] = []

    def begin_stroke(self, brush: Brush, *, erase: bool = False) -> WatchedStroke:
        stroke = WatchedStroke(super().begin_stroke(brush, erase=erase))
        self.strokes.append((brush, erase, stroke))
        return stroke

    def choose(self, region: Region) -> None:
        """What is chosen besides what was."""
        white = np.full((region.height, region.width), 255, np.uint8)
        self.commit("Select", self.state, {SELECTION: self.selection.changed(region, white)})

    def become(self, pixels: np.ndarray) -> None:
        """Another picture, perhaps of another size."""
        height, width = pixels.shape[:2]
        state = msgspec.structs.replace(self.state, width=width, height=height)
        self.commit("Resize", state, planes={state.layers[0].plane: Plane.of(pixels)})


def landscape(width: int, height: int) -> np.ndarray:
    """A sky, a hill, a house; opaque. (height, width, 4)."""
    down, across = np.mgrid[0:height, 0:width].astype(np.float32)
    down, across = down / height, across / width
    pixels = np.empty((height, width, 4), np.uint8)
    sky = np.stack([30 + 30 * down, 30 + 40 * down, 80 + 60 * down], axis=2)
    pixels[..., :3] = sky.astype(np.uint8)
    pixels[..., 3] = 255
    pixels[down > 0.75 - 0.4 * np.sin(across * 5)] = (101, 76, 152, 255)
    pixels[down > 0.6] = (128, 132, 134, 255)
    wall = (abs(across - 0.75) < 0.12) & (abs(down - 0.58) < 0.1)
    pixels[wall] = (245, 242, 236, 255)
    roof = (down < 0.48) & (down > 0.36) & (abs(across - 0.75) < (down - 0.36) * 1.3)
    pixels[roof] = (214, 60, 50, 255)
    return pixels
