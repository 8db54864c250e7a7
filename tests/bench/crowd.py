"""Two hundred jobs in a control group with little memory: the session lives, and every job ends in a way."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.bench.crowd_host import JOBS
from tests.bench.figures import Figure

ROOT = Path(__file__).parents[2]
GROUPS = Path("/sys/fs/cgroup")
LIMIT = 1_500_000_000  # two workers with their libraries take 1.2 GB; a large picture would take 0.9 more
HANGS = 1800  # seconds


def measure() -> list[Figure]:
    name, bar = "jobs in a crowd", f"{JOBS} ended, the session alive"
    with _group() as group, tempfile.TemporaryDirectory(prefix="atelier-bench-") as home:
        command = [sys.executable, "-m", "tests.bench.crowd_host", home]
        if group is None and not shutil.which("systemd-run"):
            return [Figure(name, "skipped", bar, True, "this host lets nobody make a control group")]
        if group is None:
            limits = ["-p", f"MemoryMax={LIMIT}", "-p", "MemorySwapMax=0"]
            command = ["systemd-run", "--user", "--scope", "--quiet", *limits, *command]
        else:
            command = ["sh", "-c", f'echo $$ > "{group}/cgroup.procs" && exec "$@"', "sh", *command]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=HANGS, check=False)
        kills = _told(group, ("memory.events", "memory.oom_control"), "oom_kill")
        peak = _told(group, ("memory.peak", "memory.max_usage_in_bytes"))
    if done.returncode:
        last = done.stderr.strip().rpartition("\n")[2]
        if group is None and "bus" in last:
            return [Figure(name, "skipped", bar, True, f"systemd-run: {last}")]
        return [Figure(name, "the session ended", bar, False, f"exit {done.returncode}: {last}")]
    told = json.loads(done.stdout.splitlines()[-1])
    ended = sum(told["states"].values())
    outcomes = ", ".join(f"{count} {state}" for state, count in sorted(told["states"].items()))
    codes = ", ".join(f"{count} {code}" for code, count in told["codes"].items()) or "no errors"
    note = (
        f"{LIMIT} bytes, {peak or '?'} at most; {outcomes}; {codes}; the system ended {kills or '?'} workers"
    )
    return [Figure(name, str(ended), bar, ended == JOBS, note)]


@contextmanager
def _group() -> Iterator[Path | None]:
    """A group of our own below the one that we are in, of either version; None where that is not allowed."""
    made = next(filter(None, map(_make, _places())), None)
    try:
        yield made
    finally:
        if made:
            for _ in range(50):
                with suppress(OSError):  # a worker may still be on its way out
                    made.rmdir()
                    break
                time.sleep(0.1)


def _places() -> Iterator[tuple[Path, str]]:
    for line in Path("/proc/self/cgroup").read_text("ascii").splitlines():
        number, _, rest = line.partition(":")
        kinds, _, path = rest.partition(":")
        if "memory" in kinds.split(","):
            yield GROUPS / "memory" / path.lstrip("/"), "memory.limit_in_bytes"
        elif number == "0":
            yield GROUPS / path.lstrip("/"), "memory.max"


def _make(place: tuple[Path, str]) -> Path | None:
    parent, limit = place
    group = parent / f"atelier-bench-{os.getpid()}"
    try:
        group.mkdir()
    except OSError:
        return None
    try:
        (group / limit).write_text(str(LIMIT))
    except OSError:
        group.rmdir()
        return None
    return group


def _told(group: Path | None, files: tuple[str, str], name: str = "") -> str:
    """What the group says in the file of either version, in the line of that name; empty without one."""
    for file in files if group else ():
        with suppress(OSError):
            for line in (group / file).read_text("ascii").splitlines():
                if line.startswith(f"{name} " if name else ""):
                    return line.split()[-1]
    return ""
