"""The command line in processes of its own, or in this one where a process of its own would show no more."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QCoreApplication

from studio.cli.main import main
from studio.session.models import InstalledModels
from tests.cli.scripted import find_scripted

ROOT = Path(__file__).parents[2]
SIZE = (64, 48)  # of the photo
HANGS = 60  # seconds; only a broken command line takes so long


@dataclass
class Said:
    """How a command ended.

    Attributes:
        code: its exit code.
        out, err: what it wrote.
    """

    code: int
    out: str
    err: str

    @property
    def object(self) -> dict[str, Any]:
        """The one JSON object that is all of standard output."""
        assert self.out.count("\n") == 1, self
        return json.loads(self.out)


Studio = Callable[..., Said]


@pytest.fixture
def studio(qapp: QCoreApplication, capfd: pytest.CaptureFixture[str], monkeypatch) -> Studio:
    """Runs a command in this process, with scripted models."""
    monkeypatch.setattr(InstalledModels, "find", find_scripted)

    def run(*words: str) -> Said:
        capfd.readouterr()
        code = main(list(words))
        return Said(code, *capfd.readouterr())

    return run


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A file in which each pixel is another."""
    rng = np.random.default_rng(3)
    Image.fromarray(rng.integers(0, 256, (SIZE[1], SIZE[0], 3), np.uint8)).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


class Process:
    """A command in a process of its own."""

    def __init__(self, module: str, *words: str, stdin: str | None = None, **environment: str) -> None:
        path = os.pathsep.join([os.environ["PYTHONPATH"], str(ROOT)])
        self.popen = subprocess.Popen(
            [sys.executable, "-m", module, *words],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": path, "PYTHONUTF8": "1", **environment},
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self._stdin = stdin
        self._read = ""

    def wait_for(self, words: str) -> None:
        """Until a line of standard error begins so."""
        assert self.popen.stderr
        for line in self.popen.stderr:
            self._read += line
            if line.startswith(words):
                return
        raise AssertionError(f"ended before {words!r}; said {self._read!r}")

    def press(self, number: signal.Signals = signal.SIGINT) -> None:
        self.popen.send_signal(number)

    def end(self) -> Said:
        out, err = self.popen.communicate(self._stdin, timeout=HANGS)
        return Said(self.popen.returncode, out, self._read + err)


@pytest.fixture
def start() -> Iterator[Callable[..., Process]]:
    """Starts `python -m MODULE WORDS`; what still runs at the end of the test is killed."""
    processes: list[Process] = []

    def start_one(module: str, *words: str, **more: Any) -> Process:
        processes.append(Process(module, *words, **more))
        return processes[-1]

    yield start_one
    for process in processes:
        with process.popen as popen:
            popen.kill()


@pytest.fixture
def scripted(start) -> Callable[..., Process]:
    return lambda *words, **more: start("tests.cli.scripted", *words, **more)
