"""Which devices models could run on: what the system shows, and what torch sees in a process of its own."""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec

from studio.catalog.machine import this_machine
from studio.catalog.scan import hub_cache
from studio.cli.output import Output
from studio.core.messages import Device, read_probe
from studio.core.shelf import Machine
from studio.engine.boot import probe_command, worker_environment
from studio.ui.i18n import tr

PROBE_SECONDS = 120  # a cold disk takes long to give torch
# The number of the maker on the PCI bus (pci-ids.ucw.cz/read/PC/8086).
_INTEL = "0x8086"
_CARDS = Path("/sys/class/drm")


def shown_by_system() -> tuple[str, ...]:
    """Makers whose accelerator the system shows, whether or not torch can use it: `nvidia`, `amd`, `apple`,
    `intel`. Looks at names alone."""
    shown = {
        "nvidia": os.path.exists("/dev/nvidiactl") or shutil.which("nvidia-smi") is not None,
        "amd": os.path.exists("/dev/kfd"),  # the part of the driver that computes
        "apple": sys.platform == "darwin" and platform.machine() == "arm64",
        "intel": any(_read(vendor) == _INTEL for vendor in _CARDS.glob("card*/device/vendor")),
    }
    return tuple(maker for maker, there in shown.items() if there)


def probe() -> tuple[Device, ...] | str:
    """The devices, accelerators first, or why the libraries that run models do not start."""
    said = run_to_end(probe_command())
    if isinstance(said, str):
        return said
    try:
        return read_probe(said).devices
    except msgspec.DecodeError:
        return tr("no answer that can be read")


def look_at_machine(output: Output) -> Machine:
    """What models have to fit into. Takes some seconds where there may be an accelerator."""
    devices: tuple[Device, ...] = ()
    if shown_by_system():
        output.progress(tr("Looking at devices"))
        found = probe()
        devices = () if isinstance(found, str) else found  # why not is for `studio doctor` to say
    return this_machine(devices, hub_cache())


def run_to_end(command: list[str]) -> bytes | str:
    """What the command prints, or why it failed: always a process of its own, so that torch stays there."""
    try:
        done = subprocess.run(
            command, env=worker_environment(), capture_output=True, timeout=PROBE_SECONDS, check=True
        )
    except subprocess.TimeoutExpired:
        return tr("no answer in {seconds} seconds", seconds=PROBE_SECONDS)
    except subprocess.CalledProcessError as error:
        return error.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2] or str(error)
    return done.stdout


def _read(file: Path) -> str:
    try:
        return file.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
