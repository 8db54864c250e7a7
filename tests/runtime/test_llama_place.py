"""How much of a GGUF model goes where, told by its header; and what is said where the library is missing."""

import sys
from pathlib import Path

import pytest

from studio.catalog.gguf import GgufHeader
from studio.core.errors import MemoryExhausted, ModelNeedsPackage
from studio.core.model import ModelSpec
from studio.runtime.desk import Desk
from studio.runtime.families import llama
from studio.runtime.llama.place import START_CONTEXT, WORK_BYTES, accelerated_layers, context_limit
from studio.runtime.residency import LoadContext

GB = 1_000_000_000
# Llama 3.1 8B in Q4_K_M: 32 layers of 8 heads of 128, made for 131,072 tokens.
LLAMA_8B = GgufHeader(architecture="llama", layers=32, token_bytes=131_072, context_length=131_072)
SIZE = 4_920_000_000


def test_a_context_is_bounded_by_memory_and_not_by_what_the_model_was_made_for():
    assert context_limit(LLAMA_8B, SIZE, 64 * GB, 64 * GB) == 131_072
    on_16 = context_limit(LLAMA_8B, SIZE, 14 * GB, 64 * GB)
    assert SIZE + on_16 * 131_072 + WORK_BYTES <= 14 * GB < 2 * on_16 * 131_072 + SIZE + WORK_BYTES
    budgeted = context_limit(LLAMA_8B, SIZE, 64 * GB, 8 * GB)
    assert SIZE + budgeted * 131_072 <= 8 * GB


def test_what_does_not_fit_at_all_is_refused_before_it_is_loaded():
    with pytest.raises(MemoryExhausted):
        context_limit(LLAMA_8B, SIZE, 5 * GB, 64 * GB)
    # A budget says what is kept, the machine what is possible: alone it may be larger.
    assert context_limit(LLAMA_8B, SIZE, 14 * GB, 1 * GB) == START_CONTEXT


def test_a_model_that_remembers_no_tokens_reads_as_many_as_it_was_made_for():
    assert context_limit(GgufHeader(architecture="mamba", layers=64), SIZE, 6 * GB, 6 * GB) == 32768


@pytest.mark.parametrize(("free", "layers"), [(0, 0), (1 * GB, 3), (4 * GB, 18), (24 * GB, 33)])
def test_as_many_layers_go_to_an_accelerator_as_fit(free: int, layers: int):
    assert accelerated_layers(LLAMA_8B, SIZE, free) == layers


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch):
    for name in [name for name in sys.modules if name.startswith(("llama_cpp", "studio.runtime.llama."))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "llama_cpp", None)
    spec = ModelSpec(id="x", name="X", family="llama", base="llama", abilities=(), path="/x.gguf")
    with pytest.raises(ModelNeedsPackage):
        llama.load(spec, LoadContext(Desk("job", Path(), [].append), 1))
