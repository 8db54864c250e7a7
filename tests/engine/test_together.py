"""Equal jobs in one batch: one piece of work to the worker, and to everyone else still a job each."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from studio.catalog.inspect import inspect_model
from studio.core.lane import LaneState
from studio.core.messages import Cancelled, Failed, Result, Stage
from studio.engine.patience import Limits
from studio.media.recipes import read_recipe
from tests import zoo
from tests.engine.watched import Watched

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
deaths = pytest.mark.allow_log("studio.engine.engine: (image|language) worker")


class Batch:
    """Jobs that wait one behind the other, after one like them has told how many go together.

    Attributes:
        gate: what the step `until GATE` of their script waits for.
    """

    def __init__(self, engine: Watched, folder: Path, prompt: str, *numbers: int, room: int = 8) -> None:
        self.engine = engine
        self.gate = folder / "gate"
        self.prompt = f"room {room}; {prompt}".replace("GATE", str(self.gate))
        self.gate.touch()
        engine.outcome(self.submit(seed=1))
        self.gate.unlink()
        engine.heard.clear()
        engine.engine.pause("image", True)
        self.jobs = [self.submit(n, 10 * place) for place, n in enumerate(numbers, 1)]
        engine.engine.pause("image", False)

    def submit(self, number: int = 1, seed: int = 0) -> str:
        return self.engine.pictures(self.prompt, num_images=number, seed=seed)

    def started(self) -> None:
        """Wait until all of them are at work."""
        for job in self.jobs:
            self.engine.started(job)

    def made(self, job: str) -> list[tuple[int, int]]:
        """Numbers and seeds of the job's pictures, each whole, known as its own, and in its own folder."""
        saved = [one for one in self.engine.of("picture_saved") if one.job == job]
        for one in saved:
            recipe = read_recipe(Path(one.path))
            assert recipe is not None
            assert (recipe.job, recipe.asset, recipe.index, recipe.seed) == (
                job,
                one.asset,
                one.index,
                one.seed,
            )
            assert Path(one.path).parent == self.engine.staging / job
        return [(one.index, one.seed) for one in saved]

    def outcomes(self) -> list[Result | Failed | Cancelled]:
        return [self.engine.outcome(job) for job in self.jobs]


MakeBatch = Callable[..., Batch]


@pytest.fixture
def make_batch(engine: Watched, tmp_path: Path) -> MakeBatch:
    return lambda prompt, *numbers, **options: Batch(engine, tmp_path, prompt, *numbers, **options)


def test_equal_jobs_are_made_together_and_each_is_told_of_its_own(make_batch: MakeBatch) -> None:
    batch = make_batch("preview; until GATE", 2, 1, 4)
    batch.started()
    engine = batch.engine
    assert engine.of("job_started") == batch.jobs
    assert engine.engine.running("image") == batch.jobs[0]
    assert engine.engine.pending("image") == ()
    batch.gate.touch()
    assert [outcome.pictures for outcome in batch.outcomes()] == [2, 1, 4]
    assert [batch.made(job) for job in batch.jobs] == [
        [(0, 10), (1, 11)],
        [(0, 20)],
        [(0, 30), (1, 31), (2, 32), (3, 33)],
    ]
    for job, number in zip(batch.jobs, (2, 1, 4), strict=True):
        phases = [phase for phase in engine.of("phase_changed") if phase.job == job]
        stages = dict.fromkeys(phase.stage for phase in phases)
        assert list(stages) == [Stage.LOADING, Stage.DENOISING, Stage.SAVING]
        assert {(p.index, p.count) for p in phases if p.stage is Stage.DENOISING} == {(0, number)}
        assert {p.total for p in phases if p.stage is Stage.SAVING} == {number}
        assert {p.index for p in engine.of("preview_arrived") if p.job == job} == set(range(number))
    assert engine.engine.status("image").state is LaneState.READY


def test_as_many_as_there_is_room_for(make_batch: MakeBatch) -> None:
    batch = make_batch("until GATE", 2, 1, 4, room=5)
    batch.engine.started(batch.jobs[1])
    assert batch.engine.of("job_started") == batch.jobs[:2]
    assert [job.id for job in batch.engine.engine.pending("image")] == batch.jobs[2:]
    batch.gate.touch()
    assert [outcome.pictures for outcome in batch.outcomes()] == [2, 1, 4]


