"""The first token of turn 20 against that of turn 2: what was read before is not read again."""

from statistics import median

from studio.core.jobs import Sampling
from studio.core.model import Ability
from tests.bench.figures import Figure
from tests.bench.starters import starter
from tests.bench.studio_session import open_session, say

BAR = 1.3
CONVERSATIONS, TURNS = 5, 20
SAMPLING = Sampling(temperature=0.7, seed=5, max_new_tokens=16)  # short answers, so that all turns fit


def measure() -> list[Figure]:
    with open_session() as session:
        model = starter(Ability.REPLY)
        firsts = [
            [
                say(session, conversation, f"Name animal number {turn}.", model, SAMPLING).first
                for turn in range(1, TURNS + 1)
            ]
            for conversation in (session.new_conversation().id for _ in range(CONVERSATIONS))
        ]
    second, last = median(turns[1] for turns in firsts), median(turns[TURNS - 1] for turns in firsts)
    ratio = last / second
    note = f"{model.name}: {1000 * last:.0f} ms against {1000 * second:.0f} ms; median of {CONVERSATIONS}"
    return [Figure("first token, turn 20 / turn 2", f"{ratio:.2f}", f"≤ {BAR}", ratio <= BAR, note)]
