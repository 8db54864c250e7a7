"""How soon a model that is in memory already begins with the next job."""

from statistics import median

import msgspec

from studio.core.conversations import Said
from studio.core.ids import new_id
from studio.core.messages import Phase, Stage
from studio.core.model import Ability
from studio.core.sampling import Sampling
from studio.session import Session
from tests.bench.figures import Figure
from tests.bench.starters import picture_job, starter
from tests.bench.studio_session import is_done, open_session, run_pictures, say
from tests.bench.waiting import seconds_until

BAR = 0.05  # seconds
ROUNDS = 20
AT_WORK = (Stage.ENCODING, Stage.DENOISING, Stage.READING)


def measure() -> list[Figure]:
    with open_session() as session:
        run_pictures(session, picture_job(1, 0))
        pictures = [_pictures(session, seed) for seed in range(1, ROUNDS + 1)]
        conversation = session.chats.begin().id
        say(session, conversation, "Hello.", starter(Ability.REPLY), Sampling(max_new_tokens=4))
        answers = [_answer(session, number) for number in range(ROUNDS)]
    return [_row("picture", pictures), _row("answer", answers)]


def _row(what: str, seconds: list[float]) -> Figure:
    middle = median(seconds)
    note = f"from the wish to the model's work; median of {ROUNDS}, {1000 * max(seconds):.0f} ms at most"
    name = f"second use, until a {what} begins"
    return Figure(name, f"{1000 * middle:.0f} ms", f"≤ {1000 * BAR:.0f} ms", middle <= BAR, note)


def _pictures(session: Session, seed: int) -> float:
    job = msgspec.structs.replace(picture_job(1, seed), id=new_id(), num_inference_steps=1)
    taken = list[float]()

    def begin() -> None:
        taken.append(seconds_until(lambda: session.generate(job), session.phase_changed, _begun))

    seconds_until(begin, session.job_changed, lambda record: is_done(record, job.id))
    return taken[0]


def _answer(session: Session, number: int) -> float:
    conversation, model = session.chats.begin().id, starter(Ability.REPLY)
    taken, jobs = list[float](), list[str]()

    def ask() -> None:
        jobs.append(
            session.chats.send(conversation, Said(text=f"Hello {number}."), model, Sampling(max_new_tokens=4))
        )

    def begin() -> None:
        taken.append(seconds_until(ask, session.phase_changed, _begun))

    seconds_until(begin, session.job_changed, lambda record: is_done(record, jobs[0]))
    return taken[0]


def _begun(phase: Phase) -> bool:
    return phase.stage in AT_WORK
