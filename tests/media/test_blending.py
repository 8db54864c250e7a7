"""Layers blend as Compositing and Blending Level 1 says, and as other programs do."""

from collections.abc import Callable

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image, ImageChops
from psd_tools import PSDImage
from psd_tools.composite import blend

from studio.core.edits import Region
from studio.core.layers import Blending, Document, Layer
from studio.media.blending import blended
from studio.media.compose import composite
from studio.media.layered import export_document
from studio.media.planes import TILE, Plane

SIDE = 256
OTHERS = [one for one in Blending if one is not Blending.NORMAL]
MODES = st.sampled_from(OTHERS)
PICTURES = arrays.arrays(np.uint8, (5, 4, 4))

every_value = pytest.mark.parametrize("blending", OTHERS, ids=str)


def opaque(pixels: np.ndarray) -> np.ndarray:
    pixels = pixels.copy()
    pixels[..., 3] = 255
    return pixels


def pairs(blending: Blending) -> tuple[np.ndarray, np.ndarray]:
    """Every value below with every value above; with colours where channels depend on each other."""
    below, above = np.meshgrid(np.arange(256), np.arange(256), indexing="ij")
    if blending in (Blending.HUE, Blending.SATURATION, Blending.COLOUR, Blending.LUMINOSITY):
        colours = np.random.default_rng(4).integers(0, 256, (2, SIDE, SIDE, 4), np.uint8)
        colours[:, :8] = colours[:, :8, :, :1]  # grey
        colours[:, 8:16] = colours[:, 8:16] // 128 * 255
        return opaque(colours[0]), opaque(colours[1])
    return tuple(opaque(np.repeat(one[..., None], 4, axis=2).astype(np.uint8)) for one in (below, above))


def over(*layers: tuple[np.ndarray, dict]) -> np.ndarray:
    height, width = layers[0][0].shape[:2]
    planes = {str(number): Plane.of(pixels.copy()) for number, (pixels, _) in enumerate(layers)}
    made = tuple(
        Layer(id=name, name=name, plane=name, **values)
        for name, (_, values) in zip(planes, layers, strict=True)
    )
    document = Document(id="d", name="", width=width, height=height, layers=made)
    return composite(document, planes, Region(0, 0, width, height))


@every_value
def test_all_values_blend_as_psd_tools_has_them(blending):
    below, above = pairs(blending)
    formula = getattr(blend, blending.replace("-", "_"))
    wanted = formula(*(one[..., :3].astype(np.float32) / 255 for one in (below, above))) * 255
    assert np.abs(blended(below, above, blending)[..., :3] - wanted).max() <= 0.5 + 1e-3


PILLOW: dict[Blending, Callable[[Image.Image, Image.Image], Image.Image]] = {
    Blending.MULTIPLY: ImageChops.multiply,
    Blending.SCREEN: ImageChops.screen,
    Blending.DARKEN: ImageChops.darker,
    Blending.LIGHTEN: ImageChops.lighter,
    Blending.DIFFERENCE: ImageChops.difference,
    Blending.OVERLAY: ImageChops.overlay,
    Blending.HARD_LIGHT: ImageChops.hard_light,
}


@pytest.mark.parametrize("blending", PILLOW, ids=str)
def test_all_values_blend_as_pillow_has_them(blending):
    below, above = pairs(blending)
    images = (Image.fromarray(np.ascontiguousarray(one[..., :3])) for one in (below, above))
    wanted = np.asarray(PILLOW[blending](*images)).astype(int)
    # Pillow cuts off what it does not round in those of two halves.
    assert np.abs(blended(below, above, blending)[..., :3] - wanted).max() <= 2


@every_value
def test_an_opaque_layer_over_an_opaque_one_is_the_formula(blending):
    below, above = pairs(blending)
    found = over((below, {}), (above, {"blending": blending}))
    assert np.array_equal(found[..., :3], blended(below, above, blending)[..., :3])
    assert (found[..., 3] == 255).all()


