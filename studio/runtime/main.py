"""The worker process: one thread reads the pipe and watches the parent, the main thread runs the jobs.

A `Run` with jobs `beside` its own is made as one job by `together.py`; what that leaves undone is run alone.
Nothing heavy is imported before the first job that needs it, so a worker is ready in a tenth of a second.
"""

import argparse
import faulthandler
import importlib
import logging
import os
import pkgutil
import queue
import signal
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from types import ModuleType
from typing import NoReturn, assert_never

import msgspec

from studio.core.errors import ModelUnsupported
from studio.core.jobs import GenerateImages, Lane, Reply, Suggest
from studio.core.messages import (
    Begun,
    Cancel,
    Cancelled,
    Failed,
    Figures,
    FromWorker,
    Memory,
    Ready,
    Release,
    Result,
    Run,
    Stage,
    Stop,
    Stopping,
    ToWorker,
)
from studio.core.model import ModelSpec
from studio.runtime import families
from studio.runtime.cancel import Stopped
from studio.runtime.cells import Outcome, each_cell
from studio.runtime.desk import Desk
from studio.runtime.failures import failed, out_of_memory
from studio.runtime.gauge import Gauge, trim
from studio.runtime.residency import LoadContext, Loaded, Residency, empty_caches
from studio.runtime.together import Together

log = logging.getLogger(__name__)

OOM_SCORE = "500"  # of 1000, beyond what a process of its size would have (proc(5))
NICENESS = 10  # the window is to stay smooth while a model computes


def main() -> NoReturn:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the window decides what Ctrl+C means
    faulthandler.enable()
    sys.modules["kernels"] = None  # type: ignore[assignment]  # a config could have it run code of the hub
    socket.has_ipv6 = False  # else urllib3, when imported, opens a network socket to see if it can
    if sys.platform != "win32":  # there the engine starts us with a lower priority
        os.nice(NICENESS)
    _go_first()
    parser = argparse.ArgumentParser(prog="studio.runtime.main")
    parser.add_argument("--lane", required=True)
    parser.add_argument("--handle", required=True, type=int)
    arguments = parser.parse_args()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s")
    Worker(arguments.lane, _connection(arguments.handle)).run()
    _exit()


def _go_first() -> None:
    """Where the system has to end a process for want of memory, it takes us rather than the window."""
    with suppress(OSError):  # other systems have no such file
        Path("/proc/self/oom_score_adj").write_text(OOM_SCORE)


def _connection(handle: int) -> Connection:
    """The inherited end of the pipe, which no process that a library may start inherits in turn."""
    if sys.platform == "win32":
        from multiprocessing.connection import PipeConnection

        os.set_handle_inheritable(handle, False)
        return PipeConnection(handle)
    os.set_inheritable(handle, False)
    return Connection(handle)


