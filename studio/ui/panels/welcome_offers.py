"""A model that suits this machine, on a card: what it is, what it costs, and how far its download is."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from studio.core.downloads import Download
from studio.core.shelf import Fit, FitLevel
from studio.ui import figures
from studio.ui.i18n import sentence_of, tr
from studio.ui.panels.models_top import pace_words
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.clamped_label import ClampedLabel
from studio.ui.widgets.empty import Glyph
from studio.ui.widgets.indicators import Bar
from studio.ui.widgets.labels import ElidedLabel, Label
from studio.ui.widgets.model_words import COMMERCIAL, KINDS, STATES, about_word, part_of, whole_size
from studio.viewmodels.model_rows import ModelRow, RowState

ASKED = "Getting a model goes online. Nothing else does."
SLOW = "Fits, but slow without a graphics card."
FETCHING = (RowState.WAITING, RowState.RUNNING, RowState.PAUSED)
FACTS = ("Download", "Needs", "Licence", "Commercial use")
FOOT = 72  # as tall as most that stands there, so that a card keeps its size


class OfferCard(QFrame):
    """Shows a ModelRow.

    Attributes:
        get, not_now, allow, pause, use: its buttons; one or two of them are shown.
        sentence: what is asked, what went wrong, or that it is here.

    Signals:
        get_wanted, allow_wanted, refused, pause_wanted, use_wanted: a button was pressed.
    """

    get_wanted = Signal()
    allow_wanted = Signal()
    refused = Signal()
    pause_wanted = Signal()
    use_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        policy = self.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # one or two cards are as wide as three
        self.setSizePolicy(policy)
        self._glyph, self._name = Glyph("model"), ElidedLabel("", "strong")
        self._about = ClampedLabel("body", "secondary", lines=3)
        self._about.setMinimumHeight(36)
        self._about.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._facts = [ElidedLabel("", "body") for _ in FACTS]
        self.sentence = Label("", "secondary", "secondary", wrap=True)
        self._done, self._pace = Label("", "secondary"), ElidedLabel("", "secondary", "secondary")
        self._pace.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._bar = Bar()
        self.get, self.pause = Button("Get", icon="save"), Button("Pause", icon="pause")
        # What stands where Get stood says no, as a second click may follow the first one fast.
        self.not_now, self.allow, self.use = Button("Not now"), Button("Allow and get"), Button("Use it")
        self._buttons = (self.not_now, self.allow, self.get, self.pause, self.use)
        self._lay_out()
        signals = (self.refused, self.allow_wanted, self.get_wanted, self.pause_wanted, self.use_wanted)
        for button, signal in zip(self._buttons, signals, strict=True):
            button.clicked.connect(signal)

    def show_offer(self, row: ModelRow, fit: Fit, *, offline: bool, asking: bool, usable: bool) -> None:
        self._glyph.show_icon(KINDS[row.kind][1])
        self._name.setText(row.name)
        self._about.setText(about_word(row))
        for label, value in zip(self._facts, _facts(row, fit), strict=True):
            label.setText(value)
        self._show_words(row, fit, asking)
        self._show_progress(row.download if row.state in FETCHING and not asking else None)
        self._show_buttons(row, offline, asking, usable)

    # Building.

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._glyph)
        head.addWidget(self._name, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self._about)
        facts = QGridLayout()
        facts.setHorizontalSpacing(12)
        facts.setVerticalSpacing(4)
        facts.setColumnStretch(1, 1)
        for place, (name, value) in enumerate(zip(FACTS, self._facts, strict=True)):
            facts.addWidget(Label(name, "secondary", "secondary"), place, 0)
            facts.addWidget(value, place, 1)
        column.addLayout(facts)
        column.addStretch(1)
        column.addWidget(self._foot())

    def _foot(self) -> QWidget:
        done = QHBoxLayout()
        done.setSpacing(8)
        done.addWidget(self._done)
        done.addWidget(self._pace, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in self._buttons:
            buttons.addWidget(button)
        for part in (self.sentence, self._done, self._pace, self._bar, *self._buttons):
            part.hide()  # what no card shows takes no room from those that are shown
        buttons.addStretch(1)
        foot = QWidget()
        foot.setMinimumHeight(FOOT)
        column = QVBoxLayout(foot)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addStretch(1)
        column.addWidget(self.sentence)
        column.addLayout(done)
        column.addWidget(self._bar)
        column.addLayout(buttons)
        return foot

    # Showing.

    def _show_words(self, row: ModelRow, fit: Fit, asking: bool) -> None:
        words, tone = "", "secondary"
        if asking:
            words = tr(ASKED)
        elif row.state is RowState.FAILED and row.download and row.download.problem:
            words, tone = sentence_of(row.download.problem), "danger"
        elif row.state in (RowState.FETCHED, RowState.INSTALLED):
            words, tone = tr(STATES[row.state]), "success"
        elif row.state is RowState.AVAILABLE and fit.level is FitLevel.SLOW:
            words, tone = tr(SLOW), "warning"
        self.sentence.setText(words)
        self.sentence.set_tone(tone)
        self.sentence.setVisible(bool(words))

    def _show_progress(self, download: Download | None) -> None:
        for widget in (self._done, self._pace, self._bar):
            widget.setVisible(download is not None)
        if download is None:
            return
        done, size = download.done_bytes, download.size_bytes
        self._done.setText(part_of(done, size) if size else figures.size(done))
        self._pace.setText(pace_words(download))
        self._bar.set_share(done / size if size else None)
        self._bar.setAccessibleName(download.name)

    def _show_buttons(self, row: ModelRow, offline: bool, asking: bool, usable: bool) -> None:
        focused = QApplication.focusWidget() in self._buttons
        state = row.state
        stopped = state in (RowState.PAUSED, RowState.FAILED)
        shown = {
            self.not_now: asking,
            self.allow: asking,
            self.get: not asking and (stopped or state is RowState.AVAILABLE),
            self.pause: state in (RowState.WAITING, RowState.RUNNING),
            self.use: state is RowState.INSTALLED and usable,
        }
        self.get.say(_get_words(state, offline))
        for button, on in shown.items():
            button.setVisible(on)
        left = [button for button, on in shown.items() if on]
        if focused and left and QApplication.focusWidget() not in left:
            left[0].setFocus(Qt.FocusReason.OtherFocusReason)


def _facts(row: ModelRow, fit: Fit) -> tuple[str, ...]:
    """In the order of FACTS."""
    assert row.entry is not None
    unknown = tr("not known")
    return (
        whole_size(row.download_bytes) if row.download_bytes else unknown,
        part_of(fit.needed_bytes, fit.has_bytes) if fit.needed_bytes else unknown,
        row.licence or unknown,
        tr(COMMERCIAL[row.entry.commercial][0]),
    )


def _get_words(state: RowState, offline: bool) -> str:
    if state is RowState.PAUSED:
        return "Go on"
    if state is RowState.FAILED:
        return "Retry"
    return "Get (goes online)" if offline else "Get"
