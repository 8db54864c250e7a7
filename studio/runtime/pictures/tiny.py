"""Previews by a tiny autoencoder: true pictures, not coloured latents, where that costs next to nothing."""

from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderTiny
from PIL import Image
from safetensors import SafetensorError

from studio.catalog.components import TINY
from studio.catalog.files import ModelFolder
from studio.core.errors import ModelError
from studio.core.model import ModelSpec

SHARE = 0.03  # of a step that decoding may take; what takes more is given up
TRIES = 2  # the first decode warms up
SIDE = 256  # pixels of a preview's longer side: latents of more are made smaller first, which costs less


class TinyDecoder:
    """A tiny autoencoder beside a pipeline.

    Attributes:
        channels: of the latents that it reads.
        given_up: it was too slow on this machine.
    """

    def __init__(self, vae: Any) -> None:
        self._vae = vae
        self._slow = 0
        self.channels: int = vae.config.latent_channels
        self.given_up = False

    @classmethod
    def of(cls, spec: ModelSpec, pipe: Any, device: torch.device) -> "TinyDecoder | None":
        """The pipeline's own, one in the model's folder, or the one that `spec.tiny` names; None where there
        is none, or it cannot be loaded: a look is worth no picture."""
        if isinstance(own := getattr(pipe, "vae", None), AutoencoderTiny):
            return cls(own)
        for folder in _candidates(spec):
            try:
                if ModelFolder(folder, spec.name).json("config.json").get("_class_name") != TINY:
                    continue
                vae = AutoencoderTiny.from_pretrained(folder, use_safetensors=True, local_files_only=True)
            except (ModelError, OSError, ValueError, RuntimeError, SafetensorError):
                continue
            half = device.type != "cpu" and pipe.dtype in (torch.float16, torch.bfloat16)
            return cls(vae.to(device, pipe.dtype if half else torch.float32).eval())
        return None

    def fits(self, latents: torch.Tensor) -> bool:
        return latents.ndim == 4 and latents.shape[1] == self.channels

    def pictures(self, latents: torch.Tensor, width: int, height: int) -> list[Image.Image]:
        """Small pictures of latents [batch, channels, rows, columns] for pictures of that size in pixels."""
        config, side = self._vae.config, max(width, height)
        given = latents.to(self._vae.device, torch.float32)
        if side > SIDE:
            given = torch.nn.functional.interpolate(given, scale_factor=SIDE / side, mode="area")
        given = (given / config.scaling_factor + config.shift_factor).to(self._vae.dtype)
        with torch.inference_mode():
            made = self._vae.decoder(given).float().cpu()  # −1…1
        pixels = ((made + 1) * 127.5).nan_to_num().round().clamp(0, 255).to(torch.uint8)
        scale = min(1.0, SIDE / side)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        arrays = pixels.permute(0, 2, 3, 1).numpy()
        return [Image.fromarray(one).resize(size, Image.Resampling.BICUBIC) for one in arrays]

    def took(self, seconds: float, step_seconds: float) -> None:
        """Counts as too slow when it took more than its share of a step, twice."""
        self._slow += seconds > SHARE * step_seconds
        self.given_up = self._slow >= TRIES


def _candidates(spec: ModelSpec) -> list[Path]:
    path = Path(spec.path)
    inside = sorted(one.parent for one in path.glob("*/config.json")) if path.is_dir() else []
    return [*inside, Path(spec.tiny)] if spec.tiny else inside
