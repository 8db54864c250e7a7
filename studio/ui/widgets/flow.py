"""A layout that puts widgets side by side and goes on in the next line where the width ends."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class FlowLayout(QLayout):
    """Each item as wide as its hint, in the middle of its line; or all alike, as many in a line as fit with a
    width of `column`, and as high as their line."""

    def __init__(self, parent: QWidget | None = None, *, gap: int = 8, column: int = 0) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._gap, self._column = gap, column
        self.setContentsMargins(0, 0, 0, 0)

    def insert(self, place: int, widget: QWidget) -> None:
        """Before the widget that stands there now."""
        self.addWidget(widget)
        self._items.insert(place, self._items.pop())
        self.invalidate()

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:  # type: ignore[override]
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # type: ignore[override]
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._arranged(width)[1]

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        places, tall = self._arranged(rect.width())
        above = 0 if self._column else max(rect.height() - tall, 0) // 2
        for item, place in places:
            item.setGeometry(place.translated(rect.x(), rect.y() + above))

    def sizeHint(self) -> QSize:
        """All in one line, unless they come in columns."""
        if self._column:
            return self.minimumSize()
        shown = [item.sizeHint() for item in self._shown()]
        width = sum(size.width() for size in shown) + self._gap * max(len(shown) - 1, 0)
        return QSize(width, max((size.height() for size in shown), default=0))

    def minimumSize(self) -> QSize:
        shown = [item.minimumSize() for item in self._shown()]
        wide = max((size.width() for size in shown), default=0)
        if self._column:
            return QSize(wide, 0)  # how high those are depends on a width that is never so small
        return QSize(wide, max((size.height() for size in shown), default=0))

    def _shown(self) -> list[QLayoutItem]:
        return [item for item in self._items if not item.isEmpty()]

    def _arranged(self, room: int) -> tuple[list[tuple[QLayoutItem, QRect]], int]:
        """The place of each item, and the height of all."""
        places, top = list[tuple[QLayoutItem, QRect]](), 0
        for line in self._lines(room):
            left, high = 0, max(_height(item, width) for item, width in line)
            for item, width in line:
                own = high if self._column else _height(item, width)
                places.append((item, QRect(left, top + (high - own) // 2, width, own)))
                left += width + self._gap
            top += high + self._gap
        return places, max(0, top - self._gap)

    def _lines(self, room: int) -> list[list[tuple[QLayoutItem, int]]]:
        """Items with their widths."""
        lines, left = list[list[tuple[QLayoutItem, int]]](), 0
        for item in self._shown():
            width = self._width(item, room)
            if not lines or left + width > room:
                lines.append([])
                left = 0
            lines[-1].append((item, width))
            left += width + self._gap
        return lines

    def _width(self, item: QLayoutItem, room: int) -> int:
        if self._column:
            fit = max(1, (room + self._gap) // (self._column + self._gap))
            return (room - self._gap * (fit - 1)) // fit
        return min(item.sizeHint().width(), max(room, item.minimumSize().width()))


def _height(item: QLayoutItem, width: int) -> int:
    return item.heightForWidth(width) if item.hasHeightForWidth() else item.sizeHint().height()
