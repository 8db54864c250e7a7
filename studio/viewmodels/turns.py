"""Many changes in one turn of the event loop, told twice at most."""

from PySide6.QtCore import QObject, QTimer, Signal


class Turns(QObject):
    """Whoever shows hundreds of pictures that change together need not look after each of them.

    Signals:
        due: something has changed: the first time in a turn at once, and once more when all of it is done.
    """

    due = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._again = False
        self._turn = QTimer(self, singleShot=True, interval=0)
        self._turn.timeout.connect(self._on_turn)

    def tell(self) -> None:
        """Something has changed."""
        if self._turn.isActive():
            self._again = True
            return
        self._turn.start()
        self.due.emit()

    def _on_turn(self) -> None:
        if self._again:
            self._again = False
            self.due.emit()
