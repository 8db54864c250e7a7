"""Tools change what they say and nothing else, in one step that gives the very bytes back."""

import threading

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.core.adjustments import Blur, Curves, HueSaturation, Levels, Sharpen
from studio.core.brushes import Brush
from studio.core.edits import Region
from studio.core.errors import (
    BadRequest,
    EditedMeanwhile,
    LastPictureLayer,
    LayerEmpty,
    LayerHidden,
    LayerIsMask,
    LayerMissing,
    LayersTooMany,
    MaskUnfit,
    NothingBelow,
    NothingChosen,
    NothingShown,
    NothingThere,
    OutsidePicture,
    ResultTooLarge,
    SelectionVanishes,
    SizeOutOfRange,
)
from studio.core.layers import MOST_LAYERS, SELECTION, Blending, TextStyle
from studio.session import edit_tools as tools
from studio.session.edit_document import EditDocument
from studio.session.edit_opening import new_document
from studio.session.edit_small import ActiveLayer

WIDTH, HEIGHT = 300, 270  # more than one tile each way
WHOLE = Region(0, 0, WIDTH, HEIGHT)
MIDDLE = Region(100, 90, 120, 100)


def picture(width: int = WIDTH, height: int = HEIGHT, seed: int = 0, opaque: bool = False) -> np.ndarray:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 4), np.uint8)
    if opaque:
        pixels[:, :, 3] = 255
    return pixels


def opened(pixels: np.ndarray) -> EditDocument:
    return EditDocument(*new_document(pixels, "postcard", asset="asset"))


@pytest.fixture
def document(qapp):
    made = opened(picture())
    yield made
    made.close()


def everything(document: EditDocument) -> dict[str, bytes]:
    names = {SELECTION, *(layer.plane for layer in document.state.layers)}
    planes = {name: document.plane(name) for name in names}
    held = {name: plane.read(plane.region).tobytes() for name, plane in planes.items()}
    return {**held, "state": msgspec.json.encode(document.state)}


def chosen(document: EditDocument) -> np.ndarray:
    return document.selection.read(document.selection.region)


def active_pixels(document: EditDocument) -> np.ndarray:
    plane = document.plane(document.state.active_layer.plane)
    return plane.read(plane.region)


def seen(document: EditDocument) -> np.ndarray:
    return document.pixels(Region(0, 0, document.state.width, document.state.height))


def refuse(document: EditDocument, error: type[BadRequest], tool, *args, **kwargs) -> None:
    before, position = everything(document), document.position
    with pytest.raises(error):
        tool(document, *args, **kwargs)
    assert everything(document) == before and document.position == position


# Every tool at once.

REGIONS = st.builds(
    Region, st.integers(-50, 310), st.integers(-50, 280), st.integers(0, 300), st.integers(0, 300)
)
MODES = st.sampled_from(("replace", "add", "subtract", "intersect"))
PLACES = st.tuples(st.floats(-40, 340), st.floats(-40, 340))
PASTED = picture(400, 60, seed=5)


def layers_of(document: EditDocument) -> list[str]:
    return [layer.id for layer in document.state.layers]


def one_of(draw, document: EditDocument) -> str:
    return draw(st.sampled_from(layers_of(document)))


