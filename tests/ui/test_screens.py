"""Walks through every screen in both languages: controls have names and a way by Tab, words are whole."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QSlider,
    QTextEdit,
    QWidget,
)

from studio.core.paths import resources_dir
from studio.ui.i18n import read_entries
from studio.ui.widgets.labels import ElidedLabel
from tests.ui.stage import Look, Stage, all_scenes

CONTROLS = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QSlider,
    QTextEdit,
)


@pytest.mark.parametrize("name", all_scenes())
def test_screen(make_stage, name: str):
    """In English as it was made; in Chinese as it is where the language changes under it."""
    stage = make_stage(Look("dark", "en"))
    all_scenes()[name](stage)
    for language in ("en", "zh"):
        stage.session.change_settings(language=language)
        stage.settle()
        assert list(_unnamed(stage)) == []
        assert list(_unreachable(stage)) == []
        assert _clipped_at_last(stage) == []
    assert list(_left_in_english(stage)) == []


def _left_in_english(stage: Stage) -> Iterator[str]:
    chinese = read_entries(resources_dir() / "i18n" / "zh_CN")
    for widget in _shown(stage):
        words = widget.text() if isinstance(widget, QLabel | QAbstractButton) else ""
        for text in (words, widget.accessibleName(), widget.toolTip()):
            if len(text) > 1 and chinese.get(text, text) != text:  # a single one names a key
                yield f"{_describe(widget)} says {text!r}"


def _shown(stage: Stage) -> Iterator[QWidget]:
    """Everything on the screen; what lies inside another control belongs to that."""
    for widget in stage.frame.findChildren(QWidget):
        if widget.isVisible() and not _inside_control(widget):
            yield widget


def _inside_control(widget: QWidget) -> bool:
    above = widget.parentWidget()
    while above is not None:
        if isinstance(above, QComboBox | QAbstractSpinBox | QAbstractButton):
            return True
        above = above.parentWidget()
    return False


def _unnamed(stage: Stage) -> Iterator[str]:
    for widget in _shown(stage):
        if isinstance(widget, CONTROLS) and not widget.accessibleName():
            yield _describe(widget)
        if isinstance(widget, QAbstractButton) and not widget.text() and not widget.toolTip():
            yield f"{_describe(widget)} has no tooltip"


def _unreachable(stage: Stage) -> Iterator[str]:
    """Controls that Tab never reaches; of a group, such as the rail, it is enough to reach one."""
    for widget in _shown(stage):
        if not isinstance(widget, CONTROLS) or not widget.isEnabled() or _by_tab(widget):
            continue
        group = widget.parentWidget()
        siblings = group.findChildren(type(widget)) if group is not None else []
        owned = widget.focusPolicy() == Qt.FocusPolicy.NoFocus and isinstance(widget, QAbstractItemView)
        if not owned and not any(_by_tab(one) for one in siblings):
            yield _describe(widget)


def _by_tab(widget: QWidget) -> bool:
    return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)


def _clipped_at_last(stage: Stage) -> list[str]:
    """What stays clipped; layouts within layouts take some turns of the event loop."""
    for _ in range(10):
        if not (found := list(_clipped(stage))):
            break
        stage.settle()
    return found


def _clipped(stage: Stage) -> Iterator[str]:
    for widget in _shown(stage):
        if isinstance(widget, QLabel) and widget.text() and not isinstance(widget, ElidedLabel):
            if widget.wordWrap():
                if widget.height() < widget.heightForWidth(widget.width()):
                    yield f"{_describe(widget)} lacks height"
            elif (
                widget.width() < widget.sizeHint().width() or widget.height() < widget.fontMetrics().height()
            ):
                yield f"{_describe(widget)} {widget.size().toTuple()} of {widget.sizeHint().toTuple()}"
        elif isinstance(widget, QAbstractButton) and widget.width() < widget.minimumSizeHint().width():
            yield f"{_describe(widget)} {widget.size().toTuple()} of {widget.minimumSizeHint().toTuple()}"
        if isinstance(widget, QLabel | QAbstractButton | QLineEdit | QComboBox) and _cut_at_the_side(widget):
            yield f"{_describe(widget)} stands out of its column"


def _cut_at_the_side(widget: QWidget) -> bool:
    above = widget.parentWidget()
    while above is not None and not above.isWindow():
        left = widget.mapTo(above, QPoint(0, 0)).x()
        if left < 0 or left + widget.width() > above.width():
            return True
        above = above.parentWidget()
    return False


def _describe(widget: QWidget) -> str:
    words = widget.text() if isinstance(widget, QLabel | QAbstractButton) else widget.accessibleName()
    chain: list[str] = []
    above: QWidget | None = widget
    while above is not None and len(chain) < 4:
        chain.append(type(above).__name__)
        above = above.parentWidget()
    return f"{'/'.join(reversed(chain))} {words!r}"
