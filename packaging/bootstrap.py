"""Installs the studio into .venv, step by step; what is done stays done for the next run."""

from __future__ import annotations

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

import environment
import system_libraries
import torch_build
from progress import LOG, Progress, Stop

SUPPORTED = ((3, 13), (3, 12), (3, 11))
STEPS = 4
MARK = os.path.join(environment.VENV, "made-by-packaging-run")
LOCK = os.path.join(environment.VENV, "install.lock")
PIP = [environment.PYTHON, "-P", "-m", "pip", "--disable-pip-version-check", "--no-input"]
INSTALL = [*PIP, "install", "--progress-bar", "off", "-c", environment.CONSTRAINTS]
AGAIN = "Run the same command again to go on from here."
REASONS = {
    r"No space left on device": "the disk is full; a whole installation needs about 3 GB",
    r"NewConnectionError|NameResolution|Temporary failure|timed out|ProxyError|ConnectionReset|SSLError": (
        "the package index cannot be reached; check the network, HTTPS_PROXY and `pip config list`"
    ),
    r"Permission denied": "a file may not be written; the checkout must belong to the one who runs this",
    r"No matching distribution": "the package index lacks a version that the studio needs",
}


def opens_window(arguments: list[str]) -> bool:
    """Whether `studio` would open the window: at most a home is named, and no command."""
    if arguments and arguments[0] == "--home":
        arguments = arguments[2:]
    elif arguments and arguments[0].startswith("--home="):
        arguments = arguments[1:]
    return not arguments


def prepare(parts: set[str], needs_window: bool) -> int:
    """Put `parts` in place and tell the person what went wrong; give the exit code, 0 when all is well."""
    try:
        _claim()
        with _locked() as lock:
            progress = Progress(STEPS, lock)
            fresh = not parts <= environment.installed()
            if fresh:
                _install(progress, parts)
            _check_libraries(progress, fresh, needs_window)
    except Stop as stop:
        print(f"\n{stop}", file=sys.stderr)
        return 1
    except OSError as error:
        print(
            f"\n{error}. The checkout must be writable for the one who runs this.\n{AGAIN}", file=sys.stderr
        )
        return 1
    except KeyboardInterrupt:
        print(f"\nStopped. {AGAIN}", file=sys.stderr)
        return 130
    return 0


def _claim() -> None:
    """Make .venv appear with our mark in it, at once, so that nobody sees it unmarked; refuse one without."""
    if not os.path.exists(environment.VENV):
        folder = tempfile.mkdtemp(prefix=".venv-", dir=environment.ROOT)
        os.chmod(folder, 0o755)
        with open(os.path.join(folder, os.path.basename(MARK)), "w", encoding="ascii") as file:
            file.write("packaging/run.py made this folder and may empty it.\n")
        try:
            os.rename(folder, environment.VENV)
        except OSError:
            shutil.rmtree(folder)  # another start was first
    if not os.path.exists(MARK):
        raise Stop(
            f"{environment.VENV} exists, but was not made by this program, which therefore leaves it alone.\n"
            f"Move it away or delete it, and run this again."
        )


@contextmanager
def _locked() -> Iterator[int]:
    """Let one start install at a time; the lock lives until its holder and the holder's children are gone."""
    descriptor = os.open(LOCK, os.O_RDWR | os.O_CREAT)
    try:
        if not _try_lock(descriptor):
            print("Another start is installing the studio; waiting for it to end.", file=sys.stderr)
            while not _try_lock(descriptor):
                time.sleep(0.2)
        yield descriptor
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _install(progress: Progress, parts: set[str]) -> None:
    """The four steps; each finds out by itself whether it was done before."""
    if _runs([*PIP, "--version"]):
        progress.step("Environment: .venv is there")
        _drop_half_written()
    else:
        _make_environment(progress)
    _must(progress, "Fetching pip and the build tool", [*INSTALL, "pip", "hatchling"])
    _install_torch(progress)
    what = ".[test]" if "test" in parts else "."
    progress.step("The studio and the libraries it stands on" + (", with its tests" * ("test" in parts)))
    _must(progress, "Installing the studio", [*INSTALL, "--no-build-isolation", "--editable", what])
    environment.record(parts)


