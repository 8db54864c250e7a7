"""Turning, cutting and scaling: without loss where that is possible, without fringes elsewhere."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from studio.core.edits import Margins, Region
from studio.media import geometry

SIDES = st.integers(1, 30)
PICTURES = st.one_of(
    arrays.arrays(np.uint8, st.tuples(SIDES, SIDES)),
    arrays.arrays(np.uint8, st.tuples(SIDES, SIDES, st.just(4))),
)


@settings(deadline=None)
@given(PICTURES, st.integers(-7, 7))
def test_turned_and_turned_back_is_the_same(pixels, turns):
    turned = geometry.quarter_turned(pixels, turns)
    assert np.array_equal(turned, np.rot90(pixels, -turns))
    assert np.array_equal(geometry.quarter_turned(turned, -turns), pixels)


@settings(deadline=None)
@given(PICTURES, st.booleans())
def test_flipped_twice_is_the_same(pixels, horizontal):
    once = geometry.flipped(pixels, horizontal)
    assert np.array_equal(once, np.flip(pixels, 1 if horizontal else 0))
    assert np.array_equal(geometry.flipped(once, horizontal), pixels)


@settings(deadline=None)
@given(PICTURES, st.tuples(*[st.integers(0, 20)] * 4))
def test_extended_and_cropped_is_the_same(pixels, sides):
    height, width = pixels.shape[:2]
    wide = geometry.extended(pixels, Margins(*sides))
    assert wide.shape[:2] == (height + sides[1] + sides[3], width + sides[0] + sides[2])
    assert wide.sum(dtype=int) == pixels.sum(dtype=int)
    assert np.array_equal(geometry.cropped(wide, Region(sides[0], sides[1], width, height)), pixels)


@settings(deadline=None)
@given(PICTURES, st.tuples(SIDES, SIDES))
def test_resized_has_the_size(pixels, size):
    assert geometry.resized(pixels, *size).shape == (size[1], size[0], *pixels.shape[2:])


@settings(deadline=None)
@given(PICTURES)
def test_the_same_size_is_the_same(pixels):
    assert geometry.resized(pixels, pixels.shape[1], pixels.shape[0]) is pixels


@pytest.mark.parametrize("size", [(20, 20), (70, 70), (150, 150), (40, 200)])
def test_scaling_brings_out_no_hidden_colour(size):
    pixels = np.zeros((100, 100, 4), np.uint8)
    pixels[:, :, 1] = 255
    pixels[20:70, 30:60] = (220, 10, 90, 255)
    after = geometry.resized(pixels, *size)
    solid = after[:, :, 3] > 40
    assert solid.any() and np.abs(after[solid][:, :3].astype(int) - (220, 10, 90)).max() <= 1


@pytest.mark.parametrize("size", [(20, 20), (70, 70), (150, 150)])
def test_an_even_opaque_picture_stays_so(size):
    pixels = np.full((100, 100, 4), 255, np.uint8)
    pixels[:, :, :3] = (7, 130, 251)
    after = geometry.resized(pixels, *size)
    assert (after == pixels[0, 0]).all()
    assert (geometry.straightened(pixels, 3.3) == pixels[0, 0]).all()


def test_fine_lines_do_not_shimmer_when_they_are_reduced():
    lines = np.full((120, 120, 4), 255, np.uint8)
    lines[:, ::2, :3] = 0
    half = geometry.resized(lines, 57, 57)[5:-5, 5:-5, 0]
    assert half.std() < 12 and 115 < half.mean() < 140


@settings(deadline=None)
@given(st.integers(1, 3000), st.integers(1, 3000), st.floats(-45, 45))
def test_the_inner_rectangle_lies_inside(width, height, degrees):
    across, down = geometry.inner_size(width, height, degrees)
    angle = math.radians(abs(degrees))
    if min(across, down) > 1:
        assert across * math.cos(angle) + down * math.sin(angle) <= width + 1e-3
        assert across * math.sin(angle) + down * math.cos(angle) <= height + 1e-3


@pytest.mark.parametrize("size", [(300, 200), (200, 300), (400, 40)])
@pytest.mark.parametrize("degrees", [-45, -7.5, 0.4, 20, 44])
def test_straightening_leaves_no_empty_corner(size, degrees):
    width, height = size
    mask = np.zeros((height + 200, width + 200), np.uint8)
    mask[100:-100, 100:-100] = 255  # the picture; around it what may not come in
    pixels = mask[100:-100, 100:-100]
    assert (geometry.straightened(np.ascontiguousarray(pixels), degrees) == 255).all()
    across, down = geometry.inner_size(width, height, degrees)
    assert across * down <= width * height


def test_straightening_turns_clockwise():
    pixels = np.zeros((201, 201), np.uint8)
    pixels[98:103] = 255
    turned = geometry.straightened(pixels, 10)
    middle = turned.shape[0] // 2
    right = int(np.argmax(turned[:, -20]))
    left = int(np.argmax(turned[:, 20]))
    assert right > middle > left
    back = geometry.straightened(turned, -10)
    assert back[back.shape[0] // 2].min() > 150


@pytest.mark.parametrize("shape", [(40, 33_000, 4), (33_000, 40), (33_000, 40, 4)])
def test_what_is_too_long_for_opencv_is_straightened_in_parts(shape):
    pixels = np.full(shape, 255, np.uint8)
    width, height = geometry.inner_size(shape[1], shape[0], 0.03)
    turned = geometry.straightened(pixels, 0.03)
    assert turned.shape[:2] == (height, width) and (turned == 255).all()


@pytest.mark.parametrize("degrees", [-31.0, 4.0, 45.0])
def test_in_parts_it_is_as_at_once(degrees, monkeypatch):
    y, x = np.mgrid[:90, :120]
    pixels = np.stack([(2 * x), (2 * y), x + y, 255 - x], axis=2).astype(np.uint8)
    whole = geometry.straightened(pixels, degrees)
    monkeypatch.setattr(geometry, "_SHORT", 50)
    monkeypatch.setattr(geometry, "_PART", 16)
    parts = geometry.straightened(pixels, degrees)
    assert np.abs(parts.astype(int) - whole).max() <= 2


def test_nothing_to_straighten_gives_the_very_bytes():
    pixels = np.arange(64, dtype=np.uint8).reshape(8, 8)
    assert np.array_equal(geometry.straightened(pixels, 0), pixels)
    assert geometry.straightened(np.full((1, 1), 9, np.uint8), 30).tolist() == [[9]]
