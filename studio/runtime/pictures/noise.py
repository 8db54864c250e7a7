"""Variations: the noise that a picture starts from, led from the seed of one picture towards another's."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import Any

import torch

from studio.core.jobs import GenerateImages
from studio.runtime.desk import Desk
from studio.runtime.pictures.wraps import pipelines_inside, wrapped

NEARLY_EQUAL = 0.9995  # cosine from which on A1111 goes in a straight line


@contextmanager
def seeded(pipe: Any, pictures: Sequence[GenerateImages], desk: Desk) -> Iterator[list[torch.Generator]]:
    """The generators that one call of the pipeline is given, one for each of the pictures made together.

    A variation is drawn from the seed of the varied picture, and what the pipeline itself draws at the
    start (`randn_tensor` in its own module) is slerped towards the noise of the picture's own seed; noise
    that a scheduler adds later stays that of the varied one, as in A1111. So strength 0 is the varied
    picture and strength 1, where the own seed alone is used, a picture of its own, both to the last bit.
    """
    variation = pictures[0].variation
    if variation is None or variation.strength == 1:
        yield [_generator(one.seed) for one in pictures]
        return
    ways = [variation.steps(one.seed) for one in pictures]
    varied = [_generator(first) for first, _ in ways]
    towards = [[(_generator(seed), one.strength) for seed, one in steps if one.strength] for _, steps in ways]
    if not towards[0]:
        yield varied
        return
    blend = _Blend(dict(zip(varied, towards, strict=True)))
    with ExitStack() as stack:
        for module in _modules_of(pipe):
            stack.enter_context(wrapped(module, "randn_tensor", blend))
        yield varied
    if not blend.used:
        desk.note("variation_unused")


def slerp(share: float, low: torch.Tensor, high: torch.Tensor) -> torch.Tensor:
    """Along the arc between two noises of the same shape, [batch, …].

    As A1111 does it (`slerp` in its modules/rng.py), which compares columns, `dim=1` of one picture's
    [channels, rows, columns]; so its variation seeds give the same noise.
    """
    dim = -2 if low.ndim > 3 else -1
    low, high, kind = low.float(), high.float(), low.dtype
    cosine = (_unit(low, dim) * _unit(high, dim)).sum(dim, keepdim=True).clamp(-1, 1)
    angle = torch.acos(cosine)
    arc = (torch.sin((1 - share) * angle) * low + torch.sin(share * angle) * high) / torch.sin(angle)
    line = (1 - share) * low + share * high
    # A1111 judges a picture as a whole; here also a column alone must not be divided by nothing.
    each = cosine.mean(tuple(range(1, cosine.ndim)), keepdim=True) > NEARLY_EQUAL
    return torch.where(each | (torch.sin(angle) < 1e-6), line, arc).to(kind)


class _Blend:
    """Stands in for `randn_tensor`; `towards` has for each generator of a varied picture those that its noise
    is led towards, one after the other, and how far."""

    def __init__(self, towards: dict[torch.Generator, list[tuple[torch.Generator, float]]]) -> None:
        self._towards = towards
        self.used = False

    def __call__(self, original: Any, *args: Any, **kwargs: Any) -> torch.Tensor:
        made = original(*args, **kwargs)
        given = kwargs.get("generator", args[1] if len(args) > 1 else None)
        single = isinstance(given, torch.Generator)
        ways = [self._towards.get(one) for one in ([given] if single else given or [None])]
        if None in ways:
            return made
        self.used = True
        for steps in zip(*ways, strict=True):  # pictures of one batch are varied alike but for their seeds
            own, strength = [one for one, _ in steps], steps[0][1]
            if "generator" in kwargs:
                kwargs["generator"] = own[0] if single else own
            else:
                args = (args[0], own[0] if single else own, *args[2:])
            made = slerp(strength, made, original(*args, **kwargs))
        return made


def _generator(seed: int) -> torch.Generator:
    """On the processor for every device, so that a seed is the same noise everywhere."""
    return torch.Generator("cpu").manual_seed(seed)


def _unit(noise: torch.Tensor, dim: int) -> torch.Tensor:
    return noise / torch.linalg.vector_norm(noise, dim=dim, keepdim=True).clamp_min(1e-12)


def _modules_of(pipe: Any) -> list[ModuleType]:
    """Those that the pipeline's code lies in, also what it inherits, and those of pipelines inside it."""
    names = {kind.__module__ for one in (pipe, *pipelines_inside(pipe)) for kind in type(one).__mro__}
    found = [sys.modules[name] for name in sorted(names) if name.startswith("diffusers.pipelines.")]
    return [module for module in found if hasattr(module, "randn_tensor")]
