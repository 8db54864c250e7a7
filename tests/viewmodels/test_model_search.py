"""Rows of models found by words, before and after what is looked into was written down."""

import pytest

from studio.viewmodels.model_rows import ModelRow
from studio.viewmodels.model_search import SLICE, RowSearch

COUNT = 2 * SLICE + 5


@pytest.fixture
def search(qapp):
    made = RowSearch()
    made.put(
        [("lora", ModelRow(key=f"local/{n}", name=f"Style {n:05} {'Ink' * (n % 2)}")) for n in range(COUNT)]
    )
    yield made
    made.deleteLater()


def names(found) -> list[str]:
    return [row.name for _, row in found]


def test_rows_have_every_word_whatever_its_case(search):
    assert names(search.find(["ink", "style 00003"])) == ["Style 00003 Ink"]
    assert names(search.find(["ink", "style 00004"])) == []
    assert len(search.find([])) == COUNT


def test_what_is_looked_into_is_written_down_while_nothing_else_happens(search, qtbot):
    row = ModelRow(key="local/last", name="last")
    search.put([*search.rows, ("lora", row)])
    qtbot.waitUntil(lambda: not search._idle.isActive())
    assert len(search._texts) == COUNT + 1
    assert names(search.find(["last"])) == ["last"]


def test_other_rows_take_the_place_of_those_before(search):
    search.find(["ink"])
    search.put([("lora", ModelRow(key="local/new", name="Ink alone"))])
    assert names(search.find(["ink"])) == ["Ink alone"]