USES = {
    "rectangle": lambda d, doc: tools.select_rectangle(doc, d(REGIONS), d(MODES)),
    "polygon": lambda d, doc: tools.select_polygon(doc, d(st.lists(PLACES, max_size=6)), d(MODES)),
    "wand": lambda d, doc: tools.select_colour(
        doc,
        d(st.integers(-5, 320)),
        d(st.integers(-5, 320)),
        d(st.integers(0, 255)),
        d(st.booleans()),
        d(MODES),
    ),
    "all": lambda d, doc: tools.select_all(doc),
    "none": lambda d, doc: tools.select_none(doc),
    "invert": lambda d, doc: tools.invert_selection(doc),
    "grow": lambda d, doc: tools.grow_selection(doc, d(st.integers(-40, 40))),
    "feather": lambda d, doc: tools.feather_selection(doc, d(st.floats(0, 60))),
    "alpha": lambda d, doc: tools.select_from_alpha(doc),
    "keep": lambda d, doc: tools.keep_selection_as_layer(doc),
    "choose layer": lambda d, doc: tools.select_layer(doc, one_of(d, doc)),
    "add": lambda d, doc: tools.add_layer(doc),
    "remove": lambda d, doc: tools.remove_layer(doc, one_of(d, doc)),
    "move": lambda d, doc: tools.move_layer(doc, one_of(d, doc), d(st.integers(-2, 5))),
    "set": lambda d, doc: tools.set_layer(
        doc,
        one_of(d, doc),
        opacity=d(st.floats(0, 1)),
        visible=d(st.booleans()),
        name=d(st.text(max_size=3)),
        blending=d(st.sampled_from(Blending)),
    ),
    "duplicate": lambda d, doc: tools.duplicate_layer(doc, one_of(d, doc)),
    "merge": lambda d, doc: tools.merge_down(doc, one_of(d, doc)),
    "flatten": lambda d, doc: tools.flatten(doc),
    "levels": lambda d, doc: tools.adjust(doc, Levels(black=d(st.integers(0, 99)), gamma=2)),
    "hue": lambda d, doc: tools.adjust(doc, HueSaturation(hue=d(st.floats(-180, 180)))),
    "blur": lambda d, doc: tools.adjust(doc, Blur(radius=d(st.floats(0, 20)))),
    "sharpen": lambda d, doc: tools.adjust(doc, Sharpen(radius=2, amount=d(st.floats(0, 300)))),
    "fill": lambda d, doc: tools.fill_colour(doc, "#10C0FF"),
    "clear": lambda d, doc: tools.clear_selected(doc),
    "text": lambda d, doc: tools.put_text(
        doc, TextStyle(text="a", x=1, y=2), PASTED, d(st.integers(-500, 400)), d(st.integers(-70, 300))
    ),
    "paste": lambda d, doc: tools.paste_picture(doc, PASTED, "Sky"),
    "crop": lambda d, doc: tools.crop(doc, d(REGIONS)),
    "rotate": lambda d, doc: tools.rotate_quarter(doc, d(st.integers(-4, 4))),
    "straighten": lambda d, doc: tools.straighten(doc, d(st.floats(-45, 45))),
    "flip": lambda d, doc: tools.flip(doc, d(st.booleans())),
    "resize": lambda d, doc: tools.resize(doc, d(st.integers(1, 400)), d(st.integers(1, 400))),
}


def test_every_tool_is_used_here():
    offered = {name for name in vars(tools) if isinstance(getattr(tools, name), tools.Tool)}
    assert len(offered) >= 20 and "activate_layer" not in offered


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data(), st.lists(st.sampled_from(sorted(USES)), min_size=1, max_size=6))
def test_any_tools_in_any_order_are_undone_to_the_very_bytes(qapp, data, names):
    document = opened(picture())
    tools.select_rectangle(document, MIDDLE)
    states = [everything(document)]
    for name in names:
        position = document.position
        try:
            USES[name](data.draw, document)
        except BadRequest as error:
            assert str(error)
            assert everything(document) == states[-1]
        assert document.position - position in (0, 1)
        if document.position > position:
            states.append(everything(document))
        else:
            assert everything(document) == states[-1]
    for state in reversed(states[:-1]):
        document.undo()
        assert everything(document) == state
    for state in states[1:]:
        document.redo()
        assert everything(document) == state
    document.finish()


# What is chosen.


