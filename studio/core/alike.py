"""Names that are like one that nobody has, and the few that are told where none is."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from itertools import islice

_COMPARED = 2000  # names
_ALIKE = 0.5  # as difflib has it; to find the nearest of all names takes ten times as long
_TOLD = 5


def most_alike(name: str, names: Iterable[str]) -> str:
    """Of the first 2000 names the one that is most like it, without case; "" where none is like it."""
    spelled = {one.casefold(): one for one in islice(names, _COMPARED)}
    near = get_close_matches(name.casefold()[:200], list(spelled), 1, _ALIKE)
    return spelled[near[0]] if near else ""


def first_few(names: Sequence[str]) -> str:
    """The first five in one line; "–" where there is none."""
    more = ["…"] if len(names) > _TOLD else []
    return ", ".join([*names[:_TOLD], *more]) or "–"
