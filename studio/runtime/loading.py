"""What loading a model has in common, whichever library does it: progress, stops, and errors in our words."""

import importlib
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager
from typing import Any

import diffusers
import transformers
from safetensors import SafetensorError

from studio.core.errors import ModelNeedsPackage, ModelUnreadable, ModelUnsupported
from studio.core.messages import Stage
from studio.runtime.desk import Desk
from studio.runtime.failures import out_of_memory

_FAULTS = (SafetensorError, OSError, ValueError, RuntimeError, LookupError, TypeError, AttributeError)
# In what transformers raises for a model that it has no class for, or one whose folder brings code.
_UNKNOWN_TEXTS = (
    "trust_remote_code",
    "does not recognize this architecture",
    "Unrecognized configuration class",
    "GGUF model with architecture",
)
# What a config may not choose: packages that are not here, or a kernel from the hub, which is code.
OWN_CHOICES: dict[str, None] = {"attn_implementation": None, "experts_implementation": None}
_WEIGHTS_BAR = "Loading weights"  # the bar around transformers' loop over tensors (core_model_loading.py)


def quiet_libraries() -> None:
    """Warnings and bars on stderr help nobody here: what matters becomes a note, a phase or an error."""
    for library in (diffusers, transformers):
        library.utils.logging.set_verbosity_error()
        library.utils.logging.disable_progress_bar()


@contextmanager
def weights_watched(desk: Desk, done: int, size: int, total: int) -> Iterator[None]:
    """While open, each tensor that transformers loads counts towards `done + size` of `total` bytes, and a
    stop is seen between two of them."""

    def count(tensors: Iterable[Any]) -> Iterator[Any]:
        number = len(tensors) if isinstance(tensors, Sized) else 1
        for index, tensor in enumerate(tensors):
            desk.phase(Stage.LOADING, done + size * index // max(1, number), total)
            yield tensor

    def hook(factory: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return count(args[0]) if kwargs.get("desc") == _WEIGHTS_BAR else factory(*args, **kwargs)

    before = transformers.utils.logging.set_tqdm_hook(hook)
    try:
        yield
    finally:
        transformers.utils.logging.set_tqdm_hook(before)


def check_package(model: str, package: str) -> None:
    """Raises ModelNeedsPackage where it is not installed, or does not load: one that was built for another
    torch fails in ways of its own."""
    try:
        importlib.import_module(package)
    except (ImportError, OSError, RuntimeError) as error:
        cause = str(error).partition("\n")[0]
        raise ModelNeedsPackage(model=model, package=package, cause=cause) from error


@contextmanager
def load_errors(model: str, file: str, kind: str) -> Iterator[None]:
    """What a library raises over a file becomes an error that names it.

    Raises ModelUnreadable, or ModelUnsupported where the library has no class for it, or not the packages.
    """
    try:
        yield
    except ImportError as error:
        raise ModelUnsupported(model=model, kind=f"{kind}: {error}") from error
    except _FAULTS as error:
        if out_of_memory(error):
            raise
        if any(text in str(error) for text in _UNKNOWN_TEXTS):
            raise ModelUnsupported(model=model, kind=kind) from error
        raise ModelUnreadable(model=model, file=file) from error
