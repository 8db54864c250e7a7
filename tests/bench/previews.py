"""How much of a step the previews of latent colours take, of what the worker's process works."""

import json
import subprocess
import sys
from pathlib import Path

import msgspec

from studio.core.model import ModelSpec
from tests.bench.figures import Figure
from tests.bench.painters import painters

ROOT = Path(__file__).parents[2]
BAR = 0.03


def measure() -> list[Figure]:
    with painters() as models:
        return [_row(model) for model in models]


def _row(model: ModelSpec) -> Figure:
    words = ("previews", msgspec.json.encode(model).decode())
    command = [sys.executable, "-m", "tests.bench.inside_worker", *words]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    told = json.loads(done.stdout.splitlines()[-1])
    share = told["share"]
    note = f"{model.name}, four at once: {told['previews']} previews; {100 * told['most']:.1f} % at most"
    return Figure("previews / steps", f"{100 * share:.1f} %", f"≤ {100 * BAR:.0f} %", share <= BAR, note)
