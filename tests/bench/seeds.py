"""Another picture of the same prompt, whose encoding is kept, against one of other words as long."""

from studio.core.model import ModelSpec
from studio.session import Session
from tests.bench.figures import Figure
from tests.bench.painters import painted, painters
from tests.bench.pairs import compare
from tests.bench.starters import PROMPT
from tests.bench.studio_session import open_session, run_pictures

ROUNDS = {True: 24, False: 6}
BAR = 1.02
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def measure() -> list[Figure]:
    with open_session() as session, painters() as models:
        return [_row(session, model) for model in models]


def _row(session: Session, model: ModelSpec) -> Figure:
    def same(seed: int) -> float:
        return 1 / run_pictures(session, painted(model, 1, seed))

    def other(seed: int) -> float:
        return 1 / run_pictures(session, painted(model, 1, seed, f"{PROMPT}, {LETTERS[seed]}"))

    compared = compare(ROUNDS[model.starter], same, other)
    ratio, note = compared.ratio, compared.rates_note(f"{model.name}, one at a time")
    return Figure("new seed / new prompt", f"{ratio:.3f}", f"≥ {BAR}", ratio >= BAR, note)
