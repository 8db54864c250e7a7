"""A few letters find the command that is meant."""

import pytest
from PySide6.QtCore import Qt

from studio.viewmodels.palette import Command, PaletteModel, score

WORDS = {
    "Generate": "生成",
    "Regenerate the answer": "重新回答",
    "Pause the queue": "暂停队列",
    "Generate with a new seed": "用新种子生成",
    "Go to Settings": "转到设置",
    "Show what waits": "显示排队的任务",
}


@pytest.fixture
def model(qapp):
    ran: list[str] = []
    made = PaletteModel()
    made.fill(
        [
            Command(chinese, english, "", "", "", True, lambda english=english: ran.append(english))
            for english, chinese in WORDS.items()
        ]
    )
    made.ran = ran
    yield made
    made.deleteLater()


def found(model: PaletteModel, query: str) -> list[str]:
    model.narrow(query)
    return [model.index(row, 0).data(Qt.ItemDataRole.UserRole).english for row in range(model.rowCount())]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("gen", "Generate"),
        ("gns", "Generate with a new seed"),
        ("set", "Go to Settings"),
        ("pq", "Pause the queue"),
        ("生成", "Generate"),
        ("种子", "Generate with a new seed"),
        ("SHOW", "Show what waits"),
    ],
)
def test_the_command_that_is_meant_comes_first(model, query, first):
    assert found(model, query)[0] == first


def test_letters_that_are_not_there_in_order_find_nothing(model):
    assert score("zx", "Generate") is None
    assert found(model, "qqq") == []


def test_what_was_used_last_comes_first_while_nothing_is_typed(model):
    assert found(model, "") == list(WORDS)
    model.narrow("pause")
    model.run(model.index(0, 0).data(Qt.ItemDataRole.UserRole))
    assert model.ran == ["Pause the queue"]
    assert found(model, "")[0] == "Pause the queue"
