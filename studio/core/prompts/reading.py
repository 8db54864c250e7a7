r"""Reads what is written for alternatives and wildcards in a text.

`{red|blue}` is one of the two, `{2::red|blue}` red twice as often, `{2$$a|b|c}` two of the three, joined by
", "; `__colour__` is a line of the wildcard of that name, and `{2$$__colour__}` two of its lines. A backslash
before one of `{`, `|`, `}` and `_` takes its meaning away; one before another backslash keeps it from doing
so, and both stay for the weights, which are read afterwards (`weights.py`). Braces around words without a
`|` are text, and so is a `|` or `}` outside of braces. `<lora:…>` is left as it is.
"""

import re
from collections.abc import Callable

from studio.core.errors import PromptUnclosed
from studio.core.prompts.choices import Branching, Choice, Node, Reference, Row

WILDCARD_NAME = r"[^\W_][\w\-./]{0,200}?"
LORA_TAG = r"<(?:lora|lyco):[^<>]*>"
_WEIGHT = r"(?:\s*(?P<{}>[0-9]{{1,6}}(?:\.[0-9]{{1,6}})?)::)?"

TOKENS = re.compile(
    rf"""
    (?P<escaped>\\[\\{{}}|_])
    | (?P<lora>{LORA_TAG})
    | __(?P<wildcard>{WILDCARD_NAME})__
    | (?P<open>\{{(?:\s*(?P<picked>[0-9]{{1,2}})\$\$)?{_WEIGHT.format("first")})
    | (?P<bar>\|{_WEIGHT.format("next")})
    | (?P<close>\}})
    """,
    re.VERBOSE | re.IGNORECASE,
)
_MEANT = re.compile(rf"(?P<lora>{LORA_TAG})|[{{|}}]|_(?=_)|(?<=_)_", re.IGNORECASE)


class Read:
    """A text, read.

    Attributes:
        root: all of it; a `str` where nothing can vary.
        branches: what has to be finished, parts before what they are parts of.
        references: the wildcards that it names.
    """

    __slots__ = ("branches", "references", "root")

    def __init__(self, root: Node, branches: list[Branching]) -> None:
        self.root = root
        self.branches = branches
        self.references = [one for one in branches if isinstance(one, Reference)]


class _Group:
    """What stands between a `{` and its `}`, while it is read; the lowest one is the text itself."""

    __slots__ = ("head", "options", "parts", "picked", "start", "weight")

    def __init__(self, start: int, head: str, picked: int | None, weight: float) -> None:
        self.start = start
        self.head = head
        self.picked = picked
        self.weight = weight  # of the option that is being read
        self.parts: list[Node] = []  # of that option
        self.options: list[tuple[Node, float]] = []


def read(text: str) -> Read:
    """Raises PromptUnclosed, which counts characters from 1."""
    branches = list[Branching]()
    groups, at = [_Group(0, "", None, 1.0)], 0
    for token in TOKENS.finditer(text):
        group = groups[-1]
        if token.start() > at:
            group.parts.append(text[at : token.start()])
        at = token.end()
        if token["escaped"]:
            group.parts.append(token[0] if token[0] == "\\\\" else token[0][1])
        elif token["wildcard"]:
            branches.append(Reference(token["wildcard"]))
            group.parts.append(branches[-1])
        elif token["open"]:
            groups.append(_opened(token))
        elif token["bar"] and len(groups) > 1:
            _end_option(group, branches)
            group.weight = _number(token["next"])
        elif token["close"] and len(groups) > 1:
            _close(groups.pop(), groups[-1], branches)
        else:
            group.parts.append(token[0])
    if len(groups) > 1:
        raise PromptUnclosed(position=groups[1].start + 1)
    groups[0].parts.append(text[at:])
    return Read(_joined(groups[0].parts, branches), branches)


def escaped(text: str) -> str:
    """The text written so that `read` gives it back word for word."""
    return _MEANT.sub(lambda found: found[0] if found["lora"] else f"\\{found[0]}", text)


def _opened(token: re.Match[str]) -> _Group:
    picked = int(token["picked"]) if token["picked"] else None
    return _Group(token.start(), token[0], picked, _number(token["first"]))


def _number(digits: str | None) -> float:
    return float(digits) if digits else 1.0


def _close(group: _Group, around: _Group, branches: list[Branching]) -> None:
    if group.picked is None and not group.options:  # braces around mere words
        around.parts += [group.head, _joined(group.parts, branches), "}"]
        return
    _end_option(group, branches)
    choice = Choice.of(group.options, group.picked)
    branches.append(choice)
    around.parts.append(choice)


def _end_option(group: _Group, branches: list[Branching]) -> None:
    """Spaces at its ends do not count."""
    parts = group.parts
    parts.reverse()
    _strip_end(parts, str.lstrip)
    parts.reverse()
    _strip_end(parts, str.rstrip)
    group.options.append((_joined(parts, branches), group.weight))
    group.parts = []


def _strip_end(parts: list[Node], strip: Callable[[str], str]) -> None:
    while parts and isinstance(last := parts[-1], str):
        parts.pop()
        if kept := strip(last):
            parts.append(kept)
            return


def _joined(parts: list[Node], branches: list[Branching]) -> Node:
    if len(parts) == 1:
        return parts[0]
    words = [part for part in parts if isinstance(part, str)]
    if len(words) == len(parts):
        return "".join(words)
    branches.append(Row(parts))
    return branches[-1]
