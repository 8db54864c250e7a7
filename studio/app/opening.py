"""Paints the frame first, then brings in everything else, a slice a turn of the event loop.

Whatever is imported at the top of this file is paid for before the first paint: no session, no database, no
panel.
"""

import gc
import importlib
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QMessageBox

from studio.app.garbage import Garbage
from studio.app.overrides import outliving_errors, without_lasting
from studio.core.errors import FileUnwritable, SettingsDamaged, StudioError, UnexpectedError, known
from studio.core.paths import Paths, home_dir, paths_for
from studio.core.records import Problem
from studio.core.settings import Settings
from studio.store.instances import WindowLock
from studio.store.settings_file import load_settings
from studio.ui.frame import ENTRIES, Entry, Frame, first_entry
from studio.ui.i18n import Language, hint_of, sentence_of, tr
from studio.ui.theme import Theme
from studio.ui.widgets.focus import FocusRing

if TYPE_CHECKING:
    from studio.app.door import Wish
    from studio.session import Session
    from studio.ui.main_window import MainWindow
    from studio.viewmodels.shell import Shell

# Each takes some tens of milliseconds, so that the window answers meanwhile.
SLICES = (
    "studio.app.surprises",
    "concurrent.futures.thread",
    "apsw",
    "PIL.Image",
    "psutil",
    "studio.app.door",
    "studio.engine.engine",
    "studio.store.library",
    "studio.catalog.inspect",
    "studio.catalog.shelf",
    "studio.catalog.scan",
    "studio.catalog.outlook",
    "studio.catalog.hub.care",
    "studio.session",
    "studio.viewmodels.shell",
    "studio.ui.widgets.strip",
    "studio.ui.main_window",
    # Where the first screen leads to.
    "studio.viewmodels.create",
    "studio.ui.panels.create_inspector",
    "studio.ui.panels.create",
)

# What the other panels need, brought in once the first one works: nobody waits for it then, so each waits a
# little for what the window has to do. The panels themselves are built last, one a turn.
OPENED, PAUSE_MS = "opened", 40
LATER = (
    "mdurl",
    "markdown_it",
    "pygments.lexer",
    "pygments.lexers",
    "studio.viewmodels.chat",
    "studio.ui.widgets.markdown",
    "studio.ui.widgets.chat_document",
    "studio.viewmodels.gallery",
    "studio.viewmodels.edit",
    "studio.ui.panels.edit_actions",
    "studio.ui.panels.edit_takes",
    "studio.ui.panels.edit_inspector",
    "studio.viewmodels.models",
    "studio.ui.widgets.model_facts",
    "studio.ui.panels.models_inspector",
    *(entry.module for entry in ENTRIES),
)


