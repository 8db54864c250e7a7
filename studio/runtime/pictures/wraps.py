"""Methods of a pipeline's parts led through functions of ours for a while, one over the other."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from diffusers import DiffusionPipeline


@contextmanager
def wrapped(part: Any, name: str, wrapper: Callable[..., Any]) -> Iterator[None]:
    """Calls of `part.name` go through `wrapper(original, …)`: what is opened last is asked first.

    Pipelines look at the signatures of `step` and `set_timesteps` to learn what they take, so it is kept.
    """
    original, beneath = getattr(part, name), vars(part).get(name)

    @functools.wraps(original)
    def call(*args: Any, **kwargs: Any) -> Any:
        return wrapper(original, *args, **kwargs)

    call.__self__ = part  # type: ignore[attr-defined]  # for what lies over it: as a method has it
    setattr(part, name, call)
    try:
        yield
    finally:
        if beneath is None:
            delattr(part, name)
        else:
            setattr(part, name, beneath)


def pipelines_inside(pipe: Any) -> list[Any]:
    """Those that a pipeline of several stages is made of (Kandinsky's prior and decoder, Stable Cascade)."""
    return [one for one in vars(pipe).values() if isinstance(one, DiffusionPipeline)]
