"""The repeated blocks of a denoiser, compiled once pictures have taken long enough for that to repay.

It is what diffusers calls regional compilation (`ModelMixin.compile_repeated_blocks`), but of each block's
`forward` and not of the call around it: our stop hooks hang at the call, and dynamo takes the hooks that it
has met for all there will ever be (`skip_nnmodule_hook_guards` in torch/_dynamo/config.py), so a stop would
be heard no more than once a step.

It happens between two jobs, while one looks at the first pictures, in the thread that runs them: each block
is called once with zeros in the shapes that it was called with before. Not in a thread of its own beside a
job: what traces for inductor puts its own `nn.Module.__call__` in the place of the process's (`Tracer.trace`
in torch/fx/_symbolic_trace.py), and the job's pictures would be computed through it. Only where torch takes
two sizes for one because they were the same number so far, it compiles once more within a job.

On CUDA alone, and only where the person wished for it: none of the machines that this was written on has a
card. The tests drive all of it on the processor, where dynamo traces and the graph is run as it is; nobody
has measured yet what it saves.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple, Protocol

import torch
from torch import nn

from studio.catalog.borrow import DENOISERS
from studio.core.jobs import GenerateImages
from studio.core.model import Wish
from studio.core.plan import Plan
from studio.runtime.failures import out_of_memory
from studio.runtime.pictures.arguments import Call
from studio.runtime.pictures.wraps import wrapped

OPTION = "compiled"  # in the execution record
# Flux.1-dev on an H100: 6.7 s a picture became 4.5, a third less, and compiling its blocks took 9.6 s
# (docs.pytorch.org/devlogs/inductor/2026-05-11-torch-compile-and-diffusers). Cards and processors at home are
# slower, and other models gain less.
SAVED_SHARE = 0.25
COMPILE_SECONDS = 20.0
CODES = 16  # for one class of blocks: by whether it is a batch of one, guided, or its inputs are views

log = logging.getLogger(__name__)

_REFUSED = set[str]()  # classes of denoisers that could not be compiled; what failed once fails again


class NotCompiled(RuntimeError):
    """A block could not be compiled, or what came of it could not be run."""


class Timed(Protocol):
    """What a call of a pipeline took."""

    seconds: float


class Compiler(NamedTuple):
    """What compiles a function, and its name for the record."""

    name: str
    compile: Callable[[Callable[..., Any]], Callable[..., Any]]


# The whole block or nothing; one code for all sizes and prompts, else every new length would compile anew;
# with counts of its own, so that other models do not use up the number of codes that torch keeps; and no
# choice between kernels by how fast they were just now, for the same record is to give the same pixels.
INDUCTOR = Compiler(
    "inductor",
    partial(
        torch.compile,
        fullgraph=True,
        dynamic=True,
        isolate_recompiles=True,
        recompile_limit=CODES,
        options={"deterministic": True},
    ),
)


def repays(seconds: float) -> bool:
    """Whether to compile after that many seconds of denoising without: as soon as what it would have saved of
    them has reached what it costs. That way, whenever the person stops, no more than twice the least possible
    time is lost (the ski rental problem, Karlin et al. 1988)."""
    return seconds * SAVED_SHARE >= COMPILE_SECONDS


def compilable(chosen: Plan, packed: bool, wish: Wish) -> bool:
    """Whether a model that is held so may be compiled; `packed` also as its own file has it."""
    return chosen.compiles and not packed and wish.compile == "on"


def fits(job: GenerateImages, options: Mapping[str, str]) -> bool:
    """Whether the job's pictures may be made compiled: not where one of them could not, so that the pictures
    of a sheet differ by what it goes through.

    LoRAs, IP-Adapters and caches put something else into the blocks, and compiling would begin anew. A second
    pass makes pictures one by one that the first made together. What is made again is made as it was.
    """
    inside = job.loras or job.reference_adapter or job.cache
    inside = inside or any(shot.loras or shot.cache for shot in job.shots)
    return (
        not inside
        and not job.second_pass
        and "offload" not in options
        and (job.again is None or OPTION in job.again.options)
    )


def blocks_of(pipe: Any) -> list[nn.Module]:
    """Those that diffusers names in the denoiser's class as repeated; none where that was refused before."""
    return [
        block
        for part in _denoisers(pipe)
        if type(part).__name__ not in _REFUSED
        for block in part.modules()
        if type(block).__name__ in (getattr(part, "_repeated_blocks", None) or ())
    ]


def _denoisers(pipe: Any) -> list[nn.Module]:
    return [part for name in DENOISERS if (part := getattr(pipe, name, None)) is not None]


@dataclass
class _Kind:
    """Calls that one code serves: torch makes another for batches of one.

    Attributes:
        seconds: that they took uncompiled.
        shape: of the pictures of those that were noted, in words.
        given: what each block was called with, without its numbers.
        called: the blocks that were compiled, by a call with that.
        ready: all of them are.
    """

    seconds: float = 0.0
    shape: str = ""
    given: dict[nn.Module, Any] = field(default_factory=dict)
    called: set[nn.Module] = field(default_factory=set)
    ready: bool = False


