"""F6: the keyboard's way from region to region, back to where it was in each."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from studio.ui.panel import Region
from studio.ui.widgets.focus import takes_focus_again

ORDER: tuple[Region, ...] = ("rail", "side", "middle", "inspector", "strip")


class Regions:
    """Knows which widget each region is now, and what last had the focus there."""

    def __init__(self, widgets: Callable[[], Mapping[Region, QWidget | None]]) -> None:
        self._widgets = widgets
        self._last: dict[QWidget, QWidget] = {}
        self._targets: Mapping[Region, QWidget] = {}

    def set_targets(self, targets: Mapping[Region, QWidget]) -> None:
        """What gets the focus in a region that never had it."""
        self._targets = targets

    def step(self, by: int) -> None:
        """To the next visible region (1) or the one before (-1)."""
        widgets = self._widgets()
        shown: list[Region] = []
        for region in ORDER:
            widget = widgets.get(region)
            if widget is not None and widget.isVisible() and self._goal(region, widget) is not None:
                shown.append(region)
        focused = QApplication.focusWidget()
        place = next((i for i, region in enumerate(shown) if _inside(focused, widgets[region])), None)
        if place is None:
            place = -1 if by > 0 else 0
        elif focused is not None and (home := widgets[shown[place]]) is not None:
            self._last[home] = focused
        self.enter(shown[(place + by) % len(shown)])

    def enter(self, region: Region) -> None:
        """Give the region the focus."""
        widget = self._widgets().get(region)
        goal = self._goal(region, widget) if widget is not None else None
        if goal is not None:
            goal.setFocus(Qt.FocusReason.TabFocusReason)

    def _goal(self, region: Region, widget: QWidget) -> QWidget | None:
        last = self._last.get(widget)
        for goal in (last, self._targets.get(region)):
            if goal is not None and takes_focus_again(goal):
                return goal
        return next((child for child in widget.findChildren(QWidget) if _takes_focus(child)), None)


def _inside(widget: QWidget | None, region: QWidget | None) -> bool:
    return widget is not None and region is not None and (widget is region or region.isAncestorOf(widget))


def _takes_focus(widget: QWidget) -> bool:
    by_tab = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    return bool(by_tab) and widget.isVisible() and widget.isEnabled()
