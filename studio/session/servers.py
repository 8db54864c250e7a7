"""Servers on this machine: asked for their models in a process of its own, when the person has listed them.

The window's process opens no socket. A server that says nothing costs that process some seconds, and nobody
else anything.
"""

from collections.abc import Sequence

import msgspec
from PySide6.QtCore import QObject, QProcess, Signal

from studio.core.errors import UnexpectedError
from studio.core.servers import ServerState
from studio.engine.boot import servers_command
from studio.session.hub_process import process_environment


class ServersFlow(QObject):
    """What the servers said when they were asked last.

    Signals:
        changed: a server is asked, or has told.
    """

    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._states: dict[str, ServerState] = {}
        self._process: QProcess | None = None

    def states(self, addresses: Sequence[str]) -> tuple[ServerState, ...]:
        """Of each address, in order."""
        return tuple(self._states.get(one, ServerState(address=one, asked=False)) for one in addresses)

    def ask(self, addresses: Sequence[str]) -> None:
        """Asks all of them anew, and opens nothing where there is none; earlier questions are dropped."""
        self.close()
        self._states = {one: state for one, state in self._states.items() if one in addresses}
        if addresses:
            process = self._process = QProcess(self)
            process.setProcessEnvironment(process_environment())
            process.finished.connect(lambda: self._on_told(process, addresses))
            # `finished` does not come where it does not start.
            process.errorOccurred.connect(lambda: self._on_told(process, addresses))
            program, *words = servers_command(addresses)
            process.start(program, words)
        self.changed.emit()

    def close(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.waitForFinished()
            process.deleteLater()

    def _on_told(self, process: QProcess, addresses: Sequence[str]) -> None:
        if process is not self._process:
            return
        self._process = None
        process.deleteLater()
        try:
            said = process.readAllStandardOutput().data()
            states = msgspec.json.decode(said, type=tuple[ServerState, ...])
        except msgspec.DecodeError:  # it was ended from outside
            failure = UnexpectedError(detail=f"exit code {process.exitCode()}")
            states = [ServerState(address=one, code=failure.code, params=failure.params) for one in addresses]
        self._states = {state.address: state for state in states}
        self.changed.emit()
