"""`studio chat`: one answer to an argument or to standard input, or a conversation on a terminal."""

import argparse
import sys
from typing import Any

from studio.cli.output import DONE, STOPPED, Output
from studio.cli.running import Runner
from studio.core.errors import MessageEmpty
from studio.core.jobs import JobState, Sampling
from studio.core.model import Ability, ModelSpec
from studio.core.paths import Paths
from studio.core.records import JobRecord, TokensAdded
from studio.ui.i18n import tr


def chat(args: argparse.Namespace, paths: Paths, output: Output) -> int:
    interactive = args.message is None and sys.stdin.isatty()
    if args.message is None and not interactive:
        args.message = sys.stdin.read()
    if not interactive and not args.message.strip():
        raise MessageEmpty
    runner = Runner(paths, output)
    try:
        runner.open()
        talk = _Talk(args, runner, output)
        return talk.converse() if interactive else talk.answer(args.message)
    finally:
        runner.close()


class _Talk:
    """A conversation of this command with the model that was chosen."""

    def __init__(self, args: argparse.Namespace, runner: Runner, output: Output) -> None:
        self._runner, self._output = runner, output
        self._session = runner.session
        self._model: ModelSpec = self._session.find_model(args.model, Ability.REPLY)
        self._sampling = Sampling(
            temperature=args.temperature, max_new_tokens=args.max_tokens, seed=args.seed
        )
        if args.conversation:
            self._conversation = self._session.branch(args.conversation).conversation.id
        else:
            self._conversation = self._session.new_conversation(args.system).id
        self._text = ""
        self._session.tokens_added.connect(self._on_tokens)

    def answer(self, message: str) -> int:
        """Sends the message and streams its answer."""
        self._text = ""
        record = self._runner.run(self._send(message))
        if self._text and not self._text.endswith("\n"):
            self._output.text("\n")
        if self._output.json:
            self._output.result(self._report(record), [])
        return STOPPED if record.state is JobState.STOPPED else DONE

    def converse(self) -> int:
        """Until the end of input (Ctrl+D)."""
        self._output.note(tr("{model} listens. Ctrl+D leaves.", model=self._model.name))
        while True:
            try:
                message = input("› ")
            except EOFError:
                print(file=sys.stderr)
                return DONE
            if message.strip():
                self.answer(message)

    def _send(self, message: str) -> str:
        return self._session.send(self._conversation, message, self._model, self._sampling)

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
            "tokens_per_second": round(figures.tokens / writing, 1)
            if figures.tokens and writing > 0
            else 0.0,
        }
