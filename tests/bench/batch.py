"""Eight pictures of one prompt in one job, against eight jobs of one picture each."""

from studio.core.model import ModelSpec
from studio.session import Session
from tests.bench.figures import Figure
from tests.bench.painters import painted, painters
from tests.bench.pairs import compare
from tests.bench.studio_session import open_session, run_pictures

ROUNDS = {True: 6, False: 2}
NUMBER, BAR = 8, 1.15


def measure() -> list[Figure]:
    with open_session() as session, painters() as models:
        return [_row(session, model) for model in models]


def _row(session: Session, model: ModelSpec) -> Figure:
    def together(seed: int) -> float:
        return NUMBER / run_pictures(session, painted(model, NUMBER, 100 * seed))

    def singly(seed: int) -> float:
        jobs = [painted(model, 1, 100 * seed + place) for place in range(NUMBER)]
        return NUMBER / sum(run_pictures(session, job) for job in jobs)

    compared = compare(ROUNDS[model.starter], together, singly)
    ratio, note = compared.ratio, compared.rates_note(model.name)
    return Figure(
        f"{NUMBER} pictures in one job / in {NUMBER}", f"{ratio:.2f}", f"≥ {BAR}", ratio >= BAR, note
    )
