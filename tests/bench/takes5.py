"""Five takes of an answer from one reading, against five runs."""

import tempfile
from pathlib import Path

import msgspec

from studio.catalog.inspect import inspect_model
from studio.core.model import Ability, ModelSpec
from studio.core.sampling import Sampling
from tests.bench.figures import Figure
from tests.bench.pairs import compare
from tests.bench.random_llama import random_llama
from tests.bench.starters import starter
from tests.bench.studio_session import open_session, say
from tests.bench.tokens import QUESTIONS

BAR = 2.5
ROUNDS, TAKES, TOKENS = 3, 5, 64
SAMPLING = Sampling(temperature=1.0, top_p=0.95, max_new_tokens=TOKENS)


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="atelier-bench-") as folder:
        return [
            _measured(starter(Ability.REPLY)),
            _measured(inspect_model(random_llama(Path(folder) / "random"))),
        ]


def _measured(model: ModelSpec) -> Figure:
    with open_session() as session:

        def together(number: int) -> float:
            conversation, seeded = session.chats.begin().id, _seeded(number)
            spoken = say(session, conversation, QUESTIONS[number], model, seeded, takes=TAKES)
            return spoken.tokens / spoken.seconds

        def apart(number: int) -> float:
            runs = [
                say(session, session.chats.begin().id, QUESTIONS[number], model, _seeded(number, take))
                for take in range(TAKES)
            ]
            return sum(run.tokens for run in runs) / sum(run.seconds for run in runs)

        compared = compare(ROUNDS, together, apart)
    ratio = compared.ratio
    note = compared.rates_note(model.name)
    return Figure("tokens a second, five takes / five runs", f"{ratio:.2f}", f"≥ {BAR}", ratio >= BAR, note)


def _seeded(number: int, take: int = 0) -> Sampling:
    return msgspec.structs.replace(SAMPLING, seed=100 * number + take)
