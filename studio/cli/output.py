"""What the command line says: results on standard output, progress and errors on standard error."""

import contextlib
import io
import os
import re
import shutil
import sys
import time
import unicodedata
from collections.abc import Generator, Mapping, Sequence
from typing import Any, TextIO

import msgspec

from studio.core.errors import BadRequest, FileUnwritable, StudioError
from studio.ui.i18n import hint_of, sentence_of, tr

DONE, FAILED, WRONG_USAGE, STOPPED = 0, 1, 2, 130
PROGRESS_SECONDS = 0.05  # between two rewritings of the progress line
# With these a terminal moves, colours, renames and reorders; names of files and models come from anybody.
_CONTROLS = dict.fromkeys(
    {*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)} - {0x09, 0x0A},
    "\ufffd",
)

_FAINT, _PLAIN = "\x1b[2m", "\x1b[22m"
_PIECES = re.compile(r"[\u2e80-\uffef]|[^\s\u2e80-\uffef]+\s*")  # a character that stands alone, or a word


class Output:
    """Prints for a person, or one JSON object for a program.

    Attributes:
        json: print exactly one JSON object on standard output, and nothing else there.
        answered: the answer was printed; whatever comes after that, there is no second one.
        live: standard error is a terminal, so a progress line may rewrite itself.
    """

    def __init__(self, json: bool) -> None:
        self.json = json
        self.live = sys.stderr.isatty()
        self.answered = False
        self._words = self._shown = ""
        self._begun = False  # a line of the answer, and not ended
        self._last = 0.0
        _make_tolerant(sys.stdout, "utf-8" if json else None)
        _make_tolerant(sys.stderr, None)

    @property
    def columns(self) -> int:
        """How wide a line may be; what goes to a file or a program stays whole."""
        return shutil.get_terminal_size().columns if sys.stdout.isatty() else sys.maxsize

    def result(self, value: dict[str, Any], lines: Sequence[str] = ()) -> None:
        """The answer: the object for a program, the lines for a person."""
        self.clear()
        with _printing():
            if self.json:
                print(msgspec.json.encode(value).decode())
            else:
                print(*map(harmless, lines), sep="\n", end="\n" * bool(lines))
            sys.stdout.flush()
        self.answered = True

    def text(self, text: str) -> None:
        """A piece of the answer as soon as it is there, for a person only."""
        if not self.json:
            self.clear()
            with _printing():
                print(harmless(text), end="", flush=True)
            self._begun = not text.endswith("\n")

    def end_line(self) -> None:
        """Of the answer, where one has begun."""
        if self._begun:
            self.text("\n")

    @property
    def dims(self) -> bool:
        """What is less important can be shown so: on a terminal that knows faint letters."""
        plain = os.environ.get("TERM") == "dumb" or "NO_COLOR" in os.environ
        return not self.json and not plain and sys.stdout.isatty()

    def thought(self, text: str) -> None:
        """A piece of what a model thinks before it answers, faint where that can be."""
        if not self.json:
            self.clear()
            faint = f"{_FAINT}{harmless(text)}{_PLAIN}" if self.dims else harmless(text)
            with _printing():
                print(faint, end="", flush=True)
            self._begun = not text.endswith("\n")

    def note(self, sentence: str) -> None:
        """A line of its own, also where the answer stands on the same terminal."""
        self.clear()
        if self._begun and self.live and sys.stdout.isatty():
            self.end_line()
        _say(harmless(sentence) + "\n")

    def progress(self, words: str, figures: str = "") -> None:
        """One changing line; where a line cannot change, one for each change of the words."""
        words = harmless(words)
        changed, self._words = words != self._words, words
        if not self.live:
            if changed:
                _say(words + "\n")
        elif changed or time.monotonic() - self._last >= PROGRESS_SECONDS:
            line = f"{words} {figures}".rstrip()
            _say("\r" + padded(line, width(self._shown)))
            self._shown, self._last = line, time.monotonic()

    def clear(self) -> None:
        """Take the progress line away."""
        if self.live and self._shown:
            _say("\r" + " " * width(self._shown) + "\r")
            self._words = self._shown = ""

    def failure(self, error: StudioError, hint: str = "", more: Mapping[str, Any] | None = None) -> int:
        """Says what happened and what to do, `more` for a program alone; returns the exit code."""
        sentence, hint = sentence_of(error), hint or hint_of(error)
        if self.json:
            told = {"state": "failed", "code": error.code, "message": sentence, "hint": hint}
            self.result({**(more or {}), **told})
        else:
            self.note(f"{sentence}\n{hint}")
        return WRONG_USAGE if isinstance(error, BadRequest) else FAILED


def harmless(text: str) -> str:
    """The text with a sign instead of each character that a terminal would obey and not show."""
    return text.translate(_CONTROLS)


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines in which all columns but the last are as wide as their widest cell."""
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(padded, row[:-1], widths)) + "  " + row[-1] for row in rows]


def fitted(rows: Sequence[Sequence[str]], columns: int, leaving: Sequence[int]) -> list[str]:
    """The table where it has room; else what stands last comes below each row, indented, and of the others
    those numbered in `leaving` leave, one after the other, until the rest has room."""
    whole = table(rows)
    if max(map(width, whole), default=0) <= columns:
        return whole
    kept = list(range(len(rows[0]) - 1))
    above = table([row[:-1] for row in rows])
    for gone in leaving:
        if max(map(width, above)) <= columns:
            break
        kept.remove(gone)
        above = table([[row[number] for number in kept] for row in rows])
    below = [[f"      {line}" for line in wrapped(row[-1], columns - 6)] for row in rows]
    return [line for first, others in zip(above, below, strict=True) for line in (first.rstrip(), *others)]


def wrapped(text: str, columns: int) -> list[str]:
    """Lines that end between words, or between two Chinese characters."""
    lines = [""]
    for piece in _PIECES.findall(text):
        if lines[-1] and width(lines[-1] + piece.rstrip()) > columns:
            lines.append("")
        lines[-1] += piece
    return [line.rstrip() for line in lines]


def padded(text: str, columns: int) -> str:
    return text + " " * (columns - width(text))


def width(text: str) -> int:
    """Columns of a terminal that the text takes; a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


@contextlib.contextmanager
def _printing() -> Generator[None]:
    """Raises FileUnwritable where standard output goes to a disk that is full, say."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        silence()
        raise FileUnwritable(path=tr("standard output"), cause=error.strerror or str(error)) from error


def silence(stream: TextIO | None = None) -> None:
    """Nothing more is printed there, or on standard output: it would fail, at the latest in Python's own
    clean-up."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), (stream or sys.stdout).fileno())


def _say(text: str) -> None:
    try:
        print(text, end="", file=sys.stderr, flush=True)
    except OSError:  # nobody listens, or its disk is full: what was asked for is done all the same
        silence(sys.stderr)


def _make_tolerant(stream: TextIO, encoding: str | None) -> None:
    """A character that the terminal's encoding lacks is shown as a question mark, and ends nothing."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding=encoding, errors="replace")
