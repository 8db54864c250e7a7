"""One visit of the real window, told to every row that looks at it."""

import functools
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
LONGEST_VISIT = 1200.0  # seconds; one that takes longer waits for what never comes


@dataclass(frozen=True)
class Told:
    """What `tests.bench.inside` prints: memory in bytes, gaps and times in seconds."""

    actions: int
    gaps: list[tuple[float, float, str]]
    stacks: dict[str, str]
    rss: int
    pss: int
    heavy: list[str]
    times: dict[str, float] = field(default_factory=dict[str, float])


@functools.cache
def visit(module: str = "tests.bench.inside", prepare: Callable[[Path], object] | None = None) -> Told:
    """The first minutes of a newcomer, or of who else comes, in a home that is empty but for what `prepare`
    puts there, in English."""
    with tempfile.TemporaryDirectory(prefix="atelier-bench-") as home:
        Path(home, "settings.json").write_text('{"language": "en"}', "utf-8")
        if prepare is not None:
            prepare(Path(home))
        command = [sys.executable, "-m", module, home]
        done = subprocess.run(
            command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True, timeout=LONGEST_VISIT
        )
    return Told(**json.loads(done.stdout.splitlines()[-1]))
