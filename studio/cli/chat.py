"""`studio chat`: one answer to an argument or to standard input, or a conversation on a terminal."""

import argparse
import contextlib
import ctypes
import importlib
import io
import sys
from typing import Any

from studio.cli.output import DONE, STOPPED, Output
from studio.cli.running import Runner
from studio.core.conversations import Said, TokensAdded
from studio.core.errors import MessageEmpty, StudioError
from studio.core.job_checks import MESSAGE_LIMIT
from studio.core.jobs import JobState
from studio.core.model import Ability, ModelSpec
from studio.core.paths import Paths
from studio.core.records import JobRecord
from studio.core.sampling import Sampling
from studio.ui.i18n import tr


def chat(args: argparse.Namespace, paths: Paths, output: Output) -> int:
    if args.message is None and sys.stdin.isatty() and sys.stdout.isatty() and not output.json:
        with Runner(paths, output) as runner:
            return _Talk(args, runner).converse()
    message = args.message if args.message is not None else _read_input()
    if not message.strip():
        raise MessageEmpty
    with Runner(paths, output) as runner:
        return _Talk(args, runner).answer(message)


def _read_input() -> str:
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
    return sys.stdin.read(MESSAGE_LIMIT + 1)


class _Talk:
    """A conversation of this command with the model that was chosen."""

    def __init__(self, args: argparse.Namespace, runner: Runner) -> None:
        self._runner, self._output = runner, runner.output
        self._session = runner.session
        self._model: ModelSpec = self._session.models.find(args.model, Ability.REPLY)
        self._sampling = Sampling(
            temperature=args.temperature, max_new_tokens=args.max_tokens, seed=args.seed
        )
        self._system: str = args.system
        # A new one is made for the first message: who says nothing leaves nothing behind.
        self._conversation = ""
        if args.conversation:
            self._conversation = self._session.chats.branch(args.conversation, last=1).conversation.id
        self._text = ""
        self._session.chats.tokens_added.connect(runner.guarded(self._on_tokens))

    def answer(self, message: str) -> int:
        """Sends the message and streams its answer."""
        self._text = ""
        record = self._runner.run(self._send(message))
        if self._text and not self._text.endswith("\n"):
            self._output.text("\n")
        self._output.result(self._report(record))
        return STOPPED if record.state is JobState.STOPPED else DONE

    def converse(self) -> int:
        """Until the end of input (Ctrl+D). What goes wrong with one message leaves the others alone."""
        _edit_lines()
        name = self._model.name
        self._output.note(tr("{model} listens. Ctrl+C stops an answer, Ctrl+D leaves.", model=name))
        while (message := self._ask()) is not None:
            try:
                if message.strip():
                    self.answer(message)
            except StudioError as error:
                self._output.failure(error)
        if self._conversation:
            command = f"studio chat --conversation {self._conversation}"
            self._output.note(tr("To go on: {command}", command=command))
        return DONE

    def _ask(self) -> str | None:
        """The person's next line; empty where Ctrl+C dropped it, None at the end."""
        try:
            with self._runner.asking():
                return input("› ")
        except KeyboardInterrupt:
            print(file=sys.stderr)
            return ""
        except EOFError:
            print(file=sys.stderr)
            return None

    def _send(self, message: str) -> str:
        if not self._conversation:
            self._session.chats.check(Said(text=message), self._model, self._sampling)
            self._conversation = self._session.chats.begin(self._system).id
        return self._session.chats.send(self._conversation, Said(text=message), self._model, self._sampling)

    def _on_tokens(self, added: TokensAdded) -> None:
        if added.conversation == self._conversation:
            self._text += added.text
            self._output.text(added.text)

    def _report(self, record: JobRecord) -> dict[str, Any]:
        figures = record.figures
        writing = figures.seconds - figures.load_seconds - figures.prefill_seconds
        return {
            "job": record.job.id,
            "state": record.state,
            "conversation": self._conversation,
            "text": self._text,
            "model": self._model.id,
            "prompt_tokens": figures.prompt_tokens,
            "tokens": figures.tokens,
            "seconds": round(figures.seconds, 3),
            "tokens_per_second": round(figures.tokens / writing, 1) if writing > 0 else 0.0,
        }


def _edit_lines() -> None:
    """Lets `input` edit its line and remember those before, where the system has what that needs."""
    with contextlib.suppress(ImportError):  # Windows, whose console edits lines by itself
        importlib.import_module("readline")  # importing it is what switches it on
    # PySide turns Qt's loop while `input` waits, and Ctrl+C would be lost there in some slot.
    ctypes.c_void_p.in_dll(ctypes.pythonapi, "PyOS_InputHook").value = None
