"""What must not be lost is written when it can be, at the latest at the end."""

from concurrent.futures import Future

from PySide6.QtCore import QObject

from studio.core.errors import AnswerUnderWay, DiskFull, StudioError
from studio.session.relay import Relay
from studio.session.writes import Writes


class _Writer:
    """Writes at once, while there is room; the library is a list."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.full = True

    def submit(self, change) -> Future:
        future: Future = Future()
        if self.full:
            future.set_exception(DiskFull(path="studio.db"))
        else:
            try:
                future.set_result(change(self.written))
            except StudioError as error:
                future.set_exception(error)
        return future


def test_what_no_other_write_has_brought_along_is_written_at_the_end(qtbot):
    root, writer, failed = QObject(), _Writer(), []
    writes = Writes(writer, Relay(root), root)
    writes.write_surely(lambda written: written.append("all that was said"), lambda _: None, failed.append)
    qtbot.waitUntil(lambda: len(failed) == 1)
    writer.full = False
    assert writer.written == []
    writes.close()
    assert writer.written == ["all that was said"]


def test_what_is_owed_comes_along_with_the_next_write_and_once(qtbot):
    root, writer, failed, told = QObject(), _Writer(), [], []
    writes = Writes(writer, Relay(root), root)
    writes.write_surely(
        lambda written: written.append("first"), lambda _: told.append("first"), failed.append
    )
    qtbot.waitUntil(lambda: len(failed) == 1)
    writer.full = False
    writes.write(lambda written: written.append("second"), lambda _: told.append("second"))
    qtbot.waitUntil(lambda: told == ["second", "first"])
    writes.close()
    assert writer.written == ["second", "first"]


def test_what_is_owed_comes_along_with_a_refusal_too(qtbot):
    """Nothing can be said below an answer whose end is owed: it must not wait until something can."""
    root, writer, failed = QObject(), _Writer(), []
    writes = Writes(writer, Relay(root), root)
    writes.write_surely(lambda written: written.append("its end"), lambda _: None, failed.append)
    qtbot.waitUntil(lambda: len(failed) == 1)
    writer.full = False

    def refuse(_: object) -> None:
        raise AnswerUnderWay

    writes.write(refuse, lambda _: None, failed.append)
    qtbot.waitUntil(lambda: writer.written == ["its end"])
