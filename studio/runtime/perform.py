"""How a job is done: its family imported, its model held in memory, and what both took measured.

What goes wrong is raised; the worker, which calls this, is where it ends.
"""

import importlib
import os
import pkgutil
import sys
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import assert_never

import msgspec

from studio.core.errors import ModelUnsupported
from studio.core.jobs import GenerateImages, Lane, ProcessImage, ReadContext, Reply, SelectObject, Suggest
from studio.core.messages import FromWorker, Memory, Ready, Result, Run, Stage
from studio.core.model import ModelSpec
from studio.runtime import families
from studio.runtime.desk import Desk
from studio.runtime.failures import out_of_memory
from studio.runtime.gauge import Gauge
from studio.runtime.residency import LoadContext, Loaded, Residency, empty_caches


class Performer:
    """The models of one lane, and the jobs that they do. For the thread of the job loop alone."""

    def __init__(self, lane: Lane, send: Callable[[FromWorker], None]) -> None:
        self._lane, self._send = lane, send
        self._families = tuple(module.name for module in pkgutil.iter_modules(families.__path__))
        self._residency = Residency(0)
        self._gauge = Gauge()
        self._gauged: Loaded | None = None  # was loaded when no other was there

    def say_ready(self) -> None:
        """Before anything heavy is imported."""
        self._send(Ready(lane=self._lane, pid=os.getpid(), families=self._families))

    def perform(self, run: Run, desk: Desk) -> Result:
        """One try, and a second one if memory ran out in the first: with every other model given back, and
        what this one remembers of earlier jobs.

        Not if nothing can be given back, nor if pictures or text have left already: they would come twice.
        """
        desk.make_room = partial(self._make_room, run.job.model)
        try:
            return self._attempt(run, desk)
        except Exception as error:
            if not out_of_memory(error) or desk.delivered:
                raise
            forgot = self._forget(run.job.model)
            if not (forgot or self._residency.holds_others(run.job.model)):
                raise
        # Not before here, where the error is gone: its traceback held the model's tensors.
        desk.make_room()
        empty_caches()
        return self._attempt(run, desk)

    def go_between(self, spec: ModelSpec, wanted: Callable[[], bool]) -> None:
        """What the model's family does between two jobs, while it is `wanted`."""
        family = sys.modules.get(_module_of(spec))
        between = getattr(family, "between_jobs", None)
        loaded = self._residency.held(spec)
        if between is not None and loaded is not None:
            between(loaded, wanted)

    def _forget(self, spec: ModelSpec) -> bool:
        """Let the model's family give back what it keeps for later jobs alone; False where it keeps none."""
        forget = getattr(sys.modules.get(_module_of(spec)), "forget", None)
        loaded = self._residency.held(spec)
        return forget is not None and loaded is not None and forget(loaded)

    def forget_conversations(self, conversations: tuple[str, ...]) -> None:
        """Let go of what was read of them."""
        self._residency.forget_conversations(conversations)
        empty_caches()

    def release(self, model: str | None) -> None:
        """Give back that model, or all."""
        self._residency.release(model)

    def report_memory(self) -> None:
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
        if hold_within := getattr(family, "hold_within", None):
            hold_within(loaded, run.memory_budget)
        match job:
            case GenerateImages():
                desk.prepare()
                result = _ability(family, "generate", job.model)(loaded, job, desk)
            case ProcessImage():
                desk.prepare()
                result = _ability(family, "process", job.model)(loaded, job, desk)
            case SelectObject():
                result = _ability(family, "select", job.model)(loaded, job, desk)
            case Reply() | Suggest():
                result = _ability(family, "reply", job.model)(loaded, job, desk)
            case ReadContext():
                result = _ability(family, "read_context", job.model)(loaded, job, desk)
            case _:
                assert_never(job)
        return self._measured(result, loaded)

    def _family(self, spec: ModelSpec, desk: Desk) -> ModuleType:
        """The family's module; the engine is told what came with it. Raises ModelUnsupported."""
        name = _module_of(spec)
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
            self.report_memory()
        return loaded

    def _measured(self, result: Result, loaded: Loaded) -> Result:
        """With how the model is held, and what it and the job took of memory where nothing else was there."""
        if loaded.plan is None:
            return result
        grown = self._gauge.grown(loaded.plan.device) if loaded is self._gauged else 0
        figures = msgspec.structs.replace(result.figures, plan=loaded.plan, grown_bytes=grown)
        return msgspec.structs.replace(result, figures=figures)


def _module_of(spec: ModelSpec) -> str:
    return f"{families.__name__}.{spec.family}"


def _ability(family: ModuleType, name: str, spec: ModelSpec) -> Callable[..., Result]:
    """The family's function. Raises ModelUnsupported."""
    function = getattr(family, name, None)
    if function is None:
        raise ModelUnsupported(model=spec.name, kind=spec.family)
    return function
