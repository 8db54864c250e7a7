"""The words of the command line."""

import argparse
import re
from collections.abc import Callable, Iterable
from typing import NoReturn

from studio import __version__
from studio.cli.argument_types import at_least, said
from studio.cli.edit_options import add_edit
from studio.cli.generate_options import MODEL, add_generate
from studio.cli.output import Output
from studio.cli.usage import wrong_usage
from studio.core.job_checks import MOST_TAKES
from studio.core.model import COMPILES, OFFLOADS, PRECISIONS, Kind
from studio.core.shelf import Group

_HOME = "where settings and database lie (else STUDIO_HOME)"
_WITH_DASH = (
    *("--size", "--second-pass", "--crop", "--region", "--outpaint", "--rotate", "--hue", "--resize"),
)  # options whose value may begin with one


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
    parser = _build_parser("--json" in argv)
    args, left = parser.parse_known_args(_joined(argv))
    if left and not _take_words(args, left):
        parser.error(f"unrecognized arguments: {' '.join(left)}")
    return args


def _take_words(args: argparse.Namespace, left: list[str]) -> bool:
    """Words behind options that stand behind others: argparse takes all at once or, where some are not there
    yet, does without them. So do `edit IMAGE … PROMPT` and `models servers add … ADDRESS`."""
    is_marked = left[0] == "--"
    words = left[is_marked:]
    if any(word.startswith("-") for word in words) and not is_marked:
        return False
    name = {"edit": "prompt", "models": "address"}.get(args.command, "")
    if getattr(args, name, "") is None:
        setattr(args, name, words.pop(0))
    if words and args.command != "edit":
        return False
    if words:
        args.others = [*args.others, *words]
    return True


def _joined(argv: list[str]) -> list[str]:
    """`--size -8x64` as `--size=-8x64`: argparse takes anything else with a dash for an option."""
    words = list[str]()
    for word in argv:
        if words and words[-1] in _WITH_DASH and re.match(r"-\d", word):
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
    add_generate(_add(commands.add_parser, "generate", "make pictures from a prompt"))
    add_edit(_add(commands.add_parser, "edit", "change a picture"))
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


def _chat(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "message",
        metavar="MESSAGE",
        nargs="?",
        help="what to say; else standard input is read, or on a terminal a conversation begins",
    )
    parser.add_argument("--model", type=said, metavar="ID", help=MODEL)
    parser.add_argument("--system", metavar="TEXT", help="how the model is to answer from now on")
    parser.add_argument("--persona", type=said, metavar="NAME", help="as whom it is to answer")
    parser.add_argument(
        "--attach",
        type=said,
        action="append",
        default=[],
        metavar="FILE",
        help="text, code, PDF, docx, HTML or a picture, for the first message; may be said again",
    )
    parser.add_argument("--conversation", metavar="ID", help="go on with this conversation")
    parser.add_argument(
        "--continue", action="store_true", dest="go_on", help="go on with the last conversation"
    )
    parser.add_argument(
        "--takes",
        type=int,
        choices=range(1, MOST_TAKES + 1),
        default=1,
        metavar="N",
        help="answers side by side (1)",
    )
    parser.add_argument("--preset", type=said, metavar="NAME", help="a way of choosing words that has a name")
    parser.add_argument(
        "--thinking", action="store_true", help="let the model think before it answers, and show that, too"
    )
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
    search.add_argument("text", type=said, metavar="TEXT", help="words of their names")
    search.add_argument("--limit", type=at_least(1), default=30, metavar="N", help="how many (30)")
    _install(_add(new, "install", "download a model into the hub's cache; goes on where it stopped", online))
    login = _add(new, "login", "sign in at the hub, for models that want an account", online)
    login.add_argument("--token-stdin", action="store_true", help="read the token from standard input")
    _add(new, "logout", "forget the token that was kept")
    _add(new, "account", "who is signed in at the hub", online)
    inspect = _add(new, "inspect", "what a file or folder is, by its headers alone")
    inspect.add_argument("path", type=said, metavar="PATH", help="a file or folder of weights")
    show = _add(new, "show", "one model, what it needs, and whether it fits")
    show.add_argument("model", type=said, metavar="ID", help=MODEL)
    held = _add(new, "set", "how a model is held in memory, from its next use on")
    held.add_argument("model", type=said, metavar="ID", help=MODEL)
    held.add_argument(
        "--precision", choices=["auto", *PRECISIONS], metavar="P", help=_words(("auto", *PRECISIONS))
    )
    held.add_argument("--offload", choices=["auto", *OFFLOADS], metavar="O", help=_words(("auto", *OFFLOADS)))
    held.add_argument(
        "--compile",
        choices=["off", *COMPILES],
        metavar="C",
        help="on compiles it on CUDA once that repays, untried on a card; off never does",
    )
    adopt = _add(new, "adopt", "read a folder of models where it lies, or show the usual ones of other tools")
    adopt.add_argument(
        "folder", type=said, metavar="FOLDER", nargs="?", help="of your own, or of another tool"
    )
    folders = _add(new, "folders", "the folders that models are read from")
    folders.add_argument("--forget", type=said, metavar="FOLDER", help="read it no more; its files stay")
    servers = _add(new, "servers", "servers on this computer that run models of their own")
    servers.add_argument("what", choices=["list", "add", "remove"], nargs="?", default="list", metavar="WHAT")
    servers.add_argument(
        "address", type=said, metavar="ADDRESS", nargs="?", help="such as 127.0.0.1:11434 (Ollama)"
    )
    remove = _add(new, "remove", "delete what the studio has downloaded of a model")
    remove.add_argument("model", type=said, metavar="ID", help=MODEL)
    remove.add_argument("--yes", action="store_true", help="do not ask first")
    verify = _add(new, "verify", "read every byte, and name what is damaged", online)
    verify.add_argument("model", type=said, metavar="ID", nargs="?", help=f"{MODEL}; else all models")
    verify.add_argument("--mend", action="store_true", help="download the damaged files again")
    convert = _add(new, "convert", "write the tensors of a pickle as .safetensors, in a process of its own")
    convert.add_argument("pickle", type=said, metavar="PICKLE", help="such as a .ckpt, .pt or .pth file")
    convert.add_argument("-o", "--output", metavar="FILE", help="as .safetensors; else beside the pickle")


def _install(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "model",
        type=said,
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
    page.add_argument("--limit", type=at_least(1), default=50, metavar="N", help="how many (50)")
    page.add_argument("--offset", type=at_least(0), default=0, metavar="N", help="how many to pass over")
    page.add_argument("--starred", action="store_true", help="only those with a star")
    page.add_argument("--trash", action="store_true", help="what lies in the trash")
    _add(commands.add_parser, "list", "pictures, newest first", page)
    search = _add(commands.add_parser, "search", "pictures whose recipe has these words", page)
    search.add_argument("text", metavar="TEXT", help="words in any order")
    show = _add(commands.add_parser, "show", "one picture with its recipe")
    show.add_argument("asset", metavar="ID", help="as `studio library list` shows it")
    compare = _add(commands.add_parser, "compare", "why two pictures differ: recipes and execution records")
    compare.add_argument("asset", metavar="ID", help="as `studio library list` shows it")
    compare.add_argument("other", metavar="OTHER", help="another one")
    _add(commands.add_parser, "verify", "compare the database with the files")
    _add(commands.add_parser, "rebuild", "make the database anew from the library folder")
    _add(commands.add_parser, "tidy", "remove copies of input pictures that nothing needs any more")
