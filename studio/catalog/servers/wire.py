"""One HTTP connection to this machine that can be left at any moment and never waits without end."""

import io
import socket
import time
from collections.abc import Callable

from studio.catalog.servers.address import hosts_of, parse_address
from studio.core.errors import ServerSilent

TICK = 0.05  # seconds between two looks at whether to go on
CONNECT_SECONDS = 2.0  # a program on the same machine takes or refuses a connection at once

Check = Callable[[], None]


class Wire:
    """A socket as `http.client` wants it: `sendall` and `makefile`, with `check` called while it waits.

    Whatever `check` raises passes through. Raises TimeoutError once `allow`ed time is over, however many
    bytes trickle in.
    """

    def __init__(self, address: str, check: Check) -> None:
        """Raises ServerSilent where nothing listens, else as `parse_address`."""
        self._check = check
        self._until = 0.0
        self._socket = _connected(address)
        self._socket.settimeout(TICK)

    def allow(self, seconds: float) -> None:
        """From now on, so long."""
        self._until = time.monotonic() + seconds

    def sendall(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            self._look()
            try:
                left = left[self._socket.send(left) :]
            except TimeoutError:
                continue

    def makefile(self, *_: object) -> io.BufferedReader:
        return io.BufferedReader(_Incoming(self.receive_into))

    def receive_into(self, buffer: "bytearray | memoryview") -> int:
        """How many bytes came; 0 at the end."""
        while True:
            self._look()
            try:
                return self._socket.recv_into(buffer)
            except TimeoutError:
                continue

    def close(self) -> None:
        """`http.client` lets go of a connection before its answer is read; `hang_up` ends it."""

    def hang_up(self) -> None:
        """The server sees the end of the connection at once, and writes no more for nobody."""
        self._socket.close()

    def _look(self) -> None:
        self._check()
        if time.monotonic() > self._until:
            raise TimeoutError


class _Incoming(io.RawIOBase):
    def __init__(self, receive: Callable[[bytearray | memoryview], int]) -> None:
        super().__init__()
        self._receive = receive

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview", /) -> int:  # type: ignore[override]
        return self._receive(buffer)


def _connected(address: str) -> socket.socket:
    host, _, port = parse_address(address).rpartition(":")
    failure = OSError()
    for place in hosts_of(host):
        family = socket.AF_INET6 if ":" in place else socket.AF_INET
        try:
            made = socket.socket(family, socket.SOCK_STREAM)
        except OSError as error:
            failure = error
            continue
        made.settimeout(CONNECT_SECONDS)
        try:
            made.connect((place, int(port)))
        except OSError as error:
            made.close()
            failure = failure if failure.strerror else error
            continue
        return made
    raise ServerSilent(address=address, cause=failure.strerror or "timed out") from failure