def test_a_selection_is_cut_at_the_edges_and_refused_outside(document):
    tools.select_rectangle(document, Region(-10, 250, 20, 100))
    assert document.selection.bounds() == Region(0, 250, 10, 20)
    refuse(document, OutsidePicture, tools.select_rectangle, Region(300, 0, 10, 10))
    refuse(document, NothingThere, tools.select_polygon, [(400, 0), (500, 0), (450, 90)])
    refuse(document, NothingThere, tools.select_polygon, [(1, 1), (5, 5)])
    refuse(document, OutsidePicture, tools.select_colour, 300, 10, 5)
    refuse(document, NothingThere, tools.select_mask, np.zeros((HEIGHT, WIDTH), np.uint8))
    refuse(document, MaskUnfit, tools.select_mask, np.ones((WIDTH, HEIGHT), np.uint8))


def test_ways_to_combine_selections(document):
    def inside(mode):
        tools.select_rectangle(document, MIDDLE)
        tools.select_rectangle(document, Region(150, 0, 150, 270), mode)
        mask = chosen(document)
        return [int(mask[y, x]) for x, y in ((110, 100), (170, 100), (290, 5), (5, 5))]

    assert inside("replace") == [0, 255, 255, 0]
    assert inside("add") == [255, 255, 255, 0]
    assert inside("subtract") == [255, 0, 0, 0]
    assert inside("intersect") == [0, 255, 0, 0]


def test_to_add_to_nothing_and_to_take_from_nothing(document):
    tools.select_rectangle(document, MIDDLE, "subtract")
    assert document.selection.bounds().is_empty and document.position == 0
    tools.select_rectangle(document, MIDDLE, "intersect")
    assert document.selection.bounds().is_empty
    tools.select_rectangle(document, MIDDLE, "add")
    assert document.selection.bounds() == MIDDLE


def test_inverted_twice_is_the_same(document):
    tools.select_polygon(document, [(10.5, 20.2), (250.3, 40), (100, 260)])
    before = chosen(document)
    tools.invert_selection(document)
    assert np.array_equal(chosen(document), 255 - before)
    tools.invert_selection(document)
    assert np.array_equal(chosen(document), before)


def test_growing_and_shrinking(document):
    refuse(document, NothingChosen, tools.grow_selection, 5)
    tools.select_rectangle(document, Region(0, 90, 120, 100))
    tools.grow_selection(document, 10)
    grown = document.selection.bounds()
    assert (grown.left, grown.width) == (0, 130) and (grown.top, grown.height) == (80, 120)
    tools.grow_selection(document, -10)
    mask = chosen(document) > 127
    assert mask[90:190, :120].all() and mask.sum() <= 120 * 100
    refuse(document, SelectionVanishes, tools.grow_selection, -200)


def test_feathering_reaches_outside(document):
    refuse(document, NothingChosen, tools.feather_selection, 5)
    tools.select_rectangle(document, MIDDLE)
    tools.feather_selection(document, 10)
    mask = chosen(document)
    assert 0 < mask[140, 95] < 127 < mask[140, 105] < 255 and mask[140, 160] == 255 and mask[140, 70] == 0


def test_the_wand_looks_at_what_is_seen(qapp):
    pixels = np.full((40, 40, 4), 255, np.uint8)
    document = opened(pixels)
    tools.add_layer(document)
    tools.select_rectangle(document, Region(10, 10, 5, 5))
    tools.fill_colour(document, "#FF0000")
    tools.select_colour(document, 12, 12, 0)
    assert document.selection.bounds() == Region(10, 10, 5, 5)
    tools.set_layer(document, document.state.active, visible=False)
    tools.select_colour(document, 12, 12, 0)
    assert document.selection.bounds() == Region(0, 0, 40, 40)
    document.finish()


def test_a_kept_selection_can_be_chosen_again(document):
    refuse(document, NothingChosen, tools.keep_selection_as_layer)
    tools.select_polygon(document, [(10.5, 20.2), (250.3, 40), (100, 260)])
    before, active = chosen(document), document.state.active
    tools.keep_selection_as_layer(document)
    mask = document.state.layers[1]
    assert (mask.kind, mask.name) == ("mask", "Mask 1") and document.state.active == active
    tools.select_none(document)
    tools.select_layer(document, mask.id)
    assert np.array_equal(chosen(document), before)
    tools.select_from_alpha(document)
    assert np.array_equal(chosen(document), picture()[:, :, 3])


