"""Tells the person on stderr what the installation is doing, and keeps every program's own words in a log."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time

import environment

LOG = os.path.join(environment.VENV, "install.log")
TAIL = 40
QUIET_SECONDS = 5
COLLECTING = re.compile(r"^Collecting ([A-Za-z0-9._-]+)")
DOWNLOADING = re.compile(r"^\s+Downloading (\S+?)-\d\S* (?:.* )?\((.+)\)$")
WRITING = re.compile(r"^Installing collected packages: (.*)$")


class Stop(Exception):
    """The installation cannot go on; the text says what happened and what to do."""


class Progress:
    """Numbered steps with one line that changes in a terminal, or a line every few seconds elsewhere."""

    def __init__(self, steps: int, lock: int) -> None:
        """Count to `steps`; children inherit the descriptor `lock` and hold it should this process die."""
        self._steps = steps
        self._step = 0
        self._lock = lock
        self._terminal = sys.stderr.isatty()
        self._changing = False
        self._said_at = 0.0

    def step(self, words: str) -> None:
        """Begin the next step."""
        self._step += 1
        self.say(f"[{self._step}/{self._steps}] {words}")

    def say(self, words: str) -> None:
        """Write a line that stays."""
        if self._changing:
            sys.stderr.write("\r\x1b[K")
        self._changing = False
        print(words, file=sys.stderr, flush=True)

    def detail(self, words: str) -> None:
        """Write a line that the next one replaces; where lines cannot be replaced, only now and then."""
        if self._terminal:
            sys.stderr.write(f"\r\x1b[K      {words[:100]}")
            sys.stderr.flush()
            self._changing = True
        elif time.monotonic() - self._said_at > QUIET_SECONDS:
            self._said_at = time.monotonic()
            self.say(f"      {words}")

    def run(self, command: list[str], extra_environment: dict[str, str] | None = None) -> tuple[int, str]:
        """Run a program to its end; give its exit code and its last lines."""
        lines: list[str] = []
        packages = 0
        with open(LOG, "a", encoding="utf-8") as log, self._popen(command, extra_environment) as child:
            log.write("$ " + " ".join(command) + "\n")
            assert child.stdout is not None
            for line in child.stdout:
                log.write(line)
                lines = [*lines[-TAIL:], line.rstrip()]
                packages += bool(COLLECTING.match(line))
                self._show(line, packages)
        return child.returncode, "\n".join(lines)

    def _popen(self, command: list[str], extra: dict[str, str] | None) -> subprocess.Popen[str]:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            cwd=environment.ROOT,
            env={**os.environ, **(extra or {})},
            pass_fds=() if os.name == "nt" else (self._lock,),
        )

    def _show(self, line: str, packages: int) -> None:
        if match := COLLECTING.match(line):
            self.detail(f"{packages} packages: {match[1]}")
        elif match := DOWNLOADING.match(line):
            self.detail(f"{packages} packages: downloading {match[1]}, {match[2]}")
        elif match := WRITING.match(line):
            self.say(f"      writing {match[1].count(',') + 1} packages to disk")
