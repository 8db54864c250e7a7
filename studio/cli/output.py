"""What the command line says: results on standard output, progress and errors on standard error."""

import sys
import time
from typing import Any

import msgspec

from studio.core.errors import BadRequest, StudioError

DONE, FAILED, WRONG_USAGE, STOPPED = 0, 1, 2, 130


class Output:
    """Prints for a person, or one JSON object for a program.

    Attributes:
        json: print exactly one JSON object on standard output.
        live: standard error is a terminal, so a progress line may rewrite itself.
    """

    def __init__(self, json: bool) -> None:
        self.json = json
        self.live = sys.stderr.isatty()
        self._shown = ""
        self._last = 0.0

    def result(self, value: dict[str, Any], lines: list[str]) -> None:
        """The answer: the object for a program, the lines for a person."""
        self.clear()
        if self.json:
            print(msgspec.json.encode(value).decode())
        else:
            print("\n".join(lines), flush=True)

    def text(self, text: str) -> None:
        """A piece of streamed text, for a person only."""
        self.clear()
        if not self.json:
            print(text, end="", flush=True)

    def note(self, sentence: str) -> None:
        self.clear()
        print(sentence, file=sys.stderr, flush=True)

    def progress(self, line: str) -> None:
        """One changing line; where it cannot change, a new line when the words before the figures change."""
        if self.live and time.monotonic() - self._last > 0.05:
            width = max(len(self._shown), len(line))
            print("\r" + line.ljust(width), end="", file=sys.stderr, flush=True)
            self._shown, self._last = line, time.monotonic()
        elif not self.live and line.split(" ")[0] != self._shown:
            print(line, file=sys.stderr, flush=True)
            self._shown = line.split(" ")[0]

    def clear(self) -> None:
        if self.live and self._shown:
            print("\r" + " " * len(self._shown) + "\r", end="", file=sys.stderr, flush=True)
            self._shown = ""

    def failure(self, error: StudioError, sentence: str, hint: str) -> int:
        """Says what happened and what to do; returns the exit code."""
        self.clear()
        if self.json:
            report = {"state": "failed", "code": error.code, "message": sentence, "hint": hint}
            print(msgspec.json.encode(report).decode())
        else:
            print(f"{sentence}\n{hint}", file=sys.stderr)
        return WRONG_USAGE if isinstance(error, BadRequest) else FAILED