def _exit() -> NoReturn:
    """At once, without the interpreter's clean-up: a thread may sit in native code for seconds."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


class Worker:
    """The models of one lane, and the pipe to the engine."""

    def __init__(self, lane: Lane, connection: Connection) -> None:
        self._lane = lane
        self._connection = connection
        self._sending = threading.Lock()  # Connection is not safe for two senders
        self._orders: queue.SimpleQueue[Run | Release | Stop] = queue.SimpleQueue()
        self._stops: dict[str, threading.Event] = {}
        self._claiming = threading.Lock()
        self._waiting = set[str]()  # ids of jobs whose turn has not come
        self._residency = Residency(0)
        self._gauge = Gauge()
        self._gauged: Loaded | None = None  # was loaded when no other was there
        self._families = tuple(module.name for module in pkgutil.iter_modules(families.__path__))

    def run(self) -> None:
        """Until told to stop."""
        threading.Thread(target=self._read, name="reader", daemon=True).start()
        self._send(Ready(lane=self._lane, pid=os.getpid(), families=self._families))
        while True:
            match self._orders.get():
                case Run() as run:
                    self._run(run)
                case Release(model=model):
                    self._release(model)
                case Stop():
                    self._release(None)
                    return

    # The reader's thread.

    def _read(self) -> None:
        """Pass orders on to the job loop, stop its job, and end the process when the parent is gone."""
        decoder = msgspec.msgpack.Decoder(ToWorker)
        try:
            while True:
                self._take(decoder.decode(self._connection.recv_bytes()))
        except (EOFError, OSError):
            os._exit(0)

    def _take(self, message: ToWorker) -> None:
        match message:
            case Run():
                self._stops |= {one.job.id: threading.Event() for one in message.each}
                with self._claiming:
                    self._waiting |= _ids(message)
                self._orders.put(message)
            case Cancel(job=job):
                if stop := self._stops.get(job):
                    self._send(Stopping(job=job))  # first: the answer comes before the end
                    stop.set()
                    if self._claimed({job}):  # what is done between two jobs may take long
                        del self._stops[job]
                        self._send(Cancelled(job=job))
            case Release():
                self._orders.put(message)
            case Stop():
                for stop in list(self._stops.values()):
                    stop.set()
                self._orders.put(message)
            case _:
                assert_never(message)

    def _claimed(self, jobs: set[str]) -> set[str]:
        """Those of them whose turn had not come: from now on they are the caller's, to be ended by the reader
        or run by the loop."""
        with self._claiming:
            claimed = self._waiting & jobs
            self._waiting -= claimed
        return claimed

    def _send(self, message: FromWorker) -> None:
        data = msgspec.msgpack.encode(message)
        with self._sending:
            self._connection.send_bytes(data)

    # The job loop.

    def _run(self, run: Run) -> None:
        claimed = self._claimed(_ids(run))
        runs = [one for one in run.each if one.job.id in claimed]
        if runs:
            self._send(Begun(job=runs[0].job.id))
        if len(runs) > 1:
            self._run_together(runs)
        elif runs:
            [one] = runs
            self._run_alone(one, Desk(one.job.id, Path(one.staging), self._send, self._stops[one.job.id]))
        for one in runs:
            self._stops.pop(one.job.id, None)
        trim()
        self._report_memory()
        self._go_between(run.job.model)

    def _run_alone(self, run: Run, desk: Desk) -> None:
        outcome = each_cell(run, desk, lambda one: self._outcome(one, desk))
        del self._stops[run.job.id]  # first: a stop that comes after the end is for nobody
        self._send(outcome)
        if isinstance(outcome, Failed):
            empty_caches()  # the error is gone, and with it what its traceback held

    def _run_together(self, runs: Sequence[Run]) -> None:
        """All of them as one; those that this leaves without their pictures, one after another."""
        desk = Together(
            [
                (one.job, Path(one.staging), self._stops[one.job.id])
                for one in runs
                if isinstance(one.job, GenerateImages)
            ],
            self._send,
        )
        figures = self._figures_together(msgspec.structs.replace(runs[0], job=desk.job), desk)
        if figures is None:
            empty_caches()
        for part in desk.parts:
            if left := part.left:
                alone = Run(job=left, staging=str(part.desk.staging), memory_budget=runs[0].memory_budget)
                self._run_alone(alone, part.alone())
            else:
                self._send(desk.result_of(part, figures or Figures()))

    def _figures_together(self, run: Run, desk: Together) -> Figures | None:
        """What the jobs took of memory; None where something was raised, which is told of none of them: the
        one whose fault it is meets it once more, alone."""
        try:
            return self._perform(run, desk).figures
        except Stopped:
            return Figures()
        except (Exception, SystemExit):  # the process boundary
            log.exception("Jobs %s together", ", ".join(part.job.id for part in desk.parts))
            return None

    def _outcome(self, run: Run, desk: Desk) -> Outcome:
        """Run the job; whatever it raises, the worker lives on."""
        try:
            try:
                return self._perform(run, desk)
            finally:
                desk.flush()
        except Stopped:
            return _cancelled(desk)
        except (Exception, SystemExit) as error:  # the process boundary
            log.exception("Job %s", desk.job_id)
            # Some code wraps what passes through it; the person who asked to stop gets what they asked for.
            return _cancelled(desk) if desk.cancelled.is_set() else failed(error, desk)

    def _perform(self, run: Run, desk: Desk) -> Result:
        """One try, and a second one with every other model given back if memory ran out in the first.

        Not if nothing can be given back, nor if pictures or text have left already: they would come twice.
        """
        desk.make_room = partial(self._make_room, run.job.model)
        try:
            return self._attempt(run, desk)
        except Exception as error:
            others = self._residency.holds_others(run.job.model)
            if not out_of_memory(error) or desk.delivered or not others:
                raise
        # Not before here, where the error is gone: its traceback held the model's tensors.
        desk.make_room()
        return self._attempt(run, desk)

    def _make_room(self, model: ModelSpec) -> bool:
        """Give back every other model; False where none is held."""
        if not self._residency.holds_others(model):
            return False
        self._residency.release_others(model)
        return True

    def _attempt(self, run: Run, desk: Desk) -> Result:
        job = run.job
        family = self._family(job.model, desk)
        self._residency.budget_bytes = run.memory_budget
        loaded = self._acquire(family, run, desk)
        match job:
            case GenerateImages():
                desk.prepare()
                result = _ability(family, "generate", job.model)(loaded, job, desk)
            case Reply() | Suggest():
                result = _ability(family, "reply", job.model)(loaded, job, desk)
            case _:
                assert_never(job)
        return self._measured(result, loaded)

    def _family(self, spec: ModelSpec, desk: Desk) -> ModuleType:
        """The family's module; the engine is told what came with it. Raises ModelUnsupported."""
        name = f"{families.__name__}.{spec.family}"
        if name in sys.modules:
            return sys.modules[name]
        if not spec.family.isidentifier():
            raise ModelUnsupported(model=spec.name, kind=spec.family)
        desk.phase(Stage.STARTING)
        try:
            with desk.timed("load_seconds"):
                module = importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name == name:
                raise ModelUnsupported(model=spec.name, kind=spec.family) from error
            raise
        from studio.runtime.devices import devices, versions

        self._send(
            Ready(
                lane=self._lane,
                pid=os.getpid(),
                families=self._families,
                # Without torch an accelerator is not seen; what another process has seen is not to be unsaid.
                devices=devices() if "torch" in sys.modules else (),
                versions=versions(),
            )
        )
        return module

    def _acquire(self, family: ModuleType, run: Run, desk: Desk) -> Loaded:
        spec = run.job.model

        def load() -> Loaded:
            self._gauged, alone = None, not self._residency.models
            if alone:
                self._gauge.begin()
            desk.phase(Stage.LOADING, 0, spec.size_bytes)
            with desk.timed("load_seconds"):
                loaded = family.load(spec, LoadContext(desk, run.memory_budget))
            self._gauged = loaded if alone else None
            return loaded

        known = self._residency.holds(spec)
        loaded = self._residency.acquire(spec, load)
        if known:
            self._gauge.go_on()
        else:
            self._report_memory()
        return loaded

    def _measured(self, result: Result, loaded: Loaded) -> Result:
        """With how the model is held, and what it and the job took of memory where nothing else was there."""
        if loaded.plan is None:
            return result
        grown = self._gauge.grown(loaded.plan.device) if loaded is self._gauged else 0
        figures = msgspec.structs.replace(result.figures, plan=loaded.plan, grown_bytes=grown)
        return msgspec.structs.replace(result, figures=figures)

    def _go_between(self, spec: ModelSpec) -> None:
        """What the model's family does between two jobs, until an order waits."""
        family = sys.modules.get(f"{families.__name__}.{spec.family}")
        between = getattr(family, "between_jobs", None)
        loaded = self._residency.held(spec)
        if between is None or loaded is None:
            return
        try:
            between(loaded, self._orders.empty)
        except Exception:  # the process boundary: a family's fault must not end the loop
            log.exception("Between two jobs of %s", spec.id)

    def _release(self, model: str | None) -> None:
        try:
            self._residency.release(model)
        except Exception:  # the process boundary: a family's fault must not end the loop
            log.exception("Release of %s", model)
        self._report_memory()

    def _report_memory(self) -> None:
        from studio.runtime.devices import devices

        device = devices()[0]
        self._send(
            Memory(
                held_bytes=self._residency.held_bytes,
                models=self._residency.models,
                device_total=device.total_bytes,
                device_free=device.free_bytes,
            )
        )


def _ability(family: ModuleType, name: str, spec: ModelSpec) -> Callable[..., Result]:
    """The family's function. Raises ModelUnsupported."""
    function = getattr(family, name, None)
    if function is None:
        raise ModelUnsupported(model=spec.name, kind=spec.family)
    return function


def _ids(run: Run) -> set[str]:
    return {one.job.id for one in run.each}


def _cancelled(desk: Desk) -> Cancelled:
    return Cancelled(job=desk.job_id, text=desk.text, notes=desk.notes, figures=desk.final_figures())


if __name__ == "__main__":
    main()
