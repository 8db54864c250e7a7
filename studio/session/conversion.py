"""Pickles made into safetensors, each by a process of its own that may do little else."""

from concurrent.futures import Future
from functools import partial
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, QProcess

from studio.core.errors import ProcessKilled, UnexpectedError, error_from
from studio.core.messages import Conversion, Converted, NotConverted
from studio.engine.boot import convert_command
from studio.session.hub_process import process_environment

END_MS = 2000  # to notice that its standard input is closed


class ConversionFlow(QObject):
    """Lives in the window's thread."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._running: dict[QProcess, Future[Converted]] = {}

    def convert(self, source: Path, target: Path) -> Future[Converted]:
        """Ends in PickleRefused, ModelUnreadable, ModelUnsupported, FileUnwritable, ProcessKilled."""
        future = Future[Converted]()
        process = QProcess(self)
        process.setProcessEnvironment(process_environment())
        process.finished.connect(partial(self._on_finished, process))
        process.errorOccurred.connect(partial(self._on_error, process))
        self._running[process] = future
        program, *words = convert_command(str(source), str(target))
        process.start(program, words)
        return future

    def close(self) -> None:
        """Ends what is under way, without a half file; its futures never end."""
        running, self._running = list(self._running), {}
        for process in running:
            process.closeWriteChannel()
        for process in running:
            if not process.waitForFinished(END_MS):
                process.kill()
                process.waitForFinished(END_MS)

    def _on_finished(self, process: QProcess, *_: object) -> None:
        future = self._running.pop(process, None)
        if future is None:
            return
        process.deleteLater()
        if process.exitStatus() is QProcess.ExitStatus.CrashExit:
            future.set_exception(ProcessKilled(signal=process.exitCode()))
            return
        try:
            said = msgspec.json.decode(process.readAllStandardOutput().data(), type=Conversion)
        except msgspec.DecodeError:
            last = bytes(process.readAllStandardError().data()).decode("utf-8", "replace").strip()
            detail = last.rpartition("\n")[2] or f"exit code {process.exitCode()}"
            future.set_exception(UnexpectedError(detail=detail))
            return
        if isinstance(said, NotConverted):
            future.set_exception(error_from(said.code, said.params))
        else:
            future.set_result(said)

    def _on_error(self, process: QProcess, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:  # `finished` does not come then
            if future := self._running.pop(process, None):
                future.set_exception(UnexpectedError(detail=process.errorString()))
            process.deleteLater()
