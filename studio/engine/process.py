"""One worker process with our end of its pipe: started, killed and reaped here."""

import os
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Mapping
from multiprocessing.connection import Pipe
from pathlib import Path
from typing import Any

LOG_LIMIT = 1_000_000  # bytes; a longer log starts anew with the next worker
REAP_SECONDS = 1.0


class WorkerProcess:
    """`command` makes the command line from the number of the handle that the worker inherits.

    Raises OSError where it cannot be started. Sending to a worker that reads nothing for `send_seconds`
    raises BlockingIOError (on Windows it blocks until the worker is killed).

    Attributes:
        connection: our end; it reports end of file when the worker is gone.
    """

    def __init__(
        self,
        command: Callable[[int], list[str]],
        environment: Mapping[str, str],
        log: Path,
        send_seconds: float,
    ) -> None:
        self.connection, theirs = Pipe()
        _limit_sending(self.connection.fileno(), send_seconds)
        log.parent.mkdir(parents=True, exist_ok=True)
        try:
            with log.open("wb" if log.exists() and log.stat().st_size > LOG_LIMIT else "ab") as output:
                self._process: subprocess.Popen[Any] = subprocess.Popen(
                    command(theirs.fileno()),
                    stdin=subprocess.DEVNULL,
                    stdout=output,  # libraries print; our own standard output belongs to the command
                    stderr=output,
                    env=dict(environment),
                    **_inherit(theirs.fileno()),
                )
        except OSError:
            self.connection.close()
            raise
        finally:
            theirs.close()
        self._sentinel = _sentinel(self._process)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def handles(self) -> list[Any]:
        """What `multiprocessing.connection.wait` watches: the pipe, and the process where one can.

        Without a sentinel (on macOS) the pipe's end tells, unless a process left behind by a library in the
        worker still holds it.
        """
        return [self.connection, *([] if self._sentinel is None else [self._sentinel])]

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    def kill(self) -> None:
        """From any thread; harmless when the process is gone."""
        self._process.kill()

    def wait(self, seconds: float) -> bool:
        """Whether the process ended within this time."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def bury(self) -> int:
        """Close our end, see the process out, by force if need be; its exit code."""
        self.connection.close()
        if not self.wait(REAP_SECONDS):
            self.kill()
        exit_code = self._process.wait()
        if self._sentinel is not None and sys.platform == "linux":
            os.close(self._sentinel)
        self._sentinel = None
        return exit_code


def _limit_sending(handle: int, seconds: float) -> None:
    """Outside Windows the pipe is a pair of sockets, which know a timeout for sending."""
    if sys.platform != "win32":
        interval = struct.pack("ll", int(seconds), int(seconds % 1 * 1_000_000))  # struct timeval
        with socket.socket(fileno=os.dup(handle)) as ours:
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, interval)


def _inherit(handle: int) -> dict[str, Any]:
    """Arguments of Popen: this handle and no other passes, and Ctrl+C in our terminal reaches only us."""
    if sys.platform == "win32":
        os.set_handle_inheritable(handle, True)
        startup = subprocess.STARTUPINFO(lpAttributeList={"handle_list": [handle]})
        flags = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
        return {"startupinfo": startup, "creationflags": flags | subprocess.BELOW_NORMAL_PRIORITY_CLASS}
    return {"pass_fds": (handle,), "process_group": 0}


def _sentinel(process: subprocess.Popen[Any]) -> int | None:
    """A handle that becomes ready when the process ends."""
    if sys.platform == "win32":
        return int(process._handle)  # pyright: ignore[reportPrivateUsage, reportUnknownArgumentType]
    if sys.platform == "linux":
        try:
            return os.pidfd_open(process.pid)
        except OSError:  # older kernels and containers know none
            return None
    return None
