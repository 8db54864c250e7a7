"""Layers lie over each other as the formula says, and pixels that nothing covers stay as they are."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.core.edits import Region
from studio.core.layers import Document, Layer
from studio.media.compose import composite
from studio.media.planes import Plane

WIDTH, HEIGHT = 400, 300
WHOLE = Region(0, 0, WIDTH, HEIGHT)


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH, 4), np.uint8)


def shown(*layers: tuple[np.ndarray, dict], region: Region = WHOLE) -> np.ndarray:
    planes = {str(number): Plane.of(pixels.copy()) for number, (pixels, _) in enumerate(layers)}
    made = tuple(
        Layer(id=name, name=name, plane=name, **values)
        for name, (_, values) in zip(planes, layers, strict=True)
    )
    return composite(Document(id="d", name="", width=WIDTH, height=HEIGHT, layers=made), planes, region)


def exact(*layers: tuple[np.ndarray, float]) -> np.ndarray:
    """The formula in doubles: colour and alpha, 0…255."""
    colour, alpha = np.zeros((HEIGHT, WIDTH, 3)), np.zeros((HEIGHT, WIDTH, 1))
    for pixels, opacity in layers:
        above = pixels[..., 3:] / 255 * opacity
        under = alpha * (1 - above)
        total = above + under
        mixed = pixels[..., :3] * above + colour * under
        colour = np.divide(mixed, total, out=np.zeros_like(mixed), where=total > 0)
        alpha = total
    return np.concatenate([colour, alpha * 255], axis=2)


def test_one_layer_shows_its_very_bytes():
    assert np.array_equal(shown((noise(0), {})), noise(0))
    clear = noise(1)
    clear[..., 3] = 0
    assert np.array_equal(shown((noise(0), {}), (clear, {})), noise(0))


def test_an_opaque_layer_hides_what_lies_below():
    opaque = noise(1)
    opaque[..., 3] = 255
    assert np.array_equal(shown((noise(0), {"opacity": 0.5}), (opaque, {})), opaque)


def test_hidden_layers_and_masks_do_not_show():
    mask = np.full((HEIGHT, WIDTH), 255, np.uint8)
    hidden = (noise(1), {"visible": False})
    assert np.array_equal(shown((noise(0), {}), hidden, (mask, {"kind": "mask"})), noise(0))
    assert not shown(hidden, (noise(2), {"opacity": 0.0})).any()
    assert not shown().any()


@settings(deadline=None, max_examples=10)
@given(st.lists(st.tuples(st.integers(0, 9), st.floats(0.05, 1)), min_size=2, max_size=4))
def test_layers_blend_as_the_formula_says(layers):
    pixels = [(noise(seed), opacity) for seed, opacity in layers]
    found = shown(*((array, {"opacity": opacity}) for array, opacity in pixels)).astype(float)
    wanted = exact(*pixels)
    assert np.abs(found[..., 3] - wanted[..., 3]).max() <= len(layers) / 2 + 0.1
    seen = wanted[..., 3:] > 60  # below, eight bits of alpha say less about the colour
    assert np.abs((found - wanted)[..., :3] * seen).max() <= 2 * len(layers)


def test_a_region_is_a_part_of_the_whole_and_clear_outside():
    layers = ((noise(0), {"opacity": 0.7}), (noise(1), {}))
    whole = shown(*layers)
    part = shown(*layers, region=Region(-20, 200, 350, 200))
    assert np.array_equal(part[:100, 20:], whole[200:, :330])
    assert not part[100:].any() and not part[:, :20].any()
