"""A conversation of very many messages, opened by a click in the real window.

python -m tests.bench.inside_chat_open HOME

Prints what `tests.bench.inside` prints; `times` has the seconds of each opening, to the last pixel.
"""

import sys
import time
from collections.abc import Iterator

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.ui.panels.chat_side import ConversationView
from studio.ui.widgets.chat_view import ChatView
from tests.bench.inside import Until, Visit, main

AGAIN = 5
SIZE = (1440, 900)


class Reader(Visit):
    """Opens the longest conversation some times, and a new one between."""

    def steps(self) -> Iterator[Until]:
        yield Until(self._session.ready, lambda: self._session.is_open)
        self._studio.frame.resize(*SIZE)  # so that the list is shown
        self.click("Chat")
        yield Until(self.pulse.turned, lambda: self._rows())
        for number in range(AGAIN):
            self.pulse.label = f"open {number}"
            began = time.perf_counter()
            self._open()
            yield Until(self.pulse.turned, lambda: self._visible(ChatView))
            (view,) = self._visible(ChatView)
            view.repaint()
            self.times[f"open {number}"] = time.perf_counter() - began
            QTest.keyClick(view, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
            yield Until(self.pulse.turned, lambda: not self._visible(ChatView))

    def _rows(self) -> list[QModelIndex]:
        views = self._visible(ConversationView)
        model = views[0].model() if views else None
        return [model.index(row, 0) for row in range(model.rowCount())] if model else []

    def _open(self) -> None:
        (view,) = self._visible(ConversationView)
        place = view.visualRect(self._rows()[1]).center()  # below the caption of its day
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
        QApplication.sendPostedEvents()


if __name__ == "__main__":
    sys.exit(main(Reader))
