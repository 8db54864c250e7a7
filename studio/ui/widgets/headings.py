"""The headings of a grid's sections: widgets for those in sight, used again for others."""

from collections.abc import Callable, Iterable

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QWidget

from studio.ui.widgets.tab_order import tab_after
from studio.viewmodels.sections import Section


class Heading(QWidget):
    """What stands above a section; it is used for another one when its own scrolls out of sight."""

    def show_section(self, section: Section) -> None:
        raise NotImplementedError


class Headings:
    """Places headings on a viewport, making no more than are in sight at once.

    Attributes:
        after: from where Tab comes to the first of them.
    """

    def __init__(self, make: Callable[[], Heading], viewport: QWidget) -> None:
        self._make = make
        self._viewport = viewport
        self._shown: dict[str, tuple[Heading, Section]] = {}
        self._spare: list[Heading] = []
        self._order: list[Heading] = []
        self.after = viewport

    def place(self, wanted: Iterable[tuple[Section, QRect]]) -> None:
        """Show these sections' headings there, in coordinates of the viewport, and no others."""
        areas = {section.key: (section, area) for section, area in wanted}
        for key in [key for key in self._shown if key not in areas]:
            heading, _ = self._shown.pop(key)
            heading.hide()
            self._spare.append(heading)
        for key, (section, area) in areas.items():
            heading, shown = self._shown.get(key) or (self._take(), None)
            if section != shown:
                heading.show_section(section)
            self._shown[key] = heading, section
            heading.setGeometry(area)
            heading.show()
        order = [self._shown[key][0] for key in areas]
        if order != self._order:
            self._order = order
            tab_after(self.after, order)

    def refresh(self, key: str) -> None:
        """The section has something new to say."""
        if key in self._shown:
            heading, section = self._shown[key]
            heading.show_section(section)

    def _take(self) -> Heading:
        if self._spare:
            return self._spare.pop()
        heading = self._make()
        heading.setParent(self._viewport)
        return heading
