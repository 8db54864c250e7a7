"""The judge's eye for styles, on drawn pictures."""

import random

import pytest
from detect_style import StyleDetector
from draw import draw
from PIL import ImageFilter
from scene import STYLES, Scene

pytestmark = pytest.mark.long  # a judge of the training, of which nothing comes with the program


@pytest.fixture(scope="module")
def detector() -> StyleDetector:
    return StyleDetector(0, count=12)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("size", [128, 256])
def test_tells_the_styles_apart_sharp_or_soft(detector: StyleDetector, style: str, size: int):
    scene = Scene("day", "sun", "left", False, "blue", "meadow", "house", "red", "right", 1, style)
    picture = draw(scene, random.Random(3), size, size)
    assert detector.see(picture) == style
    assert detector.see(picture.filter(ImageFilter.GaussianBlur(size / 256))) == style
