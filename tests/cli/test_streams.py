"""Streams that are closed, full or not heard, and Ctrl+C before anything has begun."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT

posix = pytest.mark.skipif(os.name != "posix", reason="a POSIX shell")
full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full")


def shell(words: str, home: Path, redirected: str) -> subprocess.CompletedProcess[str]:
    command = f"exec '{sys.executable}' -m studio {words} --home '{home}' {redirected}"
    return subprocess.run(["/bin/sh", "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=60)


@posix
@pytest.mark.parametrize("redirected", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_closed_stream_hinders_nothing(home: Path, redirected: str):
    said = shell("library list --json", home, redirected)
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout == ("" if ">&-" in redirected.replace("2>&-", "") else '{"total":0,"assets":[]}\n')
    assert b"total" not in (home / "studio.db").read_bytes()[:100]


@posix
@full
@pytest.mark.parametrize("json", ["", "--json"])
def test_output_to_a_full_disk_ends_in_a_sentence(home: Path, json: str):
    said = shell(f"library list {json}", home, ">/dev/full")
    assert said.returncode == 1
    assert "Traceback" not in said.stderr
    assert json or "standard output" in said.stderr


@posix
@full
def test_progress_that_cannot_be_written_hinders_nothing(home: Path):
    said = shell("models verify starter/scribe --json", home, "2>/dev/full")
    assert (said.returncode, said.stdout) == (0, '{"state":"done","whole":true,"checked":1,"damaged":[]}\n')


@posix
@pytest.mark.parametrize("library", ["msgspec", "PySide6.QtCore", "studio.session", "studio.cli.generate"])
def test_ctrl_c_while_libraries_load_ends_at_once(start, home: Path, library: str):
    """At the moment when this one is there and others are still on their way."""
    process = start("studio", "generate", "a boat", "--steps", "1000", "--json", PYTHONPROFILEIMPORTTIME="1")
    next(line for line in process.popen.stderr if line.rstrip().endswith(f" {library}"))
    process.press(signal.SIGINT)
    said = process.end()
    assert (said.code, said.object["state"]) == (130, "stopped")
    assert "Traceback" not in said.err