def test_those_that_wait_behind_a_batch_can_still_be_moved(make_batch: MakeBatch) -> None:
    batch = make_batch("until GATE", 1, 1, 1, 1, room=2)
    batch.engine.started(batch.jobs[1])
    batch.engine.engine.reorder(batch.jobs[3], before=batch.jobs[2])
    batch.gate.touch()
    batch.outcomes()
    first, second, third, fourth = batch.jobs
    assert batch.engine.of("job_started") == [first, second, fourth, third]


@pytest.mark.parametrize("stopped", [[0], [1], [2], [0, 1], [2, 0]])
def test_one_is_stopped_and_the_others_are_made(make_batch: MakeBatch, stopped: list[int]) -> None:
    batch = make_batch("until GATE", 1, 2, 1)
    batch.started()
    engine = batch.engine
    pid = engine.engine.status("image").pid
    for place in stopped:
        engine.engine.cancel(batch.jobs[place])
        assert isinstance(engine.outcome(batch.jobs[place]), Cancelled), "while the others are still at work"
    assert not engine.of("job_finished")
    assert engine.of("job_stopping") == [batch.jobs[place] for place in stopped]
    others = [job for place, job in enumerate(batch.jobs) if place not in stopped]
    assert engine.engine.running("image") == others[0]
    assert not engine.engine.status("image").stopping
    batch.gate.touch()
    for job in others:
        assert engine.outcome(job).pictures == len(batch.made(job)) == (2 if job == batch.jobs[1] else 1)
    assert not any(batch.made(batch.jobs[place]) for place in stopped)
    assert not [file for place in stopped for file in (engine.staging / batch.jobs[place]).glob("*.png*")]
    assert engine.engine.status("image").pid == pid


def test_the_pictures_that_a_stopped_one_had_are_kept(make_batch: MakeBatch) -> None:
    batch = make_batch("some 1; until GATE", 2, 1)
    first, second = batch.jobs
    batch.engine.until(lambda: batch.made(first))
    batch.engine.engine.cancel(first)
    assert isinstance(batch.engine.outcome(first), Cancelled)
    batch.gate.touch()
    assert batch.engine.outcome(second).pictures == 1
    assert (batch.made(first), batch.made(second)) == ([(0, 10)], [(0, 20)])


def test_all_are_stopped_and_the_worker_stays(make_batch: MakeBatch) -> None:
    batch = make_batch("until GATE", 1, 1, 1)
    batch.started()
    pid = batch.engine.engine.status("image").pid
    for job in batch.jobs:
        batch.engine.engine.cancel(job)
    assert all(isinstance(outcome, Cancelled) for outcome in batch.outcomes())
    batch.gate.touch()
    assert isinstance(batch.engine.outcome(batch.submit()), Result)
    assert batch.engine.engine.status("image").pid == pid


def test_a_pause_lets_the_batch_end_and_nothing_more(make_batch: MakeBatch) -> None:
    batch = make_batch("until GATE", 1, 1, 1, room=2)
    batch.engine.started(batch.jobs[1])
    batch.engine.engine.pause("image", True)
    batch.gate.touch()
    batch.engine.outcome(batch.jobs[1])
    batch.engine.until(lambda: batch.engine.engine.status("image").state is LaneState.PAUSED)
    assert [job.id for job in batch.engine.engine.pending("image")] == batch.jobs[2:]


@deaths
@posix
@pytest.mark.parametrize("stopped", [[], [0], [1]])
def test_a_death_in_the_middle_ends_each_and_the_queue_goes_on(
    make_batch: MakeBatch, stopped: list[int]
) -> None:
    batch = make_batch("some 1; until GATE", 1, 1, 1, 1, room=3)
    engine, (*at_work, waiting) = batch.engine, batch.jobs
    for job in at_work:
        engine.started(job)
    engine.until(lambda: batch.made(batch.jobs[0]))
    pid = engine.engine.status("image").pid
    os.kill(pid, signal.SIGSTOP)
    for place in stopped:
        engine.engine.cancel(batch.jobs[place])
    os.kill(pid, signal.SIGKILL)
    died = {"code": "worker_killed", "params": {"signal": "SIGKILL"}}
    for place, job in enumerate(at_work):
        expected = Cancelled(job=job) if place in stopped else Failed(job=job, **died)
        assert engine.outcome(job) == expected
    batch.gate.touch()
    assert engine.outcome(waiting).pictures == 1
    assert batch.made(batch.jobs[0]) == [(0, 10)]


