"""The worker process: one thread reads the pipe and watches the parent, the main thread runs the jobs.

How a job is done is in `perform.py`; here every job gets its end, whatever that raises. A `Run` with jobs
`beside` its own is made as one job by `together.py`; what that leaves undone is run alone.

Nothing heavy is imported before the first job that needs it, so a worker is ready in a tenth of a second.
"""

import argparse
import faulthandler
import logging
import os
import queue
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NoReturn, assert_never

import msgspec

from studio.core.jobs import GenerateImages, Lane
from studio.core.messages import (
    Begun,
    Cancel,
    Cancelled,
    Failed,
    Figures,
    Forget,
    FromWorker,
    Release,
    Run,
    Stop,
    Stopping,
    ToWorker,
)
from studio.core.model import ModelSpec
from studio.media.freed_memory import trim
from studio.runtime.cancel import Stopped
from studio.runtime.cells import Outcome, each_cell
from studio.runtime.desk import Desk
from studio.runtime.failures import failed
from studio.runtime.perform import Performer
from studio.runtime.residency import empty_caches
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
    """The pipe to the engine, and the loop over its orders."""

    def __init__(self, lane: Lane, connection: Connection) -> None:
        self._connection = connection
        self._sending = threading.Lock()  # Connection is not safe for two senders
        self._orders: queue.SimpleQueue[Run | Release | Forget | Stop] = queue.SimpleQueue()
        self._stops: dict[str, threading.Event] = {}
        self._claiming = threading.Lock()
        self._waiting = set[str]()  # ids of jobs whose turn has not come
        self._performer = Performer(lane, self._send)

    def run(self) -> None:
        """Until told to stop."""
        threading.Thread(target=self._read, name="reader", daemon=True).start()
        self._performer.say_ready()
        while True:
            match self._orders.get():
                case Run() as run:
                    self._run(run)
                case Release(model=model):
                    self._release(model)
                case Forget(conversations=conversations):
                    self._performer.forget_conversations(conversations)
                    self._performer.report_memory()
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
                with self._claiming:
                    self._stops |= {one.job.id: threading.Event() for one in message.each}
                    self._waiting |= _ids(message)
                self._orders.put(message)
            case Cancel(job=job):
                if stop := self._stops.get(job):
                    self._send(Stopping(job=job))  # first: the answer comes before the end
                    stop.set()
                    if self._claimed({job}):  # what is done between two jobs may take long
                        del self._stops[job]
                        self._send(Cancelled(job=job))
            case Release() | Forget():
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
        stops = {one.job.id: self._stops[one.job.id] for one in runs}
        if runs:
            self._send(Begun(job=runs[0].job.id))
        if len(runs) > 1:
            self._run_together(runs)
        elif runs:
            [one] = runs
            self._run_alone(one, Desk(one.job.id, Path(one.staging), self._send, stops[one.job.id]))
        with self._claiming:  # not the stop of a job that was sent once more since it ended
            self._stops = {job: stop for job, stop in self._stops.items() if stops.get(job) is not stop}
        trim()
        self._performer.report_memory()
        self._go_between(run.job.model)

    def _run_alone(self, run: Run, desk: Desk) -> None:
        outcome = each_cell(run, desk, lambda one: self._outcome(one, desk))
        self._end(outcome)
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
                self._end(desk.result_of(part, figures or Figures()))

    def _end(self, outcome: Outcome) -> None:
        self._stops.pop(outcome.job, None)  # first: a stop that comes after the end is not answered
        self._send(outcome)

    def _figures_together(self, run: Run, desk: Together) -> Figures | None:
        """What the jobs took of memory; None where something was raised, which is told of none of them: the
        one whose fault it is meets it once more, alone."""
        try:
            return self._performer.perform(run, desk).figures
        except Stopped:
            return Figures()
        except (Exception, SystemExit):  # the process boundary
            log.exception("Jobs %s together", ", ".join(part.job.id for part in desk.parts))
            return None

    def _outcome(self, run: Run, desk: Desk) -> Outcome:
        """Run the job; whatever it raises, the worker lives on."""
        try:
            try:
                return self._performer.perform(run, desk)
            finally:
                desk.flush()
        except Stopped:
            return _cancelled(desk)
        except (Exception, SystemExit) as error:  # the process boundary
            log.exception("Job %s", desk.job_id)
            # Some code wraps what passes through it; the person who asked to stop gets what they asked for.
            return _cancelled(desk) if desk.cancelled.is_set() else failed(error, desk)

    def _go_between(self, spec: ModelSpec) -> None:
        """Until an order waits."""
        try:
            self._performer.go_between(spec, self._orders.empty)
        except Exception:  # the process boundary: a family's fault must not end the loop
            log.exception("Between two jobs of %s", spec.id)

    def _release(self, model: str | None) -> None:
        try:
            self._performer.release(model)
        except Exception:  # the process boundary: a family's fault must not end the loop
            log.exception("Release of %s", model)
        self._performer.report_memory()


def _ids(run: Run) -> set[str]:
    return {one.job.id for one in run.each}


def _cancelled(desk: Desk) -> Cancelled:
    return Cancelled(job=desk.job_id, text=desk.text, notes=desk.notes, figures=desk.final_figures())


if __name__ == "__main__":
    main()
