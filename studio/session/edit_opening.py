"""Edit documents from pictures and from the disk, made in any thread."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec

from studio.core.edit_news import Remark
from studio.core.edits import Region
from studio.core.errors import LibraryMissing, PictureCutShort, PictureTooLarge, PictureUnreadable
from studio.core.ids import new_id
from studio.core.layered_files import LAYERED_SUFFIXES
from studio.core.layers import SELECTION, Document, Layer
from studio.core.paths import Paths
from studio.core.records import Asset
from studio.media.compose import composite
from studio.media.opening import OpenedPicture, first_view, open_picture
from studio.media.pictures import check_announced
from studio.media.planes import Pixels, Plane
from studio.store.edit_history import EditHistory
from studio.store.edit_timeline import Timeline

Source = Asset | Path | bytes | Callable[[], bytes]
NAME_LETTERS = 80
SEEN_FIRST = 4_000_000  # pixels; less is opened before one could look at it


class KeptDocument(NamedTuple):
    """A document that is kept on the disk from now on."""

    history: EditHistory
    timeline: Timeline
    remark: Remark


class FirstView(NamedTuple):
    """A picture in small, (height, width, 4), and the size that it has."""

    name: str
    width: int
    height: int
    pixels: Pixels


def new_document(pixels: Pixels, name: str, asset: str = "") -> tuple[Document, dict[str, Plane]]:
    """A picture, (height, width, 4), as the one layer of a document with nothing chosen."""
    height, width = pixels.shape[:2]
    layer = Layer(id=new_id(), name=name, plane=new_id(), asset=asset)
    document = Document(
        id=new_id(),
        name=name,
        width=width,
        height=height,
        layers=(layer,),
        active=layer.id,
        asset=asset,
        whole=bool(asset),
    )
    return document, {layer.plane: Plane.of(pixels), SELECTION: Plane(width, height, 1)}


def begin_document(source: Source, name: str, paths: Paths) -> KeptDocument:
    """A new one. Raises PictureUnreadable, PictureCutShort, PictureTooLarge, LayersTooLarge, LayersTooMany,
    LibraryMissing, DiskFull, FileUnwritable, and what `source` raises."""
    if not paths.library.is_dir():
        raise LibraryMissing(path=str(paths.library))
    shown = name or _name_of(source)
    if isinstance(source, Path) and source.suffix.lower() in LAYERED_SUFFIXES:
        return _begin_layered(source, shown, paths)
    asset = source if isinstance(source, Asset) else None
    given = _given(source, paths)
    picture = _open(given, shown)
    state, planes = new_document(picture.pixels, shown, asset.id if asset else "")
    state = msgspec.structs.replace(state, only_here=not isinstance(source, Asset | Path))
    kept = EditHistory.create(paths.edits / state.id, state, planes, given)
    return KeptDocument(*kept, Remark(document=state.id, origin=picture.origin))


def pixels_from(source: Path | bytes, name: str) -> Pixels:
    """A picture to be a layer of that name, (h, w, 4); of a file of layers what it shows. For any thread.

    Raises as `begin_document`.
    """
    if not isinstance(source, Path) or source.suffix.lower() not in LAYERED_SUFFIXES:
        return _open(source, name).pixels
    from studio.media.layered import open_layered  # its libraries are for such files only

    opened = open_layered(source)
    state = opened.document
    return composite(state, opened.planes, Region(0, 0, state.width, state.height))


def view_first(source: Asset | Path, paths: Paths, side: int) -> FirstView | None:
    """It within a square of `side` pixels, soon; None for a file of layers, and for what is opened as soon.
    Raises PictureUnreadable, PictureTooLarge."""
    path = paths.library / source.path if isinstance(source, Asset) else source
    if path.suffix.lower() in LAYERED_SUFFIXES:
        return None
    width, height = check_announced(path)
    if width * height < SEEN_FIRST:
        return None
    pixels = first_view(path, side)
    if (width > height) != (pixels.shape[1] > pixels.shape[0]):  # it is kept lying on its side
        width, height = height, width
    return FirstView(_name_of(source), width, height, pixels)


def continue_document(document_id: str, paths: Paths) -> KeptDocument:
    """As it was left. Raises EditInUse, EditDamaged, PictureUnreadable, DiskFull, FileUnwritable."""
    return KeptDocument(*EditHistory.open(paths.edits / document_id), Remark(document=document_id))


def _open(source: Path | bytes, name: str) -> OpenedPicture:
    """What is no file is told of by its name."""
    try:
        return open_picture(source)
    except (PictureUnreadable, PictureCutShort, PictureTooLarge) as error:
        if isinstance(source, Path):
            raise
        raise type(error)(**{**error.params, "path": name}) from error


def _begin_layered(source: Path, name: str, paths: Paths) -> KeptDocument:
    from studio.media.layered import open_layered  # its libraries are for such files only

    opened = open_layered(source)
    state = msgspec.structs.replace(opened.document, name=name)
    planes = {SELECTION: Plane(state.width, state.height, 1), **opened.planes}
    kept = EditHistory.create(paths.edits / state.id, state, planes)
    return KeptDocument(*kept, Remark(document=state.id, lost=opened.lost))


def _given(source: Source, paths: Paths) -> Path | bytes:
    """Encodes in this thread what is not encoded yet."""
    match source:
        case Asset():
            return paths.library / source.path
        case Path() | bytes():
            return source
        case _:
            return source()


def _name_of(source: Source) -> str:
    match source:
        case Asset():
            return " ".join(source.recipe.prompt.split())[:NAME_LETTERS] or source.path.rpartition("/")[2]
        case Path():
            return source.name
        case _:
            return ""
