"""Pictures that go on at the other side: their left edge meets the right one, and the top the bottom."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
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
            if hasattr(part, "decode"):
                stack.enter_context(wrapped(part, "decode", partial(_shown_round, part)))
                continue
            stack.enter_context(_bent(part))
            if name.startswith("transformer"):
                moved.append(_Rolling(width, height))
                stack.enter_context(wrapped(part, "forward", moved[-1]))
        yield
    if any(one.lost for one in moved):
        desk.note("seamless_unused")


@contextmanager
def _bent(part: nn.Module) -> Iterator[None]:
    """Plain convolutions pad with what lies at the other side; others pad in ways of their own."""
    convolutions = [one for one in part.modules() if type(one) is nn.Conv2d and one.padding_mode == "zeros"]
    for one in convolutions:
        one.padding_mode = "circular"
    try:
        yield
    finally:
        for one in convolutions:
            one.padding_mode = "zeros"


def _shown_round(
    vae: nn.Module, decode: Callable[..., Any], latents: torch.Tensor, *args: Any, **kwargs: Any
) -> Any:
    """`decode`, with a margin where it works in tiles or pads by itself, as for films."""
    own = any(isinstance(one, nn.Conv2d | nn.Conv3d) and type(one) is not nn.Conv2d for one in vae.modules())
    if not (own or getattr(vae, "use_tiling", False)):
        with _bent(vae):
            return decode(latents, *args, **kwargs)
    rows, columns = latents.shape[-2:]
    above, beside = min(MARGIN, rows), min(MARGIN, columns)
    wide = torch.cat((latents[..., -beside:], latents, latents[..., :beside]), dim=-1)
    wide = torch.cat((wide[..., -above:, :], wide, wide[..., :above, :]), dim=-2)
    made = decode(wide, *args, **kwargs)
    picture = made.sample if hasattr(made, "sample") else made[0]
    scale = picture.shape[-1] // wide.shape[-1]
    return _with_first(made, _closed(_closed(picture, -1, beside * scale), -2, above * scale))


def _closed(picture: torch.Tensor, axis: int, margin: int) -> torch.Tensor:
    """Without its margins, which begin on one side what the other side has: tiles differ a little in tone,
    so the first `margin` pixels come out of what lies beyond the last ones."""
    size = picture.shape[axis] - 2 * margin
    inner, beyond = picture.narrow(axis, margin, size).clone(), picture.narrow(axis, margin + size, margin)
    share = torch.linspace(0, 1, margin, device=picture.device, dtype=picture.dtype)
    share = share.reshape((-1,) + (1,) * (-axis - 1))
    first = inner.narrow(axis, 0, margin)
    first.copy_(torch.lerp(beyond, first, share))
    return inner


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
        made = forward(*args, **{**kwargs, name: moved}) if name else forward(moved, *args[1:], **kwargs)
        first = made.sample if hasattr(made, "sample") else made[0] if isinstance(made, tuple) else made
        return _with_first(made, self._back(first, given))

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

    def _back(self, made: Any, given: Any) -> Any:
        """Some give out the prompt's tokens before the picture's (Qwen-Image 2.1)."""
        if torch.is_tensor(made) and made.ndim == 3 and made.shape[1] > given.shape[1]:
            before, picture = made.tensor_split([made.shape[1] - given.shape[1]], dim=1)
            return torch.cat((before, self._roll(picture, -1)), dim=1)
        return self._roll(made, -1)

    def _roll(self, latents: Any, way: int) -> Any:
        if isinstance(latents, list):
            return [self._roll(one, way) for one in latents]
        grid = self._grid(latents)
        if grid is None:
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