class Compiling:
    """The blocks of one pipeline in memory; without any, nothing here does anything."""

    def __init__(self, pipe: Any, blocks: Sequence[nn.Module], compiler: Compiler = INDUCTOR) -> None:
        self._pipe, self._blocks, self._compiler = pipe, blocks, compiler
        self._forwards: dict[type, Callable[..., Any]] = {}
        self._kinds: dict[tuple[bool, bool], _Kind] = {}

    @contextmanager
    def over(
        self, job: GenerateImages, options: Mapping[str, str], call: Call, count: int, watch: Timed
    ) -> Iterator[None]:
        """For one call of the pipeline that makes so many of the job's pictures: with compiled blocks, as
        `call` says then; or what they are called with is noted, so that they can be compiled, and how long
        it takes. Only for a picture that is made again they are compiled within the call."""
        call.compiled = ""
        if not (self._blocks and fits(job, options)):
            yield
            return
        guided = (call.guidance_scale or 0) > 1  # then most pipelines double the batch
        kind = self._kinds.setdefault((count == 1, guided), _Kind())
        shape = f"{call.width} × {call.height} × {count}"
        with ExitStack() as stack:
            if kind.ready or job.again:
                self._use(kind, shape, call, stack)
                yield
                return
            stack.callback(lambda: setattr(kind, "seconds", kind.seconds + watch.seconds))
            given = self._noted(stack)
            yield
        if not kind.called:  # a call that ended early has not met all blocks
            kind.given, kind.shape = given, shape

    def prepare(self, go_on: Callable[[], bool]) -> None:
        """Between two jobs: compile where that repays by now, block after block while `go_on` says so, and
        the rest the next time."""
        for kind in self._kinds.values():
            if not kind.ready and kind.given and repays(kind.seconds):
                try:
                    self._compile(kind, go_on)
                except (RuntimeError, MemoryError) as error:
                    self._refuse(error)
                    return

    def give_up(self, error: Exception) -> bool:
        """After an error of compiled blocks: go on without. False for any other."""
        found = isinstance(error, NotCompiled)
        if found:
            self._refuse(error)
        return found

    def _use(self, kind: _Kind, shape: str, call: Call, stack: ExitStack) -> None:
        if not (kind.ready or kind.called):
            kind.shape = shape
        kind.ready = True
        # For the shapes that it meets first inductor chooses how it sums; for others it may choose otherwise.
        call.compiled = f"{self._compiler.name}, {kind.shape}"
        for block in self._blocks:
            stack.enter_context(wrapped(block, "forward", partial(self._call, block)))

    def _noted(self, stack: ExitStack) -> dict[nn.Module, Any]:
        """What each block is called with first, until the stack is closed."""
        given = dict[nn.Module, Any]()

        def note(block: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
            if block not in given:
                given[block] = _mapped((args, kwargs), _outline)

        for block in self._blocks:
            stack.callback(block.register_forward_pre_hook(note, with_kwargs=True).remove)
        return given

    def _compile(self, kind: _Kind, go_on: Callable[[], bool]) -> None:
        for block, given in kind.given.items():
            if block not in kind.called:
                if not go_on():
                    return
                args, kwargs = _mapped(given, _zeros)
                with torch.no_grad():
                    self._call(block, None, *args, **kwargs)
                kind.called.add(block)
        kind.ready, kind.given = True, {}

    def _call(self, block: nn.Module, _forward: object, *args: Any, **kwargs: Any) -> Any:
        made = type(block)
        try:
            if made not in self._forwards:
                self._forwards[made] = self._compiler.compile(made.forward)
            return self._forwards[made](block, *args, **kwargs)
        except Exception as error:  # what compiles may raise anything at all
            if out_of_memory(error):
                raise
            raise NotCompiled(made.__name__) from error

    def _refuse(self, error: Exception) -> None:
        log.warning("goes on without compiled blocks", exc_info=error)
        if isinstance(error, NotCompiled):
            _REFUSED.update(type(part).__name__ for part in _denoisers(self._pipe))
        self._blocks, self._kinds = (), {}


class _Outline(NamedTuple):
    """A tensor without its numbers; of a view also what it is a view of, for dynamo's guards look at that."""

    size: torch.Size
    stride: tuple[int, ...]
    dtype: torch.dtype
    device: torch.device
    offset: int = 0
    base: "_Outline | None" = None


def _outline(value: Any) -> Any:
    if not torch.is_tensor(value):
        return value
    base = None if value._base is None else _outline(value._base)
    return _Outline(value.shape, value.stride(), value.dtype, value.device, value.storage_offset(), base)


def _zeros(value: Any) -> Any:
    if not isinstance(value, _Outline):
        return value
    if value.base is None:
        return torch.empty_strided(value.size, value.stride, dtype=value.dtype, device=value.device).zero_()
    return _zeros(value.base).as_strided(value.size, value.stride, value.offset)


def _mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """The same lists, tuples and dictionaries with other things in them."""
    if type(value) in (list, tuple):
        return type(value)(_mapped(one, change) for one in value)
    if type(value) is dict:
        return {name: _mapped(one, change) for name, one in value.items()}
    return change(value)
