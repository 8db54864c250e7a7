"""What reading and writing files of layers have in common: bounds against bombs, and layers as planes."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from studio.core.edits import Region
from studio.core.errors import LayersTooLarge, LayersTooMany, PictureTooLarge, PictureUnreadable
from studio.core.ids import new_id
from studio.core.layered_files import Lost
from studio.core.layers import MOST_LAYERS, SELECTION, Blending, Document, Layer, TextStyle
from studio.media.pictures import PIXEL_LIMIT
from studio.media.planes import Plane

LAYERS_LIMIT = 4 * PIXEL_LIMIT  # pixels of all layers of a file together
MOST_NAME = 200  # letters of a layer's name
MASK_SUFFIX = " (mask)"  # after the name of a mask layer, where a file knows no such thing


class Opened(NamedTuple):
    """A document from a file, the planes of its layers, and what it could not take over."""

    document: Document
    planes: dict[str, Plane]
    lost: frozenset[Lost]


class Reading:
    """A document as it grows, from the lowest layer up."""

    def __init__(self, path: Path, width: int, height: int) -> None:
        """Raises PictureUnreadable, PictureTooLarge."""
        if min(width, height) < 1:
            raise PictureUnreadable(path=str(path))
        check_size(path, width, height)
        self.path, self.width, self.height = path, width, height
        self.lost = set[Lost]()
        self._layers: list[Layer] = []
        self._planes = {SELECTION: Plane(width, height, 1)}
        self._pixels = 0

    def expect(self, width: int, height: int) -> None:
        """To be called before a layer of that size is decoded. Raises LayersTooMany, LayersTooLarge."""
        if len(self._layers) >= MOST_LAYERS:
            raise LayersTooMany(most=MOST_LAYERS)
        self._pixels += width * height
        if self._pixels > LAYERS_LIMIT:
            raise LayersTooLarge(path=str(self.path), most=LAYERS_LIMIT // 1_000_000)

    def add(
        self,
        pixels: NDArray[np.uint8],
        left: int,
        top: int,
        name: str,
        *,
        opacity: float = 1.0,
        visible: bool = True,
        blending: Blending = Blending.NORMAL,
        text: TextStyle | None = None,
    ) -> None:
        """A layer of RGBA (h, w, 4), or of a mask (h, w), whose first pixel lies at that place; `text`: the
        words that it shows."""
        mask = pixels.ndim == 2
        plane = Plane(self.width, self.height, 1 if mask else 4)
        plane.put(plane.changed(Region(left, top, pixels.shape[1], pixels.shape[0]), pixels))
        layer = Layer(
            id=new_id(),
            name=(name.removesuffix(MASK_SUFFIX) if mask else name)[:MOST_NAME],
            plane=new_id(),
            kind="mask" if mask else "text" if text else "picture",
            opacity=min(max(opacity, 0.0), 1.0),
            visible=visible,
            blending=blending,
            text=text,
        )
        self._layers.append(layer)
        self._planes[layer.plane] = plane

    def opened(self) -> Opened:
        """Raises PictureUnreadable where no layer could be read."""
        pictures = [layer for layer in self._layers if layer.kind != "mask"]
        if not pictures:
            raise PictureUnreadable(path=str(self.path))
        document = Document(
            id=new_id(),
            name=self.path.stem,
            width=self.width,
            height=self.height,
            layers=tuple(self._layers),
            active=pictures[-1].id,
        )
        return Opened(document, self._planes, frozenset(self.lost))


def check_size(path: Path, width: int, height: int) -> None:
    """Raises PictureTooLarge."""
    if width * height > PIXEL_LIMIT:
        raise PictureTooLarge(
            path=str(path),
            width=width,
            height=height,
            megapixels=round(width * height / 1_000_000),
            most=PIXEL_LIMIT // 1_000_000,
        )


def layer_pixels(layer: Layer, plane: Plane) -> tuple[NDArray[np.uint8], Region]:
    """What of it is not empty, as RGBA, and where: a mask is white, as opaque as it chooses. At least one
    pixel, as some programs want one."""
    region = plane.bounds()
    if region.is_empty:
        region = Region(0, 0, 1, 1)
    pixels = plane.read(region)
    if layer.kind == "mask":
        white = np.full((*pixels.shape, 4), 255, np.uint8)
        white[:, :, 3] = pixels
        pixels = white
    return pixels, region


def file_name(layer: Layer) -> str:
    """The layer's name as a file can carry it: printable, not too long, a mask named as one."""
    suffix = MASK_SUFFIX if layer.kind == "mask" else ""
    name = "".join(letter for letter in layer.name if letter.isprintable())
    return name[:MOST_NAME] + suffix
