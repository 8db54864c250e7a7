"""`studio doctor`: devices, memory, versions, folders, what is missing and how to get it."""

import argparse
import os
import platform
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import msgspec
import psutil

from studio import __version__
from studio.catalog.scan import scan
from studio.cli.output import DONE, Output, table
from studio.core.messages import Device
from studio.core.paths import Paths, resources_dir
from studio.engine.boot import probe_command, worker_environment
from studio.store.settings_file import load_settings
from studio.ui.figures import size
from studio.ui.i18n import tr

LIBRARIES = ("torch", "diffusers", "transformers", "PySide6-Essentials", "apsw", "pillow")
PROBE_SECONDS = 120  # a cold disk takes long to give torch
SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
LITTLE_SPACE = 1_000_000_000  # bytes


class Probe(msgspec.Struct, frozen=True):
    """What a process that imported torch saw."""

    devices: tuple[Device, ...] = ()


def doctor(_: argparse.Namespace, paths: Paths, output: Output) -> int:
    """Exits with 0 whatever it finds: what is missing is its result."""
    missing = list[str]()
    output.progress(tr("Looking at devices"))
    devices = _devices(missing)
    memory = psutil.virtual_memory()
    folders = {"home": paths.home, "library": paths.library, "logs": paths.logs}
    report: dict[str, Any] = {
        "version": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "memory": {"total": memory.total, "free": memory.available},
        "devices": msgspec.to_builtins(devices),
        "versions": _versions(missing),
        "window": _window(missing),
        "folders": {name: _folder(path, missing) for name, path in folders.items()},
        "models": _models(paths, missing),
        "missing": missing,
    }
    output.result(report, _lines(report))
    return DONE


def _devices(missing: list[str]) -> tuple[Device, ...]:
    done = _try(probe_command())
    if isinstance(done, str):
        missing.append(
            tr("The libraries that run models do not start ({cause}). Install the studio again.", cause=done)
        )
        return ()
    devices = msgspec.json.decode(done, type=Probe).devices
    kinds = {device.kind for device in devices}
    if kinds == {"cpu"} and (os.path.exists("/dev/nvidiactl") or shutil.which("nvidia-smi")):
        missing.append(
            tr("This torch cannot use the NVIDIA device. Install its CUDA build; packaging/run.py picks it.")
        )
    return devices


def _window(missing: list[str]) -> dict[str, bool]:
    """`loads`: Qt finds the system's libraries that its windows need; asked of a process of its own."""
    done = _try([sys.executable, "-c", "import PySide6.QtWidgets"])
    if isinstance(done, str):
        missing.append(
            tr("The window cannot open ({cause}). packaging/run.py says what the system lacks.", cause=done)
        )
    screen = sys.platform != "linux" or any(os.environ.get(name) for name in SCREENS)
    return {"loads": not isinstance(done, str), "screen": screen}


def _try(command: list[str]) -> bytes | str:
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


def _versions(missing: list[str]) -> dict[str, str]:
    found = dict[str, str]()
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            missing.append(tr("{name} is not installed. Install the studio again.", name=name))
    return found


def _models(paths: Paths, missing: list[str]) -> list[str]:
    settings = load_settings(paths.settings)
    shelf = scan([Path(folder) for folder in settings.model_folders], resources_dir())
    abilities = {ability for spec in shelf.models for ability in spec.abilities}
    where = tr("Add a folder of models in the window's Settings, or name one with --model.")
    if "generate" not in abilities:
        missing.append(f"{tr('There is no picture model.')} {where}")
    if "reply" not in abilities:
        missing.append(f"{tr('There is no text model.')} {where}")
    return [spec.id for spec in shelf.models]


def _folder(path: Path, missing: list[str]) -> dict[str, Any]:
    """`free` in bytes, on the disk where the folder is or will be."""
    there = next(one for one in (path, *path.parents) if one.exists())
    free = shutil.disk_usage(there).free
    if not there.is_dir() or not os.access(there, os.W_OK):
        missing.append(
            tr("{path} cannot be written to. Allow writing to it, or choose another folder.", path=path)
        )
    elif free < LITTLE_SPACE:
        left = size(free)
        missing.append(tr("The disk of {path} has only {left} left. Free some space.", path=path, left=left))
    return {"path": str(path), "exists": path.is_dir(), "free": free}


def _lines(report: dict[str, Any]) -> list[str]:
    free, total = size(report["memory"]["free"]), size(report["memory"]["total"])
    versions = [f"{name} {number}" for name, number in report["versions"].items()]
    rows = [
        ("Atelier", f"{report['version']}, Python {report['python']}, {report['system']}"),
        (tr("Memory"), tr("{free} of {total} free", free=free, total=total)),
        (tr("Processors"), str(report["processors"])),
        *((tr("Device"), _device_line(device)) for device in report["devices"]),
        (tr("Libraries"), ", ".join(versions)),
        (tr("Window"), _window_line(report["window"])),
        (tr("Home"), _folder_line(report["folders"]["home"])),
        (tr("Library"), _folder_line(report["folders"]["library"])),
        (tr("Logs"), _folder_line(report["folders"]["logs"])),
        (tr("Models"), ", ".join(report["models"]) or tr("none")),
        *((tr("Missing"), sentence) for sentence in report["missing"]),
    ]
    return table(rows)


def _device_line(device: dict[str, Any]) -> str:
    return f"{device['name']} ({device['kind']}), {size(device['total_bytes'])}"


def _window_line(window: dict[str, bool]) -> str:
    if not window["loads"]:
        return tr("cannot open")
    return tr("can open") if window["screen"] else tr("no screen here; the command line works without one")


def _folder_line(folder: dict[str, Any]) -> str:
    parts = [folder["path"], tr("{free} free", free=size(folder["free"]))]
    return ", ".join(parts if folder["exists"] else [*parts, tr("not made yet")])
