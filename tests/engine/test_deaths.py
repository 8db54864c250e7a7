"""Exit codes in words, and whether memory was the reason."""

import sys
from pathlib import Path

import pytest

from studio.core.errors import MemoryExhausted, StudioError, WorkerCrashed, WorkerExited, WorkerKilled
from studio.core.messages import Stage
from studio.engine.deaths import cause_of, memory_kills


@pytest.mark.parametrize(
    ("exit_code", "starved", "cause"),
    [
        (-9, False, WorkerKilled(signal="SIGKILL")),
        (-9, True, MemoryExhausted(phase="decoding")),
        (-15, True, WorkerKilled(signal="SIGTERM")),
        (-40, False, WorkerKilled(signal="40")),
        (-11, True, WorkerCrashed(cause="segmentation fault")),
        (-6, False, WorkerCrashed(cause="abort")),
        (0, False, WorkerExited(exit_code=0)),
        (3, False, WorkerExited(exit_code=3)),
        (0xC0000005, False, WorkerCrashed(cause="segmentation fault")),
        (0xC0000017, False, MemoryExhausted(phase="decoding")),
    ],
)
def test_cause_in_words(exit_code: int, starved: bool, cause: StudioError) -> None:
    found = cause_of(exit_code, Stage.DECODING, starved)
    assert (type(found), found.params) == (type(cause), cause.params)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps this count")
def test_counts_what_linux_has_ended_for_want_of_memory(tmp_path: Path) -> None:
    proc, cgroups = tmp_path / "proc", tmp_path / "cgroup"
    (proc / "self").mkdir(parents=True)
    (cgroups / "studio.slice").mkdir(parents=True)
    assert memory_kills(proc, cgroups) == 0
    (proc / "vmstat").write_text("nr_free_pages 7\noom_kill 2\n")
    assert memory_kills(proc, cgroups) == 2
    (proc / "self" / "cgroup").write_text("1:cpu:/other\n0::/studio.slice\n")
    (cgroups / "studio.slice" / "memory.events").write_text("oom 9\noom_kill 1\noom_group_kill 0\n")
    assert memory_kills(proc, cgroups) == 3