@settings(deadline=None, max_examples=40)
@given(PICTURES, PICTURES, MODES, st.floats(0.05, 1))
def test_alpha_is_that_of_normal_layers(below, above, blending, opacity):
    normal = over((below, {}), (above, {"opacity": opacity}))
    found = over((below, {}), (above, {"opacity": opacity, "blending": blending}))
    assert np.array_equal(found[..., 3], normal[..., 3])


@settings(deadline=None, max_examples=40)
@given(PICTURES, PICTURES, MODES, st.floats(0.05, 1))
def test_what_is_clear_changes_nothing(below, above, blending, opacity):
    values = {"opacity": opacity, "blending": blending}
    above[::2, :, 3] = 0
    below[:, ::2, 3] = 0
    found = over((below, {}), (above, values))
    there = below[..., 3] > 0
    assert np.array_equal(found[::2][there[::2]], below[::2][there[::2]])
    # Over what is clear a layer looks as it does alone.
    alone = over((below, {}), (above, {"opacity": opacity}))
    assert np.array_equal(found[:, ::2], alone[:, ::2])


@settings(deadline=None, max_examples=40)
@given(PICTURES, PICTURES, MODES)
def test_alpha_weighs_the_formula(below, above, blending):
    """In doubles: (1 - a) s + a B(b, s), and that over b."""
    found = over((below, {}), (above, {"blending": blending})).astype(float)
    full = blended(opaque(below), above, blending)[..., :3].astype(float)
    low, high = below[..., 3:] / 255, above[..., 3:] / 255
    mixed = (1 - low) * above[..., :3] + low * full
    total = high + low * (1 - high)
    wanted = (mixed * high + below[..., :3] * low * (1 - high)) / np.maximum(total, 1e-9)
    seen = total[..., 0] > 0.2
    assert np.abs(found[..., :3] - wanted)[seen].max(initial=0) <= 3


@pytest.mark.parametrize("blending", Blending, ids=str)
def test_psd_tools_shows_the_same_of_a_file(tmp_path, blending):
    rng = np.random.default_rng(2)
    planes = {name: Plane.of(rng.integers(0, 256, (24, 24, 4), np.uint8)) for name in "ab"}
    layers = (
        Layer(id="a", name="a", plane="a"),
        Layer(id="b", name="b", plane="b", opacity=0.8, blending=blending),
    )
    document = Document(id="d", name="", width=24, height=24, layers=layers)
    export_document(document, planes, tmp_path / "out.psd")
    theirs = np.asarray(PSDImage.open(tmp_path / "out.psd").composite(force=True).convert("RGBA")).astype(int)
    ours = composite(document, planes, Region(0, 0, 24, 24))
    assert np.abs(theirs - ours)[..., 3].max() <= 1
    assert np.abs(theirs - ours)[ours[..., 3] > 60].max() <= 2


def test_layers_of_older_documents_and_of_unknown_ways_are_normal():
    older = b'{"id":"a","name":"","plane":"a"}'
    assert msgspec.json.encode(msgspec.json.decode(older, type=Layer)) == older
    newer = older.replace(b"}", b',"blending":"dissolve"}')
    assert msgspec.json.decode(newer, type=Layer).blending is Blending.NORMAL


def test_normal_layers_are_not_touched():
    pixels = np.zeros((3, 3, 4), np.uint8)
    assert blended(pixels, pixels, Blending.NORMAL) is pixels


def test_an_opaque_layer_that_blends_hides_nothing_and_a_region_is_a_part_of_the_whole():
    rng = np.random.default_rng(1)
    low, high = (opaque(rng.integers(0, 256, (TILE + 40, TILE + 9, 4), np.uint8)) for _ in range(2))
    whole = over((low, {}), (high, {"blending": Blending.MULTIPLY}))
    assert np.array_equal(whole[..., :3], blended(low, high, Blending.MULTIPLY)[..., :3])
    planes = {"a": Plane.of(low), "b": Plane.of(high)}
    layers = (
        Layer(id="a", name="", plane="a"),
        Layer(id="b", name="", plane="b", blending=Blending.MULTIPLY),
    )
    document = Document(id="d", name="", width=TILE + 9, height=TILE + 40, layers=layers)
    part = composite(document, planes, Region(200, 100, 60, 190))
    assert np.array_equal(part, whole[100:290, 200:260])
