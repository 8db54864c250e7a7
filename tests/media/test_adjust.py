"""Adjustments keep size and alpha, change nothing when neutral, and follow their formulas."""

import colorsys
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from studio.core.adjustments import Blur, Curves, HueSaturation, Levels, Sharpen, reach
from studio.core.curves import curve_through
from studio.core.errors import CurveUnordered
from studio.media.adjust import adjusted, curve_table, level_tables, mixed

PICTURES = arrays.arrays(np.uint8, st.tuples(st.integers(1, 24), st.integers(1, 24), st.just(4)))
POINTS = st.lists(st.integers(0, 255), min_size=1, max_size=6, unique=True).flatmap(
    lambda x: st.tuples(*[st.tuples(st.just(v), st.integers(0, 255)) for v in sorted(x)])
)
ADJUSTMENTS = st.one_of(
    st.builds(
        Levels,
        black=st.integers(0, 254),
        white=st.integers(1, 255),
        gamma=st.floats(0.1, 10),
        out_black=st.integers(0, 255),
        out_white=st.integers(0, 255),
        channel=st.sampled_from(("all", "red", "green", "blue")),
    ),
    st.builds(Curves, all=POINTS, red=POINTS, blue=POINTS),
    st.builds(
        HueSaturation,
        hue=st.floats(-180, 180),
        saturation=st.floats(-100, 100),
        lightness=st.floats(-100, 100),
    ),
    st.builds(Blur, radius=st.floats(0, 40)),
    st.builds(Sharpen, radius=st.floats(0, 20), amount=st.floats(0, 500), threshold=st.integers(0, 255)),
)
NEUTRAL = (
    Levels(),
    Levels(channel="red"),
    Curves(),
    Curves(all=((0, 0), (128, 128), (255, 255))),
    HueSaturation(),
    Blur(),
    Sharpen(),
    Sharpen(amount=100, radius=0),
)


def noise(height=40, width=30, alpha=True):
    pixels = np.random.default_rng(7).integers(0, 256, (height, width, 4), dtype=np.uint8)
    if not alpha:
        pixels[:, :, 3] = 255
    return pixels


@settings(deadline=None, max_examples=40)
@given(PICTURES, ADJUSTMENTS)
def test_size_and_alpha_stay(pixels, adjustment):
    before = pixels.copy()
    after = adjusted(pixels, adjustment)
    assert after.shape == pixels.shape and after.dtype == np.uint8
    assert np.array_equal(after[:, :, 3], pixels[:, :, 3]) and np.array_equal(pixels, before)


@pytest.mark.parametrize("adjustment", NEUTRAL)
def test_what_is_neutral_gives_the_very_bytes(adjustment):
    assert np.array_equal(adjusted(noise(), adjustment), noise())


@pytest.mark.parametrize(
    "adjustment", [HueSaturation(hue=9), Blur(radius=9), Sharpen(amount=50), Levels(gamma=2)]
)
def test_pictures_of_nothing_and_of_one_pixel(adjustment):
    assert adjusted(np.zeros((0, 5, 4), np.uint8), adjustment).shape == (0, 5, 4)
    assert adjusted(noise(1, 1), adjustment).shape == (1, 1, 4)


def test_levels_follow_their_formula():
    red, green, _ = level_tables(
        Levels(black=50, white=200, gamma=2, out_black=10, out_white=210, channel="red")
    )
    assert red[[0, 50, 200, 255]].tolist() == [10, 10, 210, 210]
    assert red[125] == round(10 + 200 * 0.5**0.5) and (green == np.arange(256)).all()
    flipped, _, _ = level_tables(Levels(out_black=255, out_white=0))
    assert (flipped == 255 - np.arange(256)).all()


def test_a_curve_is_smooth_and_level_beyond_its_ends():
    table = curve_table(((20, 10), (128, 190), (230, 240))).astype(int)
    assert (table[:21] == 10).all() and (table[230:] == 240).all()
    assert table[64] > 83  # of the straight line
    steps = np.diff(curve_through(((20, 10), (128, 190), (230, 240)))[20:231])
    assert np.abs(np.diff(steps)).max() < 0.05  # the slope leaps nowhere


def test_what_is_drawn_is_what_is_done():
    points = ((0, 0), (60, 20), (128, 200), (255, 255))
    drawn = curve_through(points)
    grey = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 4, axis=2)
    done = adjusted(grey, Curves(all=points))[0, :, 0]
    assert np.abs(done - np.array(drawn)).max() <= 0.5


@settings(deadline=None, max_examples=40)
@given(POINTS)
def test_a_curve_goes_through_its_points_and_never_beyond(points):
    table = curve_table(points).astype(int)
    for x, y in points:
        assert table[x] == y
    for (x, y), (next_x, next_y) in itertools.pairwise(points):
        between = table[x : next_x + 1]
        assert min(y, next_y) <= between.min() and between.max() <= max(y, next_y)
        assert (np.diff(between) * np.sign(next_y - y) >= 0).all()