# Layers.


def test_the_last_picture_stays(document):
    tools.select_all(document)
    tools.keep_selection_as_layer(document)
    refuse(document, LastPictureLayer, tools.remove_layer, document.state.layers[0].id)
    tools.remove_layer(document, document.state.layers[1].id)
    assert len(document.state.layers) == 1
    refuse(document, LayerMissing, tools.remove_layer, "nowhere")


def test_a_new_layer_is_empty_active_and_above(document):
    tools.add_layer(document)
    base, layer = document.state.layers
    assert document.state.active == layer.id and layer.name == "Layer 1"
    assert not active_pixels(document).any() and document.state.whole
    tools.activate_layer(document, base.id)
    tools.add_layer(document)
    assert [one.name for one in document.state.layers] == ["postcard", "Layer 2", "Layer 1"]


def test_choosing_a_layer_is_undone_with_the_step_before(document):
    tools.add_layer(document)
    tools.activate_layer(document, document.state.layers[0].id)
    assert document.steps == ["Add a layer"]
    document.undo()
    assert len(document.state.layers) == 1


def test_order_names_opacity(document):
    tools.paste_picture(document, picture(20, 20), "Sky")
    base, sky = layers_of(document)
    before = seen(document)
    tools.set_layer(document, sky, opacity=0.5)
    assert not np.array_equal(seen(document), before) and document.state.layers[1].opacity == 0.5
    tools.set_layer(document, sky, name="Heaven", opacity=7)
    assert (document.state.layers[1].name, document.state.layers[1].opacity) == ("Heaven", 1.0)
    tools.move_layer(document, sky, 0)
    assert layers_of(document) == [sky, base]
    assert document.steps[1:] == ["Opacity of a layer", "Opacity of a layer", "Move a layer"]


def test_a_duplicate_has_the_same_pixels(document):
    tools.duplicate_layer(document, document.state.active)
    first, second = document.state.layers
    assert first.plane != second.plane and np.array_equal(active_pixels(document), picture())
    tools.fill_colour(document, "#000000")
    plane = document.plane(first.plane)
    assert np.array_equal(plane.read(WHOLE), picture())


def stack(document: EditDocument) -> None:
    """Three layers over each other, with opacities."""
    for seed, opacity in ((1, 0.7), (2, 0.3)):
        tools.paste_picture(document, picture(seed=seed), f"Layer {seed}")
        tools.set_layer(document, document.state.active, opacity=opacity)


def test_flattened_is_exactly_what_was_seen(document):
    stack(document)
    tools.set_layer(document, document.state.layers[0].id, opacity=0.9)
    tools.select_all(document)
    tools.keep_selection_as_layer(document)
    before = seen(document)
    tools.flatten(document)
    assert np.array_equal(seen(document), before)
    assert [layer.kind for layer in document.state.layers] == ["picture", "mask"]
    assert document.state.layers[0].opacity == 1 and not document.state.whole


def test_merged_down_is_exactly_what_was_seen(document):
    stack(document)
    tools.merge_down(document, document.state.layers[1].id)
    top = document.state.layers[1].id
    before = seen(document)
    tools.merge_down(document, top)
    assert np.array_equal(seen(document), before) and len(document.state.layers) == 1
    refuse(document, NothingBelow, tools.merge_down, document.state.active)


def test_blending_is_a_step_and_shows(document):
    tools.paste_picture(document, picture(seed=1), "Shade")
    normal, told = seen(document), []
    document.changed.connect(told.append)
    tools.set_layer(document, document.state.active, blending=Blending.MULTIPLY)
    assert document.steps[-1] == "Blending of a layer" and told[-1].region == WHOLE
    assert not np.array_equal(seen(document), normal) and not document.state.whole
    document.undo()
    assert np.array_equal(seen(document), normal)
    assert document.state.active_layer.blending is Blending.NORMAL


