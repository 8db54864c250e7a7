"""The line above a batch: its prompt, how it was made, and what can be done with the whole of it."""

from PySide6.QtCore import QEvent, QPoint, Signal, SignalInstance
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from studio.core.inputs import Role
from studio.core.jobs import title_of
from studio.core.passes import Variation
from studio.ui import figures
from studio.ui.actions import Action, menu_of
from studio.ui.i18n import plural, sentence_of_note, tr
from studio.ui.panels.create_vary import LITTLE, MUCH
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.headings import Heading
from studio.ui.widgets.labels import ElidedLabel
from studio.viewmodels.batches import BatchListModel
from studio.viewmodels.sections import Section
from studio.viewmodels.tiles import Batch

BUTTONS = 2 * 28 + 3 * 8
GAP = 8


class BatchHeading(Heading):
    """Shows one batch.

    Attributes:
        note: what did not apply, or was changed while it was made.

    Signals, each with the batch's GenerateImages:
        again_wanted, stop_wanted, use_wanted, copy_wanted, trash_wanted, sheet_wanted.
    """

    again_wanted = Signal(object)
    stop_wanted = Signal(object)
    use_wanted = Signal(object)
    copy_wanted = Signal(object)
    trash_wanted = Signal(object)
    sheet_wanted = Signal(object)

    def __init__(self, results: BatchListModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._results = results
        self._batch: Batch | None = None
        self._menu: QMenu | None = None
        self._prompt = ElidedLabel("", "button")
        self._meta = ElidedLabel("", "secondary", "secondary")
        self.note = ElidedLabel("", "secondary", "warning")
        self.sheet = Button("Open sheet", "quiet", icon="grid", height=28)
        self._stop = IconButton("stop", "Stop")
        self._again = IconButton("again", "Make again")
        self._more = IconButton("more", "More")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for label in (self._prompt, self._meta, self.note):
            row.addWidget(label)
        row.addStretch(1)
        for button in (self.sheet, self._stop, self._again, self._more):
            row.addWidget(button)
        self.sheet.clicked.connect(lambda: self._tell(self.sheet_wanted))
        self._stop.clicked.connect(lambda: self._tell(self.stop_wanted))
        self._again.clicked.connect(lambda: self._tell(self.again_wanted))
        self._more.clicked.connect(self._show_menu)

    def show_section(self, section: Section) -> None:
        batch = self._results.batch(section.key)
        if batch is None:
            return
        self._batch = batch
        ended = batch.record.state.ended
        self._prompt.setText(title_of(batch.job))
        self._meta.setText(meta_of(batch))
        self._say_notes(batch)
        self.note.setVisible(bool(batch.record.notes))
        self.sheet.setVisible(batch.job.sheet is not None)
        self._stop.setVisible(not ended)
        self._again.setVisible(ended)
        self._share_width()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_width()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange and self._batch is not None:
            self._meta.setText(meta_of(self._batch))
            self._say_notes(self._batch)
            self._share_width()
        super().changeEvent(event)

    def _say_notes(self, batch: Batch) -> None:
        self.note.setText(" ".join(sentence_of_note(note) for note in batch.record.notes))

    def _share_width(self) -> None:
        """How it was made is shown whole; prompt and note share what is left."""
        buttons = BUTTONS if self.sheet.isHidden() else BUTTONS + GAP + self.sheet.sizeHint().width()
        room = max(self.width() - buttons - self._meta.sizeHint().width() - 2 * GAP, 0)
        prompt, note = self._prompt.sizeHint().width(), self.note.sizeHint().width()
        if self.note.isHidden():
            note = 0
        if prompt + note > room:
            prompt = min(prompt, max(room - note, room // 2))
        self._prompt.setMaximumWidth(prompt)
        self.note.setMaximumWidth(max(room - prompt, 0))

    def _tell(self, signal: SignalInstance) -> None:
        if self._batch is not None:
            signal.emit(self._batch.job)

    def _show_menu(self) -> None:
        self._menu = menu_of(
            [
                Action("Make again", lambda: self._tell(self.again_wanted), "", "again"),
                Action("Use these settings", lambda: self._tell(self.use_wanted), "", "settings"),
            ],
            [Action("Copy prompt", lambda: self._tell(self.copy_wanted), "", "text")],
            [Action("Move all to trash", lambda: self._tell(self.trash_wanted), "", "trash")],
        )
        self._menu.popup(self._more.mapToGlobal(QPoint(0, self._more.height())))


def meta_of(batch: Batch) -> str:
    """What it began with · model · size · steps · guidance · time, each only where it is known."""
    job, defaults = batch.job, batch.job.model.defaults
    made = next(iter(batch.assets.values()), None)
    width = made.width if made else job.width or defaults.width
    height = made.height if made else job.height or defaults.height
    steps = job.num_inference_steps or defaults.num_inference_steps
    guidance = defaults.guidance_scale if job.guidance_scale is None else job.guidance_scale
    start = any(one.role is Role.START for one in job.inputs)
    parts = [
        _varied(job.variation) if job.variation else "",
        f"{tr('Strength')} {job.strength:g}" if start and job.strength is not None else "",
        job.model.name,
        f"{width} × {height}" if width and height else "",
        plural(steps, "1 step", "{n} steps") if steps else "",
        "" if guidance is None else f"{guidance:g}",
        figures.clock(batch.record.ended) if batch.record.ended else "",
        "" if batch.seconds_left is None else figures.time_left(batch.seconds_left),
    ]
    return " · ".join(part for part in parts if part)


def _varied(variation: Variation) -> str:
    """In the words of what the person pressed."""
    words = list[str]()
    if variation.strength:
        little = variation.strength < (LITTLE + MUCH) / 2
        words.append(tr("Varied a little" if little else "Varied strongly"))
    if variation.drift:
        words.append(tr("Prompt drifted"))
    return " · ".join(words) or tr("Variation")
