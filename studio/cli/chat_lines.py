"""The lines that a person types at `studio chat`: edited, completed and remembered where the system can."""

import contextlib
import ctypes
import importlib
import sys
from functools import partial
from pathlib import Path
from typing import Any

from studio.cli.chat_commands import words_to_complete
from studio.cli.chat_talk import Talk
from studio.cli.running import Killed, Runner

_REMEMBERED = 1000  # lines
_LONGEST = 4000  # characters of a line that is remembered
_GOES_ON = "\\"  # at the end of a line: another one follows


class Lines:
    """Reads from the terminal; the file of what was typed before belongs to its owner alone."""

    def __init__(self, runner: Runner, history: Path) -> None:
        self._runner, self._history = runner, history
        self._readline: Any = None

    def open(self, talk: Talk) -> None:
        with contextlib.suppress(ImportError):  # Windows, whose console edits lines by itself
            self._readline = importlib.import_module("readline")  # importing it is what switches it on
        # PySide turns Qt's loop while `input` waits, and Ctrl+C would be lost there in some slot.
        ctypes.c_void_p.in_dll(ctypes.pythonapi, "PyOS_InputHook").value = None
        if self._readline is None:
            return
        self._readline.set_completer_delims(" \t\n")
        self._readline.set_completer(partial(_completed, talk))
        self._readline.parse_and_bind("tab: complete")
        self._readline.set_history_length(_REMEMBERED)
        self._readline.clear_history()
        with contextlib.suppress(OSError, UnicodeDecodeError):  # none yet, or no text
            self._readline.read_history_file(str(self._history))

    def close(self) -> None:
        """Remembers what was typed. That it cannot be written is nothing to fail for."""
        if self._readline is None:
            return
        for place in range(self._readline.get_current_history_length() - 1, -1, -1):
            if len(self._readline.get_history_item(place + 1) or "") > _LONGEST:
                self._readline.remove_history_item(place)
        with contextlib.suppress(OSError):
            self._history.parent.mkdir(parents=True, exist_ok=True)
            self._history.touch(mode=0o600)
            self._readline.write_history_file(str(self._history))

    def ask(self) -> str | None:
        """What the person says; empty where Ctrl+C dropped it, None at the end. Raises Killed."""
        said = list[str]()
        try:
            with self._runner.asking():
                said.append(input("› "))
                while said[-1].endswith(_GOES_ON):
                    said.append(input("… "))
        except Killed:
            raise
        except KeyboardInterrupt:
            print(file=sys.stderr)
            return ""
        except EOFError:
            print(file=sys.stderr)
            return None
        return (
            "\n".join(line.removesuffix(_GOES_ON) for line in said[:-1]) + "\n" * (len(said) > 1) + said[-1]
        )


def _completed(talk: Talk, start: str, number: int) -> str | None:
    """The number-th word that begins so, where it is a call."""
    if not start.startswith("/"):
        return None
    found = [word for word in words_to_complete(talk) if word.startswith(start)]
    return f"{found[number]} " if number < len(found) else None
