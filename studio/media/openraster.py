"""Files of layers as OpenRaster (`.ora`), which Krita, GIMP and MyPaint read and write.

https://www.openraster.org: a ZIP archive whose first file names its kind, with `stack.xml` for the layers, a
PNG for each of them, and one of them all.
"""

import io
import math
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.core.edits import Region
from studio.core.errors import LayersTooMany, PictureUnreadable, StudioError
from studio.core.layered_files import Lost
from studio.core.layers import MOST_LAYERS, Blending, Document, Layer, TextStyle
from studio.media.compose import composite
from studio.media.durable import whole_file
from studio.media.inputs import plain_picture
from studio.media.kept_words import WORDS_LIMIT, words_read, words_written
from studio.media.layer_files import Opened, Reading, check_size, file_name, layer_pixels
from studio.media.pictures import check_announced, reading
from studio.media.planes import Plane

_MIMETYPE = "image/openraster"
_THUMBNAIL = 256
_STACK_LIMIT = 2_000_000  # bytes of stack.xml
_LAYER_LIMIT = 500_000_000  # bytes of one layer's PNG
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError)
_KIND = "atelier-kind"  # other programs pass over what they do not know
_SPACE = "urn:atelier"
_WORDS = f"{{{_SPACE}}}words"  # the file of a layer's words
_OPERATORS = {one: f"svg:{one}" for one in Blending} | {Blending.NORMAL: "svg:src-over"}
_BLENDINGS = {operator: one for one, operator in _OPERATORS.items()} | {
    "krita:exclusion": Blending.EXCLUSION  # OpenRaster's own list leaves it out
}


def write_openraster(document: Document, planes: Mapping[str, Plane], target: Path) -> None:
    """All layers with their names, places and looks; beside the pixels of words, what is needed to write them
    anew. Raises DiskFull, FileUnwritable."""
    ElementTree.register_namespace("atelier", _SPACE)
    merged = Image.fromarray(composite(document, planes, Region(0, 0, document.width, document.height)))
    with whole_file(target) as file, zipfile.ZipFile(file, "w") as archive:
        _put(archive, "mimetype", _MIMETYPE.encode())
        stack = ElementTree.Element("stack")
        for number, layer in reversed(list(enumerate(document.layers))):
            pixels, region = layer_pixels(layer, planes[layer.plane])
            source = f"data/layer{number}.png"
            _put(archive, source, _png(Image.fromarray(pixels)))
            made = ElementTree.SubElement(stack, "layer", _attributes(layer, source, region))
            if layer.text is not None:
                made.set(_WORDS, f"data/words{number}.json")
                _put(archive, made.get(_WORDS, ""), words_written(layer.text))
        image = ElementTree.Element(
            "image", {"version": "0.0.3", "w": str(document.width), "h": str(document.height)}
        )
        image.append(stack)
        _put(archive, "stack.xml", ElementTree.tostring(image, "utf-8", xml_declaration=True))
        _put(archive, "mergedimage.png", _png(merged))
        merged.thumbnail((_THUMBNAIL, _THUMBNAIL))
        _put(archive, "Thumbnails/thumbnail.png", _png(merged))


def _attributes(layer: Layer, source: str, region: Region) -> dict[str, str]:
    shows = layer.visible and layer.kind != "mask"
    return {
        "name": file_name(layer),
        "src": source,
        "x": str(region.left),
        "y": str(region.top),
        "opacity": f"{layer.opacity:.4f}",
        "visibility": "visible" if shows else "hidden",
        "composite-op": _OPERATORS[layer.blending],
        **({_KIND: "mask"} if layer.kind == "mask" else {}),
    }


