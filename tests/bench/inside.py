"""A newcomer's first minutes in the real window, clicked through from inside its process.

python -m tests.bench.inside HOME

Prints one JSON object: the actions until the first picture, the gaps between turns of the event loop, and
what the process holds at the end. The steps: an example and Generate (the image worker imports, loads and
generates), the same again with the model loaded, then a chat while pictures are made.
"""

import faulthandler
import json
import re
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeVar

import psutil
from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QWidget

from studio.app import opening
from studio.core.model import Ability

Kind = TypeVar("Kind", bound=QWidget)
BEAT_MS = 4
LOOK_SECONDS = 0.005
LONG_SECONDS = 0.025  # of such gaps it is noted what the window was doing


class Until(NamedTuple):
    """What the next step waits for."""

    signal: Any
    true: Callable[[], object]


class Visited(opening.Studio):
    """The studio with a visitor in it.

    Attributes:
        visitor: who comes.
    """

    visitor: "type[Visit]"

    def __init__(self, *arguments: Any) -> None:
        self.visit: Visit | None = None
        super().__init__(*arguments)
        self.opened.connect(self._begin)

    def close(self) -> None:
        assert self.visit
        print(json.dumps(_told(self.visit)), flush=True)
        super().close()

    def _begin(self) -> None:
        self.visit = self.visitor(self)


class Visit(QObject):
    """Does one step after another.

    Attributes:
        actions: clicks until the first picture was there.
        pulse: how the event loop turned meanwhile.
        times: seconds that something took, by what it was.
    """

    def __init__(self, studio: Visited) -> None:
        super().__init__(studio)
        assert studio.session
        self._studio, self._session = studio, studio.session
        self.ended = 0
        self.actions = 0
        self.times: dict[str, float] = {}
        self.pulse = Pulse(self)
        self._session.job_changed.connect(lambda record: self._count(record.state.ended))
        self._steps = self.steps()
        self._step()

    def _count(self, ended: bool) -> None:
        self.ended += ended

    def steps(self) -> Iterator[Until]:
        """What is done, and awaited after each."""
        session, pulse = self._session, self.pulse
        pictures: list[object] = []
        session.asset_added.connect(lambda asset, _: pictures.append(asset))
        yield Until(session.ready, lambda: session.is_open)
        yield Until(session.models.changed, lambda: session.models.installed(Ability.GENERATE))
        pulse.label = "import, load, generate pictures"
        example = session.models.installed(Ability.GENERATE)[0].examples["en"][0]
        self.click(example)  # which begins it too
        self.actions += 1
        yield Until(session.asset_added, lambda: pictures)
        yield Until(session.job_changed, lambda: self.ended == 1)
        pulse.label = "generate pictures"
        self.click("Generate")
        yield Until(session.job_changed, lambda: self.ended == 2)
        pulse.label = "import, load and write beside pictures"
        self.click("Generate")
        self.click("Chat")
        yield Until(pulse.turned, lambda: self._fields())
        QTest.keyClicks(self._fields()[0], "Tell me a long story about three friends in the snow.")
        QTest.keyClick(self._fields()[0], Qt.Key.Key_Return)
        yield Until(session.job_changed, lambda: self.ended == 4)

    def _step(self) -> None:
        """Goes on as soon as what the last step waits for is true."""
        awaited = next(self._steps, None)
        if awaited is None:
            self.pulse.stop()
            self._studio.frame.close()
            return

        def look(*_: object) -> None:
            if awaited.true():
                awaited.signal.disconnect(look)
                QTimer.singleShot(0, self._step)

        awaited.signal.connect(look)
        look()

    def click(self, words: str) -> None:
        """With the mouse, on the visible button that begins with these words."""
        shown = [one for one in self._visible(QAbstractButton) if one.isEnabled()]
        QTest.mouseClick(
            next(one for one in shown if one.text().startswith(words)), Qt.MouseButton.LeftButton
        )

    def _fields(self) -> list[QWidget]:
        """The field for messages, once the chat is there."""
        return [one for one in self._visible(QWidget) if one.accessibleName() == "Write a message"]

    def _visible(self, kind: type[Kind]) -> list[Kind]:
        return [one for one in self._studio.frame.findChildren(kind) if one.isVisible()]


class Pulse(QObject):
    """Beats with the event loop, and notes how long it was between two turns.

    Attributes:
        label: what goes on.
        gaps: of every turn its seconds, those in which the window's thread worked, and the label.
        stacks: what the window was doing in the long ones, by the number of the gap.

    Signals:
        turned: at every beat.
    """

    turned = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.label = "open"
        self.gaps: list[tuple[float, float, str]] = []
        self.stacks: dict[int, str] = {}
        self._last, self._last_work = time.perf_counter(), time.thread_time()
        self._window = threading.get_ident()
        self._beats = True
        self._timer = QTimer(self, timerType=Qt.TimerType.PreciseTimer, interval=BEAT_MS)
        self._timer.timeout.connect(self._beat)
        self._timer.start()
        self._watcher = threading.Thread(target=self._watch, name="watcher", daemon=True)
        self._watcher.start()

    def stop(self) -> None:
        self._timer.stop()
        self._beats = False
        self._watcher.join()

    def _beat(self) -> None:
        now, work = time.perf_counter(), time.thread_time()
        self.gaps.append((now - self._last, work - self._last_work, self.label))
        self._last, self._last_work = now, work
        self.turned.emit()

    def _watch(self) -> None:
        """By faulthandler, which takes no hold of frames: a painter in one must end with it."""
        with tempfile.TemporaryFile("w+") as file:
            while self._beats:
                time.sleep(LOOK_SECONDS)
                if time.perf_counter() - self._last > LONG_SECONDS and len(self.gaps) not in self.stacks:
                    file.seek(0)
                    file.truncate()
                    faulthandler.dump_traceback(file)
                    file.seek(0)
                    self.stacks[len(self.gaps)] = _places(file.read(), self._window)


def _places(dump: str, thread: int) -> str:
    """Where in the studio's own code that thread was, innermost last."""
    sections = [section for section in dump.split("\n\n") if f"0x{thread:016x}" in section]
    frames = re.findall(r'File ".*studio/(.*)", line (\d+) in (\S+)', "".join(sections))
    return " > ".join(f"{file}:{line} {name}" for file, line, name in frames[2::-1]) or "Qt"


def main(visitor: type[Visit] = Visit) -> int:
    Visited.visitor = visitor
    opening.Studio = Visited  # type: ignore[misc]
    return opening.main(sys.argv[1])


def _told(visit: Visit) -> dict[str, Any]:
    memory = psutil.Process().memory_full_info()
    return {
        "actions": visit.actions,
        "gaps": visit.pulse.gaps,
        "stacks": visit.pulse.stacks,
        "rss": memory.rss,
        "pss": getattr(memory, "pss", 0),
        "times": visit.times,
        "heavy": sorted({"torch", "diffusers", "transformers"} & sys.modules.keys()),
    }


if __name__ == "__main__":
    sys.exit(main())