def _install_torch(progress: Progress) -> None:
    version = torch_build.pinned()
    asking = "import sys, importlib.metadata as m; sys.exit(not m.version('torch').startswith(sys.argv[1]))"
    if _runs([environment.PYTHON, "-I", "-c", asking, version]):
        progress.step(f"torch {version} is there")
        return
    progress.step(f"torch {version}: choosing the build for this machine ({torch_build.device()})")
    build = torch_build.choose(progress, PIP)
    progress.say(f"      installing {build[0]}, the largest part")
    _must(progress, "Installing torch", [*INSTALL, *build])


def _make_environment(progress: Progress) -> None:
    python = _supported_python()
    progress.step(f"Making .venv with {python}")
    for entry in os.scandir(environment.VENV):
        if entry.path not in (MARK, LOCK, LOG):
            shutil.rmtree(entry.path) if entry.is_dir(follow_symlinks=False) else os.unlink(entry.path)
    if not _runs([python, "-I", "-c", "import ensurepip"]):
        _install_venv_module(progress, python)
    _must(progress, "Making the environment", [python, "-m", "venv", environment.VENV])


def _supported_python() -> str:
    """This Python where it will do, else one on the PATH."""
    if sys.version_info[:2] in SUPPORTED:
        return sys.executable
    for major, minor in SUPPORTED:
        python = shutil.which(f"python{major}.{minor}")
        if python is not None and _runs([python, "-I", "-c", "import sys"]):
            return python
    raise Stop(
        f"The studio needs Python 3.11, 3.12 or 3.13; only {sys.version.split()[0]} was found.\n"
        f"Install one of them and run this file with it."
    )


def _install_venv_module(progress: Progress, python: str) -> None:
    """Debian and Ubuntu ship Python without the part that makes environments."""
    words = "import sys; print('python%d.%d-venv' % sys.version_info[:2])"
    package = subprocess.run([python, "-c", words], capture_output=True, text=True, check=True).stdout.strip()
    if system_libraries.may_install():
        progress.say(f"      installing {package} with apt")
        _apt(progress, [package])
    if not _runs([python, "-I", "-c", "import ensurepip"]):
        raise Stop(
            f"Python's venv module is not complete here. Run\n  sudo apt-get install -y {package}\n{AGAIN}"
        )


def _drop_half_written() -> None:
    """A killed pip leaves a package without its RECORD, which pip would take for installed."""
    for pattern in ("lib/python*/site-packages", "Lib/site-packages"):
        for folder in glob.glob(os.path.join(glob.escape(environment.VENV), pattern, "*.dist-info")):
            if not os.path.exists(os.path.join(folder, "RECORD")):
                shutil.rmtree(folder)


def _check_libraries(progress: Progress, fresh: bool, needs_window: bool) -> None:
    """See that Qt can load: install what is missing where allowed, else say how. A window needs all of it."""
    missing = system_libraries.Missing()
    if fresh:
        progress.step("Qt's system libraries" + ("" if missing else ": all there"))
    if missing and (fresh or needs_window) and system_libraries.may_install():
        progress.say("      installing with apt: " + " ".join(missing.packages()))
        _apt(progress, missing.packages())
        missing = system_libraries.Missing()
    if missing.core or (missing.window and needs_window):
        raise Stop(f"Libraries of the system that Qt needs are missing. Run\n  {missing.advice()}\n{AGAIN}")
    if missing and fresh:
        progress.say(f"      the window will need more from the system:\n  {missing.advice()}")
    if not missing.window:
        environment.record(environment.installed() | {"libraries"})


def _apt(progress: Progress, packages: list[str]) -> None:
    for command in system_libraries.apt_commands(packages):
        progress.run(command, {"DEBIAN_FRONTEND": "noninteractive"})


def _must(progress: Progress, doing: str, command: list[str]) -> None:
    """Run a step that the others stand on."""
    status, words = progress.run(command)
    if status == 0:
        return
    reasons = [reason for pattern, reason in REASONS.items() if re.search(pattern, words)]
    reasons += re.findall(r"^\s*((?:ERROR|\w+Error): .+)$", words, re.MULTILINE)[-1:]
    reason = reasons[0] if reasons else f"it ended with code {status}"
    raise Stop(f"{doing} failed: {reason.rstrip('.')}.\nEvery word of it is in {LOG}.\n{AGAIN}")


def _runs(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False
