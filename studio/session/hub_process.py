"""One request to the hub, or about what came from it, answered by a process of its own.

So the window's process opens no socket, imports no HTTP client and is not held up by a slow disk, and ending
the process is all that it takes to stop.
"""

import os
import sys

import msgspec
from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, Signal

from studio.catalog.hub.wire import Answer, Refused, Request, Update
from studio.core.errors import HubProcessDied
from studio.engine.boot import worker_environment

END_MS = 40  # that the window waits for the end of what was killed


class HubProcess(QObject):
    """A request under way; made unstarted, it deletes itself once it has ended.

    Signals:
        told (an `Update` of the wire): how far it is.
        ended (an `Answer` of the wire): the last word; none comes after `stop`.
    """

    told = Signal(object)
    ended = Signal(object)

    def __init__(self, request: Request, parent: QObject) -> None:
        super().__init__(parent)
        self._request = request
        self._stopped = False
        self._rest = b""
        self._last: Answer | None = None
        self._process = QProcess(self)
        # A worker may not go online; nobody starts one of these who has not asked for it. What the person
        # says to all of the hub's tools counts here, too.
        said = os.environ.get("HF_HUB_OFFLINE", "")
        self._process.setProcessEnvironment(process_environment(HF_HUB_OFFLINE=said))
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.finished.connect(self._on_finished)
        self._process.errorOccurred.connect(self._on_error)

    def start(self) -> None:
        self._process.start(sys.executable, ["-m", "studio.catalog.hub"])
        self._process.write(msgspec.json.encode(self._request) + b"\n")

    def stop(self) -> None:
        """Kills it, as whatever it writes is whole or goes on from there, and the system frees its locks.

        Closing its input would end it no better, and one that starts takes half a second to notice. Waits,
        a moment at most, until nothing more is written.
        """
        self._stopped = True
        if self._process.state() != QProcess.ProcessState.NotRunning:
            self._process.kill()
            self._process.waitForFinished(END_MS)

    def _read(self) -> None:
        *lines, self._rest = (self._rest + bytes(self._process.readAllStandardOutput().data())).split(b"\n")
        for line in lines:
            update = msgspec.json.decode(line, type=Update)
            if isinstance(update, Answer):
                self._last = update
            elif not self._stopped:
                self.told.emit(update)

    def _on_finished(self) -> None:
        self._read()
        said = bytes(self._process.readAllStandardError().data()).decode("utf-8", "replace").strip()
        self._end(said.rpartition("\n")[2] or str(self._process.exitCode()))

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:  # `finished` does not come then
            self._end(self._process.errorString())

    def _end(self, detail: str) -> None:
        self.deleteLater()
        if not self._stopped:
            self.ended.emit(self._last or Refused(code=HubProcessDied.code, params={"cause": detail}))


def process_environment(**changed: str) -> QProcessEnvironment:
    """A worker's environment, with these changes."""
    environment = QProcessEnvironment()
    for name, value in (worker_environment() | changed).items():
        environment.insert(name, value)
    return environment
