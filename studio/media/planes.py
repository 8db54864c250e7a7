"""Pixels of an edit document in tiles, so that a change touches, shows and remembers only what it changes."""

from collections.abc import Iterator, Mapping
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.core.edits import Region

TILE = 256  # pixels of a side; those at the right and lower edge may be smaller

Tile = tuple[int, int]  # row, column
Pixels = NDArray[np.uint8]
Tiles = Mapping[Tile, Pixels | None]  # None: all zero


class Plane:
    """A mask of one channel, or RGBA with straight alpha. A tile that is missing is all zero.

    An array that is given to a plane belongs to it: it can no longer be written to, only replaced. So tiles
    may be shared by planes and by the history, and any thread may read while the window's thread puts.
    """

    def __init__(self, width: int, height: int, channels: Literal[1, 4]) -> None:
        self.width, self.height = width, height
        self.channels: Literal[1, 4] = channels
        self._tiles: dict[Tile, Pixels] = {}

    @classmethod
    def of(cls, pixels: Pixels) -> "Plane":
        """A plane of (height, width) or (height, width, 4), whose tiles are views of it, without a copy.

        What is all zero has no tile: a selection without tiles is one in which nothing is chosen.
        """
        height, width = pixels.shape[:2]
        plane = cls(width, height, 1 if pixels.ndim == 2 else 4)
        plane.put(
            {
                (row, column): tile
                for row, column in plane.tiles_in(plane.region)
                if (tile := pixels[row * TILE : (row + 1) * TILE, column * TILE : (column + 1) * TILE]).any()
            }
        )
        return plane

    @property
    def region(self) -> Region:
        return Region(0, 0, self.width, self.height)

    @property
    def tiles(self) -> Mapping[Tile, Pixels]:
        """Those that are there, as they are at this moment."""
        return self._tiles

    @property
    def is_empty(self) -> bool:
        """All of it is zero, as one knows without looking at pixels."""
        return not self._tiles

    def copy(self) -> "Plane":
        """The same pixels, which stay as they are when this plane changes; nothing is copied."""
        other = Plane(self.width, self.height, self.channels)
        other._tiles = self._tiles
        return other

    def tile(self, at: Tile) -> Pixels | None:
        return self._tiles.get(at)

    def area(self, at: Tile) -> Region:
        """The pixels of a tile."""
        row, column = at
        return Region(column * TILE, row * TILE, TILE, TILE).within(self.width, self.height)

    def tiles_in(self, region: Region) -> Iterator[Tile]:
        """The places of the tiles that the region touches, whether they are there or not."""
        inside = region.within(self.width, self.height)
        if inside.is_empty:
            return
        for row in range(inside.top // TILE, (inside.bottom - 1) // TILE + 1):
            for column in range(inside.left // TILE, (inside.right - 1) // TILE + 1):
                yield row, column

    def read(self, region: Region, into: Pixels | None = None) -> Pixels:
        """A copy of (height, width) or (height, width, 4), zero outside of the plane; `into` an array of that
        shape, where one is given."""
        if into is None:
            read = np.zeros(self._shape(region), np.uint8)
        else:
            read = into
            read.fill(0)
        tiles = self._tiles
        for at in self.tiles_in(region):
            if (tile := tiles.get(at)) is not None:
                area = self.area(at)
                shared = _shared(area, region)
                read[_within(shared, region)] = tile[_within(shared, area)]
        return read

    def changed(self, region: Region, pixels: Pixels) -> dict[Tile, Pixels | None]:
        """The tiles as they would be with these pixels in the region; those that would stay are left out.

        Nothing changes until they are `put`. What of the region lies outside of the plane is left out too.
        """
        found: dict[Tile, Pixels | None] = {}
        for at in self.tiles_in(region):
            area, before = self.area(at), self._tiles.get(at)
            shared = _shared(area, region)
            part = pixels[_within(shared, region)]
            if shared == area:
                after = part.copy()
            else:
                after = np.zeros(self._shape(area), np.uint8) if before is None else before.copy()
                after[_within(shared, area)] = part
            if before is None:
                if after.any():
                    found[at] = after
            elif not np.array_equal(before, after):
                found[at] = after if after.any() else None
        return found

    def put(self, tiles: Tiles) -> None:
        """Replace tiles; None removes one."""
        after = dict(self._tiles)  # a new one, so that other threads see all of this or nothing
        for at, tile in tiles.items():
            if tile is None:
                after.pop(at, None)
            else:
                tile.flags.writeable = False
                after[at] = tile
        self._tiles = after

    def bounds(self) -> Region:
        """The least rectangle around what is not zero in the mask or in alpha; empty where nothing is."""
        found = Region(0, 0, 0, 0)
        for at, tile in sorted(self._tiles.items(), key=lambda item: item[0]):
            area = self.area(at)
            if found.joined(area) == found:
                continue
            grey = tile if self.channels == 1 else cv2.extractChannel(tile, 3)
            left, top, width, height = cv2.boundingRect(grey)
            found = found.joined(Region(area.left + left, area.top + top, width, height))
        return found

    def _shape(self, region: Region) -> tuple[int, ...]:
        size = (max(0, region.height), max(0, region.width))
        return size if self.channels == 1 else (*size, 4)


def _shared(one: Region, other: Region) -> Region:
    """What lies in both, where they do touch."""
    left, top = max(one.left, other.left), max(one.top, other.top)
    right, bottom = min(one.right, other.right), min(one.bottom, other.bottom)
    return Region(left, top, right - left, bottom - top)


def _within(region: Region, outer: Region) -> tuple[slice, slice]:
    """Where its pixels are in an array of the outer one's."""
    left, top = region.left - outer.left, region.top - outer.top
    return slice(top, top + region.height), slice(left, left + region.width)
