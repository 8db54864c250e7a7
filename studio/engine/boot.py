"""How a worker process is started; the one place outside `runtime/` that names it, and only as text."""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import studio
from studio.core.jobs import Lane

WorkerCommand = Callable[[Lane, int], list[str]]


def worker_command(lane: Lane, handle: int) -> list[str]:
    """The command line of a worker; `handle` is its end of the pipe, which it inherits."""
    return [sys.executable, "-m", "studio.runtime.main", "--lane", lane, "--handle", str(handle)]


def probe_command() -> list[str]:
    """The command line that prints the machine's devices as JSON."""
    return [sys.executable, "-m", "studio.runtime.probe"]


def convert_command(source: str, target: str) -> list[str]:
    """The command line that turns a pickle into safetensors and prints a `Conversion` as JSON. It ends when
    its standard input does."""
    return [sys.executable, "-m", "studio.runtime.convert", source, target]


def document_command(path: str, kind: str) -> list[str]:
    """The command line that prints the text of a file from anywhere as a `DocumentRead` in JSON. It ends when
    its standard input does."""
    return [sys.executable, "-m", "studio.media.documents", path, kind]


def servers_command(addresses: Sequence[str]) -> list[str]:
    """The command line that asks these servers of this machine for their models and prints JSON."""
    return [sys.executable, "-m", "studio.catalog.servers", *addresses]


def worker_environment() -> dict[str, str]:
    """Our environment, with what keeps a worker offline, quiet and from eating the window's processors."""
    root = str(Path(studio.__file__).parents[1])
    return {
        **os.environ,
        # The same studio as ours, and no module from the folder where the person happens to stand.
        "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")])),
        "PYTHONSAFEPATH": "1",
        "PYTHONUTF8": "1",
        # Without it two busy processes collapse: a step of 109 ms was seen to take 3,261 ms.
        "OMP_WAIT_POLICY": "PASSIVE",
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    }
