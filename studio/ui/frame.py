"""The bare window: rail, three columns, room for messages and strip. It is painted before all else is loaded.

Imports no view-model and so neither session nor store; `main_window` fills it a moment later.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from PySide6.QtCore import QByteArray, QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QIcon, QKeyEvent, QMoveEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.paths import resources_dir
from studio.ui.theme import STRIP
from studio.ui.widgets.columns import Columns
from studio.ui.widgets.header import Header, Titled
from studio.ui.widgets.labels import Line
from studio.ui.widgets.rail import Rail

LEAST, FIRST = QSize(1100, 720), QSize(1440, 900)
TITLE_BAR = 40  # how tall it is, is known only once the window is shown
FIRST_PANEL = "create"


class Entry(NamedTuple):
    """One button of the rail; `title` and `go`, the action that shows it, are English.

    The panel's module has `build(shell) -> Building[Panel]`.
    """

    name: str
    title: str
    go: str
    icon: str
    module: str


ENTRIES = (
    Entry("chat", "Chat", "Go to Chat", "chat", "studio.ui.panels.chat"),
    Entry("create", "Create", "Go to Create", "create", "studio.ui.panels.create"),
    Entry("edit", "Edit", "Go to Edit", "brush", "studio.ui.panels.edit"),
    Entry("gallery", "Gallery", "Go to Gallery", "gallery", "studio.ui.panels.gallery"),
    Entry("models", "Models", "Go to Models", "model", "studio.ui.panels.models"),
    Entry("settings", "Settings", "Go to Settings", "settings", "studio.ui.panels.settings"),
)
# The screen of the first start; without a button, and in the palette from then on.
WELCOME = Entry("welcome", "Welcome", "Welcome", "info", "studio.ui.panels.welcome")
WELCOMED = "welcome.done"  # the flag in `Settings.window`


def is_first_start(remembered: Mapping[str, str]) -> bool:
    """This home had no window yet, or its window was closed on the first screen. `Settings.window`."""
    return not remembered or (remembered.get("panel") == WELCOME.name and WELCOMED not in remembered)


def first_entry(remembered: Mapping[str, str]) -> Entry:
    """What the window opens with: the screen of the first start, else the panel of the last time."""
    if is_first_start(remembered):
        return WELCOME
    panels = {entry.name: entry for entry in ENTRIES}
    return panels.get(remembered.get("panel", FIRST_PANEL), panels[FIRST_PANEL])


class Frame(QWidget):
    """The top-level window.

    Attributes:
        rail, columns: in their places from the start.
        base: what lies below the columns; message bar and strip are put into it.
        stays: asked when it is to close; it stays open for True.

    Signals:
        painted: for the first time.
        escape_pressed: and nothing inside wanted it.
        language_changed: the window's words are other ones now.
        moved: place or size changed.
    """

    painted = Signal()
    escape_pressed = Signal()
    language_changed = Signal()
    moved = Signal()

    def __init__(self, remembered: Mapping[str, str]) -> None:
        """`remembered` is `Settings.window`."""
        super().__init__()
        self._painted = False
        self.stays: Callable[[], bool] = lambda: False
        self.setWindowTitle("Atelier")
        self.setWindowIcon(QIcon(str(resources_dir() / "icons" / "atelier.png")))
        self.setMinimumSize(LEAST)
        self.setProperty("surface", "panel")
        self.rail = Rail()
        for number, entry in enumerate(ENTRIES, 1):
            last = number == len(ENTRIES)
            self.rail.add(entry.name, entry.title, entry.icon, f"Ctrl+{number}", at_bottom=last)
        self.columns = Columns()
        self._blank = self._blank_strip()
        self.base = QVBoxLayout()
        self.base.addWidget(self._blank)
        self._lay_out()
        self._show_blank(first_entry(remembered))
        self.resize(first_size(self.screen().availableSize()))
        if geometry := remembered.get("geometry"):
            self.restoreGeometry(QByteArray.fromBase64(geometry.encode()))

    def fill(self, *base: QWidget) -> None:
        """Put message bar and strip in the place of the blank strip."""
        self._blank.deleteLater()
        for widget in base:
            self.base.addWidget(widget)

    def geometry_text(self) -> str:
        """What `remembered["geometry"]` brings back."""
        return self.saveGeometry().toBase64().toStdString()

    def _lay_out(self) -> None:
        self.base.setContentsMargins(0, 0, 0, 0)
        self.base.setSpacing(0)
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self.columns, 1)
        right.addLayout(self.base)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.rail)
        whole.addLayout(right, 1)

    def _blank_strip(self) -> QWidget:
        strip = QWidget()
        strip.setFixedHeight(STRIP)
        strip.setProperty("surface", "window")
        strip.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(strip)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(Line(), 0, Qt.AlignmentFlag.AlignTop)
        return strip

    def _show_blank(self, entry: Entry) -> None:
        """The panel's header over nothing, until the panel itself is there; the first screen has none."""
        self.rail.select(entry.name)
        blank = QWidget() if entry is WELCOME else Titled(Header(entry.title), QWidget())
        self.columns.adopt(blank)
        self.columns.show_widgets(None, blank, None)

    def closeEvent(self, event: QCloseEvent) -> None:
        event.setAccepted(not self.stays())

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.language_changed.emit()
        super().changeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.escape_pressed.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.moved.emit()

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)
        self.moved.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self.painted.emit)


def first_size(room: QSize) -> QSize:
    """The size of a window that was never opened, on a screen with so much room beside its panels."""
    return FIRST.boundedTo(room - QSize(0, TITLE_BAR)).expandedTo(LEAST)
