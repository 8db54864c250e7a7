"""`studio doctor`: devices, memory, versions, folders, what is missing and how to get it."""

import argparse
import os
import platform
import shutil
import sys
from collections.abc import Sequence
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec
import psutil

from studio import __version__
from studio.catalog.llama import PACKAGE as LLAMA_PACKAGE
from studio.catalog.llama import has_llama
from studio.catalog.pipelines import PACKAGES
from studio.catalog.precision import QUANTISERS, installed_quantisers
from studio.cli.devices import probe, run_to_end, shown_by_system
from studio.cli.models_found import installed
from studio.cli.models_servers import ask_servers, state_words
from studio.cli.output import DONE, Output, table
from studio.core.errors import ModelNeedsPackage
from studio.core.messages import Device
from studio.core.model import ModelSpec
from studio.core.paths import Paths
from studio.ui.figures import size
from studio.ui.i18n import tr

LIBRARIES = ("torch", "diffusers", "transformers", "PySide6-Essentials", "apsw", "pillow")
TORCH_INDEX = "https://download.pytorch.org/whl"  # pytorch.org, "Start Locally"; /xpu for Intel's graphics
LLAMA_WHEELS = "https://abetlen.github.io/llama-cpp-python/whl"  # its README, "Pre-built Wheel"
MAKERS = {"nvidia": "NVIDIA", "amd": "AMD", "apple": "Apple"}  # whose accelerators torch uses, all of them
SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
LITTLE_SPACE = 1_000_000_000  # bytes


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
        "shown_by_system": shown_by_system(),
        "torch_build": _torch()[1],
        "versions": _versions(missing),
        "window": _window(missing),
        "folders": {name: _folder(path, missing) for name, path in folders.items()},
        "models": _models(paths, missing),
        "missing": missing,
        "llama": _llama(),
        "servers": {state.address: state_words(state) for state in ask_servers(paths)},
        "extras": _extras(devices),
    }
    output.result(report, _lines(report))
    return DONE


def _devices(missing: list[str]) -> tuple[Device, ...]:
    """The devices; `missing` gets those that the system shows and torch cannot use, and what mends it."""
    found = probe()
    if isinstance(found, str):
        missing.append(
            tr("The libraries that run models do not start ({cause}). Install the studio again.", cause=found)
        )
        return ()
    if {device.kind for device in found} == {"cpu"}:
        unused = [maker for maker in shown_by_system() if maker in MAKERS]
        missing += [
            tr("This torch cannot use the {maker} device. {cure}", maker=MAKERS[maker], cure=_cure(maker))
            for maker in unused
        ]
    return found


def _cure(maker: str) -> str:
    """How torch gets to use that maker's device."""
    if maker == "apple":
        return tr("A newer macOS may help.")
    if maker == "nvidia" and sys.platform == "linux":  # `===`: not the CPU build of the same version
        return tr("To mend it: {command}", command=_pip(f"'torch==={_torch()[0]}'"))
    return tr("Delete the folder .venv and start packaging/run.py, which picks the build that can.")


def _extras(devices: Sequence[Device]) -> list[str]:
    """What is not needed, but may let more or larger models run, or run them faster."""
    kind = devices[0].kind if devices else ""
    helpful = list[str]()
    if not has_llama():
        words = "With {name} text models in GGUF files run as they are packed: {command}"
        command = _pip(f"{LLAMA_PACKAGE} --extra-index-url {LLAMA_WHEELS}/{_llama_build()}")
        helpful.append(tr(words, name=LLAMA_PACKAGE, command=command))
    able = [name for name, (kinds, _) in QUANTISERS.items() if kind in kinds]
    if able and not set(able) & set(installed_quantisers()):
        command = _pip(able[0])
        words = "With {name} models can be held in half of the memory or less: {command}"
        helpful.append(tr(words, name=able[0], command=command))
    helpful += _for_editing()
    if kind == "cpu" and "intel" in shown_by_system():
        command = _pip(f"torch=={_torch()[0]}+xpu --index-url {TORCH_INDEX}/xpu")
        words = "If the Intel graphics here are an Arc or newer, torch can use them: {command}"
        helpful.append(tr(words, command=command))
    return helpful


def _for_editing() -> list[str]:
    """What more models to enlarge pictures with, and to cut things out, would run with."""
    helpful = list[str]()
    if not has_package("spandrel"):
        words = "With {name} models that enlarge pictures can be single files: {command}"
        # It needs torchvision, whose usual build goes with the usual build of torch alone.
        index = f" --extra-index-url {TORCH_INDEX}/cpu" if _torch()[1] == "cpu" else ""
        helpful.append(tr(words, name="spandrel", command=_pip(f"spandrel{index}")))
    if not has_package("onnxruntime"):
        words = "With {name} models in ONNX files cut things out of their background: {command}"
        helpful.append(tr(words, name="onnxruntime", command=_pip("onnxruntime")))
    return helpful


def has_package(name: str) -> bool:
    """Whether it is installed; nothing is imported."""
    return find_spec(name) is not None


