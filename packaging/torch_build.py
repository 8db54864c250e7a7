"""Chooses which build of torch belongs on this machine, and the words pip needs to get it.

Linux wheels on the package index bring several gigabytes of CUDA, Windows wheels bring none, and AMD's are
elsewhere: so the devices are looked for first, then a dry run says what the index would bring.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import re
import shutil
import sys
import tempfile
import threading
import urllib.request

import environment
from progress import Progress, Stop

TORCH_INDEX = "https://download.pytorch.org/whl"
ANSWER_SECONDS = 3
DEVICES = ("cpu", "cuda", "rocm")
CHOICE = "STUDIO_TORCH"


def device() -> str:
    """What torch is to compute on, by what the system shows or by what the person asks for: see DEVICES."""
    asked = os.environ.get(CHOICE, "")
    if asked and asked not in DEVICES:
        raise Stop(f"{CHOICE} is {asked!r}; it may be one of {', '.join(DEVICES)}, or unset.")
    if asked:
        return asked
    if os.path.exists("/dev/nvidiactl") or shutil.which("nvidia-smi"):
        return "cuda"
    return "rocm" if os.path.exists("/dev/kfd") else "cpu"


def pinned() -> str:
    """The version of torch in the constraints."""
    with open(environment.CONSTRAINTS, encoding="utf-8") as file:
        match = re.search(r"^torch==(\S+)$", file.read(), re.MULTILINE)
    if match is None:
        raise Stop(f"{environment.CONSTRAINTS} pins no torch; restore it from the repository.")
    return match[1]


def choose(progress: Progress, pip: list[str]) -> list[str]:
    """The arguments of `pip install` for this machine's build. Raises Stop where there is no fitting one."""
    version, wanted = pinned(), device()
    if wanted == "cpu":
        return _for_cpu(progress, pip, version)
    if wanted == "rocm" or sys.platform == "win32":
        return _from_torch_index(progress, pip, version, wanted)
    return _for_nvidia(progress, pip, version)


def _for_cpu(progress: Progress, pip: list[str], version: str) -> list[str]:
    plain = [f"torch=={version}"]
    brought = dry_run(progress, pip, plain)
    if brought is not None and not any(name.startswith("nvidia-") for name in brought):
        return plain
    if torch_index_answers():
        return [f"torch=={version}+cpu", "--extra-index-url", f"{TORCH_INDEX}/cpu"]
    if brought is None:
        raise Stop(unavailable(version))
    count = sum(name.startswith("nvidia-") for name in brought)
    raise Stop(
        f"The package index has torch {version} only with CUDA ({count} nvidia packages, gigabytes),\n"
        f"but no NVIDIA device was found, and torch's own index of CPU builds does not answer.\n"
        f"Either make {TORCH_INDEX}/cpu reachable and run this again,\n"
        f"or take that build, which also runs without the device: set {CHOICE}=cuda and run this again."
    )


def _for_nvidia(progress: Progress, pip: list[str], version: str) -> list[str]:
    """Prefer the index's own build to a CPU build that lies at hand: `===` leaves out local versions."""
    plain = [f"torch=={version}"]
    brought = dry_run(progress, pip, plain)
    if brought is None:
        raise Stop(unavailable(version))
    if not brought.get("torch", "").endswith("+cpu"):
        return plain
    if dry_run(progress, pip, [f"torch==={version}"]) is not None:
        return [f"torch==={version}"]
    progress.say("      only a CPU build of torch is to be had: the NVIDIA device will not be used")
    return plain


def _from_torch_index(progress: Progress, pip: list[str], version: str, wanted: str) -> list[str]:
    """The newest CUDA or ROCm build on torch's index, or a CPU build where it has none for this machine."""
    local = "cu" if wanted == "cuda" else "rocm"
    if torch_index_answers():
        _, words = progress.run([*pip, "index", "versions", "torch", "--index-url", TORCH_INDEX])
        builds = re.findall(rf"\b{re.escape(version)}\+({local}[\d.]+)\b", words)
        if builds:
            newest = max(builds, key=lambda build: [int(part) for part in re.findall(r"\d+", build)])
            return [f"torch=={version}+{newest}", "--extra-index-url", f"{TORCH_INDEX}/{newest}"]
    progress.say(f"      torch's own index offers no {wanted} build here: taking a CPU build")
    return _for_cpu(progress, pip, version)


def dry_run(progress: Progress, pip: list[str], words: list[str]) -> dict[str, str] | None:
    """Name and version of everything an installation would bring, or None where there is no answer."""
    with tempfile.TemporaryDirectory() as folder:
        report = os.path.join(folder, "report.json")
        fresh = ["install", "--dry-run", "--ignore-installed", "--report", report]
        if progress.run([*pip, *fresh, "-c", environment.CONSTRAINTS, *words])[0]:
            return None
        with open(report, encoding="utf-8") as file:
            packages = json.load(file)["install"]
    found = [entry["metadata"] for entry in packages]
    return {item["name"].lower().replace("_", "-"): item["version"] for item in found}


def torch_index_answers() -> bool:
    """Whether torch's index of CPU builds answers in time; a name that resolves too slowly is no answer."""
    answers: list[bool] = []

    def ask() -> None:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{TORCH_INDEX}/cpu/torch/", timeout=ANSWER_SECONDS).close()
            answers.append(True)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(ANSWER_SECONDS)
    return bool(answers)


def unavailable(version: str) -> str:
    """What to say where no index has the pinned torch."""
    python, machine = platform.python_version(), f"{platform.system()} on {platform.machine()}"
    return (
        f"No torch {version} for Python {python}, {machine} could be found.\n"
        f"Check the connection to your package index (pip config list shows it) and run this again;\n"
        f"pip's own words are in .venv/install.log."
    )
