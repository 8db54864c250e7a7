"""Chat while an answer streams into it, from inside the window's process; a timer plays the model.

python -m tests.bench.inside_chat stream|markdown

Prints one JSON object: the longest time between two turns of the event loop and the seconds from Esc to the
stop (`stream`, 1,000 tokens a second), or the seconds that the process computed (`markdown`, 2,000 tokens of
Markdown and code in 20 seconds), with the seconds that passed.
"""

import gc
import json
import sys
import time

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.core.conversations import Said
from studio.ui.panels.chat import ChatPanel
from tests.bench.inside import Pulse
from tests.ui.fake_session import SCRIBE, FakeSession
from tests.ui.stage import Look, Stage

BATCHES = 30  # a second, as a worker sends them
LETTERS = 4  # of a token, about
PROSE = "The light **comes** from the left, and *slowly* goes over it.\n\n- one thing\n- another `thing`\n\n"
CODE = "".join(
    f"def card_{number}(light: str) -> str:\n    # what stands on it\n    return f'{{light}} {number}'\n\n"
    for number in range(12)
)
TABLE = "| Card | Light |\n|---|---|\n" + "".join(f"| {number} | dawn |\n" for number in range(8)) + "\n"
MARKDOWN = PROSE * 4 + f"```python\n{CODE}```\n\n" + TABLE + PROSE * 4 + f"```python\n{CODE}```\n\n"


class Model(QObject):
    """Writes an answer into the window at a steady rate."""

    def __init__(self, session: FakeSession, job: str, rate: int, tokens: int, text: str) -> None:
        super().__init__()
        self._session, self._job = session, job
        self._rate, self._tokens, self._text = rate, tokens, text
        self._written = 0
        self._began = time.perf_counter()
        self._timer = QTimer(self, interval=1000 // BATCHES, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._write)
        self._timer.start()

    @property
    def ended(self) -> bool:
        return not self._timer.isActive()

    def _write(self) -> None:
        due = min(round((time.perf_counter() - self._began) * self._rate), self._tokens)
        begin, end = self._written * LETTERS, due * LETTERS
        long = self._text * (end // len(self._text) + 1)
        if due > self._written:
            self._session.play_tokens(self._job, long[begin:end], due)
        self._written = due
        if due == self._tokens:
            self._timer.stop()
            self._session.play_end(self._job)


def main() -> None:
    application = QApplication([])
    stage = Stage(Look(width=1440, height=900), FakeSession.filled())
    panel = stage.show("chat")
    assert isinstance(panel, ChatPanel)
    stage.session.chats.send(stage.session.chats.recent()[0].id, Said(text="Go on."), SCRIBE)
    panel._viewmodel.open(stage.session.chats.recent()[0].id)
    job = stage.session.jobs()[0].job.id
    stage.session.play_start(job)
    stage.settle()
    gc.collect()
    gc.freeze()
    gc.disable()  # as studio.app does
    told = _stream(stage, job) if sys.argv[1] == "stream" else _markdown(stage, job)
    print(json.dumps(told), flush=True)
    stage.close()
    application.quit()


def _stream(stage: Stage, job: str) -> dict[str, float]:
    pulse = Pulse(stage.window)
    model = Model(stage.session, job, 1000, 8000, PROSE)
    while not model.ended:
        QTest.qWait(20)
    pulse.stop()
    gap, work = max(gap for gap, _, _ in pulse.gaps), max(work for _, work, _ in pulse.gaps)
    return {"gap": gap, "work": work, "turns": len(pulse.gaps), "stopped": _stopped(stage)}


def _stopped(stage: Stage) -> float:
    """Seconds from Esc in the middle of another answer to the stop."""
    panel = stage.window.panel("chat")
    assert isinstance(panel, ChatPanel)
    panel.messages.again.trigger()
    job = stage.session.jobs()[0].job.id
    model = Model(stage.session, job, 1000, 8000, PROSE)
    QTest.qWait(1500)
    began = time.perf_counter()
    QTest.keyClick(panel.composer.edit, Qt.Key.Key_Escape)
    while ("stop", job) not in stage.session.calls:
        QTest.qWait(1)
    took = time.perf_counter() - began
    model.deleteLater()
    return took


def _markdown(stage: Stage, job: str) -> dict[str, float]:
    began, worked = time.perf_counter(), time.process_time()
    model = Model(stage.session, job, 100, 2000, MARKDOWN)
    while not model.ended:
        QTest.qWait(20)
    return {"seconds": time.perf_counter() - began, "worked": time.process_time() - worked}


if __name__ == "__main__":
    main()
