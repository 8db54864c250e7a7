"""An answer of 1,000 tokens a second in the window: it turns, and Esc stops."""

import json
import subprocess
import sys
from pathlib import Path

from tests.bench.figures import Figure

GAP, STOP = 0.050, 0.100  # seconds
ROOT = Path(__file__).parents[2]


def measure() -> list[Figure]:
    told = run("stream")
    note = f"the window worked {1000 * told['work']:.0f} ms at most; {told['turns']:.0f} turns in 8 s"
    return [
        Figure(
            "Chat at 1,000 tokens a second, longest gap",
            f"{1000 * told['gap']:.0f} ms",
            f"≤ {1000 * GAP:.0f} ms",
            told["gap"] <= GAP,
            note,
        ),
        Figure(
            "  Esc to the stop",
            f"{1000 * told['stopped']:.0f} ms",
            f"≤ {1000 * STOP:.0f} ms",
            told["stopped"] <= STOP,
        ),
    ]


def run(what: str) -> dict[str, float]:
    """What `tests.bench.inside_chat` prints, in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.inside_chat", what]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])
