"""What each cache of steps saves, and what it costs in likeness to the same picture without it."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.figures import Figure

ROOT = Path(__file__).parents[2]


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="atelier-bench-") as folder:
        command = [sys.executable, "-m", "tests.bench.inside_worker", "caches", folder]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    told: dict[str, dict[str, float]] = json.loads(done.stdout.splitlines()[-1])
    return [_row(cache, one["faster"], one["likeness"]) for cache, one in told.items()]


def _row(cache: str, faster: float, likeness: float) -> Figure:
    note = f"{likeness:.1f} dB like the picture without it; 28 steps of a deep Flux with random weights"
    return Figure(f"{cache}, times as fast", f"{faster:.2f}", "≥ 1", faster >= 1, note)
