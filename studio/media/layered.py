"""Documents of layers as files: written for other programs, and opened from them."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from studio.core.edits import Region
from studio.core.errors import FormatUnknown, SidesTooLong
from studio.core.layered_files import LAYERED_SUFFIXES, Lost
from studio.core.layers import Document
from studio.core.recipe import Recipe
from studio.media.compose import composite
from studio.media.export import EXPORT_SUFFIXES, write_image
from studio.media.layer_files import Opened
from studio.media.openraster import read_openraster, write_openraster
from studio.media.photoshop import read_photoshop, write_photoshop
from studio.media.planes import Plane

DOCUMENT_SUFFIXES = (*EXPORT_SUFFIXES, *LAYERED_SUFFIXES)
_MOST_SIDE = {".webp": 16_383, ".jpg": 65_500, ".jpeg": 65_500}  # pixels, of the formats


def export_document(
    document: Document, planes: Mapping[str, Plane], target: Path, recipe: Recipe | None = None
) -> frozenset[Lost]:
    """Writes the document in the format of the target's name, whole or not at all, and gives what the file
    could not carry: PNG, JPEG and WebP hold what is seen, JPEG on white, and its recipe. For any thread.

    Raises FormatUnknown, SidesTooLong, DiskFull, FileUnwritable.
    """
    suffix = target.suffix.lower()
    if suffix not in DOCUMENT_SUFFIXES:
        raise FormatUnknown(path=str(target), formats=", ".join(DOCUMENT_SUFFIXES))
    if suffix == ".ora":
        write_openraster(document, planes, target)
        return frozenset()
    if suffix == ".psd":
        write_photoshop(document, planes, target)
        return frozenset({Lost.WORDS} if any(layer.text for layer in document.layers) else ())
    return _export_flat(document, planes, target, recipe)


def _export_flat(
    document: Document, planes: Mapping[str, Plane], target: Path, recipe: Recipe | None
) -> frozenset[Lost]:
    suffix = target.suffix.lower()
    most = _MOST_SIDE.get(suffix)
    if most is not None and max(document.width, document.height) > most:
        raise SidesTooLong(format=suffix[1:].upper(), most=most)
    shown = composite(document, planes, Region(0, 0, document.width, document.height))
    lost = {Lost.LAYERS} if len(document.layers) > 1 else set[Lost]()
    image = Image.fromarray(shown)
    if bool(np.all(shown[:, :, 3] == 255)):
        image = image.convert("RGB")
    elif suffix in (".jpg", ".jpeg"):
        lost.add(Lost.TRANSPARENCY)
    write_image(image, target, recipe)
    return frozenset(lost)


def open_layered(path: Path) -> Opened:
    """A document of the layers of an `.ora` or `.psd` file, and what could not be taken over. For any thread.

    Raises FormatUnknown, PictureUnreadable, PictureTooLarge, LayersTooLarge, LayersTooMany.
    """
    match path.suffix.lower():
        case ".ora":
            return read_openraster(path)
        case ".psd":
            return read_photoshop(path)
        case _:
            raise FormatUnknown(path=str(path), formats=", ".join(LAYERED_SUFFIXES))
