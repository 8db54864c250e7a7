"""Something of the window that takes long to make: made a step a turn of the event loop once it is needed."""

from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject, QTimer


class Steps(QObject):
    """Nothing is done before one asks for it."""

    def __init__(self, making: Iterator[None], parent: QObject) -> None:
        super().__init__(parent)
        self._making = making
        self._made = False
        self._then: list[Callable[[], object]] = []
        self._turn = QTimer(self, singleShot=True, interval=0)
        self._turn.timeout.connect(self._step)

    def after(self, act: Callable[[], object]) -> None:
        """Do it as soon as all is made; at once where it is."""
        if self._made:
            act()
        else:
            self._then.append(act)
            self._turn.start()

    def finish(self) -> None:
        """Make at once what is left: somebody cannot wait."""
        if not self._made:
            for _ in self._making:
                pass
            self._end()

    def _step(self) -> None:
        """It may have been finished since the turn was asked for."""
        for _ in self._making:
            self._turn.start()
            return
        if not self._made:
            self._end()

    def _end(self) -> None:
        self._made = True
        self._turn.stop()
        then, self._then = self._then, []
        for act in then:
            act()