def test_a_curve_of_its_own_comes_before_that_of_all():
    pixels = np.full((1, 1, 4), 100, np.uint8)
    after = adjusted(pixels, Curves(all=((0, 255), (255, 0)), red=((0, 0), (100, 200), (255, 255))))
    assert after[0, 0].tolist() == [55, 155, 155, 100]


def test_points_that_go_back_are_refused():
    with pytest.raises(CurveUnordered):
        adjusted(noise(), Curves(green=((10, 0), (10, 5))))


@settings(deadline=None, max_examples=40)
@given(arrays.arrays(np.uint8, (3, 3, 4)), st.floats(-180, 180), st.floats(-100, 100), st.floats(-100, 100))
def test_hue_saturation_is_as_in_hsl(pixels, hue, saturation, lightness):
    after = adjusted(pixels, HueSaturation(hue=hue, saturation=saturation, lightness=lightness))
    h, light, s = colorsys.rgb_to_hls(*(pixels[1, 1, :3] / 255))
    light = light * (1 + lightness / 100) if lightness < 0 else light + (1 - light) * lightness / 100
    s = min(1, s * (1 + saturation / 100))
    expected = np.array(colorsys.hls_to_rgb((h + hue / 360) % 1, light, s)) * 255
    if (hue, saturation, lightness) != (0, 0, 0):
        assert np.abs(after[1, 1, :3] - expected).max() <= 1


def test_a_full_turn_comes_back_and_grey_has_no_hue():
    pixels = noise(300, 20)
    assert np.abs(adjusted(pixels, HueSaturation(hue=360)).astype(int) - pixels).max() <= 1
    grey = adjusted(pixels, HueSaturation(saturation=-100))
    assert (grey[:, :, 0] == grey[:, :, 1]).all()


@pytest.mark.parametrize("radius", [1, 5, 30])
def test_a_blur_brings_out_no_hidden_colour(radius):
    pixels = np.zeros((80, 80, 4), np.uint8)
    pixels[:, :, 1] = 255  # green, which is hidden
    pixels[20:60, 20:60] = (200, 30, 40, 255)
    pixels[20:60, 58:60, 3] = 3
    after = adjusted(pixels, Blur(radius=radius))
    shown = pixels[:, :, 3] > 0
    assert np.abs(after[shown][:, :3].astype(int) - (200, 30, 40)).max() <= 1


@pytest.mark.parametrize("alpha", [True, False])
@pytest.mark.parametrize("adjustment", [Blur(radius=3), Sharpen(radius=2, amount=80), HueSaturation(hue=70)])
def test_bands_leave_no_seam(adjustment, alpha):
    pixels = noise(700, 12, alpha)
    after = adjusted(pixels, adjustment)
    around = max(1, reach(adjustment) * 2)
    part = adjusted(pixels[256 - 9 - around : 256 + 9 + around], adjustment)
    assert np.abs(part[around:-around].astype(int) - after[256 - 9 : 256 + 9]).max() <= 1


@pytest.mark.parametrize("radius", [2, 20])
def test_a_blur_keeps_what_is_even_and_evens_what_is_not(radius):
    even = np.full((50, 50, 4), 255, np.uint8)
    even[:, :, :3] = (3, 150, 254)
    assert np.array_equal(adjusted(even, Blur(radius=radius)), even)
    assert adjusted(noise(alpha=False), Blur(radius=radius))[:, :, 0].std() < 30


def test_sharpening_waits_for_its_threshold():
    pixels = np.full((20, 20, 4), 255, np.uint8)
    pixels[:, :10, :3], pixels[:, 10:, :3] = 100, 110
    sharp = adjusted(pixels, Sharpen(radius=1, amount=100))
    assert sharp[5, 9, 0] < 100 and sharp[5, 10, 0] > 110
    assert np.array_equal(adjusted(pixels, Sharpen(radius=1, amount=100, threshold=40)), pixels)


@settings(deadline=None, max_examples=40)
@given(PICTURES, st.data())
def test_a_mix_is_the_one_beyond_the_mask_and_the_other_inside(old, data):
    new = data.draw(arrays.arrays(np.uint8, old.shape))
    mask = data.draw(arrays.arrays(np.uint8, old.shape[:2], elements=st.sampled_from((0, 100, 255))))
    found = mixed(old, new, mask)
    assert np.array_equal(found[mask == 0], old[mask == 0])
    inside = mask == 255
    assert np.array_equal(found[inside], new[inside])
    assert (found[:, :, 3] >= np.minimum(old, new)[:, :, 3]).all()
