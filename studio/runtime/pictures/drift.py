"""Prompt drift: what the text encoder says, led a little astray, for each picture in its own direction."""

import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch

from studio.core.jobs import GenerateImages
from studio.runtime.desk import Desk
from studio.runtime.pictures.wraps import wrapped


@contextmanager
def drifting(pipe: Any, pictures: Sequence[GenerateImages], desk: Desk) -> Iterator[None]:
    """For one call of the pipeline. Open it after whatever keeps encodings, so that those stay clean.

    Of what `encode_prompt` returns the first is led astray, which is the prompt's embedding in every
    pipeline of diffusers 0.42; the negative one, pooled ones and masks stay. Where a pipeline encodes the
    negative prompt in a call of its own, that is the second one.
    """
    ways = [one.variation.steps(one.seed)[1] for one in pictures if one.variation]
    if not any(one.drift for _, one in (ways[0] if ways else ())):
        yield
        return
    if not hasattr(pipe, "encode_prompt"):
        desk.note("drift_unused")
        yield
        return
    drift, calls = _Drift([[(seed, one.drift) for seed, one in steps if one.drift] for steps in ways]), 0

    def encode(original: Any, *args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        encoded = original(*args, **kwargs)
        return drift.first(encoded) if calls == 1 else encoded

    with wrapped(pipe, "encode_prompt", encode):
        yield
    if not drift.done:
        desk.note("drift_unused")


def led_astray(embedding: torch.Tensor, seed: int, drift: float) -> torch.Tensor:
    """`embedding` [tokens, width] plus noise of `drift` times its own standard deviation, every token as
    long as before: a text encoder's tokens differ in direction, and their lengths are what a denoiser is
    used to."""
    given = embedding.float()
    noise = torch.randn(given.shape, generator=torch.Generator("cpu").manual_seed(seed)).to(given.device)
    moved = given + noise * given.std() * drift
    length = torch.linalg.vector_norm(given, dim=-1, keepdim=True)
    return (moved * length / torch.linalg.vector_norm(moved, dim=-1, keepdim=True).clamp_min(1e-12)).to(
        embedding.dtype
    )


class _Drift:
    """Finds the embedding in what `encode_prompt` returned: the first tensor of floats, or a list of them
    (Z-Image has one for each prompt), or under the first key (Kandinsky 5).

    `ways` has for each picture the seeds and distances that it is led astray by, one after the other.
    """

    def __init__(self, ways: list[list[tuple[int, float]]]) -> None:
        self._ways = ways
        self.done = False

    def first(self, encoded: Any) -> Any:
        if torch.is_tensor(encoded):
            return self._moved(list(encoded), torch.stack, encoded)
        if isinstance(encoded, list) and all(map(torch.is_tensor, encoded)):
            return self._moved(encoded, list, encoded)
        if isinstance(encoded, dict) and encoded:
            name, one = next(iter(encoded.items()))
            return encoded | {name: self.first(one)}
        if isinstance(encoded, tuple) and encoded:
            return (self.first(encoded[0]), *encoded[1:])
        return encoded

    def _moved(self, embeddings: list[torch.Tensor], put_together: Any, encoded: Any) -> Any:
        """Of each picture; one that stands for several is not known to be theirs, and stays."""
        if len(embeddings) != len(self._ways) or not embeddings[0].is_floating_point():
            return encoded
        self.done = True
        moved = list(embeddings)
        for place, way in enumerate(self._ways):
            for seed, drift in way:
                moved[place] = led_astray(moved[place], seed, drift)
        return put_together(moved)


def drifts_together(pipe: Any) -> bool:
    """Whether `encode_prompt` returns an embedding for each picture; else the pipeline repeats one for all
    of them (Z-Image, Ideogram), and pictures that drift have to be made one by one."""
    encode = getattr(pipe, "encode_prompt", None)
    return encode is not None and "num_images_per_prompt" in inspect.signature(encode).parameters
