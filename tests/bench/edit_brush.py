"""What a move of a brush of 300 pixels takes on the canvas of Edit, from the event to what is painted."""

import math
import time

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.ui.theme import Theme
from studio.ui.widgets.edit_canvas import EditCanvas
from studio.viewmodels.edit_tools import Tool, ToolState
from tests.bench.figures import Figure
from tests.ui.fake_edit import WatchedEdit

BARS = {4096: 0.016, 8192: 0.025}  # seconds for a move, by the side of the picture
GAP = 0.050
STROKES, MOVES = 8, 120
BUTTON, NO_BUTTON = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton


def measure() -> list[Figure]:
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    theme = Theme(application, "dark")
    figures = [figure for side in BARS for figure in _measure(side)]
    theme.setParent(None)
    return figures


def _measure(side: int) -> list[Figure]:
    chance = np.random.default_rng(1)
    pixels = np.repeat(
        np.repeat(chance.integers(0, 256, (64, 64, 4), np.uint8), side // 64, 0), side // 64, 1
    )
    pixels[..., 3] = 255
    tools = ToolState()
    tools.set(size=300.0)
    canvas = EditCanvas(tools)
    canvas.resize(1280, 800)
    canvas.show()
    canvas.show_document(WatchedEdit(pixels))
    figures: list[Figure] = []
    moves: list[tuple[float, float]] = []  # seconds, and those of them in which this thread worked
    gaps: list[float] = []
    for zoom, tool in ((0.0, Tool.BRUSH), (0.5, Tool.BRUSH), (0.5, Tool.PAINT)):
        tools.choose(tool)
        canvas.fit() if not zoom else canvas.set_zoom(zoom)
        _settle(canvas)
        for stroke in range(STROKES):
            _stroke(canvas, 80 + 70 * stroke, moves, gaps)
    _settle(canvas)
    canvas.deleteLater()
    QTest.qWait(0)
    moves.sort()
    seconds, work = (sorted(part)[int(0.99 * len(moves))] for part in zip(*moves, strict=True))
    note = f"of {len(moves)} moves, half under {1000 * moves[len(moves) // 2][0]:.1f} ms; "
    note += f"{1000 * work:.1f} ms of work in this thread"
    figures.append(
        Figure(
            f"a move of the brush at {side}²",
            f"{1000 * seconds:.1f} ms",
            f"≤ {1000 * BARS[side]:.0f} ms",
            seconds <= BARS[side],
            note,
        )
    )
    figures.append(
        Figure(
            f"longest turn of the loop at {side}²",
            f"{1000 * max(gaps):.0f} ms",
            "≤ 50 ms",
            max(gaps) <= GAP,
            "begin and end of strokes included",
        )
    )
    return figures


def _stroke(canvas: EditCanvas, down: float, moves: list[tuple[float, float]], gaps: list[float]) -> None:
    kinds = QEvent.Type
    gaps.append(_turn(canvas, kinds.MouseButtonPress, QPointF(200, down), BUTTON)[0])
    for step in range(MOVES):
        at = QPointF(200 + 7 * step, down + 50 * math.sin(step / 8))
        moves.append(_turn(canvas, kinds.MouseMove, at, NO_BUTTON))
        gaps.append(moves[-1][0])
    gaps.append(_turn(canvas, kinds.MouseButtonRelease, QPointF(200, down), BUTTON)[0])


def _turn(canvas: EditCanvas, kind: QEvent.Type, at: QPointF, button: Qt.MouseButton) -> tuple[float, float]:
    """Seconds of one event and of all that is painted for it, and those in which this thread worked."""
    port = canvas.viewport()
    held = NO_BUTTON if kind == QEvent.Type.MouseButtonRelease else BUTTON
    none = Qt.KeyboardModifier.NoModifier
    event = QMouseEvent(kind, at, port.mapToGlobal(at), button, held, none)
    began, worked = time.perf_counter(), time.thread_time()
    QApplication.sendEvent(port, event)
    QApplication.processEvents()
    return time.perf_counter() - began, time.thread_time() - worked


def _settle(canvas: EditCanvas) -> None:
    QTest.qWait(50)
    while canvas.busy:
        QTest.qWait(10)
