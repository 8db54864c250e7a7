"""One busy lane in the strip: what runs, where it is, how long it takes, pause and stop."""

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from studio.core.jobs import GenerateImages, PictureJob
from studio.ui import figures
from studio.ui.i18n import plural, tr
from studio.ui.icons import icon
from studio.ui.job_words import job_title
from studio.ui.phases import phase_lines
from studio.ui.widgets.buttons import IconButton
from studio.ui.widgets.indicators import Bar
from studio.ui.widgets.labels import ElidedLabel, Label
from studio.ui.widgets.menu import Menu
from studio.ui.widgets.thumb import Thumb
from studio.viewmodels.queue import LaneLine

INLINE, CONTROLS = 420, 144


class LaneWidget(QWidget):
    """Shows a LaneLine.

    Signals:
        stop_wanted, stop_all_wanted, pause_wanted (bool): the person pressed.
    """

    stop_wanted = Signal()
    stop_all_wanted = Signal()
    pause_wanted = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._line: LaneLine | None = None
        self.thumb = Thumb()
        self.title = ElidedLabel("", "strong")
        self.phase = ElidedLabel("", "secondary", "secondary")
        self.left = Label("", "secondary")
        self.bar = Bar()
        self.pause = IconButton("pause", "Pause")
        self.stop = IconButton("stop", "Stop")
        self.more = IconButton("down", "More ways to stop", size=24, glyph_size=14)
        self._lay_out()
        self.pause.clicked.connect(self._on_pause)
        self.stop.clicked.connect(self.stop_wanted)
        self.more.clicked.connect(self._open_menu)

    def show_line(self, line: LaneLine) -> None:
        before, self._line = self._line, line
        if line.job and (before is None or before.job is not line.job):
            self.thumb.show_icon("picture" if isinstance(line.job, PictureJob) else "chat")
        if line.preview and (before is None or before.preview is not line.preview):
            self.thumb.show_jpeg(line.preview)
        self.retranslate()
        self.bar.set_share(line.share)
        self.stop.setEnabled(line.job is not None and not line.stopping)
        self.pause.set_icon("play" if line.paused else "pause")
        self.pause.say("Go on" if line.paused else "Pause after this job")

    def sizeHint(self) -> QSize:
        return QSize(320, 40)

    def retranslate(self) -> None:
        line = self._line
        if line is None:
            return
        self.title.setText(job_title(line.job) if line.job else _name_of(line))
        self.phase.setText(words_of(line))
        self.left.setText(_left_of(line))
        self.bar.setAccessibleName(self.phase.text())
        if line.job is None:
            self.thumb.show_icon("chat" if line.lane == "language" else "picture")

    def _lay_out(self) -> None:
        self._words = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._words.setSpacing(8)
        self._words.addWidget(self.title)
        self._words.addWidget(self.phase, 1)
        words = QHBoxLayout()
        words.setSpacing(8)
        words.addLayout(self._words, 1)
        words.addWidget(self.left, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        column.addStretch(1)
        column.addLayout(words)
        column.addWidget(self.bar)
        column.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.thumb)
        row.addSpacing(12)
        row.addLayout(column, 1)
        row.addSpacing(12)
        row.addWidget(self.pause)
        row.addWidget(self.stop)
        row.addWidget(self.more)
        self.setMinimumWidth(240)
        self.setMaximumWidth(680)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room, the phase goes below the title."""
        wide = self.width() >= INLINE
        direction = QBoxLayout.Direction
        self._words.setDirection(direction.LeftToRight if wide else direction.TopToBottom)
        self._words.setSpacing(8 if wide else 0)
        self.title.setMaximumWidth((self.width() - CONTROLS) * 2 // 5 if wide else self.width())

    def _on_pause(self) -> None:
        if self._line is not None:
            self.pause_wanted.emit(not self._line.paused)

    def _open_menu(self) -> None:
        menu = Menu(parent=self)
        menu.addAction(icon("stop"), tr("Stop this job")).triggered.connect(self.stop_wanted)
        menu.addAction(icon("failed"), tr("Stop everything")).triggered.connect(self.stop_all_wanted)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.more.mapToGlobal(QPoint(0, -menu.sizeHint().height() - 4)))


def words_of(line: LaneLine) -> str:
    """Where the lane is, in words and figures."""
    if line.restarting:
        return tr("The engine is starting again")
    if line.job is None:
        return tr("Nothing starts until you go on")
    if line.stopping:
        return tr("Stopping")
    if line.starting:
        return tr("The engine is starting")
    words = " · ".join(phase_lines(line.phase, line.job))
    if isinstance(line.job, GenerateImages) and len(line.job.indices) > 1:
        words = " · ".join((words, plural(len(line.job.indices), "{n} picture", "{n} pictures")))
    return " · ".join((words, tr("pausing after this"))) if line.paused else words


def _name_of(line: LaneLine) -> str:
    return tr("Text queue") if line.lane == "language" else tr("Picture queue")


def _left_of(line: LaneLine) -> str:
    if line.seconds_left is None or line.stopping or line.restarting:
        return ""
    return figures.time_left(line.seconds_left)
