"""The line around what is chosen: found in a thread after a change, black and white dashes that may march."""

from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPointF, QRect, QRectF, QTimer, Signal
from PySide6.QtGui import QPainter, QPainterPath, QPolygonF, QRegion, QTransform

from studio.core.edits import Region
from studio.ui.widgets.edit_canvas_tiles import shrunk_mask
from studio.ui.widgets.edit_canvas_tools import DASH, paint_dashes
from studio.ui.widgets.edit_canvas_workshop import Workshop
from studio.viewmodels.edit_surface import Mask, Pixels

MOST_PIXELS = 2**22  # of the mask that the line is looked for in
REST_MS = 80  # after the last change
MARCH_MS = 120
EDGE = 128  # what is chosen by half is inside
MOST_CELLS = 96  # a side: more than any window has
MOST_RUNS = 200  # of cells beside each other; of more, all that lies between is painted
FARTHEST = 50_000.0  # pixels of the window: a straight line that long hardly needs to march
CELL = 64  # pixels of the window a side: what is painted anew for a step of the march


Line = NDArray[np.float64]  # (points, 2): x, y


class Found(NamedTuple):
    """The line, closed pieces of it in pixels of the picture, and how much of the picture is chosen, 0…1."""

    lines: tuple[Line, ...]
    share: float


class Shaped(NamedTuple):
    """The line as it is painted, and where it goes: (pieces, 4) x, y to x, y, in pixels of the picture."""

    share: float
    polygons: list[QPolygonF]
    pieces: NDArray[np.float64]


class Outline(QObject):
    """Keeps the line and paints it.

    Attributes:
        share: of the picture that is chosen, 0…1.
        marching: the dashes move.

    Signals:
        found: a new line; where the one before lies, and this one.
        marched: a step was made; what is to be painted, in the view.
    """

    found = Signal(QRectF, QRectF)
    marched = Signal(QRegion)

    def __init__(self, workshop: Workshop, parent: QObject) -> None:
        super().__init__(parent)
        self._workshop = workshop
        self.share = 0.0
        self.marching = True
        self._polygons: list[QPolygonF] = []
        self._pieces = np.empty((0, 4))
        self._mapped: tuple[QTransform, QPainterPath] | None = None
        self._cells: QRegion | None = None  # of that path
        self._offset = 0.0
        self._mask: Callable[[], Mask] | None = None
        self._size = (1, 1)
        self._step = 1
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._look)
        self._clock = QTimer(self, interval=MARCH_MS)
        self._clock.timeout.connect(self._on_clock)

    def watch(self, mask: Callable[[], Mask] | None, width: int, height: int) -> None:
        """Another mask, of a picture of that size."""
        self._mask, self._size = mask, (width, height)
        self._keep(_shaped(Found((), 0.0)))
        if mask is not None:
            self._look()

    def changed(self) -> None:
        """The mask is another one."""
        self._rest.start()

    def look_from(self, zoom: float) -> None:
        """As fine a line as is seen at this zoom."""
        step = 1
        while step * zoom <= 0.5:
            step *= 2
        if step != self._step:
            self._step = step
            if self._polygons:
                self._rest.start()

    def let_march(self, on: bool) -> None:
        """While it is seen."""
        if on and self.marching and self._polygons:
            self._clock.start()
        else:
            self._clock.stop()

    @property
    def waits(self) -> bool:
        """For the mask to come to rest."""
        return self._rest.isActive()

    def paint(self, painter: QPainter, to_view: QTransform) -> None:
        if self._polygons:
            paint_dashes(painter, self._on_view(to_view), self._offset)

    def _look(self) -> None:
        self._rest.stop()
        if self._mask is None:
            return
        mask, size, step = self._mask(), self._size, self._step
        self._workshop.make("outline", lambda: _shaped(find(mask, *size, step)), self._keep)

    def _keep(self, shaped: Shaped) -> None:
        before = self._area()
        self.share, self._polygons, self._pieces = shaped
        self._mapped = self._cells = None
        self.found.emit(before, self._area())

    def _area(self) -> QRectF:
        area = QRectF()
        for polygon in self._polygons:
            area |= polygon.boundingRect()
        return area

    def _on_view(self, to_view: QTransform) -> QPainterPath:
        if self._mapped is None or self._mapped[0] != to_view:
            path = QPainterPath()
            for polygon in self._polygons:
                path.addPolygon(to_view.map(polygon))
                path.closeSubpath()
            self._mapped, self._cells = (to_view, path), None
        return self._mapped[1]

    def _on_clock(self) -> None:
        if self._mapped is not None and not self.waits:  # a mask that grows has no line yet
            self._offset = (self._offset + 1) % sum(DASH)
            if self._cells is None:
                self._cells = _cells(self._pieces, self._mapped[0])
            self.marched.emit(self._cells)


