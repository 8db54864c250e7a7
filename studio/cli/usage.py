"""What is wrong with the words of a command, in the person's language: argparse knows English only."""

import re

from studio.core.errors import BadRequest
from studio.ui.i18n import tr

# What argparse says, and how it is told. What has no row here (our own checks) is told as it is.
_TOLD = {
    r"the following arguments are required: (?P<what>.+)": "What is missing: {what}.",
    r"unrecognized arguments: (?P<what>.+)": "This was not understood: {what}.",
    r"(argument )?(?P<what>\S+): expected (one|at least one) argument": "{what} needs a value.",
    r"argument (?P<what>\S+): invalid choice: (?P<said>.+) \(choose from (?P<known>.+)\)": (
        "{said} is no {what}; there are: {known}."
    ),
    r"argument (?P<what>\S+): invalid int value: (?P<said>.+)": (
        "{what} takes a whole number, which {said} is not."
    ),
    r"argument (?P<what>\S+): invalid float value: (?P<said>.+)": (
        "{what} takes a number, which {said} is not."
    ),
    r"argument (?P<what>\S+): (?P<said>.+) is not a size": (
        "{what} takes a size such as 512x768, which {said} is not."
    ),
    r"argument (?P<what>\S+): (?P<said>.+) is not a second pass": (
        "{what} takes a scale such as 2 or 2:0.35, which {said} is not."
    ),
    r"argument (?P<what>\S+): (?P<said>.+) is not an enlargement": (
        "{what} takes a number above 1 such as 2, which {said} is not."
    ),
    r"argument (?P<what>\S+): (?P<said>.+) is not a region": (
        "{what} takes left, top, width and height such as 0,0,512,512, which {said} is not."
    ),
    r"argument (?P<what>\S+): (?P<said>.+) is not margins": (
        "{what} takes pixels at the left, top, right and bottom such as 0,0,256,0, which {said} is not."
    ),
    r"argument (?P<what>\S+): (?P<said>.+) is not levels": (
        "{what} takes black, gamma and white such as 10,1.2,245, which {said} is not."
    ),
    r"argument (?P<what>\S+): (?P<said>.+) is not a hue": (
        "{what} takes degrees, saturation and lightness such as 30,-20,10, which {said} is not."
    ),
    r"argument (?P<what>\S+): (?P<said>.+) is not a sharpening": (
        "{what} takes percent and pixels such as 80,1.5, which {said} is not."
    ),
    r"argument (?P<what>\S+): (?P<said>.+) is not between (?P<least>-?\d+) and (?P<most>\d+)": (
        "{what} takes a number from {least} to {most}, which {said} is not."
    ),
}


class WrongUsage(BadRequest):
    """The words are not those of a command."""

    code = "wrong_usage"
    template = "{problem}"
    hint = "`{command} --help` shows what can be said."


def wrong_usage(message: str, command: str) -> WrongUsage:
    """From what argparse says of a command."""
    for pattern, template in _TOLD.items():
        if found := re.fullmatch(pattern, message):
            return WrongUsage(problem=tr(template, **found.groupdict()), command=command)
    return WrongUsage(
        problem=tr("{problem}.", problem=f"{message[:1].upper()}{message[1:]}"), command=command
    )
