"""What the studio needs of its own from the click to the first step, on a model that is in memory.

Both encode new words and both go up to the denoiser's first step; what is counted is how much longer the
studio takes than the bare pipeline, and where: until the job's row is written, until the worker has planned
the call and its pipeline reads, and while it reads (here the bare pipeline's own time is in it).
"""

import time
from statistics import median
from typing import NamedTuple

import msgspec

from studio.core.messages import Phase, Stage
from studio.core.model import ModelSpec
from studio.session import Session
from tests.bench.figures import Figure
from tests.bench.painters import painted, painters
from tests.bench.script import running
from tests.bench.starters import PROMPT
from tests.bench.studio_session import is_done, open_session, run_pictures
from tests.bench.waiting import seconds_until

BAR = 0.030  # seconds
ROUNDS = {True: 24, False: 6}  # of the starter, of the large one


class Way(NamedTuple):
    """Seconds of each stretch from the click to the first step."""

    written: float
    planned: float
    read: float


def measure() -> list[Figure]:
    with open_session() as session, painters() as models:
        return [_row(session, model) for model in models]


def _row(session: Session, model: ModelSpec) -> Figure:
    run_pictures(session, painted(model, 1, 0))
    ways, bare = list[Way](), list[float]()
    with running("tests.bench.bare_pictures", msgspec.json.encode(model).decode()) as script:
        script.ask(first=PROMPT)
        for number in range(ROUNDS[model.starter]):
            words = f"{PROMPT}, {number}"
            ways.append(_way(session, model, words))
            bare.append(script.ask(first=words)["seconds"])
    beyond = [sum(way) - alone for way, alone in zip(ways, bare, strict=True)]
    middle = median(beyond)
    parts = [1000 * median(one) for one in zip(*ways, strict=True)]
    note = (
        f"{model.name}: row {parts[0]:.0f} + pipe and plan {parts[1]:.0f} + reading {parts[2]:.0f} ms, "
        f"against {1000 * median(bare):.0f} ms alone; median of {len(ways)}, "
        f"{1000 * max(beyond):.0f} ms at most"
    )
    name = "from the click to the first step, beyond the bare pipeline"
    return Figure(name, f"{1000 * middle:.0f} ms", f"≤ {1000 * BAR:.0f} ms", middle <= BAR, note)


def _way(session: Session, model: ModelSpec, prompt: str) -> Way:
    job = msgspec.structs.replace(painted(model, 1, 7, prompt), num_inference_steps=1)
    heard = dict[str, float]()

    def on_added(_: object) -> None:
        heard.setdefault("row", time.perf_counter())

    def on_phase(phase: Phase) -> None:
        if phase.stage in (Stage.ENCODING, Stage.DENOISING):
            heard.setdefault(phase.stage.value, time.perf_counter())

    def begin() -> None:
        heard["click"] = time.perf_counter()
        session.generate(job)

    session.job_added.connect(on_added)
    session.phase_changed.connect(on_phase)
    seconds_until(begin, session.job_changed, lambda record: is_done(record, job.id))
    session.job_added.disconnect(on_added)
    session.phase_changed.disconnect(on_phase)
    click, row = heard["click"], heard["row"]
    encoding, denoising = heard[Stage.ENCODING.value], heard[Stage.DENOISING.value]
    return Way(row - click, encoding - row, denoising - encoding)
