"""The worker process by itself, spoken to over its pipe as the engine does."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from studio.catalog.inspect import inspect_model
from studio.core.ids import new_id
from studio.core.jobs import GenerateImages, Reply
from studio.core.messages import (
    Begun,
    Beside,
    Cancel,
    Cancelled,
    Failed,
    Forget,
    FromWorker,
    Memory,
    Ready,
    Release,
    Result,
    Run,
    Stop,
    Stopping,
    Tokens,
    ToWorker,
)
from studio.core.model import Ability, ModelSpec, Wish
from studio.core.sampling import Sampling
from studio.core.turns import ChatTurn
from studio.engine.boot import worker_command, worker_environment
from studio.engine.process import WorkerProcess
from studio.runtime.main import Worker
from tests import zoo

MODEL = ModelSpec(
    id="m", name="M", family="fake", base="", abilities=(Ability.REPLY,), path="/m", size_bytes=10
)

SHORT = Sampling(max_new_tokens=4)
HANGS = 120  # seconds; torch is long in coming on a busy machine


class Talk:
    """One worker, and everything it said."""

    def __init__(self, log: Path) -> None:
        self.process = WorkerProcess(
            lambda handle: worker_command("language", handle), worker_environment(), log, 10
        )
        self.heard: list[Any] = []
        self.decoder = msgspec.msgpack.Decoder(FromWorker)

    def tell(self, message: ToWorker) -> None:
        self.process.connection.send_bytes(msgspec.msgpack.encode(message))

    def run(self, text: str, model: ModelSpec = MODEL, memory_budget: int = 100) -> str:
        turns = (ChatTurn("user", text),)
        job = Reply(id=new_id(), model=model, conversation="c", message="m", turns=turns, sampling=SHORT)
        self.tell(Run(job=job, staging="/nowhere", memory_budget=memory_budget))
        return job.id

    def until(self, kind: type) -> Any:
        """Everything up to the next message of this kind, which is returned."""
        while True:
            assert self.process.connection.poll(HANGS), self.heard
            self.heard.append(self.decoder.decode(self.process.connection.recv_bytes()))
            if isinstance(self.heard[-1], kind):
                return self.heard[-1]

    def ended(self) -> bool:
        return self.process.wait(30)


def wait_for(done: Callable[[], bool]) -> None:
    """What a worker does without a word."""
    ends = time.monotonic() + HANGS
    while not done():
        assert time.monotonic() < ends
        time.sleep(0.01)


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Talk]:
    talk = Talk(tmp_path / "worker.log")
    yield talk
    talk.process.kill()
    talk.process.bury()


def test_is_ready_before_it_imports_anything_heavy(talk: Talk) -> None:
    ready = talk.until(Ready)
    assert (ready.lane, ready.pid, ready.versions) == ("language", talk.process.pid, {})
    assert "fake" in ready.families
    talk.run("hello")
    assert talk.until(Ready).versions["studio"]  # the second one, with what the family brought
    words = "import studio.runtime.main, sys; print({'torch', 'PIL', 'psutil', 'PySide6'} & {*sys.modules})"
    run = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a mark cannot begin anew")
@pytest.mark.long
def test_tells_how_a_model_is_held_and_what_it_took_unless_others_are_there(
    talk: Talk, tmp_path: Path
) -> None:
    first, second = (inspect_model(zoo.llama(tmp_path / name)) for name in ("first", "second"))
    for model, alone in ((first, True), (first, True), (second, False)):
        talk.run("hello", msgspec.structs.replace(model, wish=Wish(precision="bfloat16")), 1 << 30)
        figures = talk.until(Result).figures
        assert figures.plan is not None and figures.plan.precision == "bfloat16"
        assert (figures.grown_bytes > 0) is alone


def test_tells_what_it_holds_after_load_job_and_release(talk: Talk) -> None:
    talk.run("hello")
    talk.until(Result)
    assert [message.held_bytes for message in talk.heard if isinstance(message, Memory)] == [10]
    assert talk.until(Memory).models == ("m",)
    talk.tell(Release(model="another"))
    assert talk.until(Memory).held_bytes == 10
    talk.tell(Forget(conversations=("c",)))
    assert talk.until(Memory).held_bytes == 10, "it remembers none"
    talk.tell(Release(model="m"))
    memory = talk.until(Memory)
    assert (memory.held_bytes, memory.models) == (0, ())
    assert memory.device_total > memory.device_free > 0


def test_between_two_jobs_the_family_works_on_unless_an_order_waits(talk: Talk, tmp_path: Path) -> None:
    first, second, go = (tmp_path / name for name in ("first", "second", "go"))
    talk.run(f"between {first}; until {go}")
    talk.until(Memory)  # loaded, and so at work
    talk.run(f"between {second}")
    last = talk.run("hello")
    talk.tell(Cancel(job=last))
    talk.until(Stopping)  # so all of them wait
    go.touch()
    talk.until(Cancelled)
    wait_for(second.exists)
    assert not first.exists()


def test_of_jobs_made_together_one_may_be_stopped_before_they_begin(talk: Talk, tmp_path: Path) -> None:
    at_work, over = tmp_path / "at-work", tmp_path / "over"
    talk.run(f"long {at_work} {over}")
    wait_for(at_work.exists)
    first, second = (
        GenerateImages(id=name, model=MODEL, prompt="a boat", seed=seed)
        for seed, name in enumerate(("a", "b"))
    )
    staging = tmp_path / "staging"
    beside = Beside(job=second, staging=str(staging / "b"))
    staging.mkdir()
    talk.tell(Run(job=first, staging=str(staging / "a"), memory_budget=100, beside=(beside,)))
    talk.tell(Cancel(job="a"))
    assert talk.until(Cancelled).job == "a"
    over.touch()
    assert talk.until(Begun).job == "b"
    result = talk.until(Result)
    assert (result.job, result.pictures) == ("b", 1)
    assert sum(isinstance(one, Cancelled) for one in talk.heard) == 1


def test_what_fails_between_two_jobs_costs_no_job(talk: Talk, tmp_path: Path) -> None:
    talk.run("between")
    talk.until(Result)
    wait_for(lambda: "between two jobs" in (tmp_path / "worker.log").read_text())
    talk.run("hello")
    talk.until(Result)


def test_acknowledges_a_stop_while_the_job_hears_nothing(talk: Talk) -> None:
    job = talk.run("note offloaded; say once upon a time; deaf 0.5; until /never")
    talk.until(Tokens)
    talk.tell(Cancel(job=job))
    assert talk.until(Stopping) == Stopping(job=job)
    outcome = talk.until(Cancelled)
    assert outcome.text == "".join(message.text for message in talk.heard if isinstance(message, Tokens))
    assert outcome.figures.seconds > 0 and [note.code for note in outcome.notes] == ["offloaded"]


def test_a_stop_that_comes_with_the_job_or_after_it(talk: Talk) -> None:
    job = talk.run("until /never")
    talk.tell(Cancel(job=job))  # before the job loop has so much as looked at it
    talk.until(Cancelled)
    talk.tell(Cancel(job=job))
    talk.tell(Cancel(job="unknown"))
    job = talk.run("hello")
    assert talk.until(Result).job == job
    assert len([message for message in talk.heard if isinstance(message, Stopping)]) == 1


class Resends:
    """An engine that sends a job once more at the moment it hears of its end."""

    def __init__(self, run: Run) -> None:
        self.worker = Worker("language", self)  # type: ignore[arg-type]
        self.run, self.ends = run, 0
        self.order(run)

    def order(self, run: Run) -> None:
        self.worker._take(run)

    def send_bytes(self, data: bytes) -> None:
        if isinstance(msgspec.msgpack.decode(data, type=FromWorker), Result):
            self.ends += 1
            if self.ends == 1:
                self.order(self.run)


def test_a_job_that_is_sent_again_as_it_ends_runs_again() -> None:
    turns = (ChatTurn("user", "hello"),)
    job = Reply(id=new_id(), model=MODEL, conversation="c", message="m", turns=turns, sampling=SHORT)
    engine = Resends(Run(job=job, staging="/nowhere", memory_budget=100))
    for _ in range(2):
        engine.worker._run(engine.worker._orders.get_nowait())
    assert engine.ends == 2


@pytest.mark.parametrize("work", [None, "until /never"])
def test_stop_ends_it_cleanly(talk: Talk, work: str | None) -> None:
    talk.until(Ready)
    if work:
        talk.run(work)
        talk.until(Memory)  # loaded, and so at work
    talk.tell(Stop())
    assert talk.ended()
    assert talk.process.bury() == 0


@pytest.mark.parametrize("work", [None, "until /never", "deaf 600", "flood 100000000"])
def test_ends_at_once_when_the_parent_is_gone(talk: Talk, work: str | None) -> None:
    talk.until(Ready)
    if work:
        talk.run(work)
        talk.until(Memory)
    talk.process.connection.close()
    assert talk.ended()


@pytest.mark.skipif(sys.platform == "win32", reason="SIGSTOP is POSIX")
def test_ends_at_once_when_the_parent_goes_right_after_a_stop(talk: Talk) -> None:
    job = talk.run("deaf 600")
    talk.until(Memory)
    os.kill(talk.process.pid, signal.SIGSTOP)
    talk.tell(Cancel(job=job))
    talk.process.connection.close()  # so that the stop can be read, but not be answered
    os.kill(talk.process.pid, signal.SIGCONT)
    assert talk.ended()


@pytest.mark.skipif(sys.platform == "win32", reason="niceness is POSIX")
def test_gives_way_to_the_window(talk: Talk) -> None:
    talk.until(Ready)
    assert os.getpriority(os.PRIO_PROCESS, talk.process.pid) == min(19, os.nice(0) + 10)


def test_what_libraries_print_goes_to_the_log(talk: Talk, tmp_path: Path) -> None:
    talk.run("raise boom")
    talk.until(Failed)
    assert "RuntimeError: boom" in (tmp_path / "worker.log").read_text()
