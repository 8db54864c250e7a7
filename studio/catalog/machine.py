"""What this machine has for models: memory, processor, the devices a worker found, and room on the disk."""

import platform
import shutil
from collections.abc import Sequence
from pathlib import Path

from studio.catalog.main_memory import main_memory
from studio.core.messages import Device
from studio.core.shelf import Machine

_LINUX_PROCESSORS = Path("/proc/cpuinfo")


def this_machine(devices: Sequence[Device], cache: Path) -> Machine:
    """`cache` is where models are fetched to; it need not be there yet."""
    return Machine(
        memory_bytes=main_memory().total,
        devices=tuple(devices),
        processor=processor_name(),
        disk_free_bytes=_free_bytes(cache),
    )


def processor_name(info: Path = _LINUX_PROCESSORS) -> str:
    """As its makers call it on Linux, else what the system tells, which may be its kind alone (`arm`)."""
    try:
        lines = info.read_text("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(filter(None, named), "") or platform.processor() or platform.machine()


def _free_bytes(folder: Path) -> int:
    """Of the disk that the folder is on, or would be made on; 0 where that disk is gone."""
    for place in (folder, *folder.parents):
        try:
            return shutil.disk_usage(place).free
        except FileNotFoundError:
            continue
        except OSError:
            return 0
    return 0
