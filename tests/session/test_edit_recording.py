"""What recipes remember of the steps that led to a canvas."""

from functools import reduce

import numpy as np
import pytest

from studio.core.adjustments import Curves, HueSaturation, Levels, Sharpen
from studio.core.brushes import Brush
from studio.core.edits import Region
from studio.core.hand_steps import Crop, Flip, Handwork, Partly, Resize, Rotate
from studio.core.layers import TextStyle
from studio.media.hand_steps import step_done
from studio.session import edit_tools as tools
from studio.session.edit_document import EditDocument
from studio.session.edit_opening import new_document
from studio.session.edit_recording import recorded
from studio.store.edit_history import EditHistory

SIZE = WIDTH, HEIGHT = 60, 40


def opened() -> EditDocument:
    pixels = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 4), np.uint8)
    return EditDocument(*new_document(pixels, "postcard"))


@pytest.fixture
def document(qapp):
    made = opened()
    yield made
    made.close()


def paint(document: EditDocument, colour: str = "#FF0000", times: int = 1) -> None:
    for _ in range(times):
        stroke = document.begin_stroke(Brush(size=8, colour=colour))
        stroke.to(20, 20)
        stroke.to(30, 30)
        stroke.end()


def steps(document: EditDocument) -> tuple:
    return recorded(document.done)[0]


def test_each_step_is_remembered_with_its_figures(document: EditDocument):
    tools.crop(document, Region(10, 5, 40, 90))
    tools.rotate_quarter(document, -1)
    tools.flip(document, horizontal=False)
    tools.straighten(document, 2.5)
    tools.resize(document, 20, 24)
    paint(document, times=3)
    tools.adjust(document, Levels(black=10))
    tools.fill_colour(document, "#00FF00")
    style = TextStyle(text="for  sale\n" * 20, x=0, y=0)
    tools.put_text(document, style, np.full((4, 4, 4), 255, np.uint8), 0, 0)
    tools.adjust(document, Levels(out_white=200))
    found = steps(document)
    assert found[:-2] == (
        Crop(left=10, top=5, width=40, height=35),
        Rotate(degrees=-90),
        Flip(horizontal=False),
        Rotate(degrees=2.5),
        Resize(width=20, height=24),
        Handwork(label="Paint", count=3),
        Levels(black=10),
        Handwork(label="Fill with the colour", about="#00FF00"),
    )
    assert found[-2].about.startswith("for sale for sale") and len(found[-2].about) <= 80
    assert found[-1] == Partly(step=Levels(out_white=200)), "there is a layer of words"


def test_what_is_chosen_is_no_step_but_an_adjustment_of_it_is_one_of_a_part(document: EditDocument):
    paint(document, colour="")
    tools.select_rectangle(document, Region(0, 0, 9, 9))
    tools.set_layer(document, document.state.active, name="Sky")
    assert steps(document) == ()
    tools.adjust(document, Levels(white=200))
    assert steps(document) == (Partly(step=Levels(white=200)),)


def test_only_this_branch_counts(document: EditDocument):
    tools.flip(document, horizontal=True)
    tools.flip(document, horizontal=False)
    document.undo()
    assert steps(document) == (Flip(horizontal=True),)
    tools.resize(document, 30, 20)
    assert steps(document) == (Flip(horizontal=True), Resize(width=30, height=20))


def test_figures_are_there_when_it_is_opened_again(qapp, tmp_path):
    state, planes = new_document(np.full((HEIGHT, WIDTH, 4), 255, np.uint8), "postcard")
    document = EditDocument.kept(*EditHistory.create(tmp_path / "edits" / state.id, state, planes))
    tools.resize(document, 30, 20)
    paint(document)
    before = steps(document)
    assert document.finish()
    again = EditDocument.kept(*EditHistory.open(tmp_path / "edits" / state.id))
    assert steps(again) == before == (Resize(width=30, height=20), Handwork(label="Paint"))
    again.finish()


def test_steps_with_figures_give_the_same_pixels_once_more(document: EditDocument):
    before = document.pixels(Region(0, 0, WIDTH, HEIGHT))
    tools.straighten(document, -3)
    tools.adjust(document, Curves(all=((0, 30), (255, 220))))
    tools.rotate_quarter(document, 3)
    tools.crop(document, Region(2, 2, 30, 30))
    tools.adjust(document, HueSaturation(hue=40, saturation=-20))
    tools.resize(document, 50, 44)
    tools.adjust(document, Sharpen(amount=80))
    tools.flip(document, horizontal=True)
    found = steps(document)
    assert len(found) == 8
    state = document.state
    after = document.pixels(Region(0, 0, state.width, state.height))
    assert (reduce(step_done, found, before) == after).all()
