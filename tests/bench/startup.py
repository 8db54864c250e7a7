"""The window painted, from the command, against a bare PySide6 window with one label."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from tests.bench.figures import Figure
from tests.bench.pairs import compare

BAR, ROUNDS = 2.0, 9
ROOT = Path(__file__).parents[2]


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="atelier-bench-") as home:
        compared = compare(ROUNDS, lambda _: _seconds("studio", "--home", home), lambda _: _seconds("bare"))
    ratio, (ours, bare) = compared.ratio, (1000 * median(seconds) for seconds in compared[:2])
    note = f"{ours:.0f} ms against {bare:.0f} ms; median of {ROUNDS} pairs; no torch in the window's process"
    return [Figure("window painted / bare window", f"{ratio:.2f}", f"≤ {BAR:.0f}", ratio <= BAR, note)]


def _seconds(*words: str) -> float:
    """From the command to the first paint."""
    command = [sys.executable, "-m", "tests.bench.painted", *words]
    began = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as popen:
        assert popen.stdout
        said = popen.stdout.readline().strip()
        seconds = time.perf_counter() - began
    if said != "painted":
        raise RuntimeError(f"{' '.join(words)}: {said or 'no window'}")
    return seconds
