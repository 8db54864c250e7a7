"""A conversation of 10,000 messages, opened in the real window."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

from studio.core.settings import Settings
from tests.bench.figures import Figure
from tests.bench.many_messages import fill

MESSAGES, OPEN = 10_000, 0.300
ROOT = Path(__file__).parents[2]


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="atelier-bench-") as folder:
        paths = fill(Path(folder), 1, MESSAGES)
        settings = Settings(language="en", library=str(paths.library))
        Path(paths.home, "settings.json").write_bytes(msgspec.json.encode(settings))
        command = [sys.executable, "-m", "tests.bench.inside_chat_open", str(paths.home)]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    times = sorted(json.loads(done.stdout.splitlines()[-1])["times"].values())
    note = f"from the click to the last pixel; median {1000 * times[len(times) // 2]:.0f} ms of {len(times)}"
    return [
        Figure(
            f"A chat of {MESSAGES:,} messages, longest opening",
            f"{1000 * times[-1]:.0f} ms",
            f"≤ {1000 * OPEN:.0f} ms",
            times[-1] <= OPEN,
            note,
        )
    ]
