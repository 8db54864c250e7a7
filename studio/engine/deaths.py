"""Why a worker ended, from its exit code and what the system says about memory.

The words here name causes, as codes do; the window translates them (`ui/i18n.py`).
"""

import signal
import sys
from pathlib import Path

from studio.core.errors import MemoryExhausted, StudioError, WorkerCrashed, WorkerExited, WorkerKilled
from studio.core.messages import Stage

CRASHES = {
    "SIGSEGV": "segmentation fault",
    "SIGBUS": "bus error",
    "SIGILL": "illegal instruction",
    "SIGFPE": "arithmetic error",
    "SIGABRT": "abort",
    "SIGSYS": "forbidden system call",
}
# NTSTATUS values that Windows gives as exit codes.
WINDOWS_CRASHES = {
    0xC0000005: "segmentation fault",
    0xC000001D: "illegal instruction",
    0xC0000094: "arithmetic error",
    0xC00000FD: "stack overflow",
    0xC0000374: "heap corruption",
    0xC0000409: "abort",
}
GARBLED = "unreadable message"
WINDOWS_NO_MEMORY = (0xC0000017, 0xC000012D)


def cause_of(exit_code: int, stage: Stage, memory_ran_out: bool) -> StudioError:
    """The error that a job in `stage` ends with when its worker exits so (`Popen.returncode`).

    `memory_ran_out`: whether the system ended processes for want of memory meanwhile; it does so with
    SIGKILL, which alone does not tell who sent it.
    """
    if exit_code in WINDOWS_NO_MEMORY:
        return MemoryExhausted(phase=stage)
    if exit_code in WINDOWS_CRASHES:
        return WorkerCrashed(cause=WINDOWS_CRASHES[exit_code])
    if exit_code >= 0:
        return WorkerExited(exit_code=exit_code)
    name = signal_name(-exit_code)
    if name == "SIGKILL" and memory_ran_out:
        return MemoryExhausted(phase=stage)
    if name in CRASHES:
        return WorkerCrashed(cause=CRASHES[name])
    return WorkerKilled(signal=name)


def signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # real-time signals have no names
        return str(number)


def memory_kills(proc: Path = Path("/proc"), cgroups: Path = Path("/sys/fs/cgroup")) -> int:
    """How many processes Linux has ended for want of memory; elsewhere 0.

    Counted by our control group (a container's or a systemd slice's limit) and by the whole machine. If
    the number grew between a job's start and its worker's SIGKILL, memory was the reason: our worker is
    the largest process by far. Killers in user space (earlyoom, systemd-oomd) are not counted.
    """
    if sys.platform != "linux":
        return 0
    group = _own_group(proc)
    own = _counter(cgroups / group / "memory.events", "oom_kill") if group is not None else 0
    return own + _counter(proc / "vmstat", "oom_kill")


def _own_group(proc: Path) -> str | None:
    """Path of our version-2 control group, relative to where the groups are mounted."""
    for line in _lines(proc / "self" / "cgroup"):
        if line.startswith("0::"):
            return line.removeprefix("0::").strip("/")
    return None


def _counter(path: Path, name: str) -> int:
    for line in _lines(path):
        key, _, value = line.partition(" ")
        if key == name:
            return int(value)
    return 0


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:  # not every kernel and container shows this file
        return []