def _put(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    """Stored: a PNG gets no smaller, and the first file has to be readable as it is."""
    archive.writestr(zipfile.ZipInfo(name), data)


def _png(image: Image.Image) -> bytes:
    written = io.BytesIO()
    image.save(written, "PNG", compress_level=2)
    return written.getvalue()


def read_openraster(path: Path) -> Opened:
    """The layers of the file, those of groups by themselves.

    Nothing is unpacked onto the disk, and only what `stack.xml` names is read, up to a bound. Raises
    PictureUnreadable, PictureTooLarge, LayersTooLarge, LayersTooMany.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _read(path, archive)
    except StudioError:
        raise
    except Exception as error:  # zipfile raises anything at all on a strange file
        raise PictureUnreadable(path=str(path)) from error


def _read(path: Path, archive: zipfile.ZipFile) -> Opened:
    image = _stack(path, archive)
    grown = Reading(path, int(image.get("w", "0")), int(image.get("h", "0")))
    found = (layer for stack in image.findall("stack") for layer in _layers(stack, grown.lost))
    layers = list(islice(found, MOST_LAYERS + 1))
    if len(layers) > MOST_LAYERS:  # counted before any is tried: those that are damaged take time as well
        raise LayersTooMany(most=MOST_LAYERS)
    for layer in reversed(layers):
        _read_layer(archive, layer, grown)
    return grown.opened()


def _stack(path: Path, archive: zipfile.ZipFile) -> ElementTree.Element:
    data = _bounded(archive, "stack.xml", _STACK_LIMIT)
    # A document type can grow without end, and in another encoding it would not be seen.
    if data is None or b"\0" in data or b"<!" in data.replace(b"<!--", b""):
        raise PictureUnreadable(path=str(path))
    image = ElementTree.fromstring(data.decode("utf-8-sig"))
    if image.tag != "image":
        raise PictureUnreadable(path=str(path))
    return image


class _Found(NamedTuple):
    """A layer of the file; `attributes` with the opacity and visibility of the groups around it."""

    attributes: Mapping[str, str]
    opacity: float
    visible: bool
    blending: Blending


def _layers(
    stack: ElementTree.Element, lost: set[Lost], opacity: float = 1, visible: bool = True
) -> Iterator[_Found]:
    """From the top."""
    for child in stack:
        part = opacity * _opacity(child)
        shows = visible and child.get("visibility", "visible") == "visible"
        blending = _BLENDINGS.get(child.get("composite-op", _OPERATORS[Blending.NORMAL]))
        if blending is None or (child.tag == "stack" and blending is not Blending.NORMAL):
            lost.add(Lost.BLENDING)
        if child.tag == "layer":
            yield _Found(child.attrib, part, shows, blending or Blending.NORMAL)
        elif child.tag == "stack":
            lost.add(Lost.GROUPS)
            yield from _layers(child, lost, part, shows)
        else:
            lost.add(Lost.ADJUSTMENT)


def _opacity(child: ElementTree.Element) -> float:
    """Between 0 and 1. Raises ValueError for what is no number."""
    said = float(child.get("opacity", "1"))
    if not math.isfinite(said):
        raise ValueError("no opacity")
    return min(max(said, 0.0), 1.0)


def _read_layer(archive: zipfile.ZipFile, layer: _Found, grown: Reading) -> None:
    said = layer.attributes
    try:
        data = _bounded(archive, said.get("src", ""), _LAYER_LIMIT)
        if data is None:
            grown.lost.add(Lost.LAYER)
            return
        width, height = check_announced(data)
        check_size(grown.path, width, height)
        grown.expect(width, height)
        pixels = _decoded(data)
    except (PictureUnreadable, *_DAMAGED):
        grown.lost.add(Lost.LAYER)
        return
    mask = said.get(_KIND) == "mask"
    grown.add(
        np.ascontiguousarray(pixels[:, :, 3]) if mask else pixels,
        int(float(said.get("x", "0"))),
        int(float(said.get("y", "0"))),
        said.get("name", ""),
        opacity=layer.opacity,
        visible=layer.visible or mask,
        blending=Blending.NORMAL if mask else layer.blending,
        text=None if mask else _words(archive, said.get(_WORDS, ""), grown.lost),
    )


def _words(archive: zipfile.ZipFile, name: str, lost: set[Lost]) -> TextStyle | None:
    """None where the layer has none, or they are not as this program writes them."""
    if not name:
        return None
    try:
        data = _bounded(archive, name, WORDS_LIMIT)
    except _DAMAGED:
        data = None
    words = words_read(data) if data else None
    if words is None:
        lost.add(Lost.WORDS)
    return words


def _decoded(data: bytes) -> NDArray[np.uint8]:
    with reading(data) as image:
        image.load()
        return np.array(plain_picture(image).convert("RGBA"))


def _bounded(archive: zipfile.ZipFile, name: str, most: int) -> bytes | None:
    """A file of the archive, however much it says it holds; None where it is not there or too large."""
    if name not in archive.namelist():
        return None
    with archive.open(name) as file:
        data = file.read(most + 1)
    return data if len(data) <= most else None
