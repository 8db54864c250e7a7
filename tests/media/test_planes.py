"""Tiles behave as one large array would, whatever the sizes and regions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.core.edits import Region
from studio.media.planes import TILE, Plane

sizes = st.integers(1, 2 * TILE + 3)
regions = st.builds(
    Region, st.integers(-300, 600), st.integers(-300, 600), st.integers(0, 600), st.integers(0, 600)
)


def noise(height: int, width: int, channels: int, seed: int = 0) -> np.ndarray:
    shape = (height, width) if channels == 1 else (height, width, 4)
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def seen(array: np.ndarray, region: Region) -> np.ndarray:
    """The region of a plain array, zero outside."""
    grown = np.zeros((array.shape[0] + 1800, array.shape[1] + 1800, *array.shape[2:]), np.uint8)
    grown[300 : 300 + array.shape[0], 300 : 300 + array.shape[1]] = array
    top, left = region.top + 300, region.left + 300
    return grown[top : top + region.height, left : left + region.width]


@settings(deadline=None)
@given(sizes, sizes, st.sampled_from([1, 4]), regions)
def test_reads_as_an_array_does(width, height, channels, region):
    array = noise(height, width, channels)
    assert np.array_equal(Plane.of(array.copy()).read(region), seen(array, region))


@settings(deadline=None)
@given(sizes, sizes, st.sampled_from([1, 4]), regions, st.booleans())
def test_changes_as_an_array_does(width, height, channels, region, empty):
    array = np.zeros_like(noise(height, width, channels)) if empty else noise(height, width, channels)
    plane = Plane(width, height, channels) if empty else Plane.of(array.copy())
    pixels = noise(region.height, region.width, channels, 1)
    tiles = plane.changed(region, pixels)
    assert np.array_equal(plane.read(plane.region), array)
    plane.put(tiles)
    inside = region.within(width, height)
    part = seen(array, inside)
    rows = slice(inside.top - region.top, inside.top - region.top + inside.height)
    columns = slice(inside.left - region.left, inside.left - region.left + inside.width)
    part = pixels[rows, columns]
    array[inside.top : inside.bottom, inside.left : inside.right] = part
    assert np.array_equal(plane.read(plane.region), array)
    assert all(tile is None or tile.shape[:2] == shape(plane, at) for at, tile in tiles.items())


def shape(plane: Plane, at: tuple[int, int]) -> tuple[int, int]:
    area = plane.area(at)
    return area.height, area.width


def test_tiles_are_views_that_nobody_can_write_to():
    array = noise(300, 300, 4)
    plane = Plane.of(array)
    tile = plane.tile((0, 0))
    assert tile is not None and np.shares_memory(tile, array)
    with pytest.raises(ValueError, match="read-only"):
        tile[0, 0] = 1
    assert plane.tile((1, 1)).shape == (44, 44, 4)


def test_what_stays_is_left_out_and_what_is_cleared_goes():
    plane = Plane.of(noise(300, 300, 1))
    region = Region(200, 0, 100, 100)
    assert plane.changed(region, plane.read(region)) == {}
    cleared = plane.changed(plane.region, np.zeros((300, 300), np.uint8))
    assert set(cleared.values()) == {None} and len(cleared) == 4
    plane.put(cleared)
    assert not plane.tiles
    assert plane.changed(plane.region, np.zeros((300, 300), np.uint8)) == {}


def test_a_copy_keeps_its_pixels():
    plane = Plane.of(noise(20, 30, 4))
    before, copy = plane.read(plane.region), plane.copy()
    plane.put({(0, 0): None})
    assert np.array_equal(copy.read(copy.region), before)
    assert not plane.read(plane.region).any()


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 699), st.integers(0, 599)), max_size=4), st.sampled_from([1, 4]))
def test_bounds_hold_what_is_there(points, channels):
    array = np.zeros((600, 700) if channels == 1 else (600, 700, 4), np.uint8)
    for x, y in points:
        array[y, x] = 1
    bounds = Plane.of(array).bounds()
    if not points:
        assert bounds.is_empty
        return
    left, top = min(x for x, _ in points), min(y for _, y in points)
    right, bottom = max(x for x, _ in points), max(y for _, y in points)
    assert bounds == Region(left, top, right - left + 1, bottom - top + 1)


def test_colour_that_is_clear_has_no_bounds():
    array = np.full((30, 30, 4), 200, np.uint8)
    array[..., 3] = 0
    assert Plane.of(array).bounds().is_empty


def test_a_plane_of_zeros_has_no_tiles():
    mask = np.zeros((TILE + 9, 2 * TILE), np.uint8)
    assert not Plane.of(mask).tiles
    mask[TILE, TILE] = 1
    assert set(Plane.of(mask).tiles) == {(1, 1)}
