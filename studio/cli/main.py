"""Parses the command line, runs one command and turns its outcome into an exit code."""

import argparse
import os
import sys
from collections.abc import Callable

from studio.cli.output import STOPPED, Output
from studio.cli.parser import build_parser
from studio.core.errors import StudioError
from studio.core.paths import Paths, home_dir, paths_for
from studio.store.settings_file import load_settings

Command = Callable[[argparse.Namespace, Paths, Output], int]


def main(argv: list[str]) -> int:
    """Runs `studio ARGV`; returns 0 done, 1 failed, 2 wrong usage, 130 stopped."""
    args = build_parser().parse_args(argv)
    output = Output(args.json)
    home = home_dir(args.home)
    settings = load_settings(home / "settings.json")
    try:
        return _command(args)(args, paths_for(home, settings.library), output)
    except StudioError as error:
        from studio.ui.i18n import hint_of, sentence_of

        return output.failure(error, sentence_of(error), hint_of(error))
    except KeyboardInterrupt:
        output.clear()
        return STOPPED
    except BrokenPipeError:  # the reader of our output is gone, as with `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return STOPPED


def _command(args: argparse.Namespace) -> Command:
    """The function behind the words; imported here so that `models list` never waits for Qt."""
    match args.command:
        case "generate":
            from studio.cli.generate import generate

            return generate
        case "chat":
            from studio.cli.chat import chat

            return chat
        case "models":
            from studio.cli.models import models

            return models
        case "library":
            from studio.cli.library import library

            return library
        case _:
            from studio.cli.doctor import doctor

            return doctor
