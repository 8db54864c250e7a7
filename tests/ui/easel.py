"""A canvas of Edit in a window, and real events for it at places of the picture."""

import math

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import (
    QImage,
)
from PySide6.QtTest import QTest

from studio.ui.widgets.edit_canvas import EditCanvas
from studio.viewmodels.edit_tools import ToolState
from tests.ui.fake_edit import WatchedEdit

LEFT, RIGHT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton
NONE, SHIFT, ALT, CONTROL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ControlModifier,
)
SIDE = 400


class Easel:
    """A canvas at 100 %, whose picture of 400 pixels lies in the middle of a view of 800 by 600."""

    def __init__(self, qtbot, pixels: np.ndarray) -> None:
        self.tools = ToolState()
        self.canvas = EditCanvas(self.tools)
        self.canvas.reduced_motion = True
        self.canvas.resize(800, 600)
        self.canvas.show()
        self.canvas.setFocus()
        qtbot.addWidget(self.canvas)
        self.document = WatchedEdit(pixels)
        self._qtbot = qtbot
        self.canvas.show_document(self.document)
        self.canvas.set_zoom(1.0)
        self.settle()

    def settle(self) -> None:
        """Until everything that is asked for is painted."""
        for _ in range(3):
            QTest.qWait(0)
            self._qtbot.waitUntil(lambda: not self.canvas.busy, timeout=20_000)
        QTest.qWait(0)

    def at(self, x: float, y: float) -> QPoint:
        """A place of the picture, in the view."""
        place = self.canvas.to_view().map(QPointF(x, y))
        return QPoint(math.floor(place.x() + 1e-6), math.floor(place.y() + 1e-6))

    def press(self, x: float, y: float, button=LEFT, modifiers=NONE) -> None:
        QTest.mousePress(self.canvas.viewport(), button, modifiers, self.at(x, y))

    def move(self, x: float, y: float) -> None:
        QTest.mouseMove(self.canvas.viewport(), self.at(x, y))

    def release(self, x: float, y: float, button=LEFT, modifiers=NONE) -> None:
        QTest.mouseRelease(self.canvas.viewport(), button, modifiers, self.at(x, y))

    def click(self, x: float, y: float, modifiers=NONE) -> None:
        self.press(x, y, LEFT, modifiers)
        self.release(x, y, LEFT, modifiers)

    def drag(self, *places: tuple[float, float], button=LEFT, modifiers=NONE) -> None:
        self.press(*places[0], button, modifiers)
        for place in places[1:]:
            self.move(*place)
        self.release(*places[-1], button, modifiers)

    def key(self, key, modifiers=NONE) -> None:
        QTest.keyClick(self.canvas, key, modifiers)

    def colour(self, x: float, y: float) -> tuple[int, int, int]:
        """What is seen at a place of the picture."""
        colour = self.seen().pixelColor(self.at(x, y))
        return colour.red(), colour.green(), colour.blue()

    def seen(self) -> QImage:
        self.settle()
        return self.canvas.viewport().grab().toImage()

    def heard(self, signal) -> list[tuple]:
        told: list[tuple] = []
        signal.connect(lambda *values: told.append(values))
        return told
