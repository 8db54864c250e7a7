"""A look at a picture before it is done: latents times a small matrix, at almost no cost."""

import time
from collections.abc import Sequence
from typing import Any

import torch
from diffusers import VQModel
from PIL import Image

from studio.core.model import ModelSpec
from studio.runtime.desk import Desk
from studio.runtime.failures import out_of_memory
from studio.runtime.pictures.arguments import latent_factor
from studio.runtime.pictures.latents import FAULTS, latents_of
from studio.runtime.pictures.tiny import TinyDecoder

SIDE = 256  # pixels of a preview's longer side; the window scales it up as smoothly as we could
SHARE = 0.01  # of the time may go into previews
FIRST_STEP = 2  # what is predicted at the first one, from noise alone, is guided into glaring colours
CHART_LATENTS = 12  # the colour chart covers as many latents squared
CHART_PATCHES = 6  # and has as many colours squared, flowing into each other
RIDGE = 0.01


class LatentColours:
    """An affine map from latents to RGB in 0…1: the model's own factors, else fitted once to its VAE."""

    def __init__(self, rows: Sequence[Sequence[float]], bias: Sequence[float]) -> None:
        self._rows = torch.tensor(rows, dtype=torch.float32)  # [channels, 3]
        self._bias = torch.tensor(bias, dtype=torch.float32)  # [3]

    @classmethod
    def of(cls, spec: ModelSpec, pipe: Any) -> "LatentColours | None":
        """None where neither the model says it nor its VAE can be asked; a look is worth no picture.

        Raises whatever says that memory ran out.
        """
        if spec.latent_rgb:
            return cls(spec.latent_rgb, spec.latent_rgb_bias)
        if getattr(pipe, "vae", None) is None and latent_factor(pipe) == 1:
            return cls((0.5 * torch.eye(3)).tolist(), (0.5, 0.5, 0.5))  # it paints in pixels, −1…1
        try:
            fitted = _fit(*_autoencoder_of(pipe), pipe._execution_device)
        except FAULTS as error:
            if out_of_memory(error):
                raise
            return None
        return cls(*fitted) if fitted else None

    def pictures(self, latents: torch.Tensor, width: int, height: int) -> list[Image.Image]:
        """Small pictures of latents [batch, channels, rows, columns] for pictures of that size in pixels."""
        rgb = torch.einsum("bchw,cd->bhwd", latents.float().cpu(), self._rows) + self._bias
        pixels = (rgb.nan_to_num() * 255).round().clamp(0, 255).to(torch.uint8).numpy()
        scale = min(1.0, SIDE / max(width, height))
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        return [Image.fromarray(one).resize(size, Image.Resampling.BICUBIC) for one in pixels]

    @property
    def channels(self) -> int:
        return self._rows.shape[0]

    def fits(self, latents: torch.Tensor) -> bool:
        return latents.ndim == 4 and latents.shape[1] == self.channels


def _autoencoder_of(pipe: Any) -> tuple[Any, int]:
    """What decodes its latents, and how many pixels one of them covers along one side."""
    movq = getattr(pipe, "movq", None)  # Kandinsky 2, whose pipelines say nothing of its factor
    if movq is not None:
        return movq, 2 ** (len(movq.config.block_out_channels) - 1)
    return getattr(pipe, "vae", None), latent_factor(pipe)


def _fit(vae: Any, factor: int, device: torch.device) -> tuple[list[list[float]], list[float]] | None:
    """From the latents of a colour chart to its colours: one small pass through the encoder. `factor` is how
    many pixels a latent covers along one side.

    Ridge regression: smooth colours leave some channels idle, and plain least squares would make noise of
    them (on the starter's encoder the mean error of a picture falls from 30 of 255 to under one).
    """
    if vae is None:
        return None
    side = CHART_LATENTS * factor
    patches = torch.rand((1, 3, CHART_PATCHES, CHART_PATCHES), generator=torch.Generator().manual_seed(0))
    chart = torch.nn.functional.interpolate(patches, size=(side, side), mode="bilinear")
    latents = _scaled(vae, latents_of(vae, chart.to(device, vae.dtype) * 2 - 1).float().cpu())
    if not torch.isfinite(latents).all():  # broken weights; the job itself will say so
        return None
    colours = torch.nn.functional.interpolate(chart, size=latents.shape[-2:], mode="area")
    known, wanted = (one[0].flatten(1).T.double() for one in (latents, colours))  # [places, channels]
    middle, bias = known.mean(0), wanted.mean(0)
    spread = (known - middle).T @ (known - middle)
    spread += RIDGE * spread.trace() / len(spread) * torch.eye(len(spread), dtype=spread.dtype)
    rows = torch.linalg.solve(spread, (known - middle).T @ (wanted - bias))
    return rows.tolist(), (bias - middle @ rows).tolist()


