"""Parses the command line, runs one command and turns its outcome into an exit code."""

import argparse
import logging
import signal
import traceback
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QMessageLogContext, QtMsgType, qInstallMessageHandler

from studio.cli.output import STOPPED, Output, silence
from studio.cli.parser import parse
from studio.core.errors import FolderLeftOut, SettingsDamaged, StudioError, known
from studio.core.paths import Paths, home_dir, paths_for
from studio.core.plain_text import clean_text
from studio.core.settings import Settings
from studio.media.durable import write_error
from studio.store.settings_file import load_settings
from studio.ui.i18n import Language, hint_of, sentence_of, tr

Command = Callable[[argparse.Namespace, Paths, Output], int]


def main(argv: list[str]) -> int:
    """Runs `studio ARGV`; returns 0 done, 1 failed, 2 wrong usage, 130 stopped."""
    output = Output("--json" in argv)
    logging.getLogger("studio").addHandler(logging.NullHandler())  # what a person is to know is said
    home = home_dir()
    application = _application()  # kept until the end: `tr` asks it for its translators
    language = Language(application)
    try:
        home = home_dir(_home_in(argv))
        damaged: list[Path] = []
        left_out: list[str] = []
        settings = _settings(home, damaged, left_out)
        language.choose(settings.language)
        problems: list[StudioError] = [SettingsDamaged(path=str(path)) for path in damaged]
        problems += [FolderLeftOut(name=clean_text(name)) for name in left_out]
        for problem in problems:
            output.note(f"{sentence_of(problem)}\n{hint_of(problem)}")
        args = parse(argv)
        command = _command(args)
        signal.signal(signal.SIGINT, signal.default_int_handler)  # its libraries are there; see `__main__`
        return command(args, paths_for(home, settings.library), output)
    except StudioError as error:
        return output.failure(error)
    except KeyboardInterrupt:
        if not output.answered:
            output.result({"state": "stopped"})
        return STOPPED
    except BrokenPipeError:  # the reader of our output is gone, as with `| head`
        silence()
        return STOPPED
    except Exception as error:  # noqa: BLE001 - the process boundary
        return _unexpected(error, home, output)


def _application() -> QCoreApplication:
    """Silently: Qt remarks on a locale without UTF-8, such as C, and then helps itself."""
    if application := QCoreApplication.instance():
        return application
    before = qInstallMessageHandler(_unheard)
    application = QCoreApplication(["studio"])
    qInstallMessageHandler(before)
    return application


def _unheard(_kind: QtMsgType, _context: QMessageLogContext, _text: str | None) -> None:
    """What Qt says goes nowhere."""


def _home_in(argv: list[str]) -> str | None:
    """Where the settings are that say the language of what may be wrong with the words."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("--home", nargs="?")
    return parser.parse_known_args(argv)[0].home


def _settings(home: Path, damaged: list[Path], left_out: list[str]) -> Settings:
    """`damaged` gets where settings lie that cannot be read, `left_out` the folders that are none."""
    try:
        return load_settings(home / "settings.json", damaged.append, left_out.append)
    except OSError as error:
        raise write_error(error, home) from error


def _unexpected(error: Exception, home: Path, output: Output) -> int:
    log = home / "logs" / "command-line.log"
    unexpected = known(error)
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("".join(traceback.format_exception(error)), "utf-8")
    except OSError:
        return output.failure(unexpected)
    return output.failure(unexpected, tr("The details are in {log}.", log=log))


def _command(args: argparse.Namespace) -> Command:
    """The function behind the words; imported here so that `models list` waits for no engine."""
    match args.command:
        case "generate":
            from studio.cli.generate import generate

            return generate
        case "edit":
            from studio.cli.edit import edit

            return edit
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
