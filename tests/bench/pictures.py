"""Pictures per second through engine and session, previews on, against the bare pipeline in a script."""

import msgspec

from studio.core.model import ModelSpec
from studio.session import Session
from tests.bench.figures import Figure
from tests.bench.painters import painted, painters
from tests.bench.pairs import compare
from tests.bench.script import running
from tests.bench.starters import PROMPT
from tests.bench.studio_session import open_session, run_pictures

ROUNDS = {True: (12, 4), False: (6, 1)}  # pairs, and pictures at once: of the starter, of the large one
BAR = 0.97


def measure() -> list[Figure]:
    with open_session() as session, painters() as models:
        return [_row(session, model) for model in models]


def _row(session: Session, model: ModelSpec) -> Figure:
    rounds, number = ROUNDS[model.starter]
    with running("tests.bench.bare_pictures", msgspec.json.encode(model).decode()) as script:

        def ours(seed: int) -> float:
            return number / run_pictures(session, painted(model, number, seed))

        def bare(seed: int) -> float:
            return number / script.ask(prompt=PROMPT, number=number, seed=seed)["seconds"]

        compared = compare(rounds, ours, bare)
    ratio = compared.ratio
    note = compared.rates_note(f"{model.name}, {number} at once")
    return Figure("pictures a second / bare pipeline", f"{ratio:.3f}", f"≥ {BAR}", ratio >= BAR, note)