class Studio(QObject):
    """One window in one home.

    Attributes:
        frame: shown at once.
        session, shell, window: None until their slice came.

    Signals:
        opened: the panel is there and the session opens its store.
    """

    opened = Signal()

    def __init__(
        self, application: QApplication, paths: Paths, settings: Settings, damaged: Sequence[Path] = ()
    ) -> None:
        """`damaged` is where settings that could not be read were put."""
        super().__init__(application)
        self._damaged = damaged
        self._application = application
        self._paths = paths
        self._language = Language(application, settings.language)
        self._theme = Theme(application, settings.theme)
        self._ring = FocusRing(application)
        self._forget_signals: Callable[[], None] | None = None
        self.frame = Frame(settings.window)
        self.session: Session | None = None
        self.shell: Shell | None = None
        self.window: MainWindow | None = None
        self._slices = self._open(first_entry(settings.window))
        self.frame.painted.connect(self._next_slice)
        self.frame.show()

    def raise_window(self) -> None:
        """Another start asked for the window."""
        self.frame.setWindowState(self.frame.windowState() & ~Qt.WindowState.WindowMinimized)
        self.frame.raise_()
        self.frame.activateWindow()

    def _meet(self, wish: "Wish") -> None:
        """What another process of the home asks for."""
        from studio.app.door import ChangeList, Hold, LookAgain, Raise

        assert self.session is not None
        match wish:
            case Raise():
                self.raise_window()
            case ChangeList():
                self.session.change_list(wish.name, wish.add, wish.forget)
            case Hold():
                self.session.models.hold(wish.model_id, wish.wish)
            case LookAgain():
                self.session.models.rescan()

    def report(self, error: StudioError, trace: str) -> None:
        """Tell the person what nobody expected."""
        if self.session is not None:
            self.session.raise_problem(Problem(code=error.code, params=error.params, traceback=trace))

    def close(self) -> None:
        """After the event loop: keep the window's state, end threads and workers."""
        if self.window is not None and self.shell is not None:
            self.window.close()
            self.shell.close()
        if self.session is not None:
            self.session.close()
        if self._forget_signals is not None:
            self._forget_signals()

    def _next_slice(self) -> None:
        try:
            done = next(self._slices, None)
        except Exception as error:  # a slot; before the panel is there, nothing else can tell the person
            if self.window is not None:
                raise
            without_lasting(error)
            traceback.print_exception(error)
            self.frame.hide()
            self._application.exit(_refuse(_known(error)))
            return
        if done is not None:
            QTimer.singleShot(PAUSE_MS if done == OPENED else 0, self._next_slice)

    def _open(self, first: Entry) -> Iterator[str]:
        """Bring in what the window works with; between two steps the event loop turns."""
        for name in (*SLICES, first.module):
            importlib.import_module(name)
            yield name
        from studio.app import door, surprises
        from studio.session import Session
        from studio.ui.main_window import MainWindow
        from studio.viewmodels.shell import Shell

        surprises.watch(self._paths.logs, self.report)
        self._forget_signals = surprises.quit_on_signals(self._application)
        self.session = Session(self._paths, parent=self)
        yield "session"
        self.shell = Shell(self.session, self)
        self.window = MainWindow(self.shell, self.frame, self._theme, self._language)
        self._ring.watch(self.frame.windowHandle())
        yield "window"
        for _ in self.window.builder.steps(first.name):
            yield "panel"
        self.window.open_first()
        yield "panel"
        self.session.open()
        for path in self._damaged:
            self.session.raise_problem(Problem(code=SettingsDamaged.code, params={"path": str(path)}))
        door.listen(self._paths.home, self._meet, self)
        self.opened.emit()
        for name in LATER:
            yield OPENED
            importlib.import_module(name)
        for entry in ENTRIES:
            yield OPENED
            for _ in self.window.builder.steps(entry.name):
                yield OPENED
        gc.freeze()
        Garbage(self)


def main(home: str | None = None) -> int:
    """Open the window of this home, or raise the one that is open. The exit code."""
    root = home_dir(home)
    damaged: list[Path] = []
    try:
        settings = load_settings(root / "settings.json", damaged.append)
        paths = paths_for(root, settings.library)
        lock = WindowLock(paths)
    except (OSError, StudioError) as error:
        return _refuse(_known(error))
    if not lock.held:
        return _raise_other(root, settings.language)
    # What is brought in stays to the end: to look through it for garbage takes 30 ms each time. After that
    # `Garbage` does it.
    gc.disable()
    return outliving_errors(partial(_run, paths, settings, damaged, lock))


def _run(paths: Paths, settings: Settings, damaged: Sequence[Path], lock: WindowLock) -> int:
    application = QApplication(sys.argv[:1])
    application.setApplicationName("Atelier")
    application.setDesktopFileName("atelier")
    studio = Studio(application, paths, settings, damaged)
    code = application.exec()
    studio.close()
    lock.close()
    return code


def _raise_other(home: Path, language: str) -> int:
    """Another process holds the home's window: it is to come to the front. The exit code."""
    from studio.app import door

    application = QCoreApplication(sys.argv[:1])
    reached = door.knock(home, door.Raise())
    if not reached:
        Language(application, language)
        words = tr("Atelier is already open in {home}, but its window does not answer.", home=home)
        sys.stderr.write(words + "\n")
    del application
    return 0 if reached else 1


def _known(error: Exception) -> StudioError:
    match error:
        case OSError(filename=str() as path):
            return FileUnwritable(path=path, cause=error.strerror or str(error))
        case _:
            return known(error)


def _refuse(error: StudioError) -> int:
    """There is nothing to work with: say so and end."""
    application = QApplication.instance() or QApplication(sys.argv[:1])
    Language(application)
    words = sentence_of(error)
    if not isinstance(error, UnexpectedError):  # its remedy lies in a window that cannot be
        words += f"\n{hint_of(error)}"
    sys.stderr.write(words + "\n")
    QMessageBox.critical(None, "Atelier", words)
    return 1
