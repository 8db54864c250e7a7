"""A picture enlarged by Lanczos and painted over in tiles of a model's own size that flow into each other."""

from collections.abc import Callable
from dataclasses import replace

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.core.edits import Region, working_size
from studio.core.jobs import MAX_SEED, GenerateImages
from studio.runtime.desk import Desk
from studio.runtime.pictures.arguments import Call, size_multiple
from studio.runtime.pictures.edits import Pixels, changed_of, check_result, read_change
from studio.runtime.pictures.inpainting import set_working_size, side_of, strength_of
from studio.runtime.pictures.inputs import plan_start, steps_of

OVERLAP = 8  # neighbours share an eighth of a tile's side


class Tiling:
    """An enlarged picture and the tiles that it is painted over in.

    Attributes:
        picture: enlarged, [height, width, 3 or 4].
        tiles: what each of them covers of it, row by row; all of one size.
    """

    def __init__(self, picture: Pixels, tiles: tuple[Region, ...]) -> None:
        self.picture = picture
        self.tiles = tiles

    def painted(self, call: Call, paint: Callable[[Call, int], Image.Image]) -> Image.Image:
        """The picture after `paint` has made the call of each tile, which has a number; all of them count as
        one way."""
        whole, each = self.picture.copy(), steps_of(call)
        assert call.start is not None
        call.made = 0
        for place, tile in enumerate(self.tiles):
            there = _cut(self.picture, tile)[:, :, :3]
            mine = replace(call, arguments=dict(call.arguments))
            mine.start = replace(call.start, picture=Image.fromarray(np.ascontiguousarray(there)))
            mine.before, mine.to_come = call.made, (len(self.tiles) - 1 - place) * each
            made = paint(mine, place)
            call.made, call.step_seconds = call.made + mine.made, mine.step_seconds
            call.read = mine.read
            _lay(whole, tile, made, _overlap(tile))
        return Image.fromarray(whole)


def plan_tiles(call: Call, job: GenerateImages, desk: Desk) -> Tiling:
    """The call for one tile, and all tiles. Raises ResultTooLarge, InputError, PictureUnreadable."""
    edit = job.edit
    assert edit is not None
    picture = Image.fromarray(read_change(job))
    width, height = (max(1, round(side * edit.scale)) for side in picture.size)
    check_result(changed_of(job).name, width, height)
    side, multiple = side_of(call.pipe, job.model), size_multiple(call.pipe)
    side = max(multiple, side // multiple * multiple)
    tiles = tiles_of(width, height, side)
    set_working_size(call, working_size(tiles[0], side, multiple))
    plan_start(call, Image.new("RGB", (1, 1)), strength_of(job), desk, whole=True)
    call.edit = msgspec.structs.replace(edit, method="tiles")
    large = np.array(picture.resize((width, height), Image.Resampling.LANCZOS))
    return Tiling(large, tiles)


def tile_seed(seed: int, place: int) -> int:
    """Far from those of the next pictures of the job, which are one apart."""
    return (seed + (place << 32)) & MAX_SEED


def tiles_of(width: int, height: int, side: int) -> tuple[Region, ...]:
    """Squares of that side that cover a picture, evenly spread and overlapping; along an edge that is shorter
    they are as short as it is."""
    columns, rows = (_places(length, side) for length in (width, height))
    wide, high = min(side, width), min(side, height)
    return tuple(Region(left, top, wide, high) for top in rows for left in columns)


def _places(length: int, side: int) -> list[int]:
    if length <= side:
        return [0]
    count = -(-(length - side) // (side - side // OVERLAP)) + 1
    return [round(place * (length - side) / (count - 1)) for place in range(count)]


def _lay(whole: Pixels, tile: Region, made: Image.Image, overlap: int) -> None:
    """Row by row from the left, a tile passes over into those that lie above it and on its left."""
    new = made.convert("RGB")
    if new.size != (tile.width, tile.height):
        new = new.resize((tile.width, tile.height), Image.Resampling.LANCZOS)
    across = _rise(tile.width, overlap if tile.left else 0)
    down = _rise(tile.height, overlap if tile.top else 0)
    share = (down[:, None] * across[None, :])[:, :, None]
    place = _cut(whole, tile)
    before, after = place[:, :, :3].astype(np.float32), np.asarray(new, np.float32)
    place[:, :, :3] = np.rint(before + (after - before) * share)


def _rise(length: int, over: int) -> NDArray[np.float32]:
    """From 0 smoothly to 1 over so many pixels."""
    along = np.clip((np.arange(length, dtype=np.float32) + 0.5) / max(1, over), 0, 1)
    return along * along * (3 - 2 * along) if over else np.ones(length, np.float32)


def _overlap(tile: Region) -> int:
    return max(1, min(tile.width, tile.height) // OVERLAP)


def _cut(pixels: Pixels, tile: Region) -> Pixels:
    return pixels[tile.top : tile.bottom, tile.left : tile.right]
