"""A whole window over a fake session, for tests and for pictures of every screen.

Modules `tests/ui/scenes_*.py` register what there is to look at:

    @scene("create-busy")
    def busy(stage: Stage) -> None:
        stage.show("create")
        ...

`tests/shots.py` renders each scene in light and dark, English and Chinese, 1280 and 2560 wide; the tests of
clipping and of accessible names walk through all of them.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QCursor, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.ui.frame import ENTRIES, Frame
from studio.ui.i18n import Language
from studio.ui.main_window import MainWindow
from studio.ui.panel import Panel
from studio.ui.theme import Theme
from studio.ui.widgets.focus import FocusRing
from studio.viewmodels.shell import Shell
from tests.ui.fake_session import FakeSession

Play = Callable[["Stage"], None]
SCENES: dict[str, Play] = {}


def scene(name: str) -> Callable[[Play], Play]:
    """Register a scene; its name begins with its panel's."""

    def register(play: Play) -> Play:
        SCENES[name] = play
        return play

    return register


def all_scenes() -> dict[str, Play]:
    for file in sorted(Path(__file__).parent.glob("scenes_*.py")):
        importlib.import_module(f"tests.ui.{file.stem}")
    return SCENES


@dataclass
class Look:
    """One way to see a scene."""

    theme: str = "dark"
    language: str = "en"
    width: int = 1280
    height: int = 800

    @property
    def suffix(self) -> str:
        return f"{self.theme}-{self.language}-{self.width}"


class Stage:
    """A window with everything behind it.

    Attributes:
        session: scriptable; change it before or after `show`.
        window, shell: made by the first `show`.
    """

    def __init__(self, look: Look | None = None, session: FakeSession | None = None) -> None:
        self.look = look or Look()
        self.session = session or FakeSession.filled()
        self._made: tuple[Shell, MainWindow, FocusRing] | None = None

    @property
    def shell(self) -> Shell:
        return self._open()[0]

    @property
    def window(self) -> MainWindow:
        return self._open()[1]

    @property
    def frame(self) -> Frame:
        return self.window.frame

    def show(self, panel: str) -> Panel:
        """Show the panel; it is laid out and painted when this returns."""
        self.shell.go(panel)
        self.settle()
        return self.window.panel(panel)

    def build_all(self) -> None:
        """Every panel, as some seconds after a real start."""
        for entry in ENTRIES:
            self.window.panel(entry.name)

    def settle(self) -> None:
        """Until thumbnails are there and everything is painted."""
        for _ in range(3):
            QTest.qWait(0)
            while self.shell.thumbnails.busy:
                QTest.qWait(1)

    def picture(self) -> QPixmap:
        self.settle()
        return self.frame.grab()

    def close(self) -> None:
        if self._made is None:
            return
        shell, window, ring = self._made
        shell.close()
        self.theme.reduce_motion(False)
        frame = window.frame
        ring.setParent(None)
        for widget in (ring, frame):
            widget.close()
            widget.deleteLater()
        shell.deleteLater()
        self.session.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        self.language.choose("en")  # which the next test begins with
        for kept in (self.theme, self.language):
            kept.setParent(None)
            kept.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def _open(self) -> tuple[Shell, MainWindow, FocusRing]:
        if self._made is None:
            application = QApplication.instance()
            assert isinstance(application, QApplication)
            session, look = self.session, self.look
            session.change_settings(theme=look.theme, language=look.language, reduced_motion=True)
            self.language = Language(application, look.language)
            self.theme = Theme(application, look.theme)
            frame = Frame(session.settings.window)
            frame.resize(look.width, look.height)
            shell = Shell(session)  # type: ignore[arg-type]
            QCursor.setPos(0, 0)
            frame.move(8, 8)
            frame.show()  # bare, as at a real start
            window = MainWindow(shell, frame, self.theme, self.language)
            window.open_first()
            self._made = (shell, window, FocusRing(application))
            session.calls.clear()
        return self._made
