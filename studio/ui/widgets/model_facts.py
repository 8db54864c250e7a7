"""What an inspector tells of a model: names with values, files with how far they are, memory as a bar."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QToolTip, QWidget

from studio.core.downloads import DownloadFile, FileState, ModelFile
from studio.core.shelf import Fit, FitLevel
from studio.ui import figures
from studio.ui.i18n import plural, tr
from studio.ui.icons import Tone, draw_icon, tone_colour
from studio.ui.theme import colours, font
from studio.ui.widgets.labels import ElidedLabel, Label, plain_tip
from studio.ui.widgets.model_painting import LEFT, RIGHT, paint_line
from studio.ui.widgets.model_words import FILES, SHARED

FILE_ROW = 24
FILES_SHOWN = 12


class Facts(QGridLayout):
    """Names at the left, values at the right; as many rows as there is something to say.

    A layout, as the column around a widget learns a turn later that it has become taller.

    Attributes:
        cells: the labels of the rows that are shown, as (name, value).
    """

    def __init__(self) -> None:
        super().__init__()
        self._made: list[tuple[Label, ElidedLabel]] = []
        self.cells: list[tuple[Label, ElidedLabel]] = []
        self.setContentsMargins(0, 0, 0, 0)
        self.setHorizontalSpacing(12)
        self.setVerticalSpacing(6)
        self.setColumnStretch(1, 1)

    def make(self, rows: int) -> None:
        """So many ahead of what there is to say."""
        while len(self._made) < rows:
            self._add()

    def show_facts(self, facts: Sequence[tuple[str, str]]) -> None:
        """Names are English, values as they are; those without a value are left out."""
        told = [(name, value) for name, value in facts if value]
        self.make(len(told))
        self.cells = self._made[: len(told)]
        for (label, shown), (name, value) in zip(self.cells, told, strict=True):
            label.setText(tr(name))
            shown.setText(value)
        for number, pair in enumerate(self._made):
            for widget in pair:
                widget.setVisible(number < len(told))

    def _add(self) -> None:
        name, value = Label("", "secondary", "secondary"), ElidedLabel("", "body", middle=True)
        name.setMinimumWidth(72)
        name.hide()
        value.hide()
        row = len(self._made)
        self.addWidget(name, row, 0)
        self.addWidget(value, row, 1)
        self._made.append((name, value))


RANK = {FileState.RUNNING: 0, FileState.CHECKING: 1, FileState.WAITING: 2, FileState.DONE: 3}


class FileList(QWidget):
    """The files of a download, those at work first, or of a model, the largest first; at most twelve."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._files: Sequence[DownloadFile | ModelFile] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_files(self, files: Sequence[DownloadFile | ModelFile]) -> None:
        listed = files if len(files) <= FILES_SHOWN else sorted(files, key=_place)
        self._files = listed
        self.setAccessibleDescription("\n".join(_file_words(one) for one in listed))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        rows = len(self._files[:FILES_SHOWN]) + (len(self._files) > FILES_SHOWN)
        return QSize(120, rows * FILE_ROW)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            row = event.pos().y() // FILE_ROW
            words = _file_words(self._files[row]) if row < len(self._files[:FILES_SHOWN]) else ""
            QToolTip.showText(event.globalPos(), plain_tip(words), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        now = colours()
        for number, file in enumerate(self._files[:FILES_SHOWN]):
            area = QRect(0, number * FILE_ROW, self.width(), FILE_ROW)
            glyph, tone, _ = _look(file)
            draw_icon(painter, glyph, QRect(0, area.top() + 5, 14, 14), tone_colour(tone))
            size = figures.size(file.size_bytes)
            paint_line(painter, area, "secondary", now.secondary, size, RIGHT)
            width = painter.fontMetrics().horizontalAdvance(size)
            painter.setFont(font("mono"))
            painter.setPen(QColor(now.text))
            room = area.adjusted(22, 0, -width - 12, 0)
            middle = Qt.TextElideMode.ElideMiddle
            painter.drawText(room, LEFT, painter.fontMetrics().elidedText(file.name, middle, room.width()))
        more = len(self._files) - FILES_SHOWN
        if more > 0:
            words = plural(more, "and {n} more file", "and {n} more files")
            room = QRect(22, FILES_SHOWN * FILE_ROW, self.width() - 22, FILE_ROW)
            paint_line(painter, room, "secondary", now.secondary, words)


def _place(file: DownloadFile | ModelFile) -> int:
    return RANK[file.state] if isinstance(file, DownloadFile) else -file.size_bytes


def _look(file: DownloadFile | ModelFile) -> tuple[str, Tone, str]:
    """Icon, tone and English words."""
    if isinstance(file, DownloadFile):
        return FILES[file.state]
    return SHARED if file.shared else FILES[FileState.DONE]


def _file_words(file: DownloadFile | ModelFile) -> str:
    return f"{file.name} · {tr(_look(file)[2])} · {figures.size(file.size_bytes)}"


class MemoryBar(QWidget):
    """How much a model needs of what there is; what is beyond that stands out."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fit = Fit(level=FitLevel.UNKNOWN)
        self.setFixedHeight(8)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_fit(self, fit: Fit) -> None:
        self._fit = fit
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        now, fit = colours(), self._fit
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        whole = max(fit.has_bytes, fit.needed_bytes, 1)
        inside = min(fit.needed_bytes, fit.has_bytes) / whole
        beyond = max(fit.needed_bytes - fit.has_bytes, 0) / whole
        tight = fit.level is FitLevel.TIGHT and not beyond
        parts = (
            (1.0, now.border_strong),
            (inside + beyond, now.danger if fit.level is FitLevel.TOO_LARGE else now.warning),
            (inside, now.warning if tight else now.accent),
        )
        for share, colour in parts:
            if share > 0:
                painter.setBrush(QColor(colour))
                painter.drawRoundedRect(QRectF(0, 0, self.width() * share, self.height()), 2, 2)
