"""A picture enlarged by Lanczos and painted over in tiles of a model's own size that flow into each other."""

from collections.abc import Callable
from dataclasses import replace

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.core.edits import OVERLAP, Region, tiles_of, working_size
from studio.core.jobs import MAX_SEED, GenerateImages
from studio.runtime.desk import Desk
from studio.runtime.pictures.arguments import Call, size_multiple
from studio.runtime.pictures.edits import Pixels, changed_of, check_result, read_change
from studio.runtime.pictures.inpainting import set_working_size, side_of, strength_of
from studio.runtime.pictures.inputs import plan_start, steps_of


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
        strip = whole[: self.tiles[0].height].copy()  # a row of tiles that flow into each other
        assert call.start is not None
        call.made = 0
        for place, tile in enumerate(self.tiles):
            there = np.ascontiguousarray(_rows(self.picture, tile)[:, tile.left : tile.right, :3])
            mine = replace(call, arguments=dict(call.arguments))
            mine.start = replace(call.start, picture=Image.fromarray(there))
            mine.before, mine.to_come = call.made, (len(self.tiles) - 1 - place) * each
            made = paint(mine, place).convert("RGB")
            call.made, call.step_seconds = call.made + mine.made, mine.step_seconds
            call.read = mine.read
            new = np.asarray(made.resize((tile.width, tile.height), Image.Resampling.LANCZOS))
            _lay(strip[:, tile.left : tile.right, :3], new, _rise(tile.width, tile.left)[None, :, None])
            if tile.right == whole.shape[1]:
                _lay(
                    _rows(whole, tile)[:, :, :3], strip[:, :, :3], _rise(tile.height, tile.top)[:, None, None]
                )
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


def _lay(place: Pixels, new: Pixels, share: NDArray[np.float32]) -> None:
    before = place.astype(np.float32)
    place[:] = np.rint(before + (new - before) * share)


def _rise(length: int, begins: int) -> NDArray[np.float32]:
    """From 0 smoothly to 1 over what a tile has in common with the one before it; at once where it begins the
    picture."""
    if not begins:
        return np.ones(length, np.float32)
    along = np.clip((np.arange(length, dtype=np.float32) + 0.5) / max(1, length // OVERLAP), 0, 1)
    return along * along * (3 - 2 * along)


def _rows(pixels: Pixels, tile: Region) -> Pixels:
    return pixels[tile.top : tile.bottom]