def _pip(words: str) -> str:
    return f"{sys.executable} -m pip install {words}"


def _torch() -> tuple[str, str]:
    """The version of torch, and what it was built for: `cpu`, `cuda`, `rocm` or `xpu`, "" where its version
    does not say."""
    try:
        number, _, build = metadata.version("torch").partition("+")
    except metadata.PackageNotFoundError:
        return "", ""
    return number, "cuda" if build.startswith("cu") else build.rstrip("0123456789.")


def _llama_build() -> str:
    """Which of its makers' builds suits this machine; without them pip would compile it for half an hour."""
    if sys.platform == "darwin":
        return "metal"
    return "vulkan" if shown_by_system() else "cpu"


def _llama() -> str:
    """The version of the library that runs GGUF files of text; "" where it is not installed."""
    try:
        return metadata.version(LLAMA_PACKAGE) if has_llama() else ""
    except metadata.PackageNotFoundError:
        return tr("not known")


def _window(missing: list[str]) -> dict[str, bool]:
    """`loads`: Qt finds the system's libraries that its windows need; asked of a process of its own."""
    done = run_to_end([sys.executable, "-c", "import PySide6.QtWidgets"])
    if isinstance(done, str):
        missing.append(
            tr("The window cannot open ({cause}). packaging/run.py says what the system lacks.", cause=done)
        )
    screen = sys.platform != "linux" or any(os.environ.get(name) for name in SCREENS)
    return {"loads": not isinstance(done, str), "screen": screen}


def _versions(missing: list[str]) -> dict[str, str]:
    found = dict[str, str]()
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            missing.append(tr("{name} is not installed. Install the studio again.", name=name))
    return found


def _models(paths: Paths, missing: list[str]) -> list[str]:
    found = installed(paths).models
    abilities = {ability for spec in found for ability in spec.abilities}
    where = tr("`studio models shelf` shows which are worth having; `studio models adopt` takes a folder.")
    if "generate" not in abilities:
        missing.append(f"{tr('There is no picture model.')} {where}")
    if "reply" not in abilities:
        missing.append(f"{tr('There is no text model.')} {where}")
    missing += _packages(found)
    return [spec.id for spec in found]


def _packages(found: Sequence[ModelSpec]) -> list[str]:
    """The packages that models which are here need and that do not load, each with what mends it."""
    wanting = {PACKAGES[spec.base]: spec for spec in reversed(found) if spec.base in PACKAGES}
    sentences = list[str]()
    for package, spec in wanting.items():
        cause = run_to_end([sys.executable, "-c", f"import {package}"])
        if isinstance(cause, str):
            said = tr(ModelNeedsPackage.template, model=spec.name, package=package, cause=cause)
            sentences.append(f"{said} {tr('To mend it: {command}', command=_beside_torch(package))}")
    return sentences


def _beside_torch(package: str) -> str:
    """How to get a package that has to be built for the torch that is here."""
    version = metadata.version("torch")
    build = version.partition("+")[2]
    return _pip(f"{package} torch=={version}" + (f" --index-url {TORCH_INDEX}/{build}" if build else ""))


def _folder(path: Path, missing: list[str]) -> dict[str, Any]:
    """`free` in bytes, on the disk where the folder is or will be."""
    there = next((one for one in (path, *path.parents) if one.exists()), None)
    if there is None:
        missing.append(
            tr("The disk of {path} is not there. Connect it, or choose another folder.", path=path)
        )
        return {"path": str(path), "exists": False, "free": 0}
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
        (tr("Torch is built for"), report["torch_build"] or tr("not known")),
        (tr("Libraries"), ", ".join(versions)),
        (tr("GGUF for text"), _llama_line(report["llama"])),
        *((tr("Server"), f"{address}: {words}") for address, words in report["servers"].items()),
        (tr("Window"), _window_line(report["window"])),
        (tr("Home"), _folder_line(report["folders"]["home"])),
        (tr("Library"), _folder_line(report["folders"]["library"])),
        (tr("Logs"), _folder_line(report["folders"]["logs"])),
        (tr("Models"), ", ".join(report["models"]) or tr("none")),
        *((tr("Missing"), sentence) for sentence in report["missing"]),
        *((tr("Could help"), sentence) for sentence in report["extras"]),
    ]
    return table(rows)


def _device_line(device: dict[str, Any]) -> str:
    return f"{device['name']} ({device['kind']}), {size(device['total_bytes'])}"


def _llama_line(version: str) -> str:
    if version:
        return f"{LLAMA_PACKAGE} {version}"
    return tr("through transformers, which unpacks it: {name} is not installed", name=LLAMA_PACKAGE)


def _window_line(window: dict[str, bool]) -> str:
    if not window["loads"]:
        return tr("cannot open")
    return tr("can open") if window["screen"] else tr("no screen here; the command line works without one")


def _folder_line(folder: dict[str, Any]) -> str:
    parts = [folder["path"], tr("{free} free", free=size(folder["free"]))]
    return ", ".join(parts if folder["exists"] else [*parts, tr("not made yet")])
