"""`studio chat`: one answer to an argument or to standard input, or a conversation on a terminal."""

import argparse
import io
import sys

from studio.cli.chat_commands import obey
from studio.cli.chat_lines import Lines
from studio.cli.chat_talk import Talk
from studio.cli.output import DONE, STOPPED, Output
from studio.cli.running import Runner
from studio.core.errors import MessageEmpty, StudioError
from studio.core.job_checks import MESSAGE_LIMIT
from studio.core.jobs import JobState
from studio.core.paths import Paths
from studio.ui.i18n import tr


def chat(args: argparse.Namespace, paths: Paths, output: Output) -> int:
    if args.message is None and sys.stdin and sys.stdin.isatty() and sys.stdout.isatty() and not output.json:
        with Runner(paths, output) as runner:
            return _converse(Talk(args, runner), Lines(runner, paths.chat_history), output)
    message = args.message if args.message is not None else _read_input()
    if not message.strip() and not args.attach:
        raise MessageEmpty
    with Runner(paths, output) as runner:
        talk = Talk(args, runner)
        record = talk.say(message)
        output.result(talk.report(record))
        return STOPPED if record.state is JobState.STOPPED else DONE


def _read_input() -> str:
    """Nothing where it is closed, or is a folder."""
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
    try:
        return sys.stdin.read(MESSAGE_LIMIT + 1) if sys.stdin else ""
    except OSError:
        return ""


def _converse(talk: Talk, lines: Lines, output: Output) -> int:
    """Until the end of input (Ctrl+D). What goes wrong with one message leaves the others alone."""
    output.note(tr("{model} listens. Ctrl+C stops an answer, Ctrl+D leaves.", model=talk.model.name))
    output.note(tr("/help lists what else can be typed."))
    lines.open(talk)
    try:
        _listen(talk, lines, output)
    finally:
        lines.close()
    if talk.conversation:
        command = f"studio chat --conversation {talk.conversation}"
        output.note(tr("To go on: {command}", command=command))
    return DONE


def _listen(talk: Talk, lines: Lines, output: Output) -> None:
    while (line := lines.ask()) is not None:
        try:
            if obey(talk, line):
                return
        except StudioError as error:
            output.failure(error)
