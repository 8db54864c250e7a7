"""What a job will take is foreseen from its size and count, and from the pace of jobs before it."""

import time

import msgspec
import pytest

from studio.core.ids import new_id
from studio.core.jobs import GenerateImages, JobState
from studio.core.messages import Figures
from studio.core.model import Ability
from studio.core.passes import SecondPass
from studio.core.plan import Foreseen
from studio.core.records import JobRecord
from studio.session import Session
from tests.session.test_outlooks import CPU, GIB, SOON, starters  # noqa: F401


@pytest.fixture
def job(starters: Session) -> GenerateImages:  # noqa: F811
    starters.models._outlooks.set_machine((CPU,), 8 * GIB)
    model = starters.models.installed(Ability.GENERATE)[0]
    return GenerateImages(id=new_id(), model=model, prompt="a boat", seed=7, num_inference_steps=10)


def foreseen(session: Session, qtbot, job: GenerateImages) -> Foreseen:
    qtbot.waitUntil(lambda: session.foresight.of(job).outlook is not None, timeout=SOON)
    return session.foresight.of(job)


def done(job: GenerateImages, **figures) -> JobRecord:
    return JobRecord(job=job, state=JobState.DONE, created=time.time(), figures=Figures(**figures))


def test_a_larger_picture_more_of_them_and_a_second_pass_take_more(starters, qtbot, job):  # noqa: F811
    plain = foreseen(starters, qtbot, job).outlook
    several = foreseen(starters, qtbot, msgspec.structs.replace(job, num_images=2)).outlook
    larger = foreseen(starters, qtbot, msgspec.structs.replace(job, width=1024, height=1024)).outlook
    second = msgspec.structs.replace(job, second_pass=SecondPass(scale=4.0))
    enlarged = foreseen(starters, qtbot, second).outlook
    assert plain and several and larger and enlarged
    assert plain.needed_bytes < several.needed_bytes < larger.needed_bytes
    assert enlarged.needed_bytes == larger.needed_bytes, "256 by 4 is 1024"
    huge = foreseen(starters, qtbot, msgspec.structs.replace(job, width=8192, height=8192)).outlook
    assert huge and not huge.fits and huge.remedy


def test_the_time_is_that_of_earlier_jobs(starters, qtbot, job):  # noqa: F811
    assert starters.foresight.of(job).seconds is None, "nothing was measured yet"
    size = {"pixels": 256 * 256, "together": 2}
    record = done(
        msgspec.structs.replace(job, num_images=4), steps=20, denoise_seconds=8.0, decode_seconds=2.0, **size
    )
    with qtbot.waitSignal(starters.foresight.changed):
        starters.foresight.learn(record)
    of = starters.foresight.of
    # A step of one picture took 0.2 s, decoding it 0.5 s.
    assert of(job).seconds == pytest.approx(10 * 0.2 + 0.5)
    assert of(msgspec.structs.replace(job, num_images=3)).seconds == pytest.approx(7.5)
    assert of(msgspec.structs.replace(job, width=512, height=256)).seconds == pytest.approx(5.0)
    second = SecondPass(scale=2.0, strength=0.5)
    assert of(msgspec.structs.replace(job, second_pass=second)).seconds == pytest.approx(2.5 + 4 * 1.5)


def test_what_says_nothing_of_the_pace_teaches_nothing(starters, job):  # noqa: F811
    size = {"pixels": 256 * 256, "together": 1}
    for record in (
        done(job, steps=0, **size),
        msgspec.structs.replace(done(job, steps=9, denoise_seconds=1.0, **size), state=JobState.FAILED),
        done(msgspec.structs.replace(job, second_pass=SecondPass()), steps=9, denoise_seconds=1.0, **size),
    ):
        starters.foresight.learn(record)
    assert starters.foresight.of(job).seconds is None


def test_the_next_sitting_remembers(open_session, qtbot):
    from tests.session.conftest import picture

    first = open_session()
    asked = msgspec.structs.replace(picture("a boat"), num_inference_steps=4)
    first._writer.submit(lambda library: library.jobs.add(asked, "earlier")).result(10)
    figures = Figures(steps=4, denoise_seconds=2.0, pixels=32 * 32, together=1)
    first._writer.submit(
        lambda library: library.jobs.finish(asked.id, JobState.DONE, figures=figures)
    ).result(10)
    second = open_session()
    qtbot.waitUntil(lambda: second.foresight.of(asked).seconds == pytest.approx(2.0), timeout=SOON)


def test_a_measured_peak_makes_the_next_of_that_size_known(starters, qtbot, job):  # noqa: F811
    job = msgspec.structs.replace(job, num_images=2)
    told = foreseen(starters, qtbot, job).outlook
    assert told and not told.measured
    figures = Figures(
        plan=told.plan, grown_bytes=round(told.needed_bytes * 1.3), pixels=256 * 256, together=2, steps=10
    )
    starters.models.learn(JobRecord(job=job, state=JobState.DONE, created=time.time(), figures=figures))

    def known() -> bool:
        outlook = starters.foresight.of(job).outlook
        return outlook is not None and outlook.measured

    qtbot.waitUntil(known, timeout=SOON)
    outlook = starters.foresight.of(job).outlook
    assert outlook and outlook.needed_bytes == figures.grown_bytes
