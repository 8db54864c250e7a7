"""A place of a picture filled by a pipeline that knows nothing of masks: through its scheduler.

After each step, the latents outside of the mask are those of the picture again, under as much of the noise
that the call began with as that step leaves (blended diffusion, arXiv 2206.02779). So a seed fills a place in
one way, and however the pipeline makes and names its latents does not matter.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch.nn.functional import adaptive_max_pool2d

from studio.runtime.desk import Desk
from studio.runtime.pictures.latents import Layout
from studio.runtime.pictures.starting import latents_like, noised
from studio.runtime.pictures.wraps import wrapped

_BAND, _WAITS = 3, 0.5  # latents from the edge inwards; the share of the steps that the outermost wait


@contextmanager
def blended(
    pipe: Any,
    picture: Image.Image,
    mask: Image.Image,
    layout: Layout | None,
    model: str,
    desk: Desk,
    gradual: bool = False,
) -> Iterator[None]:
    """While open, a call of the pipeline makes anew only what is white in the mask, which has the picture's
    size, as the call has; `gradual`: near its edge later than in its middle (differential diffusion, arXiv
    2306.00950). Raises InputUnsupported."""
    scheduler = pipe.scheduler
    noise = clean = since = torch.empty(0)
    place = 0

    def stepped(original: Callable[..., Any], output: Any, time: Any, sample: Any, **kwargs: Any) -> Any:
        nonlocal noise, clean, since, place
        if place == 0:
            noise = sample
            clean = latents_like(sample, pipe, picture, layout, model, desk)
            since = _new_since(mask, sample, layout, gradual)
        made = original(output, time, sample, **kwargs)
        place += 1
        new = since <= place / len(scheduler.timesteps)
        left = place < len(scheduler.timesteps)
        kept = noised(scheduler, clean, noise, place) if left else clean
        return _with(made, lambda latents, by: torch.where(new, latents, by.to(latents)), kept, clean)

    with wrapped(scheduler, "step", stepped):
        yield


def _new_since(mask: Image.Image, sample: torch.Tensor, layout: Layout | None, gradual: bool) -> torch.Tensor:
    """From which share of the steps on latents like the sample are new, in a shape that spreads over it: also
    those that cover no more than one white pixel. Others never are."""
    white = torch.from_numpy(np.asarray(mask) > 0).float()[None, None]
    axes = layout.sides if layout else (2, 3)
    shape = [1] * sample.ndim
    if axes:
        rows, columns = (sample.shape[axis] for axis in axes)
        shape[axes[0]], shape[axes[1]] = rows, columns
    else:
        shape[1] = tokens = sample.shape[1]
        wanted = (tokens * mask.width / mask.height) ** 0.5
        whole = (one for one in range(1, tokens + 1) if not tokens % one)
        columns = min(whole, key=lambda one: abs(one - wanted))
        rows = tokens // columns
    inside = (adaptive_max_pool2d(white, (rows, columns)) > 0)[0, 0].numpy()
    since = np.where(inside, later(inside) if gradual else 0, np.inf)
    return torch.from_numpy(since.astype(np.float32)).reshape(shape).to(sample.device)


def later(inside: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The share of the steps that places near the edge wait, so that what is painted grows out of what is
    around it; those in the middle do not."""
    if inside.all():
        return np.zeros(inside.shape, np.float32)
    away = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    band = max(1e-6, min(_BAND, (float(away.max()) - 1) / 2))
    return _WAITS * (1 - (away - 1) / band).clip(0, 1) if away.max() > 1 else np.zeros_like(away)


def _with(
    made: Any,
    blend: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    kept: torch.Tensor,
    clean: torch.Tensor,
) -> Any:
    """What a step gave, blended: the next latents, and the finished ones where it foresees them, which
    consistency models end with."""
    if isinstance(made, tuple):
        first, *rest = made
        if rest and torch.is_tensor(rest[0]) and rest[0].shape == first.shape:
            rest[0] = blend(rest[0], clean)
        return (blend(first, kept), *rest)
    made.prev_sample = blend(made.prev_sample, kept)
    return made
