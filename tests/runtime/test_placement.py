"""The plan carried out: what a person wishes holds, and what cannot fit is refused before it loads."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import torch

from studio.catalog.held import load_of
from studio.catalog.inspect import inspect_model
from studio.core.errors import MemoryExhausted
from studio.core.jobs import GenerateImages, Reply
from studio.core.messages import FromWorker, Saved
from studio.core.model import ModelSpec, Wish
from studio.core.sampling import Sampling
from studio.core.turns import ChatTurn
from studio.media.recipes import read_recipe
from studio.runtime.desk import Desk
from studio.runtime.families import diffusion, language
from studio.runtime.placement import bytes_of, place_here, plan_for
from studio.runtime.residency import LoadContext
from tests import zoo

HALF = Wish(precision="bfloat16")


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], ModelSpec]:
    root = tmp_path_factory.mktemp("models")

    def find(name: str) -> ModelSpec:
        folder = root / name
        return inspect_model(folder if folder.exists() else getattr(zoo, name)(folder))

    return find


def context(path: Path, sent: list[FromWorker] | None = None) -> LoadContext:
    return LoadContext(Desk("job", path, (sent if sent is not None else []).append), 1 << 40)


def test_a_processor_takes_single_precision_unless_wished_otherwise(
    spec: Callable[[str], ModelSpec], tmp_path: Path
) -> None:
    """On an accelerator this test says nothing, as everything there is in half precision."""
    if place_here(0).kind != "cpu":
        pytest.skip("there is an accelerator")
    for name, family in (("stable_diffusion", diffusion), ("llama", language)):
        plain, wished = spec(name), msgspec.structs.replace(spec(name), wish=HALF)
        assert plan_for(plain, 0).precision == "float32"
        held = [family.load(one, context(tmp_path)).size_bytes for one in (plain, wished)]
        assert held[1] == pytest.approx(held[0] / 2, rel=0.05)


def test_a_picture_in_the_wished_precision_is_almost_the_same_and_says_so(
    spec: Callable[[str], ModelSpec], tmp_path: Path
) -> None:
    wished, sent = msgspec.structs.replace(spec("stable_diffusion"), wish=HALF), list[FromWorker]()
    loaded = diffusion.load(wished, context(tmp_path))
    job = GenerateImages(
        id="job", model=wished, prompt="a boat", seed=7, num_inference_steps=2, width=64, height=64
    )
    diffusion.generate(loaded, job, Desk("job", tmp_path, sent.append))
    recipe = read_recipe(Path(next(one.path for one in sent if isinstance(one, Saved))))
    assert recipe is not None and recipe.execution is not None
    assert recipe.execution.precision == "bfloat16" and loaded.pipe.unet.dtype is torch.bfloat16


def test_a_text_in_the_wished_precision_is_written(spec: Callable[[str], ModelSpec], tmp_path: Path) -> None:
    wished = msgspec.structs.replace(spec("llama"), wish=HALF)
    loaded = language.load(wished, context(tmp_path))
    job = Reply(
        id="job",
        model=wished,
        conversation="c",
        message="m",
        turns=(ChatTurn("user", "hello"),),
        sampling=Sampling(temperature=0.0, max_new_tokens=8),
    )
    assert language.reply(loaded, job, Desk("job", tmp_path, [].append)).figures.tokens
    assert loaded.model.dtype is torch.bfloat16


def test_what_cannot_fit_is_refused_before_it_loads(
    spec: Callable[[str], ModelSpec], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = spec("llama")
    none_left = msgspec.structs.replace(place_here(0), kind="cpu", free_bytes=1000, memory_bytes=1000)
    monkeypatch.setattr("studio.runtime.placement.place_here", lambda _: none_left)
    with pytest.raises(MemoryExhausted):
        plan_for(one, 0)


@pytest.mark.parametrize("name", ["stable_diffusion", "flux", "llama"])
def test_every_number_of_a_model_is_counted(spec: Callable[[str], ModelSpec], name: str) -> None:
    load = load_of(spec(name))
    assert sum(part.parameters for part in load.parts) == spec(name).parameters
    assert load.stored == "F32" and load.file_bytes == spec(name).size_bytes
    assert bool(load.denoiser) is (name != "llama")


def test_what_is_packed_counts_as_it_lies() -> None:
    """As torchao's tensors are: they call themselves as large as they would be unpacked."""

    class Packed(torch.Tensor):
        @staticmethod
        def __new__(cls, numbers: torch.Tensor, scales: torch.Tensor) -> "Packed":
            return torch.Tensor._make_wrapper_subclass(cls, numbers.shape, dtype=torch.float32)

        def __init__(self, numbers: torch.Tensor, scales: torch.Tensor) -> None:
            self.numbers, self.scales = numbers, scales

        def __tensor_flatten__(self) -> tuple[list[str], None]:
            return ["numbers", "scales"], None

        @classmethod
        def __torch_dispatch__(cls, function: object, *_: object) -> object:
            raise NotImplementedError(function)

    layer = torch.nn.Module()
    packed = Packed(torch.zeros(64, 64, dtype=torch.int8), torch.zeros(64))
    layer._parameters["weight"] = packed
    assert packed.nbytes == 4 * 64 * 64
    assert bytes_of(layer) == 64 * 64 + 4 * 64


def test_only_large_matrices_are_packed(spec: Callable[[str], ModelSpec]) -> None:
    assert [part.name for part in load_of(spec("flux")).parts if part.packs] == ["transformer"]
    assert not [part for part in load_of(spec("stable_diffusion")).parts if part.packs]
    assert [part.name for part in load_of(spec("llama")).parts if part.packs] == ["layers"]
