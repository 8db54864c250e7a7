"""A newcomer's first minutes in the real window, clicked through from inside its process.

python -m tests.bench.inside HOME

Prints one JSON object: the actions until the first picture, the gaps between turns of the event loop, and
what the process holds at the end. The steps: an example and Generate (the image worker imports, loads and
generates), the same again with the model loaded, then a chat while pictures are made.
"""

import json
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import psutil
from PySide6.QtCore import QObject, Qt, QTimer
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
    """The studio with a visitor in it."""

    def __init__(self, *arguments: Any) -> None:
        self.visit: Visit | None = None
        super().__init__(*arguments)
        self.opened.connect(self._begin)

    def close(self) -> None:
        assert self.visit
        print(json.dumps(_told(self.visit)), flush=True)
        super().close()

    def _begin(self) -> None:
        self.visit = Visit(self)


class Visit(QObject):
    """Does one step after another.

    Attributes:
        actions: clicks until the first picture was there.
        pulse: how the event loop turned meanwhile.
    """

    def __init__(self, studio: Visited) -> None:
        super().__init__(studio)
        assert studio.session
        self._studio, self._session = studio, studio.session
        self._ended = 0
        self.actions = 0
        self.pulse = Pulse(self)
        self._session.job_changed.connect(lambda record: self._count(record.state.ended))
        self._steps = self._newcomer()
        self._step()

    def _count(self, ended: bool) -> None:
        self._ended += ended

    def _newcomer(self) -> Iterator[Until]:
        session, pulse = self._session, self.pulse
        pictures: list[object] = []
        session.asset_added.connect(lambda asset, _: pictures.append(asset))
        yield Until(session.ready, lambda: session.is_open)
        yield Until(session.models_changed, lambda: session.models(Ability.GENERATE))
        pulse.label = "import, load, generate pictures"
        example = session.models(Ability.GENERATE)[0].examples["en"][0]
        for wanted in (example, "Generate"):
            self._click(wanted)
            self.actions += 1
        yield Until(session.asset_added, lambda: pictures)
        yield Until(session.job_changed, lambda: self._ended == 1)
        pulse.label = "generate pictures"
        self._click("Generate")
        yield Until(session.job_changed, lambda: self._ended == 2)
        pulse.label = "import, load and write beside pictures"
        self._click("Generate")
        self._click("Chat")
        self._say("Tell me a long story about three friends in the snow.")
        yield Until(session.job_changed, lambda: self._ended == 4)

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

    def _click(self, words: str) -> None:
        """With the mouse, on the visible button that begins with these words."""
        shown = [one for one in self._visible(QAbstractButton) if one.isEnabled()]
        QTest.mouseClick(
            next(one for one in shown if one.text().startswith(words)), Qt.MouseButton.LeftButton
        )

    def _say(self, text: str) -> None:
        """With the keyboard, into the field for messages."""
        field = next(one for one in self._visible(QWidget) if one.accessibleName() == "Write a message")
        field.setFocus()
        QTest.keyClicks(field, text)
        QTest.keyClick(field, Qt.Key.Key_Return)

    def _visible(self, kind: type[Kind]) -> list[Kind]:
        return [one for one in self._studio.frame.findChildren(kind) if one.isVisible()]


class Pulse(QObject):
    """Beats with the event loop, and notes how long it was between two turns.

    Attributes:
        label: what goes on.
        gaps: seconds and label of every turn.
        stacks: what the window was doing in the long ones, by the number of the gap.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.label = "open"
        self.gaps: list[tuple[float, str]] = []
        self.stacks: dict[int, str] = {}
        self._last = time.perf_counter()
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
        now = time.perf_counter()
        self.gaps.append((now - self._last, self.label))
        self._last = now

    def _watch(self) -> None:
        while self._beats:
            time.sleep(LOOK_SECONDS)
            if time.perf_counter() - self._last > LONG_SECONDS:
                stack = traceback.extract_stack(sys._current_frames()[self._window])
                ours = [one for one in stack if "studio/" in one.filename][-3:]
                places = [f"{Path(one.filename).name}:{one.lineno} {one.name}" for one in ours]
                self.stacks.setdefault(len(self.gaps), " > ".join(places))


def main() -> int:
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
        "heavy": sorted({"torch", "diffusers", "transformers"} & sys.modules.keys()),
    }


if __name__ == "__main__":
    sys.exit(main())
