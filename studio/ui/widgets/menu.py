"""A menu with rounded corners that names shortcuts as the rest of the window does."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QStyleOptionMenuItem, QWidget

from studio.ui.widgets.buttons import keys_text


class Menu(QMenu):
    """Groups of actions with lines between them."""

    def __init__(self, *groups: list[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowFlag(Qt.WindowType.FramelessWindowHint)
        self.setWindowFlag(Qt.WindowType.NoDropShadowWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        for number, group in enumerate(groups):
            if number:
                self.addSeparator()
            self.addActions(group)

    def initStyleOption(self, option: QStyleOptionMenuItem, action: QAction) -> None:
        super().initStyleOption(option, action)
        words, tab, _ = str(option.text).partition("\t")  # type: ignore[attr-defined]
        if tab:
            option.text = f"{words}\t{keys_text(action.shortcut())}"  # type: ignore[attr-defined]
