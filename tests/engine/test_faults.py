"""The engine when workers die, hang, or never come: every job ends with a cause, and the queue goes on."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from multiprocessing.connection import wait
from pathlib import Path

import pytest

from studio.core.lane import LaneState
from studio.core.messages import Cancelled, Failed, Result, Stage
from studio.engine.patience import Limits
from studio.media.recipes import read_recipe
from tests.engine.watched import Watched, fake_model
from tests.runtime.test_main import wait_for

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
linux = pytest.mark.skipif(sys.platform != "linux", reason="pidfd is Linux")
deaths = pytest.mark.allow_log("studio.engine.engine: (image|language) worker")

READY_THEN_DEAF = """
import sys, time
from multiprocessing.connection import Connection
import msgspec
from studio.core.messages import Ready
pipe = Connection(int(sys.argv[1]))
pipe.send_bytes(msgspec.msgpack.encode(Ready(lane="language", pid=1)))
time.sleep(600)
"""
READY_THEN_GONE = READY_THEN_DEAF.replace("time.sleep(600)", "pipe.recv_bytes(); sys.exit(3)")
READY_THEN_NOISE = READY_THEN_DEAF.replace("time.sleep(600)", "pipe.send_bytes(b'noise'); time.sleep(600)")

PARENT = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from studio.engine.boot import worker_command
from studio.engine.engine import Engine
from tests.engine.watched import picture_job
app = QCoreApplication([])
engine = Engine(worker_command, Path(sys.argv[1]), 1000, 0)
def tell(phase):
    if phase.stage == "denoising":
        print(engine.status("image").pid, flush=True)
engine.phase_changed.connect(tell)
engine.submit(picture_job(sys.argv[2]), Path(sys.argv[1], "job"))
app.exec()
"""


def script(text: str) -> Callable[[str, int], list[str]]:
    return lambda lane, handle: [sys.executable, "-c", text, str(handle)]


def test_a_job_stopped_while_the_worker_works_between_two_costs_no_worker(
    make_engine: Callable[..., Watched], tmp_path: Path
) -> None:
    engine = make_engine(limits=Limits(silence=1.0))
    at_work, over = tmp_path / "at-work", tmp_path / "over"
    engine.outcome(engine.reply(f"long {at_work} {over}"))
    wait_for(at_work.exists)
    pid = engine.engine.status("language").pid
    stopped = engine.reply()
    engine.engine.cancel(stopped)
    assert isinstance(engine.outcome(stopped), Cancelled) and not over.exists()
    after = engine.reply()
    over.touch()
    assert isinstance(engine.outcome(after), Result)
    assert engine.engine.status("language").pid == pid


@deaths
@posix
@pytest.mark.parametrize(
    ("prompt", "code", "params"),
    [
        ("segfault", "worker_crashed", {"cause": "segmentation fault"}),
        ("abort", "worker_crashed", {"cause": "abort"}),
        ("exit 3", "worker_exited", {"exit_code": 3}),
        ("kill", "worker_killed", {"signal": "SIGKILL"}),
    ],
)
def test_death_has_a_cause_and_the_queue_goes_on(
    engine: Watched, prompt: str, code: str, params: object
) -> None:
    job, after = engine.pictures(prompt), engine.pictures()
    outcome = engine.outcome(job)
    assert isinstance(outcome, Failed)
    assert (outcome.code, outcome.params) == (code, params)
    assert engine.outcome(after).pictures == 1
    last_words = engine.engine.log_path("image").read_text()
    assert ("Fatal Python error" in last_words) == (code == "worker_crashed")


