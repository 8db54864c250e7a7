"""The process that asks the hub and minds what came from it: a request on stdin, its answer on stdout.

It ends at once when stdin closes: its parent died, or pauses it. What has arrived is on the disk by then.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from studio.catalog.hub import account, care
from studio.catalog.hub.client import Hub
from studio.catalog.hub.repository import RepositoryDownload
from studio.catalog.hub.wire import (
    Answer,
    Check,
    Checked,
    Discard,
    Fetch,
    Find,
    Finished,
    Found,
    Freed,
    Identified,
    Identify,
    Patience,
    Refused,
    Remove,
    Request,
    SignIn,
    SignOut,
    Update,
)
from studio.core.downloads import Checking
from studio.core.records import problem_of


def main() -> int:
    """0 when the request was met, 1 when it was refused; the last line says why."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the parent to decide upon
    try:
        request = msgspec.json.decode(sys.stdin.buffer.readline(), type=Request)
        threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
        _say(_answer(request))
    except Exception as error:  # noqa: BLE001 - the process boundary
        problem = problem_of(error)
        _say(Refused(code=problem.code, params=problem.params, traceback=problem.traceback))
        return 1
    return 0


def _answer(request: Request) -> Answer:
    match request:
        case Fetch():
            return Finished(path=str(RepositoryDownload(request, _say).run()))
        case Find():
            return Found(models=Hub(Patience()).search(request.text, request.limit))
        case Check():
            return Checked(damaged=tuple(care.verify(Path(request.path), _Seldom(_say))))
        case Remove():
            return Freed(freed_bytes=care.remove(Path(request.path)))
        case Discard():
            return Freed(freed_bytes=care.discard(Path(request.cache), request.repository))
        case Identify():
            return Identified(account=account.account(Hub(Patience()) if request.online else None))
        case SignIn():
            return Identified(account=account.sign_in(Hub(Patience()), request.token))
        case SignOut():
            return Identified(account=account.sign_out())


class _Seldom:
    """Passes on how far it is, five times a second at most."""

    def __init__(self, tell: Callable[[Checking], object]) -> None:
        self._tell, self._told = tell, 0.0

    def __call__(self, checking: Checking) -> None:
        now = time.monotonic()
        if now - self._told >= 0.2:
            self._tell(checking)
            self._told = now


def _say(update: Update) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(update) + b"\n")
    sys.stdout.buffer.flush()


def _end_with_parent() -> None:
    while os.read(0, 4096):
        pass
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
