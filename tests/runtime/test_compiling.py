"""Blocks are compiled when that repays, are noted in the record, and are given up where it fails.

On the processor and with dynamo's own backends: no card and no C++ compiler is needed to trace.
"""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch
from torch import fx

from studio.core.jobs import GenerateImages
from studio.core.messages import FromWorker, Stage
from studio.core.model import Lora, ModelSpec, ReferenceAdapter, Wish
from studio.core.passes import SecondPass
from studio.core.plan import Plan
from studio.core.recipe import Execution
from studio.core.sheets import Shot
from studio.runtime.cancel import Stopped
from studio.runtime.desk import Desk
from studio.runtime.families import diffusion
from studio.runtime.pictures import compiling
from studio.runtime.pictures.compiling import Compiler, Compiling, blocks_of, compilable, fits, repays
from studio.runtime.pictures.load import LoadedPipeline
from tests import zoo
from tests.bench.deep_flux import deep_flux
from tests.runtime.held import covered
from tests.runtime.painting import Painted, load, order, paint
from tests.runtime.test_left_as_found import Looks

ENOUGH = compiling.COMPILE_SECONDS / compiling.SAVED_SHARE
SPEC = ModelSpec(id="m", name="M", family="diffusion", base="", abilities=(), path="/m")
WITH = Execution(device="cuda:A", precision="bfloat16", options={"compiled": "inductor, 64 × 64 × 1"})
ON = Wish(compile="on")
failing = pytest.mark.allow_log("goes on without compiled blocks")


class Backend:
    """Runs graphs as they are traced.

    Attributes:
        graphs: how many were compiled.
        error: raised instead of compiling; `later`: by what was compiled, when it is run.
    """

    def __init__(self) -> None:
        self.graphs = 0
        self.error: Exception | None = None
        self.later: Exception | None = None

    def __call__(self, graph: fx.GraphModule, _: list[Any]) -> Callable[..., Any]:
        if self.error:
            raise self.error
        self.graphs += 1

        def run(*args: Any) -> Any:
            if self.later:
                raise self.later
            return graph.forward(*args)

        return run

    def compiler(self, *, dynamic: bool) -> Compiler:
        options: dict[str, Any] = {"fullgraph": True, "isolate_recompiles": True, "dynamic": dynamic}
        return Compiler("traced", partial(torch.compile, backend=self, **options))


