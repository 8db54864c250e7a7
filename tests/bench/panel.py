"""The Models panel with ten thousand models: opened, and searched a key at a time, in a window of its own."""

import json
import subprocess
import sys
from pathlib import Path

from tests.bench.figures import Figure

OPEN, KEY = 0.050, 0.016  # seconds
ROOT = Path(__file__).parents[2]


def measure() -> list[Figure]:
    command = [sys.executable, "-m", "tests.bench.inside_models"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    told = json.loads(done.stdout.splitlines()[-1])
    return [
        _figure("Models with 10,000 rows, longest gap", told["opened"], OPEN, "turns of the event loop"),
        _figure("  longest key of a search", told["typed"], KEY, "keys, to the last pixel"),
    ]


def _figure(name: str, took: list[tuple[float, float]], bar: float, what: str) -> Figure:
    longest, work = max(took)
    middle = sorted(took)[len(took) // 2][0]
    note = f"{1000 * work:.0f} ms of it work; median {1000 * middle:.0f} ms of {len(took)} {what}"
    return Figure(name, f"{1000 * longest:.0f} ms", f"≤ {1000 * bar:.0f} ms", longest <= bar, note)
