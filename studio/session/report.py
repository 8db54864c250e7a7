"""The crash report: plain text that a person reads before sending it to anyone."""

import os
import platform
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import qVersion

from studio import __version__
from studio.core.errors import error_from
from studio.core.lane import LaneStatus
from studio.core.records import Problem

LOG_TAIL = 6_000  # bytes of each log
# The workers' logs, the window's, the stack that a crash in native code left, and the last exception.
LOGS = ("worker-*.log", "window.log", "window-crash*.log", "crash-*.txt")


def crash_report(problems: Sequence[Problem], lanes: Sequence[LaneStatus], folder: Path) -> str:
    """Versions, lanes, recent problems with their tracebacks, and the end of the logs in `folder`.

    It holds no prompt, message or picture.
    """
    lines = [f"Atelier {__version__}", f"Python {platform.python_version()}, Qt {qVersion()}"]
    lines += [platform.platform(), f"{os.cpu_count()} processors", ""]
    for status in lanes:
        versions = ", ".join(f"{name} {version}" for name, version in status.versions.items())
        devices = ", ".join(device.name for device in status.devices)
        lines.append(f"Lane {status.lane}: {status.state} {devices} {versions}".rstrip())
    lines += ["", "Nothing has gone wrong." if not problems else "What went wrong, the newest last:"]
    for problem in problems:
        lines += [
            "",
            f"{problem.code}: {error_from(problem.code, problem.params)}",
            problem.traceback.rstrip(),
        ]
    for name in LOGS:
        for log in sorted(folder.glob(name))[-2:]:
            if tail := _tail(log):
                lines += ["", f"The end of {log.name}:", tail]
    return "\n".join(lines).strip() + "\n"


def _tail(log: Path) -> str:
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - LOG_TAIL))
            return file.read().decode("utf-8", "replace").strip()
    except FileNotFoundError:
        return ""
