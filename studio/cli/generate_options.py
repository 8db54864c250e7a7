"""The options of `studio generate`."""

import argparse
from collections.abc import Callable

from studio.cli.argument_types import cache, named, said, scheduler, second_pass, size
from studio.core.passes import STEP_CACHES

MODEL = "an id of `studio models list`, or the path of a folder or file"
Add = Callable[..., object]  # `add_argument` of a group of options
PICTURE = "a file, or the id of a picture of the library"


def add_generate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "prompt",
        metavar="PROMPT",
        nargs="?",
        help="what the picture shows; {red|blue} is one of the two, __colour__ a line of that wildcard, "
        "<lora:NAME:0.8> an installed LoRA",
    )
    _add_words(parser.add_argument_group("words").add_argument)
    _add_sampling(parser.add_argument_group("how it is made").add_argument)
    _add_pictures(parser.add_argument_group("from other pictures").add_argument)
    _add_results(parser.add_argument_group("what comes of it").add_argument)


def _add_words(add: Add) -> None:
    add("--negative", metavar="TEXT", help="what the picture is not to show")
    add(
        "--style",
        action="append",
        default=[],
        metavar="NAME",
        help="such as 'Watercolour' or 水彩; several are laid over each other in order",
    )


def _add_sampling(add: Add) -> None:
    add_usual(add)
    add("--size", type=size, metavar="WxH", default=(None, None), help="such as 512x768")
    add("--fast", action="store_true", help="use the LoRA that makes the model fast, with its own schedule")
    add(
        "--second-pass",
        type=second_pass,
        metavar="SCALE[:STRENGTH[:STEPS]]",
        help="enlarge the picture 1 to 4 times and paint over it, such as 2:0.35",
    )
    add("--seamless", action="store_true", help="a picture that can be laid as tiles")
    add(
        "--cache",
        type=cache,
        choices=[one for one in STEP_CACHES if one],
        metavar="NAME",
        help="skip work between the steps, at some cost in quality: "
        + ", ".join(one for one in STEP_CACHES if one),
    )


def _add_pictures(add: Add) -> None:
    add("--image", type=said, metavar="PICTURE", help=f"start from it: {PICTURE}")
    add("--strength", type=float, metavar="X", help="how far to go from that picture: 0 to 1")
    add(
        "--reference",
        type=said,
        action="append",
        default=[],
        metavar="PICTURE",
        help=f"let the model look at it: {PICTURE}; may be given several times",
    )
    add(
        "--reference-weight",
        type=float,
        action="append",
        default=[],
        metavar="W",
        help="how much a reference counts, 0 to 2 (1); given once for all, or once for each in their order",
    )
    add(
        "--recipe",
        type=said,
        metavar="PICTURE",
        help="make it as this picture was made, by any tool; other options go before what it says; also a "
        ".json file of its recipe",
    )
    add(
        "--vary",
        type=named,
        metavar="ID[:STRENGTH]",
        help="pictures near this one of the library: 0 gives it again, 1 another one (0.3)",
    )
    add("--drift", type=float, metavar="X", help="with --vary: how far the prompt may wander, 0 to 1")
    add(
        "--again",
        type=said,
        metavar="ID",
        help="this picture of the library once more, pixel for pixel; says what is otherwise today",
    )


def _add_results(add: Add) -> None:
    add("-n", "--number", type=int, metavar="N", help="how many pictures, 1 to 16 (1)")
    add(
        "--sheet",
        metavar="SETTINGS",
        help="a contact sheet, such as 'seed=1..4; guidance=3,5,7'; -o X.png or X.pdf writes it down",
    )
    add(
        "--continue",
        dest="go_on",
        type=said,
        metavar="SHEET",
        help="make what is missing of a sheet that was stopped, by the id that --sheet tells with --json",
    )
    add_output(add)


def add_usual(add: Add) -> None:
    """What every picture by a model is made with."""
    add("--model", type=said, metavar="ID", help=MODEL)
    add(
        "--lora",
        type=named,
        action="append",
        default=[],
        metavar="NAME[:SCALE]",
        help="lay this LoRA over the model, by its name, id or file name (1); may be given several times",
    )
    add("--seed", type=int, metavar="S", help="0 to 2^64-1; random when not given")
    add("--steps", type=int, metavar="N", help="more take longer")
    add("--guidance", type=float, metavar="G", help="how closely to follow the prompt")
    add("--scheduler", type=scheduler, metavar="NAME", help="such as Euler or DPMSolverMultistep")


def add_output(add: Add) -> None:
    add("-o", "--output", type=said, metavar="FILE|DIR", help="write copies there, as .png, .jpg or .webp")
