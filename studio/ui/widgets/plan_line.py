"""A quiet line under the chosen model: how it will be held in memory, and what that takes."""

from PySide6.QtWidgets import QWidget

from studio.core.plan import Outlook
from studio.ui.plan_words import plan_line, plan_sentence, unbroken
from studio.ui.widgets.labels import Label


class PlanLine(Label):
    """Nothing while it is not known; in the colour of a warning where the model does not fit."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", "secondary", "secondary", wrap=True, parent=parent)
        self.hide()

    def show_outlook(self, outlook: Outlook | None) -> None:
        self.setVisible(outlook is not None)
        if outlook is not None:
            self.setText("\n".join(filter(None, (unbroken(plan_line(outlook)), plan_sentence(outlook)))))
            self.set_tone("secondary" if outlook.fits else "warning")
