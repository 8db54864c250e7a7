"""What was done by hand, in words."""

from PySide6.QtCore import QObject, Qt, Signal

from studio.core.adjustments import Blur
from studio.core.edits import Edit, Operation
from studio.core.hand_steps import Crop, Handwork, Partly, TookIn
from studio.core.recipe import Recipe
from studio.core.records import Asset
from studio.ui.hand_words import edit_lines, step_words
from studio.ui.panels.edit_lineage import LineageRows
from studio.viewmodels.edit_lineage import Row

HAND = Operation.BY_HAND


def test_each_step_has_its_words():
    assert step_words(Crop(left=1, top=2, width=3, height=4)) == "crop to 3 × 4 at 1, 2"
    assert step_words(Partly(step=Blur(radius=2))) == "blur 2 px of a part"
    assert step_words(TookIn(asset="x", label="Fill")) == "Fill laid over"
    assert step_words(Handwork(label="Paint", count=12)) == "Paint × 12"
    assert step_words(Handwork(label="Text", about="for sale")) == "Text: for sale"


def test_what_a_picture_says_may_be_anything():
    words = step_words(Handwork(label="{x}\n" * 9999, about="%s" * 9999, count=-3))
    assert words.startswith("{x} {x}") and len(words) < 200


def test_more_lines_than_there_is_room_for_are_counted():
    steps = tuple(Blur(radius=radius) for radius in range(1, 9))
    edit = Edit(operation=HAND, steps=steps, left_out=1)
    assert edit_lines(edit, 9) == ["1 step before", *(f"Blur {radius} px" for radius in range(1, 9))]
    assert edit_lines(edit, 4) == ["1 step before", "Blur 1 px", "Blur 2 px", "6 more"]
    assert edit_lines(Edit(operation=HAND, left_out=-5), 4) == []


def test_the_tree_tells_the_steps_of_a_picture(qapp):
    edit = Edit(operation=HAND, steps=(Handwork(label="Paint", count=2), Blur(radius=2)))
    asset = Asset(id="a", path="a.png", width=8, height=8, created=0.0, recipe=Recipe(edit=edit))

    class Tree(QObject):
        changed = Signal()
        rows = (Row(asset=asset, lane=0),)

    tree = Tree()
    rows = LineageRows(tree)  # type: ignore[arg-type]
    tip = str(rows.data(rows.index(0, 0), Qt.ItemDataRole.ToolTipRole))
    assert tip.splitlines()[1:] == ["Paint × 2", "Blur 2 px"]
