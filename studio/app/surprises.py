"""What nobody expected: an exception in a slot becomes a file and a message; a signal becomes a clean end."""

import faulthandler
import logging
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import FrameType, TracebackType

from PySide6.QtCore import QCoreApplication, QSocketNotifier

from studio.app.overrides import without_lasting
from studio.core.errors import StudioError, UnexpectedError, known

LOG_BYTES = 1_000_000
MOST_CRASHES = 10  # files of exceptions that are kept

log = logging.getLogger(__name__)


def watch(folder: Path, tell: Callable[[StudioError, str], None]) -> None:
    """Write this process's log into `folder`, and there, too, whatever is raised and not caught.

    `tell` gets the error and its traceback. A crash in native code leaves its stack in `window-crash.log`,
    which the next start keeps as `window-crash-before.log`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(folder / "window.log", maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.INFO)
    native = folder / "window-crash.log"
    if native.exists() and native.stat().st_size:
        native.replace(folder / "window-crash-before.log")
    faulthandler.enable(native.open("w", encoding="utf-8"))

    def on_raised(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        without_lasting(error)
        text = "".join(traceback.format_exception(kind, error, trace))
        sys.stderr.write(text)
        log.error("%s", text)
        with suppress(OSError):  # a disk that is full must not keep the person from hearing of it
            _keep_crash(folder, text)
        tell(known(error) if isinstance(error, Exception) else UnexpectedError(detail=kind.__name__), text)

    sys.excepthook = on_raised


def _keep_crash(folder: Path, text: str) -> None:
    """The newest few; a widget that cannot be painted fails many times a second."""
    (folder / time.strftime("crash-%Y%m%d-%H%M%S.txt")).write_text(text, encoding="utf-8")
    for old in sorted(folder.glob("crash-*.txt"))[:-MOST_CRASHES]:
        old.unlink()


def quit_on_signals(application: QCoreApplication) -> Callable[[], None]:
    """Let Ctrl+C in the terminal, and the system's wish to end, quit as the person would; returns the undo.

    Python sees a signal only when it runs; the pipe wakes Qt's event loop, whose slot lets Python run.
    """
    if os.name != "posix":
        return lambda: None
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing)
    notifier = QSocketNotifier(reading, QSocketNotifier.Type.Read)
    notifier.activated.connect(lambda: os.read(reading, 64))
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def quit_window(number: int, frame: FrameType | None) -> None:
        application.quit()

    def undo() -> None:
        notifier.setEnabled(False)
        signal.set_wakeup_fd(-1)
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)
        os.close(reading)
        os.close(writing)

    for number in numbers:
        signal.signal(number, quit_window)
    return undo
