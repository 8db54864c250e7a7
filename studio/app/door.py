"""The window's door: what other processes of its home ask of it, over a local socket (AF_UNIX).

A wish is one line of JSON; once it is met, a line comes back.
"""

import hashlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from studio.core.model import Wish as ModelWish
from studio.core.settings import ListName

ANSWER_MS = 2000
LONGEST = 1 << 20  # bytes of a wish


class Raise(msgspec.Struct, frozen=True, tag=True):
    """Come to the front."""


class ChangeList(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Put these into a list of the settings, or take these out of it."""

    name: ListName
    add: tuple[str, ...] = ()
    forget: tuple[str, ...] = ()


class Hold(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Hold this model in memory so from its next use on."""

    model_id: str
    wish: ModelWish


class LookAgain(msgspec.Struct, frozen=True, tag=True):
    """Other models are here, or some no more."""


Wish = Raise | ChangeList | Hold | LookAgain


def knock(home: Path, wish: Wish) -> bool:
    """Whether the home's window has met the wish. Waits, so it is not for a window itself."""
    socket = QLocalSocket()
    socket.connectToServer(_name(home))
    if not socket.waitForConnected(ANSWER_MS):
        return False
    socket.write(msgspec.json.encode(wish) + b"\n")
    answered = socket.waitForReadyRead(ANSWER_MS)
    socket.disconnectFromServer()
    return answered


def listen(home: Path, meet: Callable[[Wish], None], parent: QObject) -> None:
    """Call `meet` with each wish, as long as `parent` lives."""
    server = QLocalServer(parent)
    server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)

    def welcome() -> None:
        while server.hasPendingConnections():
            guest = server.nextPendingConnection()
            guest.setReadBufferSize(LONGEST)
            guest.disconnected.connect(guest.deleteLater)
            guest.readyRead.connect(partial(_hear, guest, meet))

    server.newConnection.connect(welcome)
    QLocalServer.removeServer(_name(home))  # what a killed window left; the lock says that none is alive
    server.listen(_name(home))


def _hear(guest: QLocalSocket, meet: Callable[[Wish], None]) -> None:
    if not guest.canReadLine():
        return
    try:
        wish = msgspec.json.decode(guest.readLine().data(), type=Wish)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        guest.disconnectFromServer()  # it may be of a later studio: whoever asks is told by silence
        return
    meet(wish)
    guest.write(b"done\n")


def _name(home: Path) -> str:
    """A socket's path may have 107 bytes, so the home stands in it as a digest."""
    return "atelier-" + hashlib.sha256(str(home).encode()).hexdigest()[:24]
