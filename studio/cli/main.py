"""Parses the command line, runs one command and turns its outcome into an exit code."""

import argparse
import os
import sys
import traceback
from collections.abc import Callable

from studio.cli.output import STOPPED, Output
from studio.cli.parser import build_parser
from studio.core.errors import StudioError, UnexpectedError
from studio.core.paths import Paths, home_dir, paths_for
from studio.store.settings_file import load_settings
from studio.ui.i18n import hint_of, sentence_of

Command = Callable[[argparse.Namespace, Paths, Output], int]


def main(argv: list[str]) -> int:
    """Runs `studio ARGV`; returns 0 done, 1 failed, 2 wrong usage, 130 stopped."""
    args = build_parser().parse_args(argv)
    output = Output(args.json)
    home = home_dir(args.home)
    settings = load_settings(home / "settings.json")
    paths = paths_for(home, settings.library)
    try:
        return _command(args)(args, paths, output)
    except StudioError as error:
        return output.failure(error, sentence_of(error), hint_of(error))
    except KeyboardInterrupt:
        output.clear()
        return STOPPED
    except BrokenPipeError:  # the reader of our output is gone, as with `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return STOPPED
    except Exception as error:  # noqa: BLE001 - the process boundary
        log = paths.logs / "command-line.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(traceback.format_exc(), "utf-8")
        unexpected = UnexpectedError(detail=f"{type(error).__name__}: {error}")
        return output.failure(unexpected, sentence_of(unexpected), f"The details are in {log}.")


def _command(args: argparse.Namespace) -> Command:
    """The function behind the words; imported here so that `models list` waits for no window."""
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
