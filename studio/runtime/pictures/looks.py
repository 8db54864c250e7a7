"""How a picture becomes numbers for a model that looks at it: what is taken from it, and the scale."""

from typing import cast

import msgspec
import numpy as np
import torch
from PIL import Image

from studio.catalog.files import ModelFolder

# Of the pictures of ImageNet, on which most such models were trained first.
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)

HALF = (0.5, 0.5, 0.5)
ONE = (1.0, 1.0, 1.0)

Three = tuple[float, float, float]


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """Of each colour, 0…1, `mean` is taken away, and what is left is divided by `std`.

    Attributes:
        size: width and height that the model likes; (0, 0) where nothing says so.
    """

    mean: Three = IMAGENET_MEAN
    std: Three = IMAGENET_STD
    size: tuple[int, int] = (0, 0)

    def tensor(self, picture: Image.Image) -> torch.Tensor:
        """Of an RGB picture: 1 × 3 × height × width, float32."""
        return torch.from_numpy(self.array(picture))

    def array(self, picture: Image.Image) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
        """The same for other libraries."""
        pixels = np.asarray(picture, np.float32) / 255
        scaled = (pixels - np.asarray(self.mean, np.float32)) / np.asarray(self.std, np.float32)
        return np.ascontiguousarray(scaled.transpose(2, 0, 1)[None])


class _Said(msgspec.Struct, frozen=True):
    """What of `preprocessor_config.json` counts here."""

    image_mean: Three | None = None
    image_std: Three | None = None
    size: dict[str, int] | int | None = None


def look_of(folder: ModelFolder, usual: Look) -> Look:
    """As the folder's own file says; what it leaves out, or says in another way, is as usual."""
    try:
        said = msgspec.convert(_processor_of(folder), _Said, strict=False)
    except msgspec.ValidationError:
        return usual
    size = usual.size
    if isinstance(said.size, dict) and {"width", "height"} <= said.size.keys():
        size = said.size["width"], said.size["height"]
    std = said.image_std if said.image_std and min(said.image_std) > 0 else usual.std
    return Look(mean=said.image_mean or usual.mean, std=std, size=size)


def _processor_of(folder: ModelFolder) -> dict[str, object]:
    """transformers 5 keeps it in the file of the processor, where there is one."""
    if folder.has("preprocessor_config.json"):
        return folder.json("preprocessor_config.json")
    whole = folder.json("processor_config.json") if folder.has("processor_config.json") else {}
    part = whole.get("image_processor")
    return cast(dict[str, object], part) if isinstance(part, dict) else {}
