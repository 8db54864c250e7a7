"""The words of the command line."""

import argparse
import re
from collections.abc import Callable

from studio import __version__

_HOME = "where settings and database lie (else STUDIO_HOME)"


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="studio",
        description="Pictures and text from models on this machine. Without a command: the window.",
    )
    parser.add_argument("--version", action="version", version=f"Atelier {__version__}")
    parser.add_argument("--home", metavar="DIR", help=_HOME)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _generate(commands.add_parser("generate", parents=[_common()], help="make pictures from a prompt"))
    _chat(commands.add_parser("chat", parents=[_common()], help="talk to a text model"))
    _models(commands.add_parser("models", help="what is installed"))
    _library(commands.add_parser("library", help="what was made"))
    commands.add_parser(
        "doctor", parents=[_common()], help="devices, memory, versions, folders, what is missing"
    )
    return parser


def _common() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="print one JSON object on standard output")
    # Suppressed, so that a `--home` before the command is not overwritten by a default behind it.
    common.add_argument("--home", metavar="DIR", default=argparse.SUPPRESS, help=_HOME)
    return common


def _generate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("prompt", metavar="PROMPT")
    parser.add_argument("-n", "--number", type=int, default=1, metavar="N", help="how many pictures, 1 to 16")
    parser.add_argument("--model", metavar="ID", help="an id of `studio models list`, a folder or a file")
    parser.add_argument("--seed", type=int, metavar="S", help="0 to 2^64-1; random when not given")
    parser.add_argument("--size", type=_size, metavar="WxH", default=(None, None))
    parser.add_argument("--steps", type=int, metavar="N")
    parser.add_argument("--guidance", type=float, metavar="G")
    parser.add_argument("--scheduler", metavar="NAME")
    parser.add_argument("--negative", default="", metavar="TEXT")
    parser.add_argument("-o", "--output", metavar="FILE|DIR", help="copy the pictures there as well")


def _chat(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "message", metavar="MESSAGE", nargs="?", help="else standard input, or a conversation"
    )
    parser.add_argument("--model", metavar="ID", help="an id of `studio models list`, a folder or a file")
    parser.add_argument(
        "--system", default="", metavar="TEXT", help="the system prompt of a new conversation"
    )
    parser.add_argument("--conversation", metavar="ID", help="go on with this conversation")
    parser.add_argument("--max-tokens", type=int, metavar="N")
    parser.add_argument("--temperature", type=float, metavar="T")
    parser.add_argument("--seed", type=int, metavar="S")


def _models(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    commands.add_parser("list", parents=[_common()], help="every model on this machine")
    show = commands.add_parser("show", parents=[_common()], help="one model, and what it needs")
    show.add_argument("model", metavar="ID")


def _library(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    page = argparse.ArgumentParser(add_help=False)
    page.add_argument("--limit", type=_at_least(1), default=50, metavar="N")
    page.add_argument("--offset", type=_at_least(0), default=0, metavar="N")
    page.add_argument("--starred", action="store_true")
    page.add_argument("--trash", action="store_true", help="what lies in the trash")
    commands.add_parser("list", parents=[_common(), page], help="pictures, newest first")
    search = commands.add_parser(
        "search", parents=[_common(), page], help="pictures whose recipe has these words"
    )
    search.add_argument("text", metavar="TEXT")
    show = commands.add_parser("show", parents=[_common()], help="one picture with its recipe")
    show.add_argument("asset", metavar="ID")
    commands.add_parser("verify", parents=[_common()], help="compare the database with the files")
    commands.add_parser("rebuild", parents=[_common()], help="make the database anew from the library folder")


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(-?\d{1,7})\s*[x×X*]\s*(-?\d{1,7})", text.strip())
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 512x768")
    return int(match[1]), int(match[2])


def _at_least(least: int) -> Callable[[str], int]:
    def whole_number(text: str) -> int:
        value = int(text)
        if value < least:
            raise argparse.ArgumentTypeError(f"{value} is less than {least}")
        return value

    return whole_number