@deaths
@posix
def test_jobs_that_a_dead_worker_never_took_up_are_all_made(make_batch: MakeBatch) -> None:
    batch = make_batch("a boat")
    batch.engine.engine.pause("image", True)
    jobs = [batch.submit() for _ in range(3)]
    batch.engine.until(lambda: not batch.engine.engine.status("image").models)
    os.kill(batch.engine.engine.status("image").pid, signal.SIGKILL)
    batch.engine.engine.pause("image", False)  # before the death can be told
    assert [batch.engine.outcome(job).pictures for job in jobs] == [1, 1, 1]
    assert batch.engine.of("job_started") == [*jobs, *jobs], "together first, and then each alone"
    assert [result.job for result in batch.engine.of("job_finished")] == jobs


@deaths
@posix
def test_one_that_is_to_stop_does_not_cost_the_others_a_deaf_worker(
    make_engine: Callable[..., Watched], tmp_path: Path
) -> None:
    engine = make_engine(limits=Limits(silence=0.2))
    batch = Batch(engine, tmp_path, "until GATE; deaf 1", 1, 1)
    batch.started()
    pid = engine.engine.status("image").pid
    engine.until(lambda: engine.of("phase_changed"))
    batch.gate.touch()
    engine.engine.cancel(batch.jobs[0])
    assert isinstance(engine.outcome(batch.jobs[1]), Result)
    assert isinstance(engine.outcome(batch.jobs[0]), Cancelled)
    assert engine.engine.status("image").pid == pid


def test_what_fails_together_is_made_alone(make_batch: MakeBatch) -> None:
    batch = make_batch("single", 1, 1, 1)
    assert [outcome.pictures for outcome in batch.outcomes()] == [1, 1, 1]
    assert batch.engine.of("job_started") == batch.jobs
    assert [batch.made(job) for job in batch.jobs] == [[(0, 10)], [(0, 20)], [(0, 30)]]


def test_what_was_made_before_the_failure_is_not_made_again(make_batch: MakeBatch) -> None:
    batch = make_batch("some 2; single", 1, 2, 1)
    assert [outcome.pictures for outcome in batch.outcomes()] == [1, 2, 1]
    assert [batch.made(job) for job in batch.jobs] == [[(0, 10)], [(0, 20), (1, 21)], [(0, 30)]]


def test_what_fails_for_each_fails_for_each(make_batch: MakeBatch) -> None:
    batch = make_batch("until GATE; raise boom", 1, 1)
    batch.gate.touch()
    assert [outcome.code for outcome in batch.outcomes()] == ["unexpected", "unexpected"]
    assert isinstance(batch.engine.outcome(batch.engine.pictures()), Result)


def test_one_that_is_to_stop_when_the_batch_fails_has_stopped(make_batch: MakeBatch) -> None:
    batch = make_batch("single; until GATE", 1, 1)
    first, second = batch.jobs
    batch.engine.until(lambda: len(batch.engine.of("phase_changed")) > 3)
    batch.engine.engine.cancel(second)
    batch.gate.touch()
    assert isinstance(batch.engine.outcome(first), Result)
    assert isinstance(batch.engine.outcome(second), Cancelled)


def test_closing_in_the_middle_of_a_batch(make_batch: MakeBatch) -> None:
    batch = make_batch("until GATE", 1, 1)
    batch.started()
    batch.engine.engine.close()


@pytest.mark.long
def test_a_real_model_makes_them_in_one_batch_and_each_of_them_again(
    make_engine: Callable[..., Watched], tmp_path: Path
) -> None:
    engine = make_engine(memory_budget=1 << 40)
    fields = {"model": inspect_model(zoo.stable_diffusion(tmp_path / "sd")), "width": 64, "height": 64}
    fields |= {"num_inference_steps": 3}
    engine.outcome(engine.pictures(seed=1, **fields))
    engine.engine.pause("image", True)
    jobs = [engine.pictures(seed=seed, **fields) for seed in (20, 30, 40)]
    engine.engine.pause("image", False)
    results = [engine.outcome(job) for job in jobs]
    assert [(one.pictures, one.figures.together, one.figures.steps) for one in results] == [(1, 3, 3)] * 3
    made = {one.job: one for one in engine.of("picture_saved")}
    recipes = [read_recipe(Path(made[job].path)) for job in jobs]
    assert [(one.seed, one.execution.batch, one.execution.place) for one in recipes] == [
        (20, 3, 0),
        (30, 3, 1),
        (40, 3, 2),
    ]
    again = engine.pictures(seed=30, again=recipes[1].execution, **fields)
    assert not engine.outcome(again).notes
    (once_more,) = [one for one in engine.of("picture_saved") if one.job == again]
    with Image.open(once_more.path) as new, Image.open(made[jobs[1]].path) as old:
        assert new.tobytes() == old.tobytes()