@deaths
@posix
@pytest.mark.parametrize(
    ("base", "prompt", "point"),
    [
        ("deaf 60", "a boat", ("phase_changed", Stage.LOADING)),
        ("", "deaf 60", ("phase_changed", Stage.DENOISING)),
        ("", "slow 10000 0.001", ("phase_changed", Stage.DENOISING)),
        ("", "freeze 60", ("phase_changed", Stage.DENOISING)),
        ("", "preview; deaf 60", ("preview_arrived", None)),
        ("", "half; preview; deaf 60", ("preview_arrived", None)),
        ("", "save; deaf 60", ("picture_saved", None)),
        ("", "save; half; slow 10000 0.001", ("picture_saved", None)),
        ("", "until /never", ("job_stopping", None)),
    ],
)
def test_killed_anywhere_loses_nothing_finished(
    engine: Watched, base: str, prompt: str, point: tuple[str, Stage | None]
) -> None:
    job, after = engine.pictures(prompt, model=fake_model(base=base)), engine.pictures()
    name, stage = point
    if name == "job_stopping":
        engine.started(job)
        os.kill(engine.engine.status("image").pid, signal.SIGSTOP)  # it can neither hear nor answer
        engine.engine.cancel(job)
    else:
        engine.until(lambda: any(stage is None or value.stage is stage for value in engine.of(name)))
    os.kill(engine.engine.status("image").pid, signal.SIGKILL)
    outcome = engine.outcome(job)
    assert outcome == (
        Cancelled(job=job)
        if name == "job_stopping"
        else Failed(job=job, code="worker_killed", params={"signal": "SIGKILL"})
    )
    assert engine.outcome(after).pictures == 1
    for saved in engine.of("picture_saved"):
        recipe = read_recipe(Path(saved.path))
        assert recipe is not None
        assert recipe.asset == saved.asset


@deaths
@posix
def test_killed_at_any_token_the_text_so_far_has_arrived(engine: Watched) -> None:
    job = engine.reply("say one two three; deaf 60")
    engine.until(lambda: "".join(tokens.text for tokens in engine.of("tokens_arrived")).startswith("one"))
    os.kill(engine.engine.status("language").pid, signal.SIGKILL)
    assert isinstance(engine.outcome(job), Failed)
    assert isinstance(engine.outcome(engine.reply()), Result)


@deaths
@posix
def test_an_idle_worker_that_is_killed_comes_back(engine: Watched) -> None:
    engine.outcome(engine.pictures())
    pid = engine.engine.status("image").pid
    os.kill(pid, signal.SIGKILL)
    engine.until(lambda: engine.engine.status("image").pid not in (pid, None))
    assert LaneState.RESTARTING in [status.state for status in engine.of("lane_changed")]
    assert engine.engine.status("image").models == ()


@deaths
@posix
def test_a_job_sent_to_a_worker_that_has_just_died_runs_all_the_same(engine: Watched) -> None:
    engine.outcome(engine.pictures())
    os.kill(engine.engine.status("image").pid, signal.SIGKILL)
    job, after = engine.pictures(), engine.pictures()  # before the death can be told
    assert isinstance(engine.outcome(after), Result)
    assert [result.job for result in engine.of("job_finished")][1:] == [job, after]
    assert engine.of("job_started").count(job) == 2


@deaths
def test_a_job_that_no_worker_outlives_is_tried_twice(make_engine: Callable[..., Watched]) -> None:
    engine = make_engine(worker_command=script(READY_THEN_GONE))
    job = engine.pictures()
    outcome = engine.outcome(job)
    assert (outcome.code, outcome.params) == ("worker_exited", {"exit_code": 3})
    assert engine.of("job_started") == [job, job]


@deaths
@posix
def test_other_signals(engine: Watched) -> None:
    job = engine.pictures("slow 10 0.01")
    engine.started(job)
    os.kill(engine.engine.status("image").pid, signal.SIGINT)  # Ctrl+C is the window's to handle
    assert isinstance(engine.outcome(job), Result)
    job = engine.pictures("until /never")
    engine.started(job)
    os.kill(engine.engine.status("image").pid, signal.SIGTERM)
    assert engine.outcome(job) == Failed(job=job, code="worker_killed", params={"signal": "SIGTERM"})


@deaths
@pytest.mark.parametrize("prompt", ["deaf 60", "freeze 60"])
def test_a_deaf_job_is_killed_and_the_next_one_runs(make_engine: Callable[..., Watched], prompt: str) -> None:
    engine = make_engine(limits=Limits(silence=0.3))
    job, after = engine.pictures(prompt), engine.pictures()
    engine.started(job)
    pid = engine.engine.status("image").pid
    engine.engine.cancel(job)
    assert engine.outcome(job) == Cancelled(job=job)
    assert isinstance(engine.outcome(after), Result)
    assert engine.engine.status("image").pid != pid


@pytest.mark.parametrize(
    ("prompt", "code"),
    [
        ("raise boom", "unexpected"),
        ("refuse", "model_produced_nothing"),
        ("leave", "unexpected"),
        ("full", "disk_full"),
        ("memory", "memory_exhausted"),
    ],
)
def test_the_worker_survives_what_a_job_raises(engine: Watched, prompt: str, code: str) -> None:
    job, after = engine.pictures(prompt), engine.pictures()
    outcome = engine.outcome(job)
    assert isinstance(outcome, Failed)
    assert outcome.code == code
    assert "Traceback" in outcome.traceback
    assert isinstance(engine.outcome(after), Result)
    assert len({status.pid for status in engine.of("lane_changed") if status.pid}) == 1


