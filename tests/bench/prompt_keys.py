"""Milliseconds of a key in the prompt of the whole Create panel, with 5,000 characters of six kinds in it."""

import json
import subprocess
import sys
from pathlib import Path
from statistics import quantiles

from tests.bench.figures import Figure

BAR = 0.016  # seconds
ROOT = Path(__file__).parents[2]
Took = tuple[float, float]


def measure() -> list[Figure]:
    command = [sys.executable, "-m", "tests.bench.inside_prompt"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    told: dict[str, dict[str, list[Took]]] = json.loads(done.stdout.splitlines()[-1])
    looks = [one for took in told.values() for one in took["looks"]]
    return [_row(f"a key in 5,000 characters, {kind}", took["keys"]) for kind, took in told.items()] + [
        _row("  what follows a pause in typing", looks)
    ]


def _row(name: str, took: list[Took]) -> Figure:
    seconds, works = zip(*took, strict=True)
    cuts = quantiles(seconds, n=20)
    note = (
        f"at most, of {len(took)}; median {1000 * cuts[9]:.1f} ms, 95th percentile {1000 * cuts[18]:.1f} ms; "
        f"work alone {1000 * sorted(works)[len(works) // 2]:.1f} ms, at most {1000 * max(works):.1f} ms"
    )
    longest = max(seconds)
    return Figure(name, f"{1000 * longest:.1f} ms", f"≤ {1000 * BAR:.0f} ms", longest <= BAR, note)
