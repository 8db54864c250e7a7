"""The first token of turn 20 against that of turn 2: what was read before is not read again."""

from statistics import median

from PySide6.QtCore import QTimer

from studio.core.model import Ability
from studio.core.sampling import Sampling
from tests.bench.figures import Figure
from tests.bench.starters import starter
from tests.bench.studio_session import open_session, say
from tests.bench.waiting import seconds_until

BAR = 1.3
CONVERSATIONS, TURNS = 9, 20
PAUSE_MS = 60
SAMPLING = Sampling(temperature=0.7, seed=5, max_new_tokens=16)  # short answers, so that all turns fit


def measure() -> list[Figure]:
    with open_session() as session:
        model = starter(Ability.REPLY)

        def first(conversation: str, turn: int) -> float:
            _pause()
            return say(session, conversation, f"Name animal number {turn}.", model, SAMPLING).first

        talks = [session.chats.begin().id for _ in range(CONVERSATIONS)]
        firsts = [[first(talk, turn) for turn in range(1, TURNS + 1)] for talk in talks]
    second, last = median(turns[1] for turns in firsts), median(turns[TURNS - 1] for turns in firsts)
    ratio = last / second
    note = f"{model.name}: {1000 * last:.0f} ms against {1000 * second:.0f} ms; median of {CONVERSATIONS}"
    return [Figure("first token, turn 20 / turn 2", f"{ratio:.2f}", f"≤ {BAR}", ratio <= BAR, note)]


def _pause() -> None:
    """Nobody answers at the same moment; meanwhile the store writes the conversation's file."""
    timer = QTimer(singleShot=True, interval=PAUSE_MS)
    seconds_until(timer.start, timer.timeout, lambda: True)
