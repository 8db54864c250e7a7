"""Turns Qt's event loop until a signal says what one waits for, and measures how long that took."""

import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEventLoop, QTimer

HANGS_MS = 180_000  # only something broken takes so long


def seconds_until(
    begin: Callable[[], object], signal: Any, true: Callable[..., object], hangs_ms: int = HANGS_MS
) -> float:
    """Seconds from before `begin` to the first `signal` whose arguments are `true`."""
    loop, hangs = QEventLoop(), QTimer(singleShot=True, interval=hangs_ms)
    heard: list[float] = []

    def listen(*arguments: object) -> None:
        if true(*arguments):
            heard.append(time.perf_counter())
            loop.quit()

    signal.connect(listen)
    hangs.timeout.connect(loop.quit)
    hangs.start()
    began = time.perf_counter()
    begin()
    if not heard:
        loop.exec()
    signal.disconnect(listen)
    hangs.stop()
    if not heard:
        raise TimeoutError(f"nothing was heard for {hangs_ms // 1000} seconds")
    return heard[0] - began
