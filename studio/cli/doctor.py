"""`studio doctor`: devices, memory, versions, folders, what is missing and how to get it."""

import argparse
import os
import platform
import shutil
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

import msgspec
import psutil

from studio import __version__
from studio.catalog.scan import scan
from studio.cli.output import DONE, Output
from studio.core.messages import Device
from studio.core.paths import Paths, resources_dir
from studio.engine.boot import probe_command, worker_environment
from studio.store.settings_file import load_settings

LIBRARIES = ("torch", "diffusers", "transformers", "PySide6-Essentials", "apsw", "pillow")
PROBE_SECONDS = 120  # a cold disk takes long to give torch


class Probe(msgspec.Struct, frozen=True):
    """What a process that imported torch saw."""

    devices: tuple[Device, ...] = ()


def doctor(_: argparse.Namespace, paths: Paths, output: Output) -> int:
    missing: list[str] = []
    output.progress("Looking at devices")
    probe = _probe(missing)
    models = _models(paths, missing)
    folders = {"home": paths.home, "library": paths.library, "logs": paths.logs}
    report: dict[str, Any] = {
        "version": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "memory": {"total": psutil.virtual_memory().total, "free": psutil.virtual_memory().available},
        "devices": msgspec.to_builtins(probe.devices),
        "versions": {name: metadata.version(name) for name in LIBRARIES},
        "folders": {name: _folder(path, missing) for name, path in folders.items()},
        "models": models,
        "missing": missing,
    }
    output.result(report, _lines(report))
    return DONE


def _probe(missing: list[str]) -> Probe:
    """Asks a process of its own, so that this one never imports torch."""
    done = subprocess.run(
        probe_command(), env=worker_environment(), capture_output=True, timeout=PROBE_SECONDS, check=False
    )
    if done.returncode == 0:
        return msgspec.json.decode(done.stdout, type=Probe)
    last_line = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
    missing.append(f"The libraries that run models do not start ({last_line}). Install the studio again.")
    return Probe()


def _models(paths: Paths, missing: list[str]) -> list[str]:
    settings = load_settings(paths.settings)
    shelf = scan([Path(folder) for folder in settings.model_folders], resources_dir())
    abilities = {ability for spec in shelf.models for ability in spec.abilities}
    if "generate" not in abilities:
        missing.append("There is no picture model. Add a model folder in Settings.")
    if "reply" not in abilities:
        missing.append("There is no text model. Add a model folder in Settings.")
    return [spec.id for spec in shelf.models]


def _folder(path: Path, missing: list[str]) -> dict[str, Any]:
    there = path
    while not there.exists():
        there = there.parent
    if not os.access(there, os.W_OK):
        missing.append(f"{path} cannot be written to. Allow writing to it, or choose another folder.")
    return {"path": str(path), "exists": path.exists(), "free": shutil.disk_usage(there).free}


def _lines(report: dict[str, Any]) -> list[str]:
    memory = report["memory"]
    rows = [
        ("Atelier", f"{report['version']} on Python {report['python']}, {report['system']}"),
        ("Memory", f"{_size(memory['free'])} of {_size(memory['total'])} free"),
        ("Processors", str(report["processors"])),
    ]
    for device in report["devices"]:
        rows.append(("Device", f"{device['name']} ({device['kind']}), {_size(device['total_bytes'])}"))
    rows.append(("Libraries", ", ".join(f"{name} {number}" for name, number in report["versions"].items())))
    for name, folder in report["folders"].items():
        made = "" if folder["exists"] else " (not there yet)"
        rows.append((name.capitalize(), f"{folder['path']}{made}, {_size(folder['free'])} free"))
    rows.append(("Models", ", ".join(report["models"]) or "none"))
    rows += [("Missing", sentence) for sentence in report["missing"]]
    return [f"{name:<12}{text}" for name, text in rows]


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB"
