"""A document of Edit in memory, with the real planes and strokes, and a picture to put on it."""

from collections.abc import Callable

import msgspec
import numpy as np
from PySide6.QtCore import QObject, Signal

from studio.core.brushes import Brush
from studio.core.edits import Region
from studio.core.layers import Document
from studio.media.brush import Painter
from studio.media.planes import Plane

NOTHING = Region(0, 0, 0, 0)


class FakeChanged(msgspec.Struct):
    state: Document
    region: Region = NOTHING
    chosen: Region = NOTHING
    resized: bool = False


class FakeStroke:
    """Paints at once, and counts its points."""

    def __init__(self, painter: Painter, plane: Plane, told: Callable[[Region], None]) -> None:
        self._painter, self._plane, self._told = painter, plane, told
        self.points: list[tuple[float, float, float]] = []
        self.ended = self.cancelled = False

    def to(self, x: float, y: float, pressure: float = 1.0) -> None:
        self.points.append((x, y, pressure))
        region, tiles = self._painter.to(x, y, pressure)
        self._plane.put(tiles)
        self._told(region)

    def end(self) -> None:
        self.ended = True

    def cancel(self) -> None:
        self.cancelled = True


class FakeEdit(QObject):
    """Attributes:
    strokes: those that were begun, with whether they erase.
    """

    changed = Signal(object)

    def __init__(self, pixels: np.ndarray) -> None:
        super().__init__()
        height, width = pixels.shape[:2]
        self.state = Document(id="document", name="house in the snow", width=width, height=height)
        self.selection = Plane(width, height, 1)
        self.layer = Plane.of(pixels)
        self._original = Plane.of(pixels)
        self.strokes: list[tuple[Brush, bool, FakeStroke]] = []

    def pixels(self, region: Region) -> np.ndarray:
        return self.layer.read(region)

    def original(self, region: Region) -> np.ndarray:
        return self._original.read(region)

    def begin_stroke(self, brush: Brush, *, erase: bool = False) -> FakeStroke:
        plane = self.layer if brush.colour else self.selection

        def told(region: Region) -> None:
            regions = (region, NOTHING) if brush.colour else (NOTHING, region)
            self.changed.emit(FakeChanged(self.state, *regions))

        stroke = FakeStroke(Painter(brush, plane, erase), plane, told)
        self.strokes.append((brush, erase, stroke))
        return stroke

    def choose(self, region: Region) -> None:
        """What is chosen besides what was."""
        self.selection.put(
            self.selection.changed(region, np.full((region.height, region.width), 255, np.uint8))
        )
        self.changed.emit(FakeChanged(self.state, chosen=region))

    def become(self, pixels: np.ndarray) -> None:
        """The canvas has another size."""
        height, width = pixels.shape[:2]
        self.state = msgspec.structs.replace(self.state, width=width, height=height)
        self.layer, self.selection = Plane.of(pixels), Plane(width, height, 1)
        self._original = Plane.of(pixels)
        self.changed.emit(FakeChanged(self.state, resized=True))


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
