"""Which family runs a text model in a GGUF file: llama.cpp where it is installed, else transformers."""

import importlib.util
import os
from functools import cache

import msgspec

from studio.core.model import ModelSpec

PACKAGE = "llama-cpp-python"
LLAMA, DEQUANTISED = "llama", "language"


@cache
def has_llama() -> bool:
    """Looked up by name: nothing is imported."""
    return importlib.util.find_spec("llama_cpp") is not None


def with_runner(spec: ModelSpec) -> ModelSpec:
    """The model with the family that runs it now, if it is one file and writes; what is remembered of its
    header may be from before the library came or went."""
    if spec.family not in (LLAMA, DEQUANTISED) or not spec.abilities or not os.path.isfile(spec.path):
        return spec
    family = LLAMA if has_llama() else DEQUANTISED
    return spec if spec.family == family else msgspec.structs.replace(spec, family=family)
