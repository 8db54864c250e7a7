"""The arithmetic of a sectioned grid, against one row after the other."""

import random
from itertools import pairwise

import pytest

from studio.ui.widgets.grid_layout import GridLayout
from studio.viewmodels.sections import Section


@pytest.fixture(params=range(12))
def laid_out(request) -> tuple[GridLayout, int]:
    """Random sections in a random width, and how many rows they have."""
    chance = random.Random(request.param)
    sections, first = [], 0
    for number in range(chance.randint(1, 9)):
        count = chance.randint(1, 40)
        sections.append(Section(str(number), first, count, chance.choice((0.56, 1.0, 1.5))))
        first += count
    grid = GridLayout(
        tile=chance.randint(90, 300),
        gap=8,
        margins=(20, 10),
        heading=36,
        after=16,
        square=chance.random() < 0.5,
    )
    grid.arrange(sections, chance.randint(300, 2500))
    return grid, first


def test_every_row_is_found_where_it_lies_and_none_overlap(laid_out):
    grid, rows = laid_out
    rects = [grid.rect(row) for row in range(rows)]
    for row, rect in enumerate(rects):
        for point in (rect.topLeft(), rect.center(), rect.bottomRight()):
            assert grid.row_at(point.x(), point.y()) == row
        assert grid.row_at(rect.right() + 2, rect.center().y()) is None, "gaps belong to no row"
        assert rect.bottom() < grid.height
    for before, after in pairwise(rects):
        assert not before.intersects(after)
        assert (before.top(), before.left()) < (after.top(), after.left())


def test_a_part_of_the_content_holds_just_the_rows_that_reach_into_it(laid_out):
    grid, rows = laid_out
    for top in range(0, grid.height, 97):
        bottom = top + 150
        found = [row for line in grid.lines_in(top, bottom) for row in line]
        reaching = [
            row for row in range(rows) if grid.rect(row).top() <= bottom and grid.rect(row).bottom() >= top
        ]
        assert set(reaching) <= set(found)
        assert found == sorted(found)
        assert all(
            grid.rect(row).top() <= bottom and grid.rect(row).bottom() + grid.gap >= top for row in found
        )


def test_down_and_up_walk_line_by_line_through_all_sections(laid_out):
    grid, rows = laid_out
    row, tops = 0, [grid.rect(0).top()]
    while (under := grid.below(row)) != row:
        assert under > row
        row = under
        tops.append(grid.rect(row).top())
    assert row >= rows - grid.columns
    assert tops == sorted({grid.rect(one).top() for one in range(rows)})
    for _ in tops[1:]:
        row = grid.above(row)
    assert row == 0 and grid.above(0) == 0
