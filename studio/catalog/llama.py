"""Which family runs a text model in a GGUF file: llama.cpp where it is installed, else transformers."""

import importlib.util
import os
import re
from functools import cache

import msgspec

from studio.core.model import ModelSpec

PACKAGE = "llama-cpp-python"
LLAMA, DEQUANTISED = "llama", "language"
_BACKEND = re.compile(r"ggml-([a-z]+)")
_WITHOUT_CARDS = {"base", "cpu", "blas", "rpc"}


@cache
def has_llama() -> bool:
    """Looked up by name: nothing is imported."""
    return importlib.util.find_spec("llama_cpp") is not None


@cache
def uses_cards() -> bool:
    """Whether the build that is installed can use an accelerator: the usual one is for the processor alone.

    Looked up by the names of its libraries, one for each backend (`ggml-<name>` in ggml/src/CMakeLists.txt);
    True where those do not tell.
    """
    found = importlib.util.find_spec("llama_cpp")
    folder = os.path.join(os.path.dirname(found.origin or ""), "lib") if found else ""
    backends = set(_BACKEND.findall(" ".join(os.listdir(folder)))) if os.path.isdir(folder) else set[str]()
    return not backends or not backends <= _WITHOUT_CARDS


def with_runner(spec: ModelSpec) -> ModelSpec:
    """The model with the family that runs it now, if it is one file and writes; what is remembered of its
    header may be from before the library came or went."""
    if spec.family not in (LLAMA, DEQUANTISED) or not spec.abilities or not os.path.isfile(spec.path):
        return spec
    family = LLAMA if has_llama() else DEQUANTISED
    return spec if spec.family == family else msgspec.structs.replace(spec, family=family)
