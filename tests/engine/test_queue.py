"""The queue's rules, without any process."""

from pathlib import Path

import pytest

from studio.core.errors import NotFound
from studio.core.ids import new_id
from studio.core.jobs import GenerateImages
from studio.core.lane import LaneState
from studio.core.model import Ability, ModelSpec
from studio.engine.queue import MAX_IDLE_DEATHS, Entry, Queue, Worker

MODEL = ModelSpec(id="m", name="M", family="fake", base="", abilities=(Ability.GENERATE,), path="/m")


def entry(prompt: str) -> Entry:
    return Entry(GenerateImages(id=prompt, model=MODEL, prompt=prompt, seed=1), Path("/staging"))


@pytest.fixture
def queue() -> Queue:
    queue = Queue()
    for prompt in "abcd":
        queue.add(entry(prompt))
    return queue


def order(queue: Queue) -> str:
    return "".join(waiting.job.id for waiting in queue.pending)


@pytest.mark.parametrize(
    ("job", "before", "after"),
    [("d", "a", "dabc"), ("a", "d", "bcad"), ("a", None, "bcda"), ("b", "b", "abcd"), ("c", "b", "acbd")],
)
def test_moves(queue: Queue, job: str, before: str | None, after: str) -> None:
    queue.move(job, before)
    assert order(queue) == after


@pytest.mark.parametrize(("job", "before"), [("x", "a"), ("a", "x"), ("x", None)])
def test_a_move_that_cannot_be_leaves_the_order(queue: Queue, job: str, before: str | None) -> None:
    with pytest.raises(NotFound):
        queue.move(job, before)
    assert order(queue) == "abcd"


def test_removes_only_what_waits(queue: Queue) -> None:
    queue.begin()
    assert queue.remove("c")
    assert not queue.remove("a")
    assert order(queue) == "bd"


def test_one_job_at_a_time_and_none_while_paused(queue: Queue) -> None:
    queue.worker_ready()
    queue.begin()
    assert queue.next() is None
    queue.paused = True
    assert queue.state is LaneState.BUSY
    queue.end()
    assert queue.next() is None
    assert queue.state is LaneState.PAUSED
    queue.paused = False
    assert queue.next() == entry("b")
    assert queue.state is LaneState.READY


def test_gives_up_on_a_worker_that_only_dies() -> None:
    queue = Queue()
    queue.worker_starting()
    verdicts = [queue.worker_lost() for _ in range(MAX_IDLE_DEATHS)]
    assert verdicts == [*[True] * (MAX_IDLE_DEATHS - 1), False]
    assert queue.worker is Worker.OFF
    assert queue.worker_lost()  # asked for anew, it has all its tries again


def test_a_job_that_a_dead_worker_never_took_up_waits_again_in_its_place_once(queue: Queue) -> None:
    queue.worker_ready()
    queue.begin()
    assert queue.put_back()
    assert (order(queue), queue.running) == ("abcd", None)
    queue.begin()
    assert not queue.put_back()
    queue.worker_lost()
    assert order(queue) == "bcd"


@pytest.mark.parametrize("fact", ["heard", "stopping"])
def test_a_job_that_was_at_work_or_is_to_stop_is_not_put_back(queue: Queue, fact: str) -> None:
    queue.begin()
    setattr(queue, fact, True)
    assert not queue.put_back()
    queue.worker_lost()
    queue.begin()
    assert queue.put_back(), "what was true of one job is not of the next"


def test_nothing_is_put_back_where_nothing_runs(queue: Queue) -> None:
    assert not queue.put_back()
    assert order(queue) == "abcd"


def test_a_worker_that_dies_with_its_jobs_is_always_started_again() -> None:
    queue = Queue()
    for _ in range(2 * MAX_IDLE_DEATHS):
        queue.add(entry(new_id()))
        queue.worker_ready()
        queue.begin()
        queue.heard = True
        assert queue.worker_lost()
        assert queue.running is None
        assert queue.state is LaneState.RESTARTING
