"""Runs a bare script beside the studio and asks it for one round after another."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


class Script:
    """A child process that answers each line of JSON with one."""

    def __init__(self, popen: "subprocess.Popen[str]") -> None:
        self._popen = popen

    def ask(self, **order: Any) -> dict[str, Any]:
        assert self._popen.stdin and self._popen.stdout
        self._popen.stdin.write(json.dumps(order) + "\n")
        self._popen.stdin.flush()
        answer = self._popen.stdout.readline()
        if not answer:
            raise RuntimeError(f"the script ended with {self._popen.wait()}")
        return json.loads(answer)


@contextmanager
def running(module: str, *words: str) -> Iterator[Script]:
    """`python -m MODULE WORDS`, ended when the block ends."""
    command = [sys.executable, "-m", module, *words]
    with subprocess.Popen(command, cwd=ROOT, stdin=-1, stdout=-1, text=True) as popen:
        yield Script(popen)
        assert popen.stdin
        popen.stdin.close()
