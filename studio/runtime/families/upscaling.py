"""Models that enlarge pictures: transformers' own in folders, and in single files all that spandrel knows."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import load_file
from transformers import AutoModelForImageToImage

from studio.catalog.inspect import inspect_model
from studio.core.edits import Operation
from studio.core.errors import ModelProducedNothing, ModelUnable, ModelUnsupported
from studio.core.jobs import ProcessImage
from studio.core.messages import Result
from studio.core.model import ModelSpec
from studio.runtime.cancel import layer_hooks
from studio.runtime.desk import Desk
from studio.runtime.loading import check_package, load_errors, quiet_libraries
from studio.runtime.pictures.changed import enlarged_size, save_changed
from studio.runtime.pictures.given import picture_of, read_whole
from studio.runtime.pictures.lanczos import resized
from studio.runtime.pictures.tiles import AROUND, SIDES, Tiles
from studio.runtime.pictures.whole import execution_on, load_whole
from studio.runtime.placement import bytes_of, device_for, free_bytes
from studio.runtime.residency import LoadContext

SPANDREL = "spandrel"
# What a pixel of a tile takes: in its last layers ESRGAN, among the widest, has 64 channels at 4 × 4 times
# the size in single precision, and about six such at once.
PIXEL_BYTES = 6 * 64 * 4 * 4 * 4
FREE_SHARE = 0.5  # of the memory that is free, for one tile


class Upscaler:
    """A model in memory.

    Attributes:
        module: what hooks go on.
        tiles: how it does pictures, with what was learned of its memory.
    """

    plan = None

    def __init__(
        self,
        spec: ModelSpec,
        module: torch.nn.Module,
        enlarge: Callable[[torch.Tensor], torch.Tensor],
        scale: int,
        channels: int,
        device: torch.device,
    ) -> None:
        """`enlarge` takes and gives tensors of shape (pictures, channels, height, width), 0…1."""
        self.module = module
        self.device = device
        self.size_bytes = bytes_of(module)
        self.tiles = Tiles(self._enlarged, scale, first_side(free_bytes(device)))
        self._enlarge = enlarge
        self._name = spec.name
        self._channels = channels

    def _enlarged(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Height × width × 3 both; a model of grey pictures is given the colours one by one."""
        tensor = torch.from_numpy(pixels.copy()).to(self.device).permute(2, 0, 1).float().div(255)
        with torch.inference_mode():
            made = self._enlarge(tensor.unflatten(0, (-1, self._channels)))
        if not torch.isfinite(made).all():
            raise ModelProducedNothing(model=self._name)
        whole = made.flatten(0, 1).clamp(0, 1).mul(255).round().byte()
        return whole.permute(1, 2, 0).cpu().numpy()

    def release(self) -> None:
        self.module = self._enlarge = None  # type: ignore[assignment]


def load(spec: ModelSpec, context: LoadContext) -> Upscaler:
    """Raises ModelError for anything missing, damaged, unsafe or unknown; MemoryExhausted."""
    if Path(spec.path).is_file():
        return _load_file(spec, context)
    model, device = load_whole(AutoModelForImageToImage, spec, context)
    config: Any = model.config

    def enlarge(pixels: torch.Tensor) -> torch.Tensor:
        return model(pixels).reconstruction

    if config.num_channels not in (1, 3) or config.num_channels_out != config.num_channels:
        raise ModelUnsupported(model=spec.name, kind=f"{config.num_channels} → {config.num_channels_out}")
    return Upscaler(spec, model, enlarge, config.upscale, config.num_channels, device)


def process(loaded: Upscaler, job: ProcessImage, desk: Desk) -> Result:
    """Enlarged by the model, and what its own scale leaves to do by Lanczos; alpha by Lanczos alone.

    Raises InputError, PictureUnreadable, ResultTooLarge, ModelUnable, ModelProducedNothing.
    """
    if job.edit.operation is not Operation.UPSCALE:
        raise ModelUnable(model=job.model.name, kind=job.edit.operation)
    picture = read_whole(picture_of(job))
    size = enlarged_size(picture, job)
    with layer_hooks(loaded.module, desk):
        made = loaded.tiles.resized(spread(picture), size, desk)
    if picture.mode == "RGBA":
        made.putalpha(resized(picture.getchannel("A"), size, desk))
    save_changed(made, job, "model", execution_on(loaded.device, tiles=str(loaded.tiles.side)), desk)
    return desk.result()


def first_side(free: int) -> int:
    """Of the tiles to try first, in pixels, with so many bytes free."""
    pixels = free * FREE_SHARE / PIXEL_BYTES
    return next((side for side in SIDES if (side + 2 * AROUND) ** 2 <= pixels), SIDES[-1])


def spread(picture: Image.Image) -> Image.Image:
    """RGB, the colours of what is seen spread into what is not: whatever is there would show at the edges."""
    if picture.mode != "RGBA":
        return picture
    pixels = np.asarray(picture)
    hidden = (pixels[..., 3] == 0).astype(np.uint8)
    colours = pixels[..., :3]
    if 0 < np.count_nonzero(hidden) < hidden.size:
        _, nearest = cv2.distanceTransformWithLabels(hidden, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
        seen = hidden == 0
        by_label = np.zeros((int(nearest.max()) + 1, 3), np.uint8)
        by_label[nearest[seen]] = colours[seen]
        colours = by_label[nearest]
    return Image.fromarray(np.ascontiguousarray(colours))


def _load_file(spec: ModelSpec, context: LoadContext) -> Upscaler:
    quiet_libraries()
    path = Path(spec.path)
    inspect_model(path, name=spec.name)
    check_package(spec.name, SPANDREL)
    import spandrel

    device = device_for(spec, context)
    with load_errors(spec.name, path.name, spec.base):
        try:
            found = spandrel.ModelLoader(device).load_from_state_dict(load_file(path))
        except spandrel.UnsupportedModelError as error:
            raise ModelUnsupported(model=spec.name, kind=spec.base) from error
    context.desk.check()
    alike = found.input_channels == found.output_channels and found.input_channels in (1, 3)
    if not isinstance(found, spandrel.ImageModelDescriptor) or not alike:
        raise ModelUnsupported(model=spec.name, kind=found.architecture.name)
    found.float().to(device).eval()
    return Upscaler(spec, found.model, found, found.scale, found.input_channels, device)
