"""Names for screen readers that follow the language, of widgets that show no words themselves."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QWidget

from studio.ui.i18n import tr


def call(widget: QWidget, english: str) -> None:
    """The widget's accessible name, now and whenever the language changes; a later call takes its place."""
    if (name := widget.findChild(_Name, options=Qt.FindChildOption.FindDirectChildrenOnly)) is None:
        name = _Name(widget)
    name.say(english)


class _Name(QObject):
    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        self._english = ""
        widget.installEventFilter(self)

    def say(self, english: str) -> None:
        self._english = english
        self._widget.setAccessibleName(tr(english))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LanguageChange:
            self._widget.setAccessibleName(tr(self._english))
        return False
