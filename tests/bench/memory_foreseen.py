"""What is foreseen of model and job against how much the worker's memory really grew, uncorrected."""

from pathlib import Path

from studio.catalog.held import load_of
from studio.catalog.inspect import inspect_model
from studio.catalog.memory import Work
from studio.catalog.outlook import foreseen_bytes
from studio.core.conversations import Said
from studio.core.ids import new_id
from studio.core.jobs import GenerateImages
from studio.core.messages import Figures
from studio.core.model import ModelSpec
from studio.core.records import JobRecord
from studio.core.sampling import Sampling
from studio.session import Session
from tests.bench.figures import Figure
from tests.bench.large_models import PAINTER, SIDE, WRITER, large_models
from tests.bench.starters import PROMPT
from tests.bench.studio_session import is_done, open_session
from tests.bench.waiting import seconds_until

OFF = 0.15
HANGS_MS = 900_000
SAMPLING = Sampling(temperature=0.0, max_new_tokens=32)


def measure() -> list[Figure]:
    with large_models() as folder:
        return [_row(inspect_model(folder / name)) for name in (PAINTER, WRITER)]


def _row(model: ModelSpec) -> Figure:
    with open_session() as session:
        figures = _figures(session, model)
    assert figures.plan and figures.grown_bytes
    tokens = figures.prompt_tokens + figures.tokens
    work = Work(pixels=figures.pixels, together=figures.together, tokens=tokens)
    foreseen = foreseen_bytes(load_of(model), figures.plan, work)
    ratio = foreseen / figures.grown_bytes
    what = f"{SIDE} px" if figures.pixels else f"{tokens} tokens"
    note = (
        f"{Path(model.path).name}, {figures.plan.precision}, {what}: {foreseen / 1e6:.0f} MB foreseen, "
        f"{figures.plan.needed_bytes / 1e6:.0f} of them weights; {figures.grown_bytes / 1e6:.0f} MB measured"
    )
    bar = f"{1 - OFF:.2f} … {1 + OFF:.2f}"
    return Figure("memory foreseen / measured", f"{ratio:.2f}", bar, abs(ratio - 1) <= OFF, note)


def _figures(session: Session, model: ModelSpec) -> Figures:
    """Of one job, in a worker that had nothing loaded before."""
    jobs, told = list[str](), list[JobRecord]()

    def ended(record: JobRecord) -> bool:
        told[:] = [record]
        return bool(is_done(record, jobs[0]))

    def begin() -> None:
        if model.family == "diffusion":
            job = GenerateImages(
                id=new_id(),
                model=model,
                prompt=PROMPT,
                seed=1,
                width=SIDE,
                height=SIDE,
                num_inference_steps=1,
            )
            jobs.append(job.id)
            session.generate(job)
        else:
            conversation = session.chats.begin().id
            jobs.append(session.chats.send(conversation, Said(text=PROMPT), model, SAMPLING))

    seconds_until(begin, session.job_changed, ended, HANGS_MS)
    return told[0].figures
