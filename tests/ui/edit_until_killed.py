"""A window of its own in a process that is to be killed: `HOME DOCUMENT FILE` draws and never lets go. What
the disk is to hold by then is written to FILE, then a line goes to standard output."""

import sys
from itertools import cycle
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPointF, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.app import opening
from studio.core.edits import Region
from studio.core.paths import paths_for
from studio.core.settings import Settings
from studio.session.edit_document import EditDocument
from studio.ui.panels.edit import EditPanel

TURN_MS = 20


class Doomed(opening.Studio):
    """Opens the document once the panel is there, and draws on it."""

    def __init__(self, application: QApplication, home: Path, document: str, note: Path) -> None:
        super().__init__(
            application, paths_for(home), Settings(window={"panel": "edit", "welcome.done": "1"})
        )
        self._wanted, self._note = document, note
        self._places = cycle([(30, 30), (60, 40), (90, 30), (60, 20)])
        self._turns = QTimer(self, interval=TURN_MS)
        self.opened.connect(lambda: self.session.ready.connect(self._begin))

    def _begin(self) -> None:
        self._panel = self.window.panel("edit")
        assert isinstance(self._panel, EditPanel)
        self._vm = self._panel.viewmodel
        self._vm.opened.connect(self._on_opened)
        self._vm.reopen(self._wanted)

    def _on_opened(self) -> None:
        self._document: EditDocument = self._vm.document
        self._panel.tool_actions.all[2].trigger()  # the brush
        self._before = self._document.position
        QTest.mousePress(self._port, Qt.MouseButton.LeftButton, pos=self._spot(next(self._places)))
        self._turns.timeout.connect(self._draw)
        self._turns.start()

    @property
    def _port(self):
        return self._panel.work.canvas.viewport()

    def _spot(self, place: tuple[int, int]):
        return self._panel.work.canvas.to_view().map(QPointF(*place)).toPoint()

    def _draw(self) -> None:
        QTest.mouseMove(self._port, self._spot(next(self._places)))
        if self._document.position > self._before and self._document.is_saved:
            self._say(self._chosen())

    def _chosen(self) -> np.ndarray:
        state = self._document.state
        return self._document.selection.read(Region(0, 0, state.width, state.height))

    def _say(self, chosen: np.ndarray) -> None:
        if not self._note.exists():
            np.save(self._note, chosen)
            print("there", flush=True)


if __name__ == "__main__":
    home, document, note = sys.argv[1:]
    application = QApplication([])
    studio = Doomed(application, Path(home), document, Path(note))
    application.exec()
