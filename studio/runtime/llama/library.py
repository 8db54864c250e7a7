"""llama.cpp, as llama-cpp-python names its C functions; what it says is kept for errors, not printed."""

import ctypes
from collections import deque
from collections.abc import Sequence
from typing import Any

from llama_cpp import _ggml
from llama_cpp import llama_cpp as c

from studio.core.errors import (
    MemoryExhausted,
    ModelUnreadable,
    ModelUnsupported,
    StudioError,
    UnexpectedError,
)
from studio.core.messages import Stage
from studio.core.model import ModelSpec

__all__ = ["c", "dry_sampler", "forget_words", "free_on_accelerators", "quiet_library", "refusal"]

_GPU, _SHARED_GPU = 1, 2  # `ggml_backend_dev_type` in ggml-backend.h
# In what it says when the memory of processor or accelerator runs out, or it knows no such model.
_NO_MEMORY = ("failed to allocate", "unable to allocate", "out of memory", "bad_alloc", "not enough memory")
_UNKNOWN = ("unknown model architecture", "unknown (pre-)tokenizer", "unknown pre-tokenizer type")
DETAIL_LENGTH = 300
_heard: deque[str] = deque(maxlen=400)  # pieces of lines


@c.llama_log_callback
def _hear(_level: int, text: bytes, _data: Any) -> None:
    _heard.append(text.decode("utf-8", "replace"))


def quiet_library() -> None:
    """Once before anything else; again does no harm."""
    c.llama_log_set(_hear, ctypes.c_void_p(0))
    c.llama_backend_init()
    forget_words()


def forget_words() -> None:
    """What was said so far tells nothing of what follows."""
    _heard.clear()


def refusal(spec: ModelSpec, file: str, stage: Stage) -> StudioError:
    """Why the library gave no model or context, or did not reckon, by its last words."""
    said = "".join(_heard)
    words = said.lower()
    if any(text in words for text in _NO_MEMORY):
        return MemoryExhausted(phase=stage)
    if any(text in words for text in _UNKNOWN):
        return ModelUnsupported(model=spec.name, kind=spec.base)
    if stage is Stage.LOADING:
        return ModelUnreadable(model=spec.name, file=file)
    return UnexpectedError(detail=said.strip().rpartition("\n")[2][:DETAIL_LENGTH] or "llama.cpp")


def dry_sampler(
    vocabulary: Any, multiplier: float, base: float, allowed: int, reach: int, breakers: Sequence[str]
) -> Any:
    """DRY, over the last `reach` tokens, by the library's own hand."""
    texts = (ctypes.c_char_p * len(breakers))(*(one.encode() for one in breakers))
    return c.llama_sampler_init_dry(vocabulary, multiplier, base, allowed, reach, texts, len(breakers))


def free_on_accelerators() -> int:
    """Bytes that are free on all cards this build of the library can use; 0 where it can use none."""
    if not c.llama_supports_gpu_offload():
        return 0
    ggml, total = _ggml.libggml, 0
    ggml.ggml_backend_dev_count.restype = ctypes.c_size_t
    ggml.ggml_backend_dev_get.restype = ctypes.c_void_p
    for index in range(ggml.ggml_backend_dev_count()):
        device = ctypes.c_void_p(ggml.ggml_backend_dev_get(ctypes.c_size_t(index)))
        if ggml.ggml_backend_dev_type(device) in (_GPU, _SHARED_GPU):
            free, whole = ctypes.c_size_t(), ctypes.c_size_t()
            ggml.ggml_backend_dev_memory(device, ctypes.byref(free), ctypes.byref(whole))
            total += free.value
    return total
