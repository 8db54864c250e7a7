"""Takes: what was proposed, by the operations that were asked for, with Apply and Discard below."""

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.ui.actions import Action
from studio.ui.i18n import tr
from studio.ui.panels.edit_take_group import TakeGroupBox
from studio.ui.panels.edit_take_tiles import TakesList, spoken
from studio.ui.widgets.action_row import ActionRow
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.labels import Label
from studio.viewmodels.edit_takes import TakesModel
from studio.viewmodels.thumbnails import Thumbnails

SHOWN = 4  # groups; those of earlier unfold


class TakesBox(QWidget):
    """A group for each operation, the newest first.

    Attributes:
        boxes: those of the groups that are seen.

    Signals:
        discard_wanted (id of a job): with all that it proposes.
    """

    discard_wanted = Signal(str)

    def __init__(self, takes: TakesModel, thumbnails: Thumbnails, apply: Action, discard: Action) -> None:
        super().__init__()
        self._takes, self._thumbnails = takes, thumbnails
        takes.describe = spoken
        self._apply, self._discard = apply, discard
        self._unfolded = False
        self.boxes: list[TakeGroupBox] = []
        self._empty = Label(
            "What is proposed appears here, to be applied or not.", "secondary", "secondary", wrap=True
        )
        self._buttons = ActionRow((apply, "check"), (discard, "trash"))
        self.more = Button("", "quiet")
        self.more.clicked.connect(self._unfold)
        self._column = QVBoxLayout()
        self._column.setSpacing(4)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(8)
        whole.addWidget(self._empty)
        whole.addLayout(self._column)
        whole.addWidget(self.more)
        whole.addWidget(self._buttons)
        takes.changed.connect(self._show)
        takes.current_changed.connect(self._follow)
        self._show()

    @property
    def list(self) -> TakesList:
        """Of the newest group."""
        return self.boxes[0].list

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._show()
        super().changeEvent(event)

    def summary(self) -> str:
        """2 of 4"""
        takes = self._takes.takes
        return tr("{done} of {all}", done=self._takes.done, all=len(takes)) if takes else ""

    def _show(self) -> None:
        takes, groups = self._takes, self._takes.groups
        if not groups:
            self._unfolded = False
        seen = groups if self._unfolded else groups[:SHOWN]
        while len(self.boxes) < len(seen):
            self._add_box()
        for box in self.boxes[len(seen) :]:
            box.setParent(None)
            box.deleteLater()
        del self.boxes[len(seen) :]
        for box, group in zip(self.boxes, seen, strict=True):
            box.show_group(group)
        self._empty.setVisible(not groups)
        self.more.setVisible(len(seen) < len(groups))
        self.more.say("+ {count} earlier", count=len(groups) - len(seen))
        self._buttons.setVisible(takes.done > 0)
        self._refresh()

    def _add_box(self) -> None:
        box = TakeGroupBox(self._takes, self._thumbnails)
        box.list.apply_wanted.connect(self._apply.trigger)
        box.list.discard_wanted.connect(self._discard.trigger)
        box.discard_wanted.connect(self.discard_wanted)
        box.again_wanted.connect(self._takes.run_again)
        self.boxes.append(box)
        self._column.addWidget(box)

    def _unfold(self) -> None:
        self._unfolded = True
        self._show()

    def _follow(self) -> None:
        """The keyboard goes with the one that is shown, from group to group."""
        current = self._takes.current
        if current and not self._box_of(current[0]) and self._takes.take(current):
            self._unfold()
        box = self._box_of(current[0]) if current else None
        if box and any(one.list.hasFocus() for one in self.boxes):
            box.list.setFocus()
        self._refresh()

    def _box_of(self, job_id: str) -> TakeGroupBox | None:
        groups = self._takes.groups[: len(self.boxes)]
        return next(
            (box for box, group in zip(self.boxes, groups, strict=False) if group.job == job_id), None
        )

    def _refresh(self) -> None:
        shown = self._takes.shown
        self._discard.setEnabled(shown is not None and shown.asset is not None)
