"""What stands first in the inspector of Models: the download, or what can be done with what is here."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.core.downloads import Checking, Download, DownloadState
from studio.core.records import Problem
from studio.core.servers import SOURCE as SERVER
from studio.core.shelf import FitLevel
from studio.ui import figures
from studio.ui.i18n import explain, hint_of, sentence_of, tr
from studio.ui.panels.models_actions import ModelActions, can_be_checked
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.indicators import Bar
from studio.ui.widgets.labels import ElidedLabel, Label, Line
from studio.ui.widgets.model_words import about_word, part_of
from studio.viewmodels.model_rows import ModelRow, RowState
from studio.viewmodels.models import ModelsViewModel, Tab

RESUMES = "It goes on where it stopped, even after a restart. Each file is checked against its SHA-256."
LENT = (
    "A single file borrows its tokenizer and settings from a complete model of its kind. None is here; "
    "{repository} is one."
)
FETCHING = (RowState.RUNNING, RowState.WAITING, RowState.PAUSED)


class ModelTop(QWidget):
    """Words and buttons for each state of a row.

    Attributes:
        done, pace: figures of a download.
        sentence, trouble: what is to be known; what is wrong.
    """

    def __init__(self, viewmodel: ModelsViewModel, actions: ModelActions) -> None:
        super().__init__()
        self._viewmodel, self._actions = viewmodel, actions
        self.about = Label("", "body", "secondary", wrap=True)
        self.done, self.pace = Label("", "button"), ElidedLabel("", "secondary", "secondary")
        self.pace.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.bar = Bar()
        self.trouble = Label("", "body", "danger", wrap=True)
        self.sentence = Label("", "secondary", "secondary", wrap=True)
        self.get = _bound("Get", "primary", actions.get, "save")
        self.use = _bound("Use it", "primary", actions.use, "")
        self.pause = _bound("Pause", "plain", actions.pause, "pause")
        self.stop = _bound("Stop", "plain", actions.stop, "stop")
        self.verify = _bound("Check the files", "plain", actions.verify, "")
        self.lend = Button("Get what it needs", "primary", icon="save")
        self.lend.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.lend.clicked.connect(self._get_lender)
        self.convert = _bound("Convert…", "plain", actions.convert, "")
        self.remove = _bound("Remove…", "plain", actions.remove, "")
        self.folder = _bound("Show in folder", "plain", actions.show_folder, "")
        self._lay_out()

    def show_row(self, row: ModelRow | None) -> None:
        """None: nothing is chosen."""
        state = row.state if row is not None else None
        download = row.download if row is not None else None
        fetching = state in FETCHING and download is not None
        for widget in (self.done, self.pace, self.bar):
            widget.setVisible(fetching or state is RowState.FAILED)
        if download is not None:
            self._show_download(download)
        self._show_words(row)
        self._show_buttons(row, state)

    # Building.

    def _lay_out(self) -> None:
        column = QVBoxLayout()
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        column.addWidget(self.about)
        figures_row = QHBoxLayout()
        figures_row.setSpacing(8)
        figures_row.addWidget(self.done)
        figures_row.addWidget(self.pace, 1)
        column.addLayout(figures_row)
        column.addWidget(self.bar)
        column.addWidget(self.trouble)
        for buttons in (
            (self.get,),
            (self.lend,),
            (self.use,),
            (self.pause, self.stop),
            (self.verify, self.remove),
        ):
            column.addLayout(_row(*buttons))
        column.addWidget(self.convert)
        column.addWidget(self.folder)
        column.addWidget(self.sentence)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(column)
        whole.addWidget(Line())

    # Showing.

    def _show_download(self, download: Download) -> None:
        known = bool(download.size_bytes)
        done, size = download.done_bytes, download.size_bytes
        self.done.setText(part_of(done, size) if known else figures.size(done))
        self.bar.set_share(download.done_bytes / download.size_bytes if known else None)
        self.pace.setText(pace_words(download))

    def _show_words(self, row: ModelRow | None) -> None:
        trouble, sentence, about = "", "", ""
        if row is None:
            folders = self._viewmodel.tab is Tab.FOLDERS
            about = (
                tr("What these folders hold is listed under Installed.")
                if folders
                else tr("Choose a model to see what it needs and where it comes from.")
            )
        elif row.problem is not None:
            problem = Problem(code=row.problem.code, params=row.problem.params)
            trouble, sentence = sentence_of(problem), hint_of(problem)
            if row.key in self._viewmodel.commands.converting:
                sentence = tr("Its tensors are being copied into a safetensors file; nothing in it is run.")
        else:
            about = about_word(row)
            trouble, sentence = self._words_of(row)
        for label, words in ((self.trouble, trouble), (self.sentence, sentence), (self.about, about)):
            label.setText(words)
            label.setVisible(bool(words))

    def _words_of(self, row: ModelRow) -> tuple[str, str]:
        """What is wrong, and what is to be known."""
        if row.state is RowState.FAILED and row.download is not None and row.download.problem is not None:
            # What to do stands below, in order, where an account is wanted.
            wanted = self._viewmodel.access() is not None
            return (sentence_of if wanted else explain)(row.download.problem), ""
        if row.state is RowState.RUNNING and row.download is not None and row.download.waiting_seconds:
            return "", tr("The hub does not answer, or asks for patience. What has arrived is kept.")
        if row.state in FETCHING:
            return "", tr(RESUMES)
        if row.state is RowState.AVAILABLE and self._viewmodel.offline:
            return "", tr("The studio stays offline; it asks before anything is fetched.")
        if row.spec is not None and (lender := self._viewmodel.commands.lender_wanted(row)):
            return "", tr(LENT, repository=lender)
        if row.spec is None or row.spec.id not in self._viewmodel.commands.checks:
            return "", ""
        damaged = self._viewmodel.commands.checks[row.spec.id]
        if isinstance(damaged, Checking):
            words = tr("The files are being read and compared.")
            known = part_of(damaged.done_bytes, damaged.size_bytes) if damaged.size_bytes else ""
            return "", f"{words} {known}".rstrip()
        if damaged:
            return tr("Damaged: {files}", files=", ".join(damaged)), tr("Remove the model and get it again.")
        return "", tr("Every file is as its makers published it.")

    def _get_lender(self) -> None:
        if row := self._viewmodel.chosen_row():
            self._viewmodel.commands.get_lender(row)

    def _show_buttons(self, row: ModelRow | None, state: RowState | None) -> None:
        spec = row.spec if row is not None else None
        fetching = state in FETCHING or state is RowState.FAILED
        self.get.setVisible(state in (RowState.AVAILABLE, RowState.FAILED))
        lacks = row is not None and bool(self._viewmodel.commands.lender_wanted(row))
        self.lend.setVisible(lacks)
        self.use.setVisible(not lacks and spec is not None and self._viewmodel.commands.can_use(spec))
        self.pause.setVisible(state in FETCHING)
        self.pause.set_icon(self._actions.pause.glyph)
        self.stop.setVisible(fetching)
        served = spec is not None and spec.source == SERVER
        self.verify.setVisible(spec is not None and can_be_checked(spec))
        self.remove.setVisible(spec is not None and self._viewmodel.commands.removable(spec))
        self.convert.setVisible(row is not None and self._viewmodel.commands.can_convert(row))
        self.folder.setVisible(
            state is RowState.BROKEN or (spec is not None and not spec.starter and not served)
        )
        if state is RowState.AVAILABLE and row is not None and row.download_bytes:
            large = self._viewmodel.fit_of(row).level is FitLevel.TOO_LARGE
            words = "Get anyway ({size})" if large else "Get {size}"
            self.get.say(words, size=figures.size(row.download_bytes))
        else:
            self.get.say("Retry" if state is RowState.FAILED else "Get")
        self.use.say("In use" if spec is not None and self._viewmodel.commands.in_use(spec) else "Use it")
        self.pause.say("Go on" if state is RowState.PAUSED else "Pause")


def pace_words(download: Download) -> str:
    """14.2 MB/s · 5 min left; else how it stands."""
    if download.state is DownloadState.WAITING:
        return tr("Waiting")
    if download.state is DownloadState.PAUSED:
        return tr("Paused")
    if download.state is DownloadState.RUNNING and download.waiting_seconds:
        return tr("Trying again in {n} s", n=download.waiting_seconds)
    if download.state is not DownloadState.RUNNING or not download.bytes_per_second:
        return ""
    speed = tr("{size}/s", size=figures.size(int(download.bytes_per_second)))
    left = download.seconds_left
    return speed if left is None else f"{speed} · {figures.time_left(left)}"


def _row(*widgets: QWidget) -> QLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    for widget in widgets:
        row.addWidget(widget, 1)
    return row


def _bound(english: str, kind: str, action: QAction, icon: str) -> Button:
    """As wide as its room; the action decides whether it can be pressed."""
    button = Button(english, kind, icon=icon)  # type: ignore[arg-type]
    button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    button.bind(action)
    return button
