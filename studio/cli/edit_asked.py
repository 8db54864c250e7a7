"""What the options of `studio edit` ask for, be it an operation or what needs no model."""

import argparse
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from studio.cli.named_pictures import is_picture
from studio.cli.usage import WrongUsage, wrong_usage
from studio.core.edits import (
    BY_WORDS,
    NEEDS_MASK,
    PAINTS,
    TAKES_MASK,
    USUAL_FEATHER,
    Edit,
    Margins,
    Operation,
)
from studio.core.hand_steps import PlainStep, Shaping
from studio.ui.i18n import tr

Flip = Literal["horizontal", "vertical"]

UPSCALED = 2.0  # times, where only --operation says so
WORDS = {
    operation.replace("_", "-"): operation for operation in Operation if operation is not Operation.BY_HAND
}
AT_ONCE = ("crop", "rotate", "flip", "resize", "levels", "hue", "blur", "sharpen")
SHAPING = ("crop", "rotate", "flip", "resize")

_DIFFUSED = PAINTS | {Operation.UPSCALE}
# What options go with; the others with everything.
_GO_WITH: Mapping[str, Iterable[Operation]] = {
    "prompt": _DIFFUSED,
    "mask": TAKES_MASK | {Operation.CUT_OUT, Operation.BY_HAND},
    "region": PAINTS,
    "feather": PAINTS | {Operation.CUT_OUT},
    "blend": PAINTS,
    "strength": _DIFFUSED - {Operation.INSTRUCT},
    "negative": _DIFFUSED,
    "lora": _DIFFUSED,
    "seed": _DIFFUSED,
    "steps": _DIFFUSED,
    "guidance": _DIFFUSED,
    "scheduler": _DIFFUSED,
    "number": _DIFFUSED,
    "outpaint": {Operation.EXTEND},
    "upscale": {Operation.UPSCALE},
    "model": set(Operation) - {Operation.BY_HAND},
}


_WITHOUT_WORDS = {Operation.CUT_OUT, Operation.BY_HAND}


class Asked(msgspec.Struct, frozen=True):
    """What is to be done.

    Attributes:
        edit: the operation, with its figures.
        open: nothing but the prompt says so: it is an instruction where the model takes no other.
        steps: by hand, that a recipe says; those of options come after them.
        notes: what is to be told of it with each picture.
    """

    edit: Edit
    open: bool = False
    steps: tuple[PlainStep, ...] = ()
    notes: tuple[str, ...] = ()


def asked_edit(
    args: argparse.Namespace, recorded: Operation | None = None, steps: tuple[PlainStep, ...] = ()
) -> Asked:
    """`recorded`: what a recipe says is to be done, with `steps` by hand.

    Raises WrongUsage for options that do not go together, and where there is nothing to do.
    """
    operation, is_open = _operation(args, recorded)
    if not recorded:
        sort_words(args, operation)
    _check_together(args, operation, steps)
    edit = Edit(
        operation=operation,
        region=args.region,
        feather=_feather(args, operation),
        exact=not args.blend,
        margins=args.outpaint or Margins(),
        scale=(UPSCALED if args.upscale is None else args.upscale) if operation is Operation.UPSCALE else 1.0,
    )
    return Asked(edit, is_open, steps)


def goes_with(option: str, operation: Operation) -> bool:
    return operation in _GO_WITH[option]


def sort_words(args: argparse.Namespace, operation: Operation) -> None:
    """What stands behind IMAGE are further pictures where no words are needed; `--upscale` takes both."""
    words: list[str] = [*([] if args.prompt is None else [args.prompt]), *args.others]
    if operation in _WITHOUT_WORDS:
        args.prompt, args.others = None, words
    elif operation is Operation.UPSCALE or args.recipe:
        pictures = [word for word in words if is_picture(word)]
        others = [word for word in words if not is_picture(word)]
        args.prompt, args.others = (others[0] if len(others) == 1 else None), pictures + others[1:]
        if len(others) > 1:  # none of them is there
            args.others = words
    elif args.others:
        raise refused(f"unrecognized arguments: {' '.join(args.others)}")


