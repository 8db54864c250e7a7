"""By how much memory grows while a model is loaded and works.

An accelerator's peak is told by torch. Of main memory the system keeps the highest mark of the process, and
Linux alone lets one begin it anew (`clear_refs` in proc(5)); elsewhere a mark that was not passed tells
nothing.
"""

import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from studio.media.freed_memory import trim

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


class Gauge:
    """Growth since the last `begin`."""

    def __init__(self) -> None:
        self._memory = self._mark = self._device = 0

    def begin(self) -> None:
        """What is held now counts as nothing."""
        trim()
        self.go_on()
        self._memory = _process_memory().rss
        self._device = _of_device("memory_allocated")

    def go_on(self) -> None:
        """From here on the next peak is looked for; what has grown so far still counts."""
        if sys.platform == "linux":
            with suppress(OSError):  # some containers forbid it
                _CLEAR.write_text("5")
        self._mark = _highest()
        _of_device("reset_peak_memory_stats")

    def grown(self, device: str) -> int:
        """Bytes of main memory (`cpu`), else of the accelerator; 0 where nobody can tell."""
        if device != "cpu":
            return max(0, _of_device("max_memory_allocated") - self._device)
        highest = _highest()
        return highest - self._memory if highest > self._mark else 0


def _process_memory() -> Any:
    import psutil  # not before the first load: a worker is ready in a tenth of a second

    return psutil.Process().memory_info()


def _highest() -> int:
    """The most that the process has held in main memory, in bytes."""
    match sys.platform:
        case "linux":
            lines = _STATUS.read_text("ascii").splitlines()
            marks = (int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM"))
            return next(marks, 0)  # gVisor keeps none
        case "win32":
            return _process_memory().peak_wset
        case _:
            import resource

            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS


def _of_device(question: str) -> int:
    """Asks torch's module for the accelerator; 0 where it knows no such answer, or is not imported."""
    torch: Any = sys.modules.get("torch")
    if torch is None or not torch.accelerator.is_available():
        return 0
    module = getattr(torch, torch.accelerator.current_accelerator().type)
    if question == "max_memory_allocated" and not hasattr(module, question):
        question = "driver_allocated_memory"  # Apple's has no peak, but keeps what it once took
    if question == "memory_allocated" and not hasattr(module, question):
        question = "driver_allocated_memory"
    return int(getattr(module, question, lambda: None)() or 0)
