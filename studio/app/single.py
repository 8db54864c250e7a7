"""One window a home: a second start asks the first to come to the front, over a local socket (AF_UNIX)."""

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from studio.ui.i18n import Language, tr

ANSWER_MS = 2000


def ask_to_raise(home: Path, language: str) -> int:
    """Called where another process holds the home's window. The exit code."""
    application = QCoreApplication(sys.argv[:1])
    socket = QLocalSocket()
    socket.connectToServer(_name(home))
    reached = socket.waitForConnected(ANSWER_MS)
    socket.disconnectFromServer()
    if not reached:
        Language(application, language)
        words = tr("Atelier is already open in {home}, but its window does not answer.", home=home)
        sys.stderr.write(words + "\n")
    del application
    return 0 if reached else 1


def listen(home: Path, on_asked: Callable[[], None], parent: QObject) -> None:
    """Call `on_asked` whenever another start asks, as long as `parent` lives."""
    server = QLocalServer(parent)
    server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)

    def answer() -> None:
        while server.hasPendingConnections():
            server.nextPendingConnection().deleteLater()
            on_asked()

    server.newConnection.connect(answer)
    QLocalServer.removeServer(_name(home))  # what a killed window left; the lock says that none is alive
    server.listen(_name(home))


def _name(home: Path) -> str:
    """A socket's path may have 107 bytes, so the home stands in it as a digest."""
    return "atelier-" + hashlib.sha256(str(home).encode()).hexdigest()[:24]
