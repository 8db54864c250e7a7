"""From a prompt as it is written to the prompts that it can become: alternatives, wildcards and styles."""

from collections.abc import Sequence
from random import Random

from studio.core.errors import PromptTooLong
from studio.core.job_checks import PROMPT_LIMIT
from studio.core.prompts.choices import Node, combination, draw, possible
from studio.core.prompts.reading import read
from studio.core.prompts.styles import styled, styled_negative
from studio.core.prompts.weights import structured
from studio.core.prompts.wildcards import Wildcards
from studio.core.prompts.written import Expanded, Style

_MISSES = 40  # repeated prompts, before chance is given up

NO_WILDCARDS = Wildcards()


class Template:
    """What a written prompt can become."""

    def __init__(self, root: Node) -> None:
        self._root = root

    @property
    def possible(self) -> int:
        """How many combinations there are; MOST_COUNTED stands for that many or more."""
        return possible(self._root)

    def prompt(self, number: int) -> str:
        """The combination of that number, counted from 0 and round again; the last choice changes fastest.

        Raises PromptTooLong.
        """
        return combination(self._root, number % self.possible)

    def chosen(self, random: Random) -> str:
        """One at random, by the weights. Raises PromptTooLong."""
        return draw(self._root, random)


def parse(text: str, wildcards: Wildcards = NO_WILDCARDS) -> Template:
    """The text, read as `reading.py` describes; one that is a JSON object holds no alternatives.

    Raises PromptTooLong, PromptUnclosed, TooManyPicked, WildcardMissing, WildcardNotFound,
    WildcardRefersToItself, WildcardUnclosed.
    """
    if len(text) > PROMPT_LIMIT:
        raise PromptTooLong(length=len(text), limit=PROMPT_LIMIT)
    if structured(text):
        return Template(text)
    found = read(text)
    wildcards.finish(found.branches)
    return Template(found.root)


def expand(
    text: str,
    styles: Sequence[Style],
    negative: str,
    wildcards: Wildcards,
    count: int,
    seed: int,
) -> Expanded:
    """A prompt for each of `count` pictures.

    Where there are no more combinations than pictures, all are gone through in the order in which they are
    written, then again from the first. Where there are more, different ones are drawn at random by their
    weights: the same ones for the same seed. Styles may hold alternatives and wildcards too; the negative
    prompt holds none.

    Raises what `parse` raises; the place that PromptUnclosed names is in `text`.
    """
    template = parse(text, wildcards)
    if styles:
        template = parse(styled(text, styles), wildcards)
    few = template.possible <= count
    found = _all(template) if few else _drawn(template, count, Random(seed))
    return Expanded(
        prompts=tuple(found[number % len(found)] for number in range(count)),
        negative_prompt=styled_negative(negative, styles),
        possible=len(found) if few else template.possible,
    )


def _all(template: Template) -> list[str]:
    return list(dict.fromkeys(template.prompt(number) for number in range(template.possible)))


def _drawn(template: Template, count: int, random: Random) -> list[str]:
    """Different ones; where so few differ that chance does not find them, those missing in an order of its
    own."""
    found: dict[str, None] = {}
    drawn = 0
    while len(found) < count and drawn - len(found) < _MISSES:
        found[template.chosen(random)] = None
        drawn += 1
    for number in random.sample(range(template.possible), min(template.possible, 2 * count + _MISSES)):
        if len(found) == count:
            break
        found[template.prompt(number)] = None
    return list(found)
