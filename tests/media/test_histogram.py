"""Counting values: of what shows, as far as it is chosen."""

import numpy as np
import pytest

from studio.core.adjustments import ends
from studio.media.histogram import counted


def test_each_channel_is_counted_and_what_does_not_show_is_not():
    pixels = np.zeros((4, 5, 4), np.uint8)
    pixels[:] = (255, 0, 9, 255)
    pixels[0] = (1, 2, 3, 0)
    luma, red, green, blue = counted(pixels)
    assert red[255] == green[0] == blue[9] == 15 and red.sum() == luma.sum() == 15
    assert luma[round(0.299 * 255 + 0.114 * 9)] == 15


def test_a_soft_selection_counts_in_part():
    pixels = np.full((2, 2, 4), 255, np.uint8)
    mask = np.array([[255, 51], [0, 0]], np.uint8)
    assert counted(pixels, mask)[0][255] == pytest.approx(1.2)


def test_the_ends_spare_a_few_pixels():
    counts = [0.0] * 256
    assert ends(counts) == (0, 255)
    counts[40] = counts[200] = 1000.0
    counts[3] = counts[254] = 1.0
    assert ends(counts) == (40, 200)
    assert ends([0.0] * 9 + [5.0] + [0.0] * 246) == (0, 255)
