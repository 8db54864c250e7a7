"""Where the studio's own Python environment is, whether it is ready, and how a program is started in it.

Read at every start, and by whatever Python the person has: small imports, no syntax newer than Python 3.8.
"""

import hashlib
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, *(("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")))
PROJECT = os.path.join(ROOT, "pyproject.toml")
CONSTRAINTS = os.path.join(ROOT, "packaging", "constraints.txt")
STAMP = os.path.join(VENV, "studio-installed")


def fingerprint() -> str:
    """Changes with what is to be installed, and with the folder, since the checkout is installed in place."""
    digest = hashlib.sha256(ROOT.encode())
    for path in (PROJECT, CONSTRAINTS):
        with open(path, "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def installed() -> set:
    """The parts that are in place for the present fingerprint, or nothing: base, test, libraries."""
    if not os.path.exists(PYTHON):  # it is a link, and the system's Python may have gone
        return set()
    try:
        with open(STAMP, encoding="ascii") as file:
            words = file.read().split()
    except FileNotFoundError:
        return set()
    return set(words[1:]) if words[:1] == [fingerprint()] else set()


def record(parts: set) -> None:
    """Write down what is in place, whole or not at all."""
    with open(STAMP + ".part", "w", encoding="ascii") as file:
        file.write(" ".join([fingerprint(), *sorted(parts)]) + "\n")
    os.replace(STAMP + ".part", STAMP)


def start(arguments: list) -> int:
    """Become the environment's Python; on Windows, which cannot, run it and return its exit code."""
    # Two processes that spin at OpenMP barriers slow each other down twenty times.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name != "nt":
        os.execv(PYTHON, [PYTHON, *arguments])
    child = subprocess.Popen([PYTHON, *arguments])
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue  # Ctrl+C reached the child too, and the child decides how it ends
