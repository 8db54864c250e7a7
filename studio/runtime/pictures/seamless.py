"""Pictures that go on at the other side: their left edge meets the right one, and the top the bottom."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from typing import Any

import torch
from diffusers import ModelMixin
from torch import nn

from studio.core.jobs import GenerateImages
from studio.runtime.desk import Desk
from studio.runtime.pictures.wraps import wrapped

MARGIN = 8  # latents of the other side that an autoencoder is shown where its own borders cannot be bent
# Fractions of a golden section never come close to each other, however many there are: the seam lies in
# another place at each step, and in the same one whenever the job is run again.
GOLDEN = (5**0.5 - 1) / 2


@contextmanager
def seamless(pipe: Any, job: GenerateImages, width: int, height: int, desk: Desk) -> Iterator[None]:
    """For the time of a job, the pipeline's parts see no border; afterwards they are as they were.

    Convolutions look round the edge (circular padding): that is all a U-Net needs. A transformer knows
    where a patch lies, so its picture is moved along by another distance at each step, and back.
    Notes `seamless_unused` where a denoiser's latents are not laid out as a picture.
    """
    if not job.seamless:
        yield
        return
    parts = {name: part for name, part in pipe.components.items() if isinstance(part, ModelMixin)}
    moved = list[_Rolling]()
    with ExitStack() as stack:
        for name, part in parts.items():
            stack.enter_context(_bent(part))
            if hasattr(part, "decode"):
                stack.enter_context(wrapped(part, "decode", _shown_round))
            elif name.startswith("transformer"):
                moved.append(_Rolling(width, height))
                stack.enter_context(wrapped(part, "forward", moved[-1]))
        yield
    if any(one.lost for one in moved):
        desk.note("seamless_unused")


@contextmanager
def _bent(part: nn.Module) -> Iterator[None]:
    """Convolutions over pictures pad with what lies at the other side."""
    convolutions = [
        one for one in part.modules() if isinstance(one, nn.Conv2d) and one.padding_mode == "zeros"
    ]
    for one in convolutions:
        one.padding_mode = "circular"
    try:
        yield
    finally:
        for one in convolutions:
            one.padding_mode = "zeros"


def _shown_round(decode: Callable[..., Any], latents: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
    """`decode`, with a margin where it works in tiles or pads by itself, as in three dimensions."""
    vae: Any = getattr(decode, "__self__", None)
    solid = any(isinstance(one, nn.Conv3d) for one in vae.modules()) if vae is not None else False
    if not (solid or getattr(vae, "use_tiling", False)):
        return decode(latents, *args, **kwargs)
    rows, columns = latents.shape[-2:]
    above, beside = min(MARGIN, rows), min(MARGIN, columns)
    wide = torch.cat((latents[..., -beside:], latents, latents[..., :beside]), dim=-1)
    wide = torch.cat((wide[..., -above:, :], wide, wide[..., :above, :]), dim=-2)
    made = decode(wide, *args, **kwargs)
    picture = made.sample if hasattr(made, "sample") else made[0]
    scale = picture.shape[-1] // wide.shape[-1]
    top, left = above * scale, beside * scale
    cut = picture[..., top : top + rows * scale, left : left + columns * scale].contiguous()
    return _with_first(made, cut)


class _Rolling:
    """A transformer's `forward`, its picture moved along before and back afterwards.

    Attributes:
        lost: it was called with something that is no picture of that shape.
    """

    def __init__(self, width: int, height: int) -> None:
        self._width = width
        self._height = height
        self._step = -1
        self._calls = count()
        self._time: object = None
        self.lost = False

    def __call__(self, forward: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        name = next((one for one in ("hidden_states", "x", "sample") if one in kwargs), None)
        given = kwargs[name] if name else args[0] if args else None
        if not self._is_picture(given):
            self.lost = True
            return forward(*args, **kwargs)
        self._see_step(kwargs.get("timestep", kwargs.get("t", args[1] if len(args) > 1 else None)))
        moved = self._roll(given, 1)
        made = (
            forward(*args, **{**kwargs, name: moved}) if name else forward(moved, *args[1:], **kwargs)
        )
        first = made.sample if hasattr(made, "sample") else made[0] if isinstance(made, tuple) else made
        return _with_first(made, self._roll(first, -1))

    def _see_step(self, time: object) -> None:
        """With guidance some transformers are called twice at a step: both have to see the same seam."""
        now = time.flatten()[0].item() if torch.is_tensor(time) and time.numel() else next(self._calls)
        if now != self._time:
            self._time = now
            self._step += 1

    def _is_picture(self, given: Any) -> bool:
        if isinstance(given, list):
            return bool(given) and all(self._is_picture(one) for one in given)
        return torch.is_tensor(given) and self._grid(given) is not None

    def _grid(self, latents: torch.Tensor) -> tuple[int, int] | None:
        """The first of the two axes that lie as the picture does, and 0; or, where patches stand in one row
        (Flux and its kin), their axis and how many are in a line."""
        shape = latents.shape
        for axis in (2, 3):
            if axis + 1 < len(shape) and shape[axis] > 1 and self._fits(shape[axis], shape[axis + 1]):
                return axis, 0
        if len(shape) != 3:
            return None
        columns = round((shape[1] * self._width / self._height) ** 0.5)
        whole = columns and shape[1] % columns == 0 and self._fits(shape[1] // columns, columns)
        return (1, columns) if whole else None

    def _fits(self, rows: int, columns: int) -> bool:
        return rows * self._width == columns * self._height

    def _roll(self, latents: Any, way: int) -> Any:
        if isinstance(latents, list):
            return [self._roll(one, way) for one in latents]
        grid = self._grid(latents)
        if grid is None:  # more comes out than went in, such as another picture that was only looked at
            self.lost = True
            return latents
        axis, columns = grid
        laid = latents.unflatten(axis, (-1, columns)) if columns else latents
        # In twos, as most transformers cut latents into patches of 2 × 2.
        by = [2 * int((self._step * GOLDEN % 1) * laid.shape[axis + one] / 2) * way for one in (0, 1)]
        rolled = torch.roll(laid, by, (axis, axis + 1))
        return rolled.flatten(axis, axis + 1) if columns else rolled


def _with_first(made: Any, first: Any) -> Any:
    """What a model returned, with another first tensor."""
    if hasattr(made, "sample"):
        made.sample = first
        return made
    return (first, *made[1:]) if isinstance(made, tuple) else first