@pytest.fixture(autouse=True)
def nothing_refused(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(compiling, "_REFUSED", set[str]())
    yield
    torch.compiler.reset()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return zoo.stable_diffusion(tmp_path_factory.mktemp("models") / "sd")


@pytest.fixture
def backend() -> Backend:
    return Backend()


@pytest.fixture
def loaded(folder: Path, backend: Backend) -> LoadedPipeline:
    """For shapes that stay what they are, of which tracing is quicker."""
    return with_backend(load(folder), backend)


def with_backend(loaded: LoadedPipeline, backend: Backend, *, dynamic: bool = False) -> LoadedPipeline:
    compiler = backend.compiler(dynamic=dynamic)
    loaded.compiling = Compiling(loaded.pipe, blocks_of(loaded.pipe), compiler)
    return loaded


def wait(loaded: LoadedPipeline) -> None:
    """As if its jobs had taken long."""
    for kind in loaded.compiling._kinds.values():
        kind.seconds += ENOUGH


def used(loaded: LoadedPipeline, folder: Path, **wishes: object) -> None:
    """A job, after which the model has been at work for long enough; and what is done then."""
    paint(loaded, folder, **wishes)
    wait(loaded)
    diffusion.between_jobs(loaded, lambda: True)


def seconds(loaded: LoadedPipeline) -> float:
    """That denoising took uncompiled, where it might have been otherwise."""
    return sum(kind.seconds for kind in loaded.compiling._kinds.values())


def record(made: Painted) -> str:
    execution = made.recipes[0].execution
    assert execution is not None
    return execution.options.get("compiled", "")


def test_it_is_compiled_when_what_it_would_have_saved_is_what_it_costs() -> None:
    assert not repays(0) and not repays(ENOUGH - 1) and repays(ENOUGH)


def test_only_what_lies_whole_and_unpacked_on_cuda_is_compiled_and_only_if_wished() -> None:
    whole = Plan(device="cuda", precision="bfloat16", dtype="bfloat16")
    assert compilable(whole, False, ON) and not compilable(whole, False, Wish()), "nobody asked for it"
    for fields in ({"device": "cpu"}, {"device": "mps"}, {"offload": "model"}, {"quantiser": "torchao"}):
        assert not compilable(msgspec.structs.replace(whole, **fields), False, ON)
    assert not compilable(whole, True, ON), "a GGUF file is packed by itself"


def test_on_the_processor_nothing_is_compiled(folder: Path, tmp_path: Path) -> None:
    loaded = load(folder)
    used(loaded, tmp_path)
    assert record(paint(loaded, tmp_path)) == "" and seconds(loaded) == 0


@pytest.mark.parametrize(
    "wishes",
    [
        {"cache": "first_block"},
        {"second_pass": SecondPass()},
        {"loras": (Lora(id="l", name="L", path="/l"),)},
        {"reference_adapter": ReferenceAdapter(id="a", name="A", path="/a")},
        {"num_images": 2, "shots": (Shot(), Shot(cache="taylor_seer"))},
        {"num_images": 2, "shots": (Shot(), Shot(loras=(Lora(id="l", name="L", path="/l"),)))},
        {"again": msgspec.structs.replace(WITH, options={})},
    ],
)
def test_what_puts_something_into_the_blocks_is_made_without(wishes: dict[str, Any]) -> None:
    job: GenerateImages = order(SPEC, **wishes)
    assert not fits(job, {})


def test_what_leaves_the_blocks_alone_is_made_with_them() -> None:
    assert fits(order(SPEC), {}) and fits(order(SPEC, again=WITH), {})
    assert not fits(order(SPEC), {"offload": "model"})


def test_each_kind_of_block_is_compiled_once_and_the_picture_is_the_same(
    loaded: LoadedPipeline, backend: Backend, tmp_path: Path
) -> None:
    before = paint(loaded, tmp_path)
    assert (backend.graphs, record(before)) == (0, "")
    diffusion.between_jobs(loaded, lambda: True)
    assert backend.graphs == 0, "it would not repay yet"
    used(loaded, tmp_path)
    assert backend.graphs == 1 < len(blocks_of(loaded.pipe))
    after = paint(loaded, tmp_path)
    assert (after.pictures[0] == before.pictures[0]).all() and not after.notes
    assert record(after) == "traced, 64 × 64 × 1" and backend.graphs == 1
    assert not any(covered(block) or block._forward_pre_hooks for block in blocks_of(loaded.pipe))


@pytest.mark.long
def test_other_sizes_and_numbers_are_made_with_what_is_compiled(backend: Backend, tmp_path: Path) -> None:
    deep_flux(tmp_path)
    loaded = with_backend(load(tmp_path / "deep"), backend, dynamic=True)
    used(loaded, tmp_path, num_images=2)
    graphs = backend.graphs  # more than there are classes, for some get views
    assert graphs < len(blocks_of(loaded.pipe)) / 2
    several = [paint(loaded, tmp_path, width=96, num_images=count) for count in (3, 2)]
    assert [record(one) for one in several] == ["traced, 64 × 64 × 2"] * 2 and backend.graphs == graphs
    assert record(paint(loaded, tmp_path)) == ""  # torch takes a batch of one for something of its own
    wait(loaded)
    diffusion.between_jobs(loaded, lambda: True)
    more = backend.graphs
    one = paint(loaded, tmp_path)
    assert record(one) == "traced, 64 × 64 × 1" and graphs < backend.graphs == more
    loaded.compiling = Compiling(None, ())
    assert (paint(loaded, tmp_path).pictures[0] == one.pictures[0]).all()


@pytest.mark.long
def test_a_batch_of_one_waits_for_its_own(loaded: LoadedPipeline, tmp_path: Path) -> None:
    used(loaded, tmp_path, num_images=2)
    assert record(paint(loaded, tmp_path)) == "" and record(paint(loaded, tmp_path, num_images=2))


def test_a_stop_is_still_heard_within_a_block(loaded: LoadedPipeline, tmp_path: Path) -> None:
    used(loaded, tmp_path)
    job, whole = order(loaded.spec, previews=False), Looks(tmp_path)
    diffusion.generate(loaded, job, whole)
    blocks, steps = len(blocks_of(loaded.pipe)), 3
    assert whole.seen.count(Stage.DENOISING) >= blocks * steps
    middle = whole.seen.index(Stage.DENOISING) + blocks // 2
    with pytest.raises(Stopped):
        diffusion.generate(loaded, job, Looks(tmp_path, stop_at=middle))
    assert not any(covered(block) for block in blocks_of(loaded.pipe))
    assert record(paint(loaded, tmp_path))


def test_an_order_that_comes_meanwhile_goes_first(
    loaded: LoadedPipeline, backend: Backend, tmp_path: Path
) -> None:
    paint(loaded, tmp_path)
    wait(loaded)
    looks = iter([True, False])
    diffusion.between_jobs(loaded, lambda: next(looks))
    assert backend.graphs == 1 and record(paint(loaded, tmp_path, width=96)) == ""
    diffusion.between_jobs(loaded, lambda: True)
    assert record(paint(loaded, tmp_path)) == "traced, 64 × 64 × 1"


@pytest.mark.parametrize("before", [False, True], ids=["first", "later"])
def test_of_a_call_that_is_stopped_early_nothing_is_compiled(
    loaded: LoadedPipeline, backend: Backend, tmp_path: Path, before: bool
) -> None:
    if before:
        paint(loaded, tmp_path)
    job, desk = order(loaded.spec, previews=False, width=96), Desk("job", tmp_path, list[FromWorker]().append)
    hook = blocks_of(loaded.pipe)[0].register_forward_hook(lambda *_: desk.cancelled.set())
    with pytest.raises(Stopped):
        diffusion.generate(loaded, job, desk)
    hook.remove()
    wait(loaded)
    diffusion.between_jobs(loaded, lambda: True)
    assert (backend.graphs > 0) is before
    assert record(paint(loaded, tmp_path)) == ("traced, 64 × 64 × 1" if before else "")


@pytest.mark.long
def test_the_seconds_without_it_are_counted(loaded: LoadedPipeline, tmp_path: Path) -> None:
    paint(loaded, tmp_path, second_pass=SecondPass(scale=1.5))
    assert seconds(loaded) == 0
    took = paint(loaded, tmp_path).result.figures.denoise_seconds
    assert seconds(loaded) == pytest.approx(took)
    used(loaded, tmp_path)
    before = seconds(loaded)
    paint(loaded, tmp_path)
    assert seconds(loaded) == before


@pytest.mark.long
@failing
@pytest.mark.parametrize(
    "error", [RuntimeError("no such kernel"), torch.OutOfMemoryError("CUDA out of memory")]
)
def test_what_cannot_be_compiled_goes_on_without(
    loaded: LoadedPipeline, backend: Backend, tmp_path: Path, error: Exception
) -> None:
    before = paint(loaded, tmp_path)
    backend.error = error
    used(loaded, tmp_path)
    after = paint(loaded, tmp_path)
    assert record(after) == "" and not after.notes
    assert (after.pictures[0] == before.pictures[0]).all()
    backend.error = None
    used(loaded, tmp_path)
    assert backend.graphs == 0, "it is not tried again"


@failing
def test_what_failed_is_not_tried_by_the_next_of_its_kind(
    loaded: LoadedPipeline, backend: Backend, tmp_path: Path
) -> None:
    backend.error = RuntimeError("no such kernel")
    used(loaded, tmp_path)
    assert blocks_of(loaded.pipe) == []


@pytest.mark.long
@failing
def test_compiled_blocks_that_fail_in_a_job_are_given_up_and_the_picture_is_made(
    loaded: LoadedPipeline, backend: Backend, tmp_path: Path
) -> None:
    before = paint(loaded, tmp_path)
    used(loaded, tmp_path)
    backend.later = RuntimeError("device-side assert")
    after = paint(loaded, tmp_path)
    assert record(after) == "" and not after.notes
    assert (after.pictures[0] == before.pictures[0]).all()


@pytest.mark.long
def test_memory_that_runs_out_in_compiled_blocks_is_the_ladder_s_matter(
    loaded: LoadedPipeline, backend: Backend, tmp_path: Path
) -> None:
    used(loaded, tmp_path, num_images=2)
    backend.later = torch.OutOfMemoryError("CUDA out of memory")

    def relieved(code: str, **_: object) -> None:
        backend.later = None

    desk = Desk("job", tmp_path, list[FromWorker]().append)
    desk.note = relieved  # type: ignore[method-assign]
    diffusion.generate(loaded, order(loaded.spec, num_images=2, previews=False), desk)
    loaded.rungs.clear()
    assert record(paint(loaded, tmp_path, num_images=2))


def test_a_picture_is_made_again_as_it_was_made(folder: Path, backend: Backend, tmp_path: Path) -> None:
    loaded = with_backend(load(folder), backend)
    plain = paint(loaded, tmp_path)
    used(loaded, tmp_path)
    compiled = paint(loaded, tmp_path)
    again = paint(loaded, tmp_path, again=plain.recipes[0].execution)
    assert record(again) == "" and not again.notes
    tomorrow = with_backend(load(folder), Backend())
    again = paint(tomorrow, tmp_path, again=compiled.recipes[0].execution)
    assert record(again) == record(compiled) and not again.notes
    assert (again.pictures[0] == compiled.pictures[0]).all()


@pytest.mark.long
def test_without_it_what_is_otherwise_is_told(loaded: LoadedPipeline, tmp_path: Path) -> None:
    used(loaded, tmp_path)
    made = paint(loaded, tmp_path)
    loaded.compiling = Compiling(None, ())  # as where it is wished away
    again = paint(loaded, tmp_path, again=made.recipes[0].execution)
    assert again.notes == {
        "made_differently": {"what": "the compiled blocks", "then": "traced, 64 × 64 × 1", "now": "none"}
    }