def test_what_blends_is_merged_and_flattened_as_it_was_seen(document):
    stack(document)
    low, high = layers_of(document)[1:]
    tools.set_layer(document, low, blending=Blending.SCREEN)
    tools.set_layer(document, high, blending=Blending.HUE)
    before = seen(document)
    tools.flatten(document)
    assert np.array_equal(seen(document), before)
    document.undo()
    tools.merge_down(document, low)  # nothing lies below them
    assert np.array_equal(seen(document), before)
    tools.set_layer(document, document.state.layers[0].id, blending=Blending.MULTIPLY)
    tools.merge_down(document, high)
    assert np.array_equal(seen(document), before)
    assert document.state.layers[0].blending is Blending.MULTIPLY
    tools.add_layer(document)
    tools.flatten(document)
    assert document.state.layers[0].blending is Blending.NORMAL


def test_merging_what_is_hidden_or_a_mask(document):
    tools.paste_picture(document, picture(9, 9))
    base, top = layers_of(document)
    tools.set_layer(document, base, visible=False)
    refuse(document, NothingBelow, tools.merge_down, top)
    tools.set_layer(document, top, visible=False)
    refuse(document, LayerHidden, tools.merge_down, top)
    refuse(document, NothingShown, tools.flatten)
    tools.select_all(document)
    tools.keep_selection_as_layer(document)
    refuse(document, LayerIsMask, tools.merge_down, document.state.layers[-1].id)


def test_there_are_so_many_layers_at_most(document):
    for _ in range(MOST_LAYERS - 1):
        tools.add_layer(document)
    tools.select_all(document)
    refuse(document, LayersTooMany, tools.add_layer)
    refuse(document, LayersTooMany, tools.duplicate_layer, document.state.active)
    refuse(document, LayersTooMany, tools.paste_picture, picture(9, 9))
    refuse(document, LayersTooMany, tools.keep_selection_as_layer)


# Pixels.

ADJUSTMENTS = st.sampled_from(
    (
        Levels(gamma=0.5),
        Curves(red=((0, 255), (255, 0))),
        HueSaturation(hue=90, saturation=-20),
        Blur(radius=3),
        Blur(radius=30),
        Sharpen(radius=2, amount=150),
    )
)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(PLACES, min_size=3, max_size=5), ADJUSTMENTS)
def test_outside_of_what_is_chosen_nothing_changes(qapp, points, adjustment):
    document = opened(picture())
    try:
        tools.select_polygon(document, points)
        tools.adjust(document, adjustment)
    except (NothingThere, LayerEmpty):
        return
    mask, after = chosen(document), active_pixels(document)
    assert np.array_equal(after[mask == 0], picture()[mask == 0])
    assert np.array_equal(after[:, :, 3], picture()[:, :, 3])
    state = document.state
    if not np.array_equal(after, picture()):
        assert not state.whole and not state.layers[0].asset and state.asset == "asset"
    document.finish()


def test_what_changes_nothing_is_no_step(document):
    tools.adjust(document, Levels())
    tools.adjust(document, Blur())
    tools.select_none(document)
    tools.rotate_quarter(document, 4)
    tools.straighten(document, 0)
    tools.resize(document, WIDTH, HEIGHT)
    tools.crop(document, WHOLE)
    tools.flatten(document)
    tools.set_layer(document, document.state.active)
    tools.activate_layer(document, document.state.active)
    assert document.steps == [] and document.state.whole and document.state.layers[0].asset == "asset"


def test_the_whole_layer_is_changed_where_nothing_is_chosen(document):
    tools.adjust(document, Curves(all=((0, 255), (255, 0))))
    assert np.array_equal(active_pixels(document)[:, :, :3], 255 - picture()[:, :, :3])
    assert document.steps == ["Curves"]


