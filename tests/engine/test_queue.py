"""The queue's rules, without any process."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from studio.core.errors import NotFound
from studio.core.ids import new_id
from studio.core.inputs import InputPicture, Role
from studio.core.jobs import GenerateImages
from studio.core.lane import LaneState
from studio.core.model import Ability, Lora, ModelSpec
from studio.core.passes import SecondPass, Variation
from studio.core.recipe import Execution
from studio.core.sheets import Shot
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
    queue.end("a")
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
    if fact == "heard":
        queue.heard = True
    else:
        queue.stop("a")
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


def pictures(name: str, number: int = 1, **fields: Any) -> Entry:
    job = GenerateImages(
        **{"id": name, "model": MODEL, "prompt": "a boat", "seed": 1, "num_images": number} | fields
    )
    return Entry(job, Path(name))


def taken(*entries: Entry, room: int = 8) -> str:
    """Ids of the jobs that begin together, after one of the kind has told its room."""
    queue = Queue()
    queue.learn(pictures("z").job, room)
    for one in entries:
        queue.add(one)
    begun = queue.begin()
    assert [*begun, *queue.pending] == list(entries)
    return "".join(one.job.id for one in begun)


def test_alike_jobs_begin_together_as_far_as_their_pictures_fit() -> None:
    entries = (
        pictures("a", 2),
        pictures("b", seed=9, previews=False),
        pictures("c", 4, first=1),
        pictures("d"),
    )
    assert taken(*entries) == "abcd"
    assert taken(*entries, room=6) == "abc"
    assert taken(*entries, room=5) == taken(*entries, room=3) == "ab"
    assert taken(*entries, room=1) == taken(*entries, room=0) == "a"
    assert taken(*(pictures(one, 4) for one in "abcdef"), room=100) == "abcd", "no more than a job may have"


@pytest.mark.parametrize(
    "fields",
    [
        {"prompt": "a ship"},
        {"negative_prompt": "fog"},
        {"width": 64},
        {"num_inference_steps": 3},
        {"guidance_scale": 1.0},
        {"scheduler": "DDIMScheduler"},
        {"seamless": True},
        {"strength": 0.5},
        {"variation": Variation(seed=3)},
        {"second_pass": SecondPass()},
        {"loras": (Lora(id="l", name="L", path="/l"),)},
        {"inputs": (InputPicture(role=Role.START, path="/p.png"),)},
        {"model": msgspec.structs.replace(MODEL, fingerprint="another")},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_only_alike_jobs_begin_together(fields: dict[str, Any]) -> None:
    other = pictures("b", **fields)
    assert taken(pictures("a"), other, pictures("c")) == "a", "nor is the one between passed over"
    assert taken(other, pictures("b", **fields)) == "b", "nothing is known of such jobs"
    queue = Queue()
    queue.learn(other.job, 8)
    for name in "bc":
        queue.add(pictures(name, **fields))
    assert len(queue.begin()) == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"shots": (Shot(seed=4),)},
        {"cache": "first_block"},
        {"again": Execution(device="cpu", precision="float32")},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_some_jobs_are_always_alone(fields: dict[str, Any]) -> None:
    queue = Queue()
    queue.learn(pictures("z", **fields).job, 8)
    for name in "ab":
        queue.add(pictures(name, **fields))
    assert len(queue.begin()) == 1


def together(names: str) -> Queue:
    queue = Queue()
    queue.worker_ready()
    queue.learn(pictures("z").job, 8)
    for name in names:
        queue.add(pictures(name))
    assert len(queue.begin()) == len(names)
    return queue


def test_those_at_work_end_one_by_one() -> None:
    queue = together("abc")
    for name, left in (("b", "ac"), ("a", "c"), ("c", "")):
        assert queue.works(name)
        assert queue.next() is None
        queue.end(name)
        assert not queue.works(name)
        assert "".join(one.job.id for one in queue.at_work) == left
    with pytest.raises(NotFound):
        queue.end("a")
    assert queue.state is LaneState.READY


def test_what_was_put_back_runs_alone_and_what_was_to_stop_stays() -> None:
    queue = together("abc")
    queue.stop("b")
    assert queue.put_back()
    assert (order(queue), [one.job.id for one in queue.at_work]) == ("ac", ["b"])
    queue.worker_lost()
    queue.worker_ready()
    assert [one.job.id for one in queue.begin()] == ["a"]
