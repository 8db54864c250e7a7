"""A stroke as it grows over a plane of an edit document."""

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal

from studio.core.brushes import Brush
from studio.core.errors import LayerMissing
from studio.core.layers import SELECTION, Document
from studio.media.brush import Painter
from studio.media.planes import Tile
from studio.store.edit_timeline import Timeline

PART_MS = 500  # a stroke that goes on is saved in parts, which are undone together

LABELS = {  # by: over the selection, and erasing
    (True, False): "Brush",
    (True, True): "Eraser",
    (False, False): "Paint",
    (False, True): "Eraser",
}


class Stroke(QObject):
    """One stroke, from the first place it goes to until it ends.

    Over the selection, or over the active layer where the brush has a colour; there it stays inside of what
    is chosen, if anything is.

    Signals:
        grew (Region): there the plane has other pixels.
        recorded (Step): a part of it is a step.
        withdrawn (tuple of Step): those of its steps that there were are gone.
    """

    grew = Signal(object)
    recorded = Signal(object)
    withdrawn = Signal(object)

    def __init__(self, timeline: Timeline, brush: Brush, erase: bool, parent: QObject) -> None:
        """Raises LayerMissing where the brush has a colour and no layer is active."""
        super().__init__(parent)
        self._timeline = timeline
        state, planes = timeline.now
        self.plane = _plane_of(state, brush)
        self._plane = planes[self.plane]
        self._state = state if self.plane == SELECTION else _painted(state)
        inside = planes[SELECTION] if self.plane != SELECTION and planes[SELECTION].tiles else None
        self._painter: Painter | None = Painter(brush, self._plane, erase, inside)  # None: it has ended
        self._label = LABELS[self.plane == SELECTION, erase]
        self._unrecorded: set[Tile] = set()
        self._parts = 0
        self._saving = QTimer(self, singleShot=True, interval=PART_MS)
        self._saving.timeout.connect(self._record)

    def to(self, x: float, y: float, pressure: float = 1.0) -> None:
        """Goes on to a place, in pixels of the picture, unless it has ended; the first is where it begins."""
        if self._painter is None:
            return
        region, tiles = self._painter.to(x, y, pressure)
        if tiles:
            self._plane.put(tiles)
            self._unrecorded |= tiles.keys()
            if not self._saving.isActive():
                self._saving.start()
            self.grew.emit(region)

    def end(self) -> None:
        if self._painter is not None:
            self._finish()
            self._record()

    def cancel(self) -> None:
        """As if it had never begun."""
        if self._painter is None:
            return
        self._finish()
        versions = {at: self._timeline.version(self.plane, at) for at in self._unrecorded}
        self._plane.put({at: version and version.load() for at, version in versions.items()})
        for at in self._unrecorded:
            self.grew.emit(self._plane.area(at))
        steps = tuple(self._timeline.undo() for _ in range(self._parts))
        if steps:
            self._timeline.drop_undone()
            self.withdrawn.emit(steps)

    def _finish(self) -> None:
        self._painter = None
        self._saving.stop()

    def _record(self) -> None:
        if not self._unrecorded:
            return
        tiles = {at: self._plane.tile(at) for at in self._unrecorded}
        self._unrecorded = set()
        joined = self._parts > 0
        step = self._timeline.record(self._label, self._state, {self.plane: tiles}, {}, joined)
        self._parts += 1
        self.recorded.emit(step)


def _plane_of(state: Document, brush: Brush) -> str:
    if not brush.colour:
        return SELECTION
    if state.active_layer is None:
        raise LayerMissing
    return state.active_layer.plane


def _painted(state: Document) -> Document:
    """The state once the active layer no longer shows what it was made from."""
    layers = tuple(layer.repainted() if layer.id == state.active else layer for layer in state.layers)
    return msgspec.structs.replace(state, layers=layers, whole=False)
