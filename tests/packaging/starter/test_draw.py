"""What every drawn postcard keeps: it comes from its seed, shows its style, and nothing leaves the frame."""

import random

import msgspec
import numpy as np
import pytest
import things
from canvas import Canvas
from draw import TINTS, draw
from PIL import Image
from scene import COLOURS, GROUNDS, HOMES, SEVERAL, SIDES, SKIES, STYLES, THINGS, Scene
from styles import CANVASES

ASPECTS = ((128, 128), (160, 96), (96, 160))
THINGS_DRAWN = [thing for thing in THINGS if thing != "nothing"]


def scene_of(thing, style="flat", place="centre", number=1, sky="day"):
    side = "right" if place != "right" else "left"
    ground, colour = HOMES[thing][0], COLOURS[thing][0]
    return Scene(sky, "sun", side, False, "none", ground, thing, colour, place, number, style)


def cover(scene, size, seed):
    """Where the thing lies, from the same drawing on black and on white: (height, width), 0 to 1."""
    on = []
    for back in ("black", "white"):
        canvas = Canvas(Image.new("RGB", size, back), *size)
        things.place(canvas, scene, random.Random(seed), TINTS[scene.sky])
        on.append(np.asarray(canvas.finish().convert("L"), np.float32))
    return 1 - (on[1] - on[0]) / 255


@pytest.mark.parametrize("style", STYLES)
def test_the_same_seed_draws_the_same_picture(style):
    scene = scene_of("boat", style)
    first, second, third = (draw(scene, random.Random(seed)).tobytes() for seed in (4, 4, 5))
    assert first == second != third


def test_every_style_has_its_canvas_and_its_look():
    assert tuple(CANVASES) == STYLES
    pictures = {style: np.asarray(draw(scene_of("house", style), random.Random(2)), int) for style in STYLES}
    for one in STYLES:
        for other in STYLES[: STYLES.index(one)]:
            assert np.abs(pictures[one] - pictures[other]).mean() > 6, (one, other)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("size", ASPECTS)
def test_every_thing_shows_in_every_style_at_every_aspect(style, size):
    empty = msgspec.structs.replace(scene_of("boat", style), thing="nothing")
    bare = {
        ground: np.asarray(draw(msgspec.structs.replace(empty, ground=ground), random.Random(3), *size), int)
        for ground in GROUNDS
    }
    for thing in THINGS_DRAWN:
        scene = scene_of(thing, style)
        shown = np.asarray(draw(scene, random.Random(3), *size), int)
        assert shown.shape == (size[1], size[0], 3)
        changed = np.abs(shown - bare[scene.ground]).max(-1) > 25
        assert changed.mean() > 0.005, thing


@pytest.mark.parametrize("size", ASPECTS)
@pytest.mark.parametrize("thing", THINGS_DRAWN)
def test_no_thing_leaves_the_picture(thing, size):
    numbers = (1, 2, 3) if thing in SEVERAL else (1,)
    for seed, (place, number) in enumerate((place, number) for place in SIDES for number in numbers):
        over = cover(scene_of(thing, place=place, number=number, sky=SKIES[seed % 4]), size, seed)
        edges = np.concatenate((over[0], over[-1], over[:, 0], over[:, -1]))
        assert over.max() > 0.9
        assert edges.max() < 0.02, (place, number)


@pytest.mark.parametrize("size", ASPECTS)
@pytest.mark.parametrize("thing", ["balloon", "cactus", "pine"])
def test_things_that_do_not_touch_can_be_counted(thing, size):
    for number in (1, 2, 3):
        columns = cover(scene_of(thing, number=number), size, number).max(0) > 0.5
        assert (np.diff(columns.astype(int)) == 1).sum() == number


@pytest.mark.parametrize("thing", THINGS_DRAWN)
def test_left_is_left_of_centre_and_centre_of_right(thing):
    for size in ASPECTS:
        middles = []
        for place in SIDES:
            columns = cover(scene_of(thing, place=place), size, 1).sum(0)
            middles.append((columns * np.arange(size[0])).sum() / columns.sum() / size[0])
        assert middles[0] < 0.4 < middles[1] < 0.6 < middles[2]


def test_pixel_art_has_as_many_cells_at_any_size():
    for size in (128, 256):
        picture = np.asarray(draw(scene_of("cat", "pixel"), random.Random(1), size, size))
        cells = picture.reshape(32, size // 32, 32, size // 32, 3)
        assert (cells == cells[:, :1, :, :1]).all()
