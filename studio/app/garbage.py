"""Garbage that refers to itself, collected in the window's thread alone.

Python collects in whichever thread makes the next object. One that decodes a picture would destroy timers and
widgets of the window there, whose thread then meets them half gone, and the program ends.
"""

import gc

from PySide6.QtCore import QObject, QTimer

EVERY_MS = 1000


class Garbage(QObject):
    """Looks for it between other things, one generation a turn; for a program in which `gc` is disabled."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._turn = QTimer(self, interval=EVERY_MS)
        self._turn.timeout.connect(collect_due)
        self._turn.start()


def collect_due() -> None:
    """Collects the oldest generation that has enough in it, with those that are younger."""
    filled = zip(range(3), gc.get_count(), gc.get_threshold(), strict=True)
    due = [generation for generation, count, threshold in filled if count > threshold]
    if due:
        gc.collect(due[-1])
