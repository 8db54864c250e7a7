"""Where the models of `tests.bench.large` are made: in a folder that goes when its row is measured."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAINTER, WRITER = "painter", "writer"
SIDE = 512  # pixels of the pictures that are measured


@contextmanager
def large_models() -> Iterator[Path]:
    """A folder with both, about 1.3 GB, just written and so in the system's cache."""
    with tempfile.TemporaryDirectory(prefix="atelier-bench-") as folder:
        command = [sys.executable, "-m", "tests.bench.large", folder]
        subprocess.run(command, cwd=ROOT, check=True, stderr=subprocess.DEVNULL)
        yield Path(folder)
