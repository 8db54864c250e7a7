"""The strip along the bottom: a line for each busy lane, what comes next, memory, online or not."""

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from studio.core.jobs import LANES, Lane
from studio.ui import figures
from studio.ui.i18n import plural, tr
from studio.ui.icons import draw_icon
from studio.ui.job_words import job_title
from studio.ui.theme import RADIUS, SMALL, STRIP, colours, font
from studio.ui.widgets.buttons import IconButton
from studio.ui.widgets.indicators import Bar
from studio.ui.widgets.labels import ElidedLabel, Label, Line
from studio.ui.widgets.lane_line import LaneWidget
from studio.ui.widgets.naming import call
from studio.viewmodels.queue import LaneLine, QueueViewModel


class Badge(QPushButton):
    """Says that nothing goes online, or that something may; warns while something does, and names it.

    A server on this machine that answers over loopback changes nothing here: what is said to it never
    leaves the machine, and it is asked only while the person has it in the list (Models, Folders).
    """

    def __init__(self) -> None:
        super().__init__()
        self._offline, self._downloads = True, 0
        self.setFont(font("secondary"))
        self.setFixedHeight(SMALL)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.translate()

    def show_online(self, offline: bool, downloads: int) -> None:
        self._offline, self._downloads = offline, downloads
        self.translate()

    def translate(self) -> None:
        self.setText(self._words())
        self.setAccessibleName(self.text())
        self.setToolTip(self._tip())
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self.text()) + 38, SMALL)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.setFont(font("secondary"))
            self.translate()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        glyph, edge, tone, ink = self._look()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(edge))
        painter.setBrush(QColor(colours().hover) if self.underMouse() else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        draw_icon(painter, glyph, QRect(9, 5, 14, 14), tone)
        painter.setFont(self.font())
        painter.setPen(QColor(ink))
        painter.drawText(self.rect().adjusted(29, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self.text())

    def _look(self) -> tuple[str, str, str, str]:
        """Icon, and the colours of edge, icon and words."""
        now = colours()
        if self._downloads:
            return "save", now.warning, now.warning, now.warning
        if self._offline:
            return "offline", now.border_strong, now.success, now.secondary
        return "online", now.border_strong, now.secondary, now.secondary

    def _words(self) -> str:
        if self._downloads:
            return plural(self._downloads, "Online: 1 download", "Online: {n} downloads")
        return tr("Offline") if self._offline else tr("Online")

    def _tip(self) -> str:
        if self._downloads:
            return tr("Show the downloads")
        if self._offline:
            return tr("Nothing leaves this machine")
        return tr("Downloads and remote engines are allowed in Settings")


class MemoryMeter(QWidget):
    """Memory 9.1 / 12 GB, over a thin bar."""

    def __init__(self) -> None:
        super().__init__()
        self._figures = Label("", "secondary")
        self._bar = Bar(quiet=True)
        call(self._bar, "Memory")
        words = QHBoxLayout()
        words.setSpacing(8)
        words.addWidget(Label("Memory", "secondary", "secondary"), 1)
        words.addWidget(self._figures)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        column.addStretch(1)
        column.addLayout(words)
        column.addWidget(self._bar)
        column.addStretch(1)
        self.setMinimumWidth(132)

    def show_memory(self, held: int, whole: int) -> None:
        self._figures.setText(figures.memory(held, whole))
        self._bar.set_share(held / whole if whole else 0.0)
        self._bar.setVisible(whole > 0)


class Strip(QWidget):
    """Follows a QueueViewModel.

    Attributes:
        next_button: opens the list of what waits; the window decides where.
        badge: the window decides where it leads.
    """

    def __init__(self, queue: QueueViewModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._queue = queue
        self._lanes: dict[Lane, LaneWidget] = {}
        self.setFixedHeight(STRIP)
        self.setProperty("surface", "window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.idle = Label("Nothing running", "secondary", "secondary")
        self.next_button = IconButton("up", "Show what waits", keys="Ctrl+J")
        self.badge = Badge()
        self._memory = MemoryMeter()
        self._next = self._build_next()
        self._lay_out()
        queue.lanes_changed.connect(self._show_lanes)
        queue.line_changed.connect(self._show_line)
        queue.waiting_changed.connect(self._show_next)
        queue.memory_changed.connect(self._show_memory)
        queue.online_changed.connect(self._show_online)
        for show in (self._show_lanes, self._show_next, self._show_memory, self._show_online):
            show()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            for widget in self._lanes.values():
                widget.retranslate()
            self._show_next()
            self._show_memory()
        super().changeEvent(event)

    def _build_next(self) -> QWidget:
        self._next_title = ElidedLabel("", "secondary")
        self._next_title.setMaximumWidth(160)
        self._next_more = Label("", "secondary", "secondary")
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        line = Line(vertical=True)
        line.setFixedHeight(24)
        row.addWidget(line)
        row.addSpacing(4)
        row.addWidget(Label("Next", "secondary", "secondary"))
        row.addWidget(self._next_title, 1)
        row.addWidget(self._next_more)
        row.addWidget(self.next_button)
        return box

    def _lay_out(self) -> None:
        line = Line(vertical=True)
        line.setFixedHeight(24)
        self._lines = QHBoxLayout()
        self._lines.setSpacing(16)
        row = QHBoxLayout()
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(12)
        row.addStrut(STRIP - 1)
        row.addWidget(self.idle)
        row.addLayout(self._lines, 100)
        row.addWidget(self._next)
        row.addStretch(1)
        row.addWidget(self._memory)
        row.addWidget(line)
        row.addWidget(self.badge)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(Line())
        whole.addLayout(row, 1)

    def _show_lanes(self) -> None:
        lines: dict[Lane, LaneLine] = {line.lane: line for line in self._queue.lines}
        for gone in [self._lanes.pop(lane) for lane in LANES if lane in self._lanes and lane not in lines]:
            self._lines.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for place, (lane, line) in enumerate(lines.items()):
            if lane not in self._lanes:
                self._lanes[lane] = self._make_lane(lane)
                self._lines.insertWidget(place, self._lanes[lane], 1)
            self._lanes[lane].show_line(line)
        self.idle.setVisible(not lines)
        self._show_next()

    def _make_lane(self, lane: Lane) -> LaneWidget:
        widget = LaneWidget()
        widget.stop_wanted.connect(lambda: self._queue.stop(lane))
        widget.stop_all_wanted.connect(self._queue.stop_all)

        def pause(on: bool) -> None:
            self._queue.pause(lane, on)

        widget.pause_wanted.connect(pause)
        return widget

    def _show_line(self, line: LaneLine) -> None:
        if widget := self._lanes.get(line.lane):
            widget.show_line(line)

    def _show_next(self) -> None:
        begun = [line.job.id for line in self._queue.lines if line.job]
        records = [one for one in self._queue.waiting.records if one.job.id not in begun]
        self._next.setVisible(bool(records))
        if records:
            self._next_title.setText(job_title(records[0].job))
            self._next_more.setText(f"+ {len(records) - 1}" if len(records) > 1 else "")

    def _show_memory(self) -> None:
        held, whole = self._queue.held_bytes, self._queue.memory_bytes
        self._memory.setVisible(bool(held or whole))
        self._memory.show_memory(held, whole)

    def _show_online(self) -> None:
        self.badge.show_online(self._queue.offline, self._queue.downloads)
