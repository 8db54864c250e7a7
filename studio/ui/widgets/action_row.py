"""Buttons of actions beside each other."""

from PySide6.QtWidgets import QHBoxLayout, QWidget

from studio.ui.actions import Action
from studio.ui.widgets.buttons import Button


class ActionRow(QWidget):
    """Each with its icon, from the left."""

    def __init__(self, *actions: tuple[Action, str]) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 4, 0, 0)
        row.setSpacing(8)
        for action, icon in actions:
            button = Button(action.english, icon=icon)
            button.bind(action)
            row.addWidget(button)
        row.addStretch(1)
