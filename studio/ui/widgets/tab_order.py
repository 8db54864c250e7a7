"""The way of the Tab key through widgets that were made later than those around them.

Qt puts each new widget at the end of its window's way.
"""

from collections.abc import Iterable
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


def stops(widgets: Iterable[QWidget]) -> list[QWidget]:
    """What Tab can stop at inside of these, as it was made; not inside of what pops up."""
    return [
        child
        for widget in widgets
        for child in widget.findChildren(QWidget)
        if child.focusPolicy() & Qt.FocusPolicy.TabFocus
        and child.focusProxy() is None
        and child.window() is widget.window()
    ]


def tab_after(first: QWidget, widgets: Iterable[QWidget]) -> None:
    """From `first`, Tab goes through `widgets`, and then where it went before."""
    for before, after in pairwise((first, *stops(widgets))):
        QWidget.setTabOrder(before, after)


def tab_before(last: QWidget, widgets: Iterable[QWidget]) -> None:
    """To `last`, Tab comes through `widgets`, and to them from where it came before."""
    for before, after in pairwise((last, *stops(widgets), last)):
        QWidget.setTabOrder(before, after)
