"""Pictures per second through engine and session, previews on, against the bare pipeline in a script."""

import msgspec

from studio.core.model import Ability
from tests.bench.figures import Figure
from tests.bench.pairs import compare
from tests.bench.script import running
from tests.bench.starters import picture_job, starter
from tests.bench.studio_session import open_session, run_pictures

ROUNDS, NUMBER = 12, 4
BAR = 0.97


def measure() -> list[Figure]:
    with open_session() as session:
        model = starter(Ability.GENERATE)
        with running("tests.bench.bare_pictures", msgspec.json.encode(model).decode()) as script:

            def ours(seed: int) -> float:
                return NUMBER / run_pictures(session, picture_job(NUMBER, seed))

            def bare(seed: int) -> float:
                job = picture_job(NUMBER, seed)
                return NUMBER / script.ask(prompt=job.prompt, number=NUMBER, seed=seed)["seconds"]

            compared = compare(ROUNDS, ours, bare)
    ratio = compared.ratio
    note = compared.rates_note(f"{model.name}, {NUMBER} at once")
    return [Figure("pictures a second / bare pipeline", f"{ratio:.3f}", f"≥ {BAR}", ratio >= BAR, note)]
