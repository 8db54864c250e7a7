"""Opens a window, says when it has been painted, and ends at once.

python -m tests.bench.painted bare
python -m tests.bench.painted studio ARGV
"""

import os
import runpy
import sys

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QLabel


class Watch(QObject):
    """Sees every event of the application, until a window has been painted."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Paint and watched.isWidgetType() and watched.isWindow():  # type: ignore[attr-defined]
            QTimer.singleShot(0, say_painted)
        return False


class Watched(QApplication):
    """An application that is watched from its first moment."""

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)
        self._watch = Watch()
        self.installEventFilter(self._watch)


def say_painted() -> None:
    heavy = {"torch", "diffusers", "transformers"} & sys.modules.keys()
    os.write(1, f"imported {sorted(heavy)}\n".encode() if heavy else b"painted\n")
    os._exit(0)


def open_bare() -> None:
    application = QApplication([])
    label = QLabel("Atelier")
    label.show()
    application.exec()


if __name__ == "__main__":
    import PySide6.QtWidgets

    PySide6.QtWidgets.QApplication = QApplication = Watched
    if sys.argv[1] == "bare":
        open_bare()
    else:
        sys.argv = sys.argv[1:]
        runpy.run_module("studio", run_name="__main__", alter_sys=True)
