"""Masks are drawn, found and combined exactly, at edges, in one pixel, of all and of nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from studio.core.edits import Region
from studio.media import selection

MASKS = arrays.arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40)))


def whole(patch: selection.Patch, width: int, height: int) -> np.ndarray:
    mask = np.zeros((height, width), np.uint8)
    region = patch.region
    mask[region.top : region.bottom, region.left : region.right] = patch.mask
    return mask


def disc(side: int, radius: float) -> np.ndarray:
    away = np.hypot(*(np.mgrid[:side, :side] + 0.5 - side / 2))
    return (np.clip(radius - away + 0.5, 0, 1) * 255).astype(np.uint8)


def test_a_rectangle_is_cut_at_the_edges():
    patch = selection.rectangle(Region(-5, 2, 10, 100), 20, 10)
    assert patch.region == Region(0, 2, 5, 8) and patch.mask.all()
    assert selection.rectangle(Region(30, 0, 5, 5), 20, 10).mask.size == 0


def test_a_polygon_along_pixels_is_a_rectangle():
    points = [(2, 3), (7, 3), (7, 9), (2, 9)]
    mask = whole(selection.polygon(points, 20, 12), 20, 12)
    expected = np.zeros((12, 20), np.uint8)
    expected[3:9, 2:7] = 255
    assert np.array_equal(mask, expected)


def test_a_polygon_covers_pixels_by_their_share():
    mask = whole(selection.polygon([(1.5, 1), (3.25, 1), (3.25, 2), (1.5, 2)], 5, 3), 5, 3)
    assert mask[1].tolist() == [0, 128, 255, 64, 0] and not mask[[0, 2]].any()


@settings(deadline=None)
@given(
    points=st.lists(st.tuples(*[st.floats(-60, 100, width=32)] * 2), min_size=3, max_size=3),
    size=st.tuples(st.integers(1, 50), st.integers(1, 50)),
)
def test_a_triangle_covers_its_area_as_one_drawn_finely_does(points, size):
    width, height = size
    mask = whole(selection.polygon(points, width, height), width, height)
    y, x = (np.mgrid[: height * 16, : width * 16] + 0.5) / 16
    sides = [
        (x - ax) * (by - ay) - (y - ay) * (bx - ax)
        for (ax, ay), (bx, by) in zip(points, points[1:] + points[:1], strict=True)
    ]
    inside = np.all(np.array(sides) > 0, axis=0) | np.all(np.array(sides) < 0, axis=0)
    share = inside.reshape(height, 16, width, 16).mean(axis=(1, 3)) * 255
    assert np.abs(mask - share).max() <= 255 * 2 / 16
    assert abs(mask.mean() - share.mean()) <= 255 / 16


def test_a_line_around_all_chooses_all_and_one_beside_it_nothing():
    assert (whole(selection.polygon([(-9e9, -5), (9e9, -5), (9e9, 40), (-9e9, 40)], 8, 8), 8, 8) == 255).all()
    assert selection.polygon([(10, 0), (20, 0), (20, 20)], 8, 8).mask.size == 0
    assert selection.polygon([(1, 1), (5, 5)], 8, 8).mask.size == 0
    assert selection.polygon([(1, 1), (5, 5), (float("nan"), 2)], 8, 8).mask.size == 0


def test_a_lasso_over_itself_chooses_both_loops():
    mask = whole(selection.polygon([(0, 0), (10, 10), (10, 0), (0, 10)], 10, 10), 10, 10)
    assert mask[5, 0] > 200 and mask[5, 9] > 200 and not mask[0, 4:6].any()


def picture() -> np.ndarray:
    pixels = np.full((20, 30, 4), 255, np.uint8)
    pixels[:, :, :3] = 10
    pixels[5:10, 5:10, :3] = pixels[15:18, 20:25, :3] = (200, 90, 30)
    return pixels


def test_the_wand_takes_what_hangs_together_or_all_that_is_alike():
    near = selection.alike(picture(), 6, 6, 0, contiguous=True)
    every = selection.alike(picture(), 6, 6, 0, contiguous=False)
    assert selection.bounds(near) == Region(5, 5, 5, 5) and int((near > 0).sum()) == 25
    assert int((every == 255).sum()) == 25 + 15 and set(np.unique(every)) == {0, 255}


def test_the_wand_goes_by_every_channel_and_not_around_corners():
    pixels = picture()
    pixels[10, 10, :3] = (200, 90, 30)  # touches a corner
    pixels[5, 10, :3] = (205, 90, 30)
    pixels[6, 10] = (200, 90, 30, 240)
    found = selection.alike(pixels, 6, 6, 5, contiguous=True)
    assert found[5, 10] == 255 and found[10, 10] == 0 and found[6, 10] == 0
    assert selection.alike(pixels, 6, 6, 15, contiguous=True)[6, 10] == 255


def test_what_is_transparent_is_alike_whatever_lies_under_it():
    pixels = picture()
    pixels[:, 15:, 3] = 0
    found = selection.alike(pixels, 29, 19, 0, contiguous=True)
    assert selection.bounds(found) == Region(15, 0, 15, 20) and (found[:, 15:] == 255).all()
    pixels[0, 0] = (1, 2, 3, 4)
    assert selection.alike(pixels, 0, 0, 4, contiguous=False)[17, 22] == 255


@settings(deadline=None)
@given(MASKS)
def test_inverted_twice_is_the_same(mask):
    assert np.array_equal(selection.inverted(selection.inverted(mask)), mask)


@settings(deadline=None)
@given(MASKS)
def test_ways_to_combine(mask):
    nothing, everything = np.zeros_like(mask), np.full_like(mask, 255)
    assert np.array_equal(selection.combined(mask, mask, "add"), mask)
    assert np.array_equal(selection.combined(mask, mask, "intersect"), mask)
    assert not selection.combined(mask, mask, "subtract").any()
    assert np.array_equal(selection.combined(everything, mask, "subtract"), selection.inverted(mask))
    assert np.array_equal(selection.combined(nothing, mask, "replace"), mask)


@pytest.mark.parametrize("by", [1, 7, 40])
def test_a_disc_grows_and_shrinks_to_a_disc(by):
    mask = disc(200, 50)
    for change in (by, -by):
        found = selection.grown(mask, change)
        assert ((found > 127) | ~(disc(200, 50 + change - 1) > 127)).all()
        assert ((found <= 127) | (disc(200, 50 + change + 1) > 127)).all()
        assert ((found > 0) & (found < 255)).any()


@settings(deadline=None)
@given(MASKS, st.integers(1, 60))
def test_growing_only_adds_and_shrinking_only_takes(mask, by):
    assert (selection.grown(mask, by) >= mask).all()
    assert (selection.grown(mask, -by) <= mask).all()


@pytest.mark.parametrize("by", [-300, -3, 3, 300])
@pytest.mark.parametrize("shape", [(1, 1), (40, 1), (30, 50)])
def test_all_and_nothing_stay_what_they_are(by, shape):
    for value in (0, 255):
        mask = np.full(shape, value, np.uint8)
        assert np.array_equal(selection.grown(mask, by), mask)
        assert np.array_equal(selection.feathered(mask, abs(by)), mask)


@pytest.mark.parametrize("by", [5, 60])
def test_soft_edges_stay_soft(by):
    soft = selection.feathered(disc(400, 80), 24)
    for change in (by, -by):
        ramp = selection.grown(soft, change)[200]
        assert ((ramp > 20) & (ramp < 235)).sum() >= 0.7 * ((soft[200] > 20) & (soft[200] < 235)).sum()
        assert abs(int((ramp > 127).sum()) - int((soft[200] > 127).sum()) - 2 * change) <= 6


@pytest.mark.parametrize("radius", [2, 10, 40, 100])
def test_feather_fades_over_its_radius_to_either_side(radius):
    mask = np.zeros((8, 800), np.uint8)
    mask[:, 400:] = 255
    row = selection.feathered(mask, radius)[4].astype(int)
    assert abs(row[399] + row[400] - 255) <= 6 and (np.diff(row) >= 0).all()
    assert row[400 - radius] <= 16 and row[400 + radius] >= 239
    far = int(radius * selection.FEATHER_REACH) + 2
    assert row[: 400 - far].max() <= 1 and row[400 + far :].min() >= 254


@settings(deadline=None)
@given(MASKS)
def test_bounds_are_the_least_rectangle(mask):
    region = selection.bounds(mask)
    if not mask.any():
        assert region.is_empty
        return
    inside = mask[region.top : region.bottom, region.left : region.right]
    assert inside.any(axis=1)[[0, -1]].all() and inside.any(axis=0)[[0, -1]].all()
    assert inside.sum(dtype=int) == mask.sum(dtype=int)


def test_from_alpha():
    pixels = picture()
    pixels[3, 4, 3] = 77
    assert selection.from_alpha(pixels)[3, 4] == 77
