"""Between pictures and the latents of a pipeline that says nothing of how it lays them out.

Pipelines scale what an autoencoder encodes and pack it into tokens, each family in its own way. The ways of
diffusers 0.42 are listed here, and which one a pipeline has is found out by its own decoding: what it hands
to the autoencoder has to become the latents that came out of its last step.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

import numpy as np
import torch
from PIL import Image
from torch import nn

from studio.runtime.failures import out_of_memory

Scaling = Literal["channels", "factor", "none"]
Packing = Literal["plane", "frame", "last", "tokens", "packed", "patches", "patches_last", "patched_plane"]
_SCALINGS: tuple[Scaling, ...] = ("channels", "factor", "none")
_PACKINGS: tuple[Packing, ...] = (
    "plane",
    "frame",
    "last",
    "tokens",
    "packed",
    "patches",
    "patches_last",
    "patched_plane",
)
# What autoencoders of another shape raise.
FAULTS = (RuntimeError, ValueError, TypeError, LookupError, AttributeError, AssertionError)
_CLOSE = 0.03  # of the spread: half precision rounds, another layout is off by more than the spread


@dataclass(frozen=True)
class Layout:
    """How latents of an autoencoder become those of a pipeline.

    Attributes:
        scaling: `channels` by a mean and a deviation for each channel, `factor` by one number for all.
        packing: `plane` [b, c, h, w]; `frame` [b, c, 1, h, w]; `last` [b, 1, h, w, c]; `tokens` [b, h·w, c];
            `packed` 2 × 2 places in one token, channel by channel, as Flux does it; `patches` the same and
            scaled only then by the autoencoder's batch norm (Flux 2); `patches_last` place by place
            (Ideogram 4); `patched_plane` as `patches`, still a plane.
    """

    scaling: Scaling
    packing: Packing

    @property
    def sides(self) -> tuple[int, int] | None:
        """The axes of rows and columns; None where they are one."""
        match self.packing:
            case "plane" | "patched_plane" | "last":
                return 2, 3
            case "frame":
                return 3, 4
            case _:
                return None

    def laid_out(self, latents: torch.Tensor, vae: Any) -> torch.Tensor | None:
        """Latents [b, c, h, w] of the autoencoder as the pipeline has them; None where they cannot be."""
        if self.packing.startswith("patche"):
            return _in_patches(latents, vae, self.packing) if self.scaling == "none" else None
        latents = _scaled(latents, vae, self.scaling)
        return None if latents is None else _packed(latents, self.packing)


def layout_between(decoded: torch.Tensor, latents: torch.Tensor, vae: Any) -> Layout | None:
    """The layout by which what went into the autoencoder is what the pipeline's last step gave."""
    plane = _as_plane(decoded).float()
    latents = latents.float()
    for layout in _layouts():
        made = layout.laid_out(plane, vae)
        if made is not None and made.shape == latents.shape:
            off = (made - latents).abs().mean()
            if off < _CLOSE * latents.std():
                return layout
    return None


def encoded(vae: Any, picture: Image.Image, device: torch.device) -> torch.Tensor:
    """The picture as latents [1, c, h, w] of the autoencoder, in single precision, without chance."""
    return latents_of(vae, pixels_of(picture).to(device, vae.dtype)).float()


def latents_of(vae: Any, pixels: torch.Tensor) -> torch.Tensor:
    """Of a picture [1, 3, h, w] in −1…1, as [1, c, h, w]. Raises what the last try raises.

    Whether an autoencoder wants a picture, a film of one frame, or one with a fourth channel for what shows
    through (Qwen-Image 2.1), its config does not say in one word: it is tried.
    """
    opaque = torch.cat((pixels, torch.ones_like(pixels[:, :1])), dim=1)
    wanted = [pixels[:, :, None], opaque[:, :, None]]
    if not any(isinstance(part, nn.Conv3d) for part in vae.modules()):
        wanted.insert(0, pixels)
    while True:
        given = wanted.pop(0)
        try:
            with torch.inference_mode():
                made = vae.encode(given)
            break
        except FAULTS as error:
            if out_of_memory(error) or not wanted:
                raise
    return _as_plane(made.latent_dist.mode() if hasattr(made, "latent_dist") else _latents_of(made))


def pixels_of(picture: Image.Image) -> torch.Tensor:
    """[1, 3, h, w] in −1…1."""
    array = np.asarray(picture.convert("RGB"), dtype=np.float32)
    return torch.from_numpy(array.copy()).permute(2, 0, 1)[None] / 127.5 - 1


def _layouts() -> Iterator[Layout]:
    return (Layout(scaling, packing) for packing, scaling in product(_PACKINGS, _SCALINGS))


def _latents_of(made: Any) -> torch.Tensor:
    """`latents` of the tiny and the quantised autoencoders, `latent` of the deep compressing one."""
    return made.latents if hasattr(made, "latents") else made.latent


def _as_plane(latents: torch.Tensor) -> torch.Tensor:
    return latents[:, :, 0] if latents.ndim == 5 else latents


def _scaled(latents: torch.Tensor, vae: Any, scaling: Scaling) -> torch.Tensor | None:
    match scaling:
        case "channels":
            mean, deviation = (vae.config.get(f"latents_{name}") for name in ("mean", "std"))
            if not mean or not deviation or len(mean) != latents.shape[1]:
                return None
            return (latents - _by_channel(mean, latents)) / _by_channel(deviation, latents)
        case "factor":
            factor = vae.config.get("scaling_factor")
            return None if factor is None else (latents - (vae.config.get("shift_factor") or 0)) * factor
        case "none":
            return latents


def _by_channel(values: Any, latents: torch.Tensor) -> torch.Tensor:
    return torch.as_tensor(values, device=latents.device, dtype=latents.dtype).view(1, -1, 1, 1)


def _packed(latents: torch.Tensor, packing: Packing) -> torch.Tensor | None:
    match packing:
        case "plane":
            return latents
        case "frame":
            return latents[:, :, None]
        case "last":
            return latents.permute(0, 2, 3, 1)[:, None]
        case "tokens":
            return latents.flatten(2).transpose(1, 2)
        case _:
            patches = _patches(latents)
            return None if patches is None else patches.permute(0, 2, 4, 1, 3, 5).flatten(3).flatten(1, 2)


def _in_patches(latents: torch.Tensor, vae: Any, packing: Packing) -> torch.Tensor | None:
    patches, norm = _patches(latents), getattr(vae, "bn", None)
    if patches is None or norm is None:
        return None
    order = (0, 2, 4, 3, 5, 1) if packing == "patches_last" else (0, 2, 4, 1, 3, 5)
    tokens = patches.permute(*order).flatten(3)  # [b, h / 2, w / 2, 4 c]
    mean, spread = (
        norm.running_mean,
        torch.sqrt(norm.running_var + vae.config.get("batch_norm_eps", norm.eps)),
    )
    tokens = (tokens - mean.to(tokens)) / spread.to(tokens)
    return tokens.permute(0, 3, 1, 2) if packing == "patched_plane" else tokens.flatten(1, 2)


def _patches(latents: torch.Tensor) -> torch.Tensor | None:
    """[b, c, h / 2, 2, w / 2, 2]; None where sides are odd."""
    batch, channels, rows, columns = latents.shape
    if rows % 2 or columns % 2:
        return None
    return latents.view(batch, channels, rows // 2, 2, columns // 2, 2)
