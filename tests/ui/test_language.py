"""Screens of Create whose language changes while they are open say what they say in it from the start."""

from collections import Counter

import pytest
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QTextEdit, QWidget

from tests.ui.stage import Look, Stage, all_scenes

Said = tuple[str, str, str, str]


def said(stage: Stage) -> Counter[Said]:
    """What each widget shows, is called and is explained by."""
    stage.window.panel("create").prompt.viewmodel.look()
    stage.settle()
    found = Counter[Said]()
    for widget in stage.frame.findChildren(QWidget):
        words = widget.text() if isinstance(widget, QLabel | QAbstractButton) else ""
        if isinstance(widget, QLineEdit | QTextEdit):
            words = widget.placeholderText()
        told = words, widget.accessibleName(), widget.toolTip()
        if widget.isVisible() and any(told):
            found[type(widget).__name__, *told] += 1
    return found


@pytest.mark.long
@pytest.mark.parametrize(
    "name",
    [
        *("create-prompt", "create-prompt-lora", "create-inputs-refused", "create-advanced", "create-error"),
        *("create-suggestion", "create-compare", "create-styles-open", "create-possible-open"),
        *("create-recipe", "create-recipe-missing", "create-recipe-pasted", "create-inputs-unreadable"),
        "create-looking",
    ],
)
def test_the_language_changes_under_an_open_screen(qapp, name: str):
    told = list[Counter[Said]]()
    for look in (Look("dark", "zh"), Look("light", "en")):
        stage = Stage(look)
        try:
            all_scenes()[name](stage)
            stage.settle()
            stage.session.change_settings(language="zh", theme="dark")
            told.append(said(stage))
        finally:
            stage.close()
    born, changed = told
    assert (born - changed, changed - born) == (Counter(), Counter())


def test_an_undo_tells_its_keys_in_both_languages(make_stage):
    stage = make_stage()
    stage.show("create")
    stage.shell.messages.undoable("Picture moved to trash", lambda: None)
    stage.session.change_settings(language="zh")
    stage.settle()
    (line,) = stage.window.bar.lines()
    (undo,) = (one for one in line.findChildren(QAbstractButton) if one.text())
    assert (undo.text(), undo.toolTip()) == ("撤销", "撤销 (Ctrl Z)")