def _scaled(vae: Any, latents: torch.Tensor) -> torch.Tensor:
    """As the pipeline hands them to the denoiser: by a factor, by each channel's own (Qwen-Image, Wan), or by
    those of patches of 2 × 2 (Flux 2: `_patchify_latents` in diffusers' pipeline_flux2.py)."""
    config = vae.config
    if isinstance(vae, VQModel):  # Kandinsky 2 leaves them as they are
        return latents
    if hasattr(vae, "bn"):
        patches = torch.nn.functional.pixel_unshuffle(latents, 2)  # channels × 4, as Flux 2 orders them
        mean, variance = (
            one.float().cpu().view(1, -1, 1, 1) for one in (vae.bn.running_mean, vae.bn.running_var)
        )
        patches = (patches - mean) / (variance + config["batch_norm_eps"]).sqrt()
        return torch.nn.functional.pixel_shuffle(patches, 2)
    mean, deviation = config.get("latents_mean"), config.get("latents_std")
    if mean and deviation:
        mean, deviation = (torch.tensor(one).view(1, -1, 1, 1) for one in (mean, deviation))
        return (latents - mean) / deviation * (config.get("scaling_factor") or 1)
    return (latents - (config.get("shift_factor") or 0)) * (config.get("scaling_factor") or 1)


class Previewer:
    """Sends a batch's previews now and then: no oftener than the desk wants, nor than `SHARE` allows.

    `first` is the index of the batch's first picture in its job; width and height are in pixels. Where only
    some indices are `wanted`, the first of them counts as 0. A `tiny` decoder goes before `colours` as long
    as it is quick enough; one of both has to be there.
    """

    def __init__(
        self,
        colours: LatentColours | None,
        desk: Desk,
        first: int,
        width: int,
        height: int,
        wanted: range | None = None,
        tiny: TinyDecoder | None = None,
    ) -> None:
        self._colours = colours
        self._tiny = tiny
        self._desk = desk
        self._first = first
        self._width = width
        self._height = height
        self._wanted = wanted
        self._rest_until = 0.0
        self._stepped = (0, 0.0)  # the last step seen, and when the work on the next one began

    def show(self, latents: torch.Tensor, step: int) -> None:
        """`latents` are the picture as predicted after `step`; another shape than expected is let pass."""
        began = time.monotonic()
        before, since = self._stepped
        if step >= FIRST_STEP and began >= self._rest_until and self._desk.wants_preview():
            self._send(latents, step, (began - since) / (step - before) if before else 0.0)
            now = time.monotonic()
            self._rest_until = now + (now - began) / SHARE
        self._stepped = (step, time.monotonic())

    def _send(self, latents: torch.Tensor, step: int, step_seconds: float) -> None:
        for look in (self._tiny, self._colours):
            if look is None or (isinstance(look, TinyDecoder) and look.given_up):
                continue
            laid = unpacked(latents, self._width, self._height, look.channels)
            if not look.fits(laid):
                continue
            began = time.monotonic()
            pictures = look.pictures(laid, self._width, self._height)
            if isinstance(look, TinyDecoder):
                look.took(time.monotonic() - began, step_seconds)
            for index, image in enumerate(pictures, self._first):
                if self._wanted is None or index in self._wanted:
                    self._desk.preview(index - self._wanted.start if self._wanted else index, step, image)
            return


def unpacked(latents: torch.Tensor, width: int, height: int, channels: int = 0) -> torch.Tensor:
    """Latents as [batch, channels, rows, columns], whether in one row (Qwen-Image 2.1), packed in patches of
    2 × 2 besides (Flux and its kin: `_pack_latents` in diffusers' pipeline_flux.py), or with a frame axis of
    one, also before channels that come last (Kandinsky 5). `channels` are expected, 0 if unknown."""
    if latents.ndim == 5 and latents.shape[1] == 1 and latents.shape[-1] == channels:
        return latents[:, 0].movedim(-1, 1)
    if latents.ndim == 5 and latents.shape[2] == 1:
        return latents[:, :, 0]
    if latents.ndim != 3:
        return latents
    batch, places, deep = latents.shape
    columns = round((places * width / height) ** 0.5) if height else 0
    if not columns or places % columns:
        return latents
    rows = places // columns
    if deep == channels:
        return latents.transpose(1, 2).reshape(batch, deep, rows, columns)
    if deep % 4:
        return latents
    grid = latents.view(batch, rows, columns, deep // 4, 2, 2).permute(0, 3, 1, 4, 2, 5)
    return grid.reshape(batch, deep // 4, rows * 2, columns * 2)
