"""A layout that puts widgets side by side and goes on in the next line where the width ends."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class FlowLayout(QLayout):
    """Each item as wide as its hint, no wider than the whole; or all alike, as many in a line as fit with a
    width of `column`."""

    def __init__(self, parent: QWidget | None = None, *, gap: int = 8, column: int = 0) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._gap, self._column = gap, column
        self.setContentsMargins(0, 0, 0, 0)

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
        return self._arrange(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._arrange(rect, move=True)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        wide = max((item.minimumSize().width() for item in self._items), default=0)
        if self._column:
            return QSize(wide, 0)  # how high those are depends on a width that is never so small
        high = max((item.minimumSize().height() for item in self._items), default=0)
        return QSize(wide, high)

    def _arrange(self, rect: QRect, *, move: bool) -> int:
        """The height that it takes."""
        fit = max(1, (rect.width() + self._gap) // (self._column + self._gap)) if self._column else 0
        alike = (rect.width() - self._gap * (fit - 1)) // fit if fit else 0
        top = rect.y()
        for line in self._lines(rect.width(), alike):
            left, high = rect.x(), max(_height(item, width) for item, width in line)
            for item, width in line:
                if move:  # those that are alike are as high as their line
                    item.setGeometry(QRect(left, top, width, high if alike else _height(item, width)))
                left += width + self._gap
            top += high + self._gap
        return max(0, top - self._gap - rect.y())

    def _lines(self, room: int, alike: int) -> list[list[tuple[QLayoutItem, int]]]:
        """Items with their widths."""
        lines: list[list[tuple[QLayoutItem, int]]] = []
        left = 0
        for item in self._items:
            width = alike or min(item.sizeHint().width(), room)
            if not lines or left + width > room:
                lines.append([])
                left = 0
            lines[-1].append((item, width))
            left += width + self._gap
        return lines


def _height(item: QLayoutItem, width: int) -> int:
    return item.heightForWidth(width) if item.hasHeightForWidth() else item.sizeHint().height()