def _feather(args: argparse.Namespace, operation: Operation) -> int:
    if args.feather is None:
        return USUAL_FEATHER if operation in PAINTS else 0
    return args.feather


def _operation(args: argparse.Namespace, recorded: Operation | None) -> tuple[Operation, bool]:
    named = _named(args) | ({"--recipe": recorded} if recorded else {})
    at_once = [_shown(name) for name in AT_ONCE if is_said(args, name)]
    found = {*named.values(), *([Operation.BY_HAND] if at_once else [])}
    if len(found) > 1:
        said = [*named, *at_once]
        raise refused(
            tr("{one} and {other} cannot be done at once; leave out one of them", one=said[0], other=said[-1])
        )
    if found:
        return found.pop(), False
    if args.mask:
        return Operation.FILL, False
    if args.prompt is not None:
        return Operation.PAINT_OVER, args.strength is None
    raise refused(tr("Say what to do: a PROMPT, or an option such as --upscale or --crop"))


def _named(args: argparse.Namespace) -> dict[str, Operation]:
    """The operations that options name, by these options."""
    by_option = {
        "remove": Operation.REMOVE,
        "background": Operation.BACKGROUND,
        "instruct": Operation.INSTRUCT,
        "outpaint": Operation.EXTEND,
        "upscale": Operation.UPSCALE,
        "cut_out": Operation.CUT_OUT,
    }
    found = {_shown(name): operation for name, operation in by_option.items() if is_said(args, name)}
    if args.operation:
        found = {f"--operation {args.operation}": WORDS[args.operation], **found}
    return found


def _check_together(args: argparse.Namespace, operation: Operation, steps: Sequence[PlainStep]) -> None:
    for name, operations in _GO_WITH.items():
        if is_said(args, name) and operation not in operations:
            raise refused(
                tr(
                    "{option} does not go with {operation}",
                    option=_shown(name),
                    operation=_words(args, operation),
                )
            )
    if operation in BY_WORDS and args.prompt is None:
        raise refused("the following arguments are required: PROMPT")
    if operation in NEEDS_MASK and not args.mask:
        raise refused(
            tr(
                "{operation} needs a --mask that is white where it is to happen",
                operation=_words(args, operation),
            )
        )
    if operation is Operation.EXTEND and args.outpaint is None:
        raise refused(tr("--outpaint says how far to extend the picture, such as 0,0,256,0"))
    if operation is Operation.BY_HAND and not steps and not any(is_said(args, name) for name in AT_ONCE):
        raise refused(tr("Nothing that --recipe says can be done again: it was done by hand"))
    shaping = [_shown(name) for name in SHAPING if is_said(args, name)]
    shaping += ["--recipe"] if any(isinstance(step, Shaping) for step in steps) else []
    if args.mask and operation is Operation.BY_HAND and shaping:
        raise refused(tr("{option} changes the whole picture; leave out --mask", option=shaping[0]))


def _words(args: argparse.Namespace, operation: Operation) -> str:
    """What said the operation."""
    if operation is Operation.BY_HAND:
        return next((_shown(name) for name in AT_ONCE if is_said(args, name)), "--recipe")
    said = [words for words, one in _named(args).items() if one is operation]
    if args.recipe and not said:
        return "--recipe"
    return said[0] if said else f"--operation {operation.replace('_', '-')}"


def is_said(args: argparse.Namespace, name: str) -> bool:
    """Whether that option, or word, was given."""
    value = getattr(args, name)
    return not (value is None or value is False or value == [])


def _shown(name: str) -> str:
    return {"prompt": "PROMPT", "number": "-n"}.get(name, f"--{name.replace('_', '-')}")


def refused(problem: str) -> WrongUsage:
    return wrong_usage(problem, "studio edit")