def _shaped(found: Found) -> Shaped:
    polygons = [QPolygonF([QPointF(x, y) for x, y in line.tolist()]) for line in found.lines]
    pieces = [np.concatenate([line, np.roll(line, -1, axis=0)], axis=1) for line in found.lines]
    return Shaped(found.share, polygons, np.concatenate([np.empty((0, 4)), *pieces]))


def find(mask: Mask, width: int, height: int, step: int) -> Found:
    """The line around what is chosen, exact to `step` pixels, or coarser where the mask is very large."""
    bounds = mask.bounds()
    if bounds.is_empty:
        return Found((), 0.0)
    while bounds.width * bounds.height / (step * step) > MOST_PIXELS:
        step *= 2
    left, top = bounds.left // step * step, bounds.top // step * step
    across, down = -(-(bounds.right - left) // step), -(-(bounds.bottom - top) // step)
    area = Region(left, top, across * step, down * step)  # whole squares, so that each counts for what it is
    small = shrunk_mask(mask.read, area, step)
    share = float(small.mean()) / 255 * small.size * step * step / (width * height)
    lines = tuple(line * step + (left, top) for line in _lines(small, exact=step == 1))
    return Found(lines, min(share, 1.0))


def _lines(mask: Pixels, *, exact: bool) -> list[Line]:
    """Along the edges of pixels: each is put at odd places of a grid of twice the size and grown by one, so
    that the outermost of its neighbours lie on its edges."""
    height, width = mask.shape
    grid = np.zeros((2 * height + 1, 2 * width + 1), np.uint8)
    grid[1::2, 1::2] = mask >= EDGE
    grid = np.asarray(cv2.dilate(grid, np.ones((3, 3), np.uint8)), np.uint8)
    found, _ = cv2.findContours(grid, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    # At full size stairs are what is seen from near; from afar a smooth line is nearer to what is meant.
    slack = 0.9 if exact else 2.0
    return [cv2.approxPolyDP(line, slack, True).reshape(-1, 2) / 2 for line in found]


def _cells(pieces: NDArray[np.float64], to_view: QTransform) -> QRegion:
    """The squares of the window that they go through."""
    starts, ends = _mapped(pieces[:, :2], to_view), _mapped(pieces[:, 2:], to_view)
    reach = np.abs(ends - starts).max(axis=1, initial=0.0)
    counts = np.where(reach < FARTHEST, reach // (CELL / 2) + 1, 1).astype(np.int64)  # points on each piece
    piece = np.repeat(np.arange(len(pieces)), counts)
    part = (np.arange(len(piece)) - (np.cumsum(counts) - counts)[piece]) / counts[piece]
    points = starts[piece] + (ends - starts)[piece] * part[:, None]
    cells = np.floor(points / CELL).astype(np.int64)
    cells = cells[((cells >= 0) & (cells < MOST_CELLS)).all(axis=1)]  # those beyond are not seen
    numbers = np.unique(cells[:, 1] * MOST_CELLS + cells[:, 0])
    cuts = np.flatnonzero(np.diff(numbers) != 1) + 1
    runs: list[NDArray[np.int64]] = np.split(numbers, cuts) if numbers.size else []
    if len(runs) > MOST_RUNS:
        (left, top), (right, bottom) = cells.min(axis=0).tolist(), cells.max(axis=0).tolist()
        return QRegion(left * CELL, top * CELL, (right + 1 - left) * CELL, (bottom + 1 - top) * CELL)
    region = QRegion()
    for run in runs:
        row, left = divmod(int(run[0]), MOST_CELLS)
        region += QRect(left * CELL - 2, row * CELL - 2, len(run) * CELL + 4, CELL + 4)
    return region


def _mapped(points: Line, to_view: QTransform) -> Line:
    turned = np.array([[to_view.m11(), to_view.m12()], [to_view.m21(), to_view.m22()]])
    return points @ turned + (to_view.dx(), to_view.dy())
