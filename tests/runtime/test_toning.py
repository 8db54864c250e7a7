"""What a model painted in the tone of what is around it."""

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.media.pasting import Weight, weight_of
from studio.runtime.pictures.blending import later
from studio.runtime.pictures.toning import toned


@pytest.fixture
def weight() -> Weight:
    mask = np.zeros((96, 128), np.uint8)
    mask[30:66, 40:90] = 255
    return weight_of(mask, 12)


def sky(channels: int = 3) -> NDArray[np.uint8]:
    rows = np.linspace(60, 200, 96)[:, None, None]
    return np.broadcast_to(rows, (96, 128, channels)).astype(np.uint8).copy()


def test_another_tone_is_taken_back_where_both_show_the_same(weight: Weight) -> None:
    new = (sky() + 14).astype(np.uint8)
    before = np.abs(new.astype(int) - sky())[weight >= 1].mean()
    made = toned(sky(), new, weight)
    edge = (weight >= 1) & (np.roll(weight, 3, axis=1) < 1)
    assert np.abs(made.astype(int) - sky())[edge].mean() < 3 < before


def test_other_things_keep_their_colours(weight: Weight) -> None:
    new = np.full((96, 128, 3), (250, 240, 20), np.uint8)
    assert np.abs(toned(sky(), new, weight).astype(int) - new).max() <= 6


def test_nothing_changes_outside_or_without_an_edge_to_look_at(weight: Weight) -> None:
    new = (sky() + 14).astype(np.uint8)
    made = toned(sky(), new, weight)
    assert (made[weight == 0] == new[weight == 0]).all()
    assert (toned(sky(), new, (weight >= 1).astype(np.float32)) == new).all()


def test_transparent_places_say_nothing_of_the_tone(weight: Weight) -> None:
    old = sky(4)
    old[:, :, 3] = 0
    new = (sky() + 14).astype(np.uint8)
    assert (toned(old, new, weight) == new).all()


def test_places_near_the_edge_wait_and_the_middle_does_not() -> None:
    inside = np.zeros((12, 12), bool)
    inside[2:11, 2:11] = True
    waits = later(inside)
    assert waits[6, 6] == 0 and waits[2, 6] == 0.5 and (waits <= 0.5).all()
    dot = np.zeros((5, 5), bool)
    dot[2, 2] = True
    assert later(dot)[2, 2] == 0 and not later(np.ones((4, 4), bool)).any()