def test_hidden_layers_masks_and_none_are_refused_with_a_way_out(document):
    tools.select_rectangle(document, MIDDLE)
    tools.keep_selection_as_layer(document)
    base, mask = layers_of(document)
    tools.activate_layer(document, mask)
    for tool, args in (
        (tools.adjust, (Blur(radius=3),)),
        (tools.fill_colour, ("#FFFFFF",)),
        (tools.clear_selected, ()),
    ):
        refuse(document, LayerIsMask, tool, *args)
    tools.activate_layer(document, base)
    tools.set_layer(document, base, visible=False)
    for tool, args in (
        (tools.adjust, (Blur(radius=3),)),
        (tools.fill_colour, ("#FFFFFF",)),
        (tools.clear_selected, ()),
    ):
        refuse(document, LayerHidden, tool, *args)
    tools.add_layer(document)
    refuse(document, LayerEmpty, tools.adjust, Blur(radius=3))
    document.commit("Choose nothing", msgspec.structs.replace(document.state, active=""))
    refuse(document, LayerMissing, tools.fill_colour, "#FFFFFF")


def test_filling_and_clearing(document):
    refuse(document, NothingChosen, tools.clear_selected)
    tools.select_rectangle(document, MIDDLE)
    tools.fill_colour(document, "#0A141E")
    inside = active_pixels(document)[90:190, 100:220]
    assert (inside == (10, 20, 30, 255)).all()
    tools.clear_selected(document)
    assert not active_pixels(document)[90:190, 100:220].any()
    assert np.array_equal(active_pixels(document)[:90], picture()[:90])


def test_a_soft_edge_clears_softly_and_leaves_no_dark_rim(qapp):
    pixels = np.full((60, 60, 4), 255, np.uint8)
    pixels[:, :, :3] = (200, 150, 100)
    document = opened(pixels)
    tools.select_rectangle(document, Region(30, 0, 30, 60))
    tools.feather_selection(document, 10)
    tools.clear_selected(document)
    after = active_pixels(document)
    assert after[30, 0, 3] == 255 and 100 < after[30, 29, 3] < 160 and after[30, 59, 3] == 0
    shows = after[:, :, 3] > 0
    assert np.abs(after[shows][:, :3].astype(int) - (200, 150, 100)).max() <= 1
    document.finish()


def test_words_can_be_written_anew_until_they_are_painted_on(document):
    words = np.full((20, 60, 4), 255, np.uint8)
    style = TextStyle(text="Boat", x=10, y=20)
    tools.put_text(document, style, words, 10, 20)
    layer = document.state.active_layer
    assert (layer.kind, layer.text, layer.name) == ("text", style, "Text 1")
    again = msgspec.structs.replace(style, text="Boats")
    tools.put_text(document, again, np.full((20, 80, 4), 200, np.uint8), 10, 20, layer.id)
    assert document.state.active_layer.text == again and len(document.state.layers) == 2
    assert active_pixels(document)[25, 85, 0] == 200
    tools.crop(document, Region(5, 7, 200, 200))
    moved = document.state.active_layer.text
    assert (moved.x, moved.y) == (5, 13)
    tools.adjust(document, Levels(gamma=0.3))
    assert document.state.active_layer.kind == "picture" and document.state.active_layer.text is None
    document.undo()
    assert document.state.active_layer.text == moved
    refuse(document, OutsidePicture, tools.put_text, style, words, 400, 0)
    refuse(document, LayerMissing, tools.put_text, style, words, 0, 0, "nowhere")


def test_a_pasted_picture_is_made_to_fit_and_put_in_the_middle(document):
    tools.paste_picture(document, picture(20, 10, opaque=True), "Small")
    assert document.plane(document.state.active_layer.plane).bounds() == Region(140, 130, 20, 10)
    tools.paste_picture(document, picture(1000, 100, opaque=True))
    bounds = document.plane(document.state.active_layer.plane).bounds()
    assert bounds == Region(0, 120, 300, 30) and document.state.active_layer.name == "Layer 1"


