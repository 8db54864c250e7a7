"""What one job proposes: a quiet heading, its takes, and how it ended where not all of them were made."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.edits import Operation
from studio.core.jobs import JobState
from studio.ui import figures
from studio.ui.edit_words import FILLS, OPERATIONS
from studio.ui.i18n import explain, sentence_of, tr
from studio.ui.panels.edit_take_tiles import TakesList
from studio.ui.theme import SMALL
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.labels import ElidedLabel, Label, plain_tip
from studio.viewmodels.edit_take_groups import TakeGroup
from studio.viewmodels.edit_takes import TakesModel
from studio.viewmodels.thumbnails import Thumbnails

NAMES = {operation: english for english, operation in (*OPERATIONS, *FILLS)} | {Operation.FILL: "Fill"}


class TakeGroupBox(QWidget):
    """Shows one group at a time.

    Attributes:
        list: its takes.
        discard, again: the buttons.

    Signals:
        discard_wanted, again_wanted (id of the job).
    """

    discard_wanted = Signal(str)
    again_wanted = Signal(str)

    def __init__(self, takes: TakesModel, thumbnails: Thumbnails) -> None:
        super().__init__()
        self._job = ""
        self.title = ElidedLabel("", "secondary", "secondary")
        self._time = Label("", "secondary", "secondary")
        self.discard = IconButton("trash", "Discard all", size=SMALL, glyph_size=14)
        self.discard.clicked.connect(lambda: self.discard_wanted.emit(self._job))
        self.list = TakesList(takes, thumbnails)
        self.ending = Label("", "secondary", "danger", wrap=True)
        self.again = Button("Run again", height=SMALL)
        self.again.clicked.connect(lambda: self.again_wanted.emit(self._job))
        self._foot = QWidget()
        heading, foot = QHBoxLayout(), QHBoxLayout(self._foot)
        for row in (heading, foot):
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(8)
        heading.addWidget(self.title, 1)
        heading.addWidget(self._time)
        heading.addWidget(self.discard)
        foot.addWidget(self.ending, 1)
        foot.addWidget(self.again, 0, Qt.AlignmentFlag.AlignTop)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 4)
        whole.setSpacing(4)
        whole.addLayout(heading)
        whole.addWidget(self.list)
        whole.addWidget(self._foot)

    def show_group(self, group: TakeGroup) -> None:
        """That one, in place of the other."""
        self._job = group.job
        self.title.setText(title_of(group))
        self._time.setText(figures.clock(group.created))
        discarded = any(not one.applied for one in group.takes) or group.ended is not None
        self.discard.setVisible(group.is_made and discarded)
        self.list.setVisible(bool(group.takes))
        self.list.show_takes(group.takes)
        self._foot.setVisible(group.ended is not None)
        if group.ended is not None:
            self._show_ending(group, group.ended)

    def _show_ending(self, group: TakeGroup, ended: JobState) -> None:
        if ended is JobState.FAILED and group.problem is not None:
            self.ending.set_tone("danger")
            self.ending.setText(sentence_of(group.problem))
            self.ending.setToolTip(plain_tip(explain(group.problem)))
        else:
            self.ending.set_tone("secondary")
            self.ending.setText(tr("Stopped") if ended is JobState.STOPPED else tr("Interrupted"))


def title_of(group: TakeGroup) -> str:
    """Fill · a large moon"""
    words, name = " ".join(group.words.split()), tr(NAMES[group.edit.operation])
    if not words and group.edit.operation is Operation.UPSCALE:
        words = f"×{figures.number(group.edit.scale, 0 if group.edit.scale.is_integer() else 1)}"
    elif not words and group.strength is not None:
        words = figures.number(group.strength, 2)
    return f"{name} · {words}" if words else name
