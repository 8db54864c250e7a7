"""A picture that is changed in one place: what a model sees of it, and how the new goes back into it.

Everything here is arrays: [height, width, 3 or 4] in 8 bits for pictures, [height, width] for masks. What
the weight of the new is 0 for stays as it is, to the last bit.
"""

from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.core.edits import Edit, Operation, Region, context, working_size
from studio.core.errors import NothingChosen, RegionOutside, ResultTooLarge
from studio.core.inputs import InputPicture, Role
from studio.core.jobs import GenerateImages
from studio.media.pasting import Weight, weight_of
from studio.media.pictures import PIXEL_LIMIT
from studio.runtime.pictures.given import read_mask, read_whole
from studio.runtime.pictures.surroundings import filled_from_around
from studio.runtime.pictures.toning import toned

Pixels = NDArray[np.uint8]

FILLED = (Operation.FILL, Operation.REMOVE, Operation.BACKGROUND, Operation.EXTEND)


@dataclass(frozen=True)
class Patch:
    """The part of a picture that a model works on.

    Attributes:
        canvas: the picture, as large as it will be.
        region: what the model sees of the canvas.
        weight: of the new, for each pixel of the region, 0…1; None where no place is chosen: all of it is
            new, and what is transparent stays so.
        hollow: what is new is to begin with what is around it.
        edit: as it was asked for, with the region that was found in the picture as it was.
    """

    canvas: Pixels
    region: Region
    weight: Weight | None
    hollow: bool
    edit: Edit

    def size(self, side: int, multiple: int) -> tuple[int, int]:
        """Width and height at which a model works on it whose own square has that side."""
        return working_size(self.region, side, multiple)

    def mask(self, size: tuple[int, int], cell: int = 1) -> Image.Image | None:
        """White where the model is to paint, at that size: in whole cells of so many pixels, for a latent is
        new or it is not. None where that is everywhere."""
        if self.weight is None:
            return None
        columns, rows = (max(1, side // cell) for side in size)
        chosen = _most(self.weight, columns, rows) > 0
        return Image.fromarray(chosen.astype(np.uint8) * 255).resize(size, Image.Resampling.NEAREST)

    def seen(self, size: tuple[int, int]) -> Image.Image:
        """What the model begins with, RGB, at that size; transparent places are white."""
        shown = Image.fromarray(_opaque(_cut(self.canvas, self.region)))
        shown = shown.resize(size, Image.Resampling.LANCZOS)
        hole = self.mask(size) if self.hollow else None
        if hole is None:
            return shown
        return Image.fromarray(filled_from_around(np.asarray(shown), np.asarray(hole) > 0))

    def pasted(self, made: Image.Image) -> Image.Image:
        """The whole picture with the new in it, which may come in any size."""
        size = (self.region.width, self.region.height)
        new = made.convert("RGB")
        new = new if new.size == size else new.resize(size, Image.Resampling.LANCZOS)
        whole = self.canvas.copy()
        place = _cut(whole, self.region)
        colours = np.asarray(new)
        if self.weight is not None and self.edit.exact:
            colours = toned(place, colours, self.weight)
        place[:] = blended(place, colours, self.weight, exact=self.edit.exact)
        return Image.fromarray(whole)


def patch_of(job: GenerateImages, side: int) -> Patch:
    """What the job changes, for a model whose own square has that side. Raises EditError, InputError,
    PictureUnreadable."""
    edit, name = job.edit, changed_of(job).name
    assert edit is not None
    picture, mask = _ready(job, edit, read_change(job))
    if mask is None and edit.operation in FILLED:
        raise NothingChosen(name=name)
    height, width = picture.shape[:2]
    chosen, weight = Region(0, 0, width, height), None
    if mask is not None:
        around = bounds_of(mask).grown(edit.feather).within(width, height)
        near = weight_of(_cut(mask, around), edit.feather)
        chosen = _moved(bounds_of(near), around.left, around.top)
        weight = near, around
    margins = edit.margins
    region = chosen if weight is None else context(chosen, width, height, side)
    if edit.region is not None:
        region = _moved(edit.region, margins.left, margins.top).within(width, height)
        if region.is_empty:
            raise RegionOutside(name=name)
        region = region.joined(chosen) if weight else region
    return Patch(
        canvas=picture,
        region=region,
        weight=_placed(*weight, region) if weight else None,
        hollow=edit.operation is Operation.REMOVE,
        edit=msgspec.structs.replace(edit, region=_moved(region, -margins.left, -margins.top)),
    )


def changed_of(job: GenerateImages) -> InputPicture:
    return next(one for one in job.inputs if one.role is Role.CHANGE)


def read_change(job: GenerateImages) -> Pixels:
    """The picture that is changed; with a fourth channel where something shows through it."""
    return np.array(read_whole(changed_of(job)))


def check_result(name: str, width: int, height: int) -> None:
    """Raises ResultTooLarge for what the studio itself would not open again."""
    if width * height > PIXEL_LIMIT:
        raise ResultTooLarge(name=name, width=width, height=height, most=PIXEL_LIMIT // 1_000_000)


def bounds_of(weight: Weight | Pixels) -> Region:
    """The least rectangle outside of which nothing counts."""
    rows, columns = (np.flatnonzero(weight.any(axis=axis)) for axis in (1, 0))
    left, top = int(columns[0]), int(rows[0])
    return Region(left, top, int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top)


def blended(old: Pixels, new: Pixels, weight: Weight | None, *, exact: bool = True) -> Pixels:
    """`new`, RGB, laid over `old` by the weight; what was transparent becomes opaque by it. With no weight
    the new takes the place of all colours, and the transparency stays; unless it is to be exact, it takes
    their place with a weight too."""
    made = np.concatenate([new, old[:, :, 3:]], axis=2)
    if weight is None:
        return made
    share, before = weight[:, :, None], old.astype(np.float32)
    if old.shape[2] == 4:
        there = before[:, :, 3:] / 255
        opaque = there + (1 - there) * share
        share = share / np.maximum(opaque, 1e-6)
        made[:, :, 3:] = np.rint(opaque * 255)
    if exact:
        made[:, :, :3] = np.rint(before[:, :, :3] + (new - before[:, :, :3]) * share)
    return made


def _ready(job: GenerateImages, edit: Edit, picture: Pixels) -> tuple[Pixels, Pixels | None]:
    """Picture and mask as large as they will be, and white where it changes; None where nothing is chosen."""
    mask = _read_mask(job, picture)
    if edit.operation is Operation.EXTEND:
        at, (height, width) = edit.margins, picture.shape[:2]
        check_result(changed_of(job).name, width + at.left + at.right, height + at.top + at.bottom)
        picture, mask = _extended(picture, mask, edit)
    if edit.operation is Operation.BACKGROUND and mask is not None:
        mask = 255 - mask
    return picture, mask if mask is not None and mask.any() else None


def _read_mask(job: GenerateImages, picture: Pixels) -> Pixels | None:
    given = next((one for one in job.inputs if one.role is Role.MASK), None)
    if given is None:
        return None
    return np.array(read_mask(given, (picture.shape[1], picture.shape[0])))


def _extended(picture: Pixels, mask: Pixels | None, edit: Edit) -> tuple[Pixels, Pixels]:
    """Both with the margins around them: its last pixels go on there, and all of that is chosen."""
    at = edit.margins
    around = ((at.top, at.bottom), (at.left, at.right))
    chosen = np.zeros(picture.shape[:2], np.uint8) if mask is None else mask
    return (
        np.pad(picture, (*around, (0, 0)), mode="edge"),
        np.pad(chosen, around, constant_values=255),
    )


def _moved(region: Region, by: int, down: int) -> Region:
    """A region speaks of the picture as it was: it may lie in the margins beside it."""
    return Region(region.left + by, region.top + down, region.width, region.height)


def _placed(weight: Weight, around: Region, region: Region) -> Weight:
    """For each pixel of the region, which holds all that counts."""
    whole = np.zeros((region.height, region.width), np.float32)
    there = _moved(bounds_of(weight), around.left, around.top)
    own = _cut(weight, _moved(there, -around.left, -around.top))
    _cut(whole, _moved(there, -region.left, -region.top))[:] = own
    return whole


def _cut(pixels: NDArray[Any], region: Region) -> NDArray[Any]:
    return pixels[region.top : region.bottom, region.left : region.right]


def _opaque(pixels: Pixels) -> Pixels:
    """Over white."""
    if pixels.shape[2] == 3:
        return pixels
    share = pixels[:, :, 3:].astype(np.float32) / 255
    return np.rint(pixels[:, :, :3] * share + 255 * (1 - share)).astype(np.uint8)


def _most(weight: Weight, columns: int, rows: int) -> Weight:
    """The largest weight in each cell of a grid over it, so that not even one pixel is lost."""
    high, wide = weight.shape
    down, across = np.arange(rows) * high // rows, np.arange(columns) * wide // columns
    return np.maximum.reduceat(np.maximum.reduceat(weight, down, axis=0), across, axis=1)
