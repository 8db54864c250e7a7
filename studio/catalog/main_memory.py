"""How much main memory there is and how much of it is free: in the machine, or in our control group.

Containers and services give a process less than the machine has; what goes beyond is killed, not refused.
"""

import sys
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import psutil

_GROUPS = Path("/proc/self/cgroup")
_ROOT = Path("/sys/fs/cgroup")
# Of both versions: the limit, what is used, and what of that can be dropped at once, in memory.stat
# (docs.kernel.org, admin-guide/cgroup-v2 and cgroup-v1/memory).
_FILES = {
    "memory.max": ("memory.current", "inactive_file"),
    "memory.limit_in_bytes": ("memory.usage_in_bytes", "total_inactive_file"),
}


class Memory(NamedTuple):
    """In bytes."""

    total: int
    free: int


def main_memory(groups: Path = _GROUPS, root: Path = _ROOT) -> Memory:
    """The least that any limit leaves."""
    machine = psutil.virtual_memory()
    total, free = machine.total, machine.available
    for folder in _folders(groups, root) if sys.platform == "linux" else ():
        limit = _limit(folder)
        if limit is not None and limit.total < total:
            total, free = limit.total, min(free, limit.free)
    return Memory(total, free)


def _folders(groups: Path, root: Path) -> list[Path]:
    """Of our group and all above it; a container may see its own as the root."""
    found = list[Path]()
    for line in _lines(groups):
        number, _, rest = line.partition(":")
        kinds, _, path = rest.partition(":")
        if number == "0" or "memory" in kinds.split(","):
            place = PurePosixPath(path.lstrip("/"))
            top = root if number == "0" else root / "memory"
            found += [top / one for one in (place, *place.parents)]
    return found


def _limit(folder: Path) -> Memory | None:
    """Of one group; None where it has none, or cannot be read."""
    for name, (used_name, droppable) in _FILES.items():
        limit, used = _number(folder / name), _number(folder / used_name)
        if limit is not None and used is not None:
            stat = dict(line.split(" ", 1) for line in _lines(folder / "memory.stat") if " " in line)
            used -= int(stat.get(droppable, "0"))
            return Memory(limit, max(0, limit - used))
    return None


def _number(file: Path) -> int | None:
    text = "".join(_lines(file))
    return int(text) if text.isdigit() else None


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text("ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
