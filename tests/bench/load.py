"""A model of 500 MB or more from a warm disk into memory, against a bare `from_pretrained`."""

import subprocess
import sys
from pathlib import Path
from statistics import median

from tests.bench.figures import Figure
from tests.bench.large_models import PAINTER, ROOT, WRITER, large_models
from tests.bench.pairs import compare

BAR, ROUNDS = 1.1, 7


def measure() -> list[Figure]:
    with large_models() as folder:
        return [_row(folder / name) for name in (PAINTER, WRITER)]


def _row(folder: Path) -> Figure:
    compared = compare(ROUNDS, lambda _: _seconds("studio", folder), lambda _: _seconds("bare", folder))
    ratio, size = compared.ratio, sum(one.stat().st_size for one in folder.rglob("*.safetensors"))
    ours, bare = (1000 * median(seconds) for seconds in compared)
    note = (
        f"{folder.name}, {size / 1e6:.0f} MB: {ours:.0f} ms against {bare:.0f} ms; median of {ROUNDS} "
        f"pairs in fresh processes, {min(compared.ratios):.2f} to {max(compared.ratios):.2f}"
    )
    return Figure("load / bare from_pretrained", f"{ratio:.2f}", f"≤ {BAR}", ratio <= BAR, note)


def _seconds(way: str, folder: Path) -> float:
    command = [sys.executable, "-m", "tests.bench.load_once", way, str(folder)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return float(done.stdout.splitlines()[-1])