def test_memory_that_runs_out_beside_another_model_is_tried_again_alone(engine: Watched) -> None:
    engine.outcome(engine.pictures())
    assert engine.outcome(engine.pictures("crowded", model=fake_model("local/other"))).pictures == 1
    engine.until(lambda: engine.engine.status("image").models == ("local/other",))
    base_fails = fake_model("local/third", base="crowded; memory")
    outcome = engine.outcome(engine.pictures(model=base_fails))
    assert (outcome.code, outcome.params) == ("memory_exhausted", {"phase": "loading"})
    engine.until(lambda: engine.engine.status("image").models == ())


def test_what_cannot_run_says_so(engine: Watched) -> None:
    for family in ("nonsense", "../../evil", "fake.evil"):
        outcome = engine.outcome(engine.pictures(model=fake_model(family=family)))
        assert (outcome.code, outcome.params["kind"]) == ("model_unsupported", family)
    library = engine.staging.parent / "unplugged"
    engine.staging = library / ".staging" / "instance"
    outcome = engine.outcome(engine.pictures())
    assert (outcome.code, outcome.params) == ("library_missing", {"path": str(library)})


@deaths
@pytest.mark.parametrize(
    ("command", "cause"),
    [
        (script("raise SystemExit(3)"), {"cause": "worker_exited", "cause_exit_code": 3}),
        (script("import time; time.sleep(600)"), {"cause": "worker_unresponsive", "cause_seconds": 0.3}),
        (lambda lane, handle: ["/nowhere/python"], {"cause": "worker_not_started"}),
    ],
    ids=["exits", "hangs", "is not there"],
)
def test_a_worker_that_never_comes_fails_one_job_and_keeps_the_rest(
    make_engine: Callable[..., Watched],
    command: Callable[[str, int], list[str]],
    cause: dict[str, str | int | float],
) -> None:
    calls: list[str] = []
    engine = make_engine(
        worker_command=lambda lane, handle: calls.append(lane) or command(lane, handle),
        limits=Limits(start=0.3, close=0.1),
    )
    job, waiting = engine.pictures(), engine.pictures()
    outcome = engine.outcome(job)
    assert isinstance(outcome, Failed)
    assert outcome.code == "worker_unavailable"
    assert outcome.params["log"] == str(engine.engine.log_path("image"))
    assert outcome.params | cause == outcome.params
    assert calls == ["image"] * 3
    status = engine.engine.status("image")
    assert (status.state, status.problem.code) == (LaneState.OFF, "worker_unavailable")
    assert [job.id for job in engine.engine.pending("image")] == [waiting]
    engine.pictures()  # the person tries again
    assert engine.outcome(waiting).code == "worker_unavailable"


@deaths
@linux
def test_a_worker_that_does_not_read_holds_nobody_up(make_engine: Callable[..., Watched]) -> None:
    engine = make_engine(worker_command=script(READY_THEN_DEAF), limits=Limits(send=0.3, close=0.1))
    job = engine.reply("字" * 1_000_000)
    engine.until(lambda: engine.engine.running("language"))
    for _ in range(10_000):
        engine.engine.pause("language", True)  # the window's thread hands over a Release and goes on
    engine.engine.pause("language", False)
    outcome = engine.outcome(job)
    assert (outcome.code, outcome.params) == ("worker_unresponsive", {"seconds": 0.3})


@deaths
def test_a_worker_that_talks_nonsense_is_replaced(make_engine: Callable[..., Watched]) -> None:
    engine = make_engine(worker_command=script(READY_THEN_NOISE), limits=Limits(close=0.1))
    engine.engine.start("image")
    engine.until(lambda: engine.engine.status("image").problem)
    params = engine.engine.status("image").problem.params
    assert (params["cause"], params["cause_cause"]) == ("worker_crashed", "unreadable message")


@linux
@pytest.mark.parametrize("prompt", ["deaf 60", "until /never", "slow 10000 0.001", "flood 100000000"])
def test_no_worker_outlives_its_parent(tmp_path: Path, prompt: str) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path), prompt]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        worker = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()
        assert wait([worker], 30) == [worker]
        os.close(worker)
