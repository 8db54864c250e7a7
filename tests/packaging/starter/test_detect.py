"""The judge's detectors on drawn pictures, by day and by night: every sky's patterns take seconds to draw."""

import random

import pytest
from detect import Detector, diversity, sharpness
from draw import draw
from PIL import Image, ImageFilter
from scene import Scene

pytestmark = pytest.mark.long  # a judge of the training, of which nothing comes with the program


@pytest.fixture(scope="module")
def detector():
    return Detector(0, landscapes=12, styles=4)


@pytest.mark.parametrize(
    ("ground", "thing", "colour", "place", "number"),
    [
        ("sea", "boat", "red", "left", 1),
        ("meadow", "house", "blue", "right", 1),
        ("snow", "pine", "", "centre", 3),
        ("desert", "balloon", "purple", "centre", 2),
        ("meadow", "birds", "black", "left", 1),
        ("snow", "cat", "orange", "right", 1),
        ("sea", "bridge", "grey", "centre", 1),
        ("sea", "nothing", "", "", 0),
    ],
)
def test_reads_a_drawn_scene(detector, ground, thing, colour, place, number):
    scene = Scene("day", "sun", "centre", False, "none", ground, thing, colour, place or "left", number or 1)
    seen = detector.see(draw(scene, random.Random(7)))
    assert (seen.sky, seen.ground, seen.thing, seen.colour) == ("day", ground, thing, colour)
    assert (seen.place, seen.number) == (place, number)


@pytest.mark.parametrize("light_side", ["left", "right"])
def test_sees_a_dark_thing_at_night(detector, light_side):
    scene = Scene("night", "moon", light_side, False, "none", "meadow", "cat", "black", "centre", 1)
    seen = detector.see(draw(scene, random.Random(3)))
    assert (seen.sky, seen.thing, seen.colour, seen.place) == ("night", "cat", "black", "centre")


def test_a_softer_picture_is_less_sharp():
    picture = draw(
        Scene("night", "moon", "left", False, "snowy", "sea", "boat", "red", "right", 1), random.Random(1)
    )
    assert sharpness(picture.filter(ImageFilter.GaussianBlur(1))) < 0.6 * sharpness(picture)


def test_equal_pictures_have_no_diversity():
    grey, white = Image.new("RGB", (64, 64), "grey"), Image.new("RGB", (64, 64), "white")
    assert diversity([grey, grey, grey]) == 0
    assert diversity([grey, white]) == pytest.approx(127 / 255, abs=0.01)
