"""Screens look as they are meant to, within what two machines with the same fonts may draw differently."""

import pytest
from PIL import Image, ImageChops, ImageStat
from PySide6.QtGui import QFontInfo

from studio.ui.theme import font
from tests.ui import golden

# Of 255, on the average; and the share of pixels that may be quite another colour.
MEAN, STRONG, SHARE = 1.2, 48, 0.008


@pytest.mark.parametrize(("name", "look"), golden.GOLDEN, ids=[name for name, _ in golden.GOLDEN])
def test_golden(make_stage, name, look, tmp_path):
    stage = make_stage(look)
    found = golden.to_pillow(golden.drawn(stage, name))
    if QFontInfo(font("body")).family() != "Inter":
        pytest.skip("drawn with Inter, which is not installed here")
    meant = Image.open(golden.file_of(name, look)).convert("RGB")
    found.save(tmp_path / "found.png")  # to be looked at when it is not as it is meant
    difference = ImageChops.difference(found, meant)
    strong = difference.convert("L").point(lambda value: 255 * (value > STRONG))
    assert max(ImageStat.Stat(difference).mean) < MEAN
    assert ImageStat.Stat(strong).mean[0] / 255 < SHARE
