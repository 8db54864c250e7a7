"""Files of layers as Photoshop's (`.psd`), by psd-tools."""

import struct
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from psd_tools import ParseLimits, PSDImage
from psd_tools.api.layers import Layer as PsdLayer
from psd_tools.constants import BlendMode, ColorMode

from studio.core.edits import Region
from studio.core.errors import PictureUnreadable, SidesTooLong, StudioError
from studio.core.layered_files import Lost
from studio.core.layers import Blending, Document
from studio.media.compose import composite
from studio.media.durable import whole_file
from studio.media.layer_files import Opened, Reading, check_size, file_name, layer_pixels
from studio.media.planes import Plane

_MOST_SIDE = 30_000  # of the format
_FILE_LIMIT = 2_000_000_000  # bytes that are parsed
_DECODING_LIMIT = 4_000_000_000  # bytes that psd-tools may take to decode one layer
_HEADER = struct.Struct(">4sH6xHIIHH")  # signature, version, channels, height, width, depth, colour mode
_SIGNATURE = b"8BPS"
_MODES = {one: BlendMode[one.name.replace("COLOUR", "COLOR")] for one in Blending}
_BLENDINGS = {mode: one for one, mode in _MODES.items()}


class _Made(PSDImage):
    """One whose merged picture is ours: psd-tools would put the layers together anew, in floating point."""

    def is_updated(self) -> bool:
        return False

    def _update_record(self) -> None:
        self._merged_alpha = True  # the fourth channel of the merged picture is what shows of it
        super()._update_record()


def write_photoshop(document: Document, planes: Mapping[str, Plane], target: Path) -> None:
    """All layers with their names, places and looks, masks as hidden white ones.

    Raises SidesTooLong, DiskFull, FileUnwritable.
    """
    if max(document.width, document.height) > _MOST_SIDE:
        raise SidesTooLong(format="PSD", most=_MOST_SIDE)
    merged = composite(document, planes, Region(0, 0, document.width, document.height))
    file = _Made.frompil(Image.fromarray(merged))
    for layer in document.layers:
        pixels, region = layer_pixels(layer, planes[layer.plane])
        made = file.create_pixel_layer(
            Image.fromarray(pixels), left=region.left, top=region.top, opacity=round(layer.opacity * 255)
        )
        made.name = file_name(layer)
        made.visible = layer.visible and layer.kind != "mask"
        made.blend_mode = _MODES[layer.blending]
    with whole_file(target) as out:
        file.save(out)


def read_photoshop(path: Path) -> Opened:
    """The layers of the file that have pixels, those of groups by themselves; where there is none, the
    picture that the file holds beside them.

    Raises PictureUnreadable, PictureTooLarge, LayersTooLarge, LayersTooMany.
    """
    try:
        with path.open("rb") as file:
            signature, _, _, height, width, depth, mode = _HEADER.unpack(file.read(_HEADER.size))
            if signature != _SIGNATURE:
                raise PictureUnreadable(path=str(path))
            grown = Reading(path, width, height)
            if depth != 8 or mode not in (ColorMode.RGB, ColorMode.GRAYSCALE):
                grown.lost.add(Lost.COLOURS)
            file.seek(0)
            limits = ParseLimits(max_total_bytes=_FILE_LIMIT)
            read = PSDImage.open(file, max_alloc_bytes=_DECODING_LIMIT, parse_limits=limits)
            _read_layers(read, grown)
    except StudioError:
        raise
    except Exception as error:  # psd-tools raises anything at all on a strange file
        raise PictureUnreadable(path=str(path)) from error
    return grown.opened()


def _read_layers(file: PSDImage, grown: Reading) -> None:
    layers = list(_with_pixels(file, grown.lost))
    if not layers and (merged := file.topil()) is not None:
        grown.add(np.array(merged.convert("RGBA")), 0, 0, grown.path.stem)
    for layer in layers:
        check_size(grown.path, layer.width, layer.height)
        grown.expect(layer.width, layer.height)
        pixels = _pixels(layer, grown.lost)
        if pixels is None:
            grown.lost.add(Lost.LAYER)
            continue
        grown.add(
            pixels,
            layer.left,
            layer.top,
            layer.name,
            opacity=_opacity(layer),
            visible=layer.is_visible(),
            blending=_BLENDINGS.get(layer.blend_mode, Blending.NORMAL),
        )


def _with_pixels(file: PSDImage, lost: set[Lost]) -> Iterator[PsdLayer]:
    """From the lowest up; what the others would have done is noted."""
    for layer in file.descendants():
        plain = layer.blend_mode in (BlendMode.NORMAL, BlendMode.PASS_THROUGH)
        if not plain and (layer.is_group() or layer.blend_mode not in _BLENDINGS):
            lost.add(Lost.BLENDING)
        if layer.has_effects(enabled=True):
            lost.add(Lost.EFFECTS)
        if layer.clipping:
            lost.add(Lost.CLIPPING)
        if layer.is_group():
            lost.add(Lost.GROUPS)
            if layer.has_mask():
                lost.add(Lost.MASK)
        elif not layer.has_pixels():
            lost.add(Lost.ADJUSTMENT)
        else:
            if layer.kind != "pixel":
                lost.add(Lost.WORDS)
            yield layer


def _pixels(layer: PsdLayer, lost: set[Lost]) -> NDArray[np.uint8] | None:
    """RGBA (h, w, 4), with what the layer's mask hides transparent."""
    image = layer.topil()
    if image is None:
        return None
    pixels = np.array(image.convert("RGBA"))
    mask = layer.mask
    if mask is not None and not mask.disabled and (hides := mask.topil(layer_sized=True)) is not None:
        alpha = pixels[:, :, 3].astype(np.uint16) * np.asarray(hides.convert("L"))
        pixels[:, :, 3] = (alpha + 127) // 255
    elif layer.has_vector_mask():
        lost.add(Lost.MASK)
    return pixels


def _opacity(layer: PsdLayer) -> float:
    """That of the layer within its groups."""
    opacity, around = layer.opacity / 255, layer.parent
    while isinstance(around, PsdLayer):
        opacity *= around.opacity / 255
        around = around.parent
    return opacity