# The canvas.


def test_all_planes_go_along(document):
    tools.add_layer(document)
    tools.select_rectangle(document, Region(0, 0, 40, 20))
    tools.keep_selection_as_layer(document)
    tools.rotate_quarter(document, 1)
    assert (document.state.width, document.state.height) == (HEIGHT, WIDTH)
    assert np.array_equal(seen(document), np.rot90(picture(), -1))
    assert document.selection.bounds() == Region(HEIGHT - 20, 0, 20, 40)
    mask = document.state.layers[-1]
    assert document.plane(mask.plane).bounds() == document.selection.bounds()


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(-3, 3), st.booleans())
def test_what_is_turned_back_is_the_same(qapp, turns, horizontal):
    document = opened(picture())
    tools.select_polygon(document, [(10.5, 20.2), (250.3, 40), (100, 260)])
    before, mask = seen(document), chosen(document)
    for tool, way, back in (
        (tools.rotate_quarter, (turns,), (-turns,)),
        (tools.flip, (horizontal,), (horizontal,)),
    ):
        tool(document, *way)
        tool(document, *back)
        assert np.array_equal(seen(document), before) and np.array_equal(chosen(document), mask)
    document.finish()


def test_sizes_that_cannot_be(document):
    refuse(document, OutsidePicture, tools.crop, Region(-50, 0, 50, 10))
    refuse(document, SizeOutOfRange, tools.resize, 0, 10)
    refuse(document, SizeOutOfRange, tools.resize, 40_000, 10)
    refuse(document, ResultTooLarge, tools.resize, 20_000, 20_000)


def test_one_pixel_is_a_picture_too(qapp):
    document = opened(picture(1, 1))
    tools.select_all(document)
    tools.feather_selection(document, 5)
    tools.adjust(document, Blur(radius=9))
    tools.straighten(document, 30)
    tools.rotate_quarter(document, 1)
    tools.resize(document, 3, 2)
    assert seen(document).shape == (2, 3, 4)
    document.finish()


# In a thread.


def test_work_is_done_in_a_thread_and_made_a_step_in_the_window(document):
    work = tools.adjust.work(document, Levels(gamma=2))
    outcomes = []
    thread = threading.Thread(target=lambda: outcomes.append(work()))
    thread.start()
    thread.join()
    assert document.steps == []
    work.commit(outcomes[0])
    assert document.steps == ["Levels"] and not np.array_equal(active_pixels(document), picture())


def test_work_on_what_was_changed_meanwhile_is_dropped(document):
    for meanwhile in (
        lambda: tools.select_rectangle(document, MIDDLE),
        lambda: tools.fill_colour(document, "#00FF00"),
        document.undo,
        lambda: paint(document),
    ):
        work = tools.flip.work(document, True)
        outcome = work()
        meanwhile()
        before = everything(document)
        with pytest.raises(EditedMeanwhile):
            work.commit(outcome)
        assert everything(document) == before


def paint(document: EditDocument) -> None:
    stroke = document.begin_stroke(Brush(size=30, colour="#FF0000"))
    stroke.to(150, 150)
    stroke.end()


def test_the_values_of_the_active_layer_are_counted_where_it_is_chosen(document):
    whole = ActiveLayer(document, 1024).histogram()
    assert sum(whole["all"]) == pytest.approx(float(picture()[..., 3].sum()) / 255)
    tools.select_rectangle(document, Region(0, 0, 20, 10))
    part = ActiveLayer(document, 1024).histogram()
    assert sum(part["red"]) == pytest.approx(float(picture()[:10, :20, 3].sum()) / 255)
    tools.keep_selection_as_layer(document)
    tools.activate_layer(document, document.state.layers[-1].id)
    assert sum(ActiveLayer(document, 1024).histogram()["blue"]) == 0
