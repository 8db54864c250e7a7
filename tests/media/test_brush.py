"""Strokes cover what lies near their way, once, and nothing else."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.core.brushes import Brush
from studio.core.edits import Region
from studio.media.brush import Painter
from studio.media.planes import Plane

SIDE = 700


def stroke(brush: Brush, plane: Plane, *way: tuple[float, ...], erase=False, selection=None) -> list[Region]:
    painter = Painter(brush, plane, erase, selection)
    regions = []
    for place in way:
        region, tiles = painter.to(*place)
        plane.put(tiles)
        regions.append(region)
    return regions


def mask_of(brush: Brush, *way: tuple[float, ...], erase=False, full=False) -> np.ndarray:
    plane = Plane.of(np.full((SIDE, SIDE), 255, np.uint8)) if full else Plane(SIDE, SIDE, 1)
    stroke(brush, plane, *way, erase=erase)
    return plane.read(plane.region)


def test_a_hard_dot_is_a_disc_with_a_smooth_edge():
    mask = mask_of(Brush(size=101, hardness=1), (300.5, 300.5))
    assert mask[300, 300] == 255
    across = np.hypot(*np.mgrid[-300:400, -300:400])
    assert (mask[across <= 49.5] == 255).all() and not mask[across >= 51.5].any()
    assert np.array_equal(mask[:, 200:401], mask[:, 200:401][:, ::-1])
    assert abs(mask.sum() / 255 - np.pi * 50.5**2) < 25


def test_a_soft_dot_falls_off_evenly():
    row = mask_of(Brush(size=200, hardness=0.2), (350.5, 350.5))[350, 350:].astype(int)
    assert (np.diff(row) <= 0).all()
    assert row[19] == 255 and row[101] == 0 and 110 < row[60] < 145


def test_a_way_is_covered_without_gaps_and_only_near_it():
    mask = mask_of(Brush(size=20, hardness=1), (100, 100), (500, 300), (500, 600))
    for t in np.linspace(0, 1, 50):
        assert mask[int(100 + 200 * t), int(100 + 400 * t)] == 255
    assert (mask[300:600, 500] == 255).all()
    assert not mask[:80].any() and not mask[:, 515:].any() and not mask[200, 400:].any()


def test_going_over_itself_adds_nothing():
    brush = Brush(size=60, hardness=0.4, opacity=0.5)
    once = mask_of(brush, (100, 300), (400, 300))
    assert once.max() == 128
    assert np.array_equal(once, mask_of(brush, (100, 300), (400, 300), (100, 300), (400, 300)))


def test_pressure_sets_the_size():
    mask = mask_of(Brush(size=100, hardness=1), (100, 300, 0.2), (600, 300, 1.0))
    assert mask[:, 100].astype(bool).sum() < mask[:, 350].astype(bool).sum() < mask[:, 600].astype(bool).sum()
    assert abs(int(mask[:, 600].astype(bool).sum()) - 100) <= 3
    assert mask_of(Brush(size=100), (100, 300, 0.0)).any()


def test_the_eraser_subtracts():
    mask = mask_of(Brush(size=60, hardness=1, opacity=0.5), (300, 300), erase=True, full=True)
    assert mask[300, 300] == 128 and mask[100, 100] == 255
    pixels = np.full((SIDE, SIDE, 4), 200, np.uint8)
    plane = Plane.of(pixels)
    stroke(Brush(size=60, hardness=1, colour="#000000"), plane, (300, 300), erase=True)
    assert plane.read(Region(300, 300, 1, 1)).tolist() == [[[200, 200, 200, 0]]]


def test_colour_lies_over_what_was_there():
    plane = Plane.of(np.full((SIDE, SIDE, 4), 100, np.uint8))
    stroke(Brush(size=60, hardness=1, opacity=0.5, colour="#C80000"), plane, (300, 300))
    alpha = 127.5 + 100 / 2
    red = (200 * 127.5 + 100 * 50) / alpha
    shown = plane.read(Region(300, 300, 1, 1)).reshape(4)
    assert np.abs(shown - [red, 50 * 100 / alpha, 50 * 100 / alpha, alpha]).max() <= 1
    empty = Plane(SIDE, SIDE, 4)
    stroke(Brush(size=60, hardness=1, opacity=0.5, colour="#102030"), empty, (300, 300))
    assert empty.read(Region(300, 300, 1, 1)).tolist() == [[[16, 32, 48, 128]]]


def test_colour_stays_inside_of_the_selection():
    chosen = Plane(SIDE, SIDE, 1)
    chosen.put(chosen.changed(Region(300, 0, 100, SIDE), np.full((SIDE, 100), 255, np.uint8)))
    pixels = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 4), np.uint8)
    plane = Plane.of(pixels.copy())
    stroke(Brush(size=300, colour="#FFFFFF"), plane, (300, 300), selection=chosen)
    shown = plane.read(plane.region)
    assert shown[300, 310].tolist() == [255] * 4
    assert np.array_equal(shown[:, :300], pixels[:, :300])


@pytest.mark.parametrize("colour", ["", "#123456"])
@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-300, 1000), st.floats(-300, 1000), st.floats(0, 1)), min_size=1, max_size=4
    ),
    st.floats(0.1, 400),
    st.floats(0, 1),
)
def test_nothing_changes_beyond_what_it_says(colour, way, size, hardness):
    plane = Plane(SIDE, SIDE, 4 if colour else 1)
    regions = stroke(Brush(size=size, hardness=hardness, colour=colour), plane, *way)
    shown = plane.read(plane.region)
    for region in regions:
        assert region.within(SIDE, SIDE) == region
        shown[region.top : region.bottom, region.left : region.right] = 0
    assert not shown.any()
