"""Widgets side by side, on as many lines as they need."""

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class FlowLayout(QLayout):
    """Left to right, each line as high as its highest widget, which stand in its middle."""

    def __init__(self, spacing: int = 8) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self._gap = spacing
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

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._arranged(width)[1]

    def sizeHint(self) -> QSize:
        shown = [item.sizeHint() for item in self._shown()]
        width = sum(size.width() for size in shown) + self._gap * max(len(shown) - 1, 0)
        return QSize(width, max((size.height() for size in shown), default=0))

    def minimumSize(self) -> QSize:
        shown = [item.minimumSize() for item in self._shown()]
        return QSize(
            max((size.width() for size in shown), default=0),
            max((size.height() for size in shown), default=0),
        )

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        places, tall = self._arranged(rect.width())
        corner = rect.topLeft() + QPoint(0, max(rect.height() - tall, 0) // 2)
        for item, place in places:
            item.setGeometry(place.translated(corner))

    def _shown(self) -> list[QLayoutItem]:
        return [item for item in self._items if not item.isEmpty()]

    def _arranged(self, width: int) -> tuple[list[tuple[QLayoutItem, QRect]], int]:
        """The place of each item, and the height of all."""
        places = list[tuple[QLayoutItem, QRect]]()
        line, left, top, high = list[tuple[QLayoutItem, QRect]](), 0, 0, 0

        def end_line() -> None:
            for item, place in line:
                places.append((item, place.translated(0, (high - place.height()) // 2)))

        for item in self._shown():
            size = item.sizeHint()
            wide = min(size.width(), max(width, item.minimumSize().width()))
            if line and left + wide > width:
                end_line()
                line, left, top, high = [], 0, top + high + self._gap, 0
            line.append((item, QRect(QPoint(left, top), QSize(wide, size.height()))))
            left += wide + self._gap
            high = max(high, size.height())
        end_line()
        return places, top + high
