"""The words of the command line."""

import argparse
import re
from collections.abc import Callable, Iterable
from typing import NoReturn

from studio import __version__
from studio.cli.output import Output
from studio.cli.usage import wrong_usage
from studio.core.model import OFFLOADS, PRECISIONS, Kind
from studio.core.shelf import Group

_HOME = "where settings and database lie (else STUDIO_HOME)"
MOST = 2**63 - 1  # what the database can count to
_MODEL = "an id of `studio models list`, or the path of a folder or file"


class _Parser(argparse.ArgumentParser):
    """Raises what is wrong, so that it is told like every other error."""

    def error(self, message: str) -> NoReturn:
        raise wrong_usage(message, self.prog)


class _Version(argparse.Action):
    """Leaves with the version; `const`: as JSON, which may be said before it or after."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        version = {"name": "Atelier", "version": __version__}
        Output(bool(self.const)).result(version, [" ".join(version.values())])
        parser.exit()


def parse(argv: list[str]) -> argparse.Namespace:
    """The words as values, `command` and `home` always among them. Raises WrongUsage, and SystemExit after
    `--help` and `--version`."""
    return _build_parser("--json" in argv).parse_args(_joined(argv))


def _joined(argv: list[str]) -> list[str]:
    """`--size -8x64` as `--size=-8x64`: argparse takes anything else with a dash for an option."""
    words = list[str]()
    for word in argv:
        if words and words[-1] == "--size" and re.match(r"-\d", word):
            words[-1] += f"={word}"
        else:
            words.append(word)
    return words


def _build_parser(json: bool) -> argparse.ArgumentParser:
    parser = _Parser(
        prog="studio",
        description="Pictures and text from models on this machine. Without a command: the window.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, nargs=0, const=json, help="show the version and leave")
    parser.add_argument("--home", metavar="DIR", help=_HOME)
    parser.add_argument("--json", action="store_true", help="print one JSON object on standard output")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _generate(_add(commands.add_parser, "generate", "make pictures from a prompt"))
    _chat(_add(commands.add_parser, "chat", "talk to a text model"))
    _models(_add(commands.add_parser, "models", "what is installed"))
    _library(_add(commands.add_parser, "library", "what was made"))
    _add(
        commands.add_parser, "doctor", "devices, memory, versions, folders, what is missing and how to get it"
    )
    return parser


def _add(
    new: Callable[..., argparse.ArgumentParser], name: str, about: str, *others: argparse.ArgumentParser
) -> argparse.ArgumentParser:
    """A command made by `new`, with the options that every command takes."""
    sentence = f"{about[:1].upper()}{about[1:]}."
    return new(name, parents=[_common(), *others], help=about, description=sentence, allow_abbrev=False)


def _common() -> argparse.ArgumentParser:
    """Suppressed defaults, so that what stands before the command is not overwritten behind it."""
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--json", action="store_true", help="print one JSON object on standard output")
    common.add_argument("--home", metavar="DIR", help=_HOME)
    return common


def _generate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "prompt",
        metavar="PROMPT",
        nargs="?",
        help="what the picture shows; {red|blue} is one of the two, __colour__ a line of that wildcard, "
        "<lora:NAME:0.8> an installed LoRA",
    )
    parser.add_argument(
        "--recipe",
        type=_said,
        metavar="PICTURE",
        help="make it as this picture was made, by any tool; other options go before what it says",
    )
    parser.add_argument("-n", "--number", type=int, default=1, metavar="N", help="how many pictures, 1 to 16")
    parser.add_argument("--model", type=_said, metavar="ID", help=_MODEL)
    parser.add_argument("--seed", type=int, metavar="S", help="0 to 2^64-1; random when not given")
    parser.add_argument("--size", type=_size, metavar="WxH", default=(None, None), help="such as 512x768")
    parser.add_argument("--steps", type=int, metavar="N", help="more take longer")
    parser.add_argument("--guidance", type=float, metavar="G", help="how closely to follow the prompt")
    parser.add_argument(
        "--fast", action="store_true", help="use the LoRA that makes the model fast, with its own schedule"
    )
    parser.add_argument("--scheduler", metavar="NAME", help="such as Euler or DPMSolverMultistep")
    parser.add_argument(
        "--style",
        action="append",
        default=[],
        metavar="NAME",
        help="such as 'Watercolour' or 水彩; several are laid over each other in order",
    )
    parser.add_argument("--negative", default="", metavar="TEXT", help="what the picture is not to show")
    parser.add_argument(
        "--sheet",
        metavar="SETTINGS",
        help="a contact sheet, such as 'seed=1..4; guidance=3,5,7'; -o X.png or X.pdf writes it down",
    )
    parser.add_argument(
        "-o", "--output", metavar="FILE|DIR", help="write copies there, as .png, .jpg or .webp"
    )


def _chat(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "message",
        metavar="MESSAGE",
        nargs="?",
        help="what to say; else standard input is read, or on a terminal a conversation begins",
    )
    parser.add_argument("--model", type=_said, metavar="ID", help=_MODEL)
    parser.add_argument(
        "--system", default="", metavar="TEXT", help="how the model is to answer, in a new conversation"
    )
    parser.add_argument("--conversation", metavar="ID", help="go on with this conversation")
    parser.add_argument("--max-tokens", type=int, metavar="N", help="the longest answer")
    parser.add_argument("--temperature", type=float, metavar="T", help="0 always takes the likeliest word")
    parser.add_argument("--seed", type=int, metavar="S", help="makes an answer repeatable")


def _models(parser: argparse.ArgumentParser) -> None:
    new = parser.add_subparsers(dest="action", required=True, metavar="ACTION").add_parser
    online = argparse.ArgumentParser(add_help=False)
    online.add_argument("--online", action="store_true", help="use the network, for this one command")
    listed = _add(new, "list", "every model on this machine")
    listed.add_argument("--kind", choices=[one.value for one in Kind], metavar="K", help=_words(Kind))
    shelf = _add(new, "shelf", "models worth having, those first that fit this machine")
    shelf.add_argument("--group", choices=[one.value for one in Group], metavar="G", help=_words(Group))
    search = _add(new, "search", "models on the hub that the studio can run", online)
    search.add_argument("text", type=_said, metavar="TEXT", help="words of their names")
    search.add_argument("--limit", type=_at_least(1), default=30, metavar="N", help="how many (30)")
    _install(_add(new, "install", "download a model into the hub's cache; goes on where it stopped", online))
    login = _add(new, "login", "sign in at the hub, for models that want an account", online)
    login.add_argument("--token-stdin", action="store_true", help="read the token from standard input")
    _add(new, "logout", "forget the token that was kept")
    _add(new, "account", "who is signed in at the hub", online)
    inspect = _add(new, "inspect", "what a file or folder is, by its headers alone")
    inspect.add_argument("path", type=_said, metavar="PATH", help="a file or folder of weights")
    show = _add(new, "show", "one model, what it needs, and whether it fits")
    show.add_argument("model", type=_said, metavar="ID", help=_MODEL)
    held = _add(new, "set", "how a model is held in memory, from its next use on")
    held.add_argument("model", type=_said, metavar="ID", help=_MODEL)
    held.add_argument(
        "--precision", choices=["auto", *PRECISIONS], metavar="P", help=_words(("auto", *PRECISIONS))
    )
    held.add_argument("--offload", choices=["auto", *OFFLOADS], metavar="O", help=_words(("auto", *OFFLOADS)))
    adopt = _add(new, "adopt", "read a folder of models where it lies, or show the usual ones of other tools")
    adopt.add_argument(
        "folder", type=_said, metavar="FOLDER", nargs="?", help="of your own, or of another tool"
    )
    folders = _add(new, "folders", "the folders that models are read from")
    folders.add_argument("--forget", type=_said, metavar="FOLDER", help="read it no more; its files stay")
    servers = _add(new, "servers", "servers on this computer that run models of their own")
    servers.add_argument("what", choices=["list", "add", "remove"], nargs="?", default="list", metavar="WHAT")
    servers.add_argument(
        "address", type=_said, metavar="ADDRESS", nargs="?", help="such as 127.0.0.1:11434 (Ollama)"
    )
    remove = _add(new, "remove", "delete what the studio has downloaded of a model")
    remove.add_argument("model", type=_said, metavar="ID", help=_MODEL)
    remove.add_argument("--yes", action="store_true", help="do not ask first")
    verify = _add(new, "verify", "read every byte, and name what is damaged", online)
    verify.add_argument("model", type=_said, metavar="ID", nargs="?", help=f"{_MODEL}; else all models")
    verify.add_argument("--mend", action="store_true", help="download the damaged files again")
    convert = _add(new, "convert", "write the tensors of a pickle as .safetensors, in a process of its own")
    convert.add_argument("pickle", type=_said, metavar="PICKLE", help="such as a .ckpt, .pt or .pth file")
    convert.add_argument("-o", "--output", metavar="FILE", help="as .safetensors; else beside the pickle")


def _install(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "model",
        type=_said,
        metavar="MODEL",
        help="owner/name, a link to its page, or a name of `studio models shelf`",
    )
    parser.add_argument("--revision", metavar="R", help="a branch, tag or commit (main)")
    parser.add_argument(
        "--file",
        action="extend",
        nargs="+",
        metavar="PATTERN",
        help="only these files, such as '*Q8_0*'; else what the studio would run",
    )


def _words(names: Iterable[str]) -> str:
    return "only these: " + ", ".join(names)


def _library(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    page = argparse.ArgumentParser(add_help=False)
    page.add_argument("--limit", type=_at_least(1), default=50, metavar="N", help="how many (50)")
    page.add_argument("--offset", type=_at_least(0), default=0, metavar="N", help="how many to pass over")
    page.add_argument("--starred", action="store_true", help="only those with a star")
    page.add_argument("--trash", action="store_true", help="what lies in the trash")
    _add(commands.add_parser, "list", "pictures, newest first", page)
    search = _add(commands.add_parser, "search", "pictures whose recipe has these words", page)
    search.add_argument("text", metavar="TEXT", help="words in any order")
    show = _add(commands.add_parser, "show", "one picture with its recipe")
    show.add_argument("asset", metavar="ID", help="as `studio library list` shows it")
    _add(commands.add_parser, "verify", "compare the database with the files")
    _add(commands.add_parser, "rebuild", "make the database anew from the library folder")


def _said(text: str) -> str:
    """A name, which has to have something in it: an unset variable of a script names no model, and a path
    made of it would be that of the folder it runs in."""
    if not text.strip():
        raise argparse.ArgumentTypeError("expected one argument")
    return text


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(-?\d{1,7})\s*[x×X*]\s*(-?\d{1,7})", text.strip())
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size")
    return int(match[1]), int(match[2])


def _at_least(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        value = int(text)
        if not least <= value <= MOST:
            raise argparse.ArgumentTypeError(f"{value} is not between {least} and {MOST}")
        return value

    return number
