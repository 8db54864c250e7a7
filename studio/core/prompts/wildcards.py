"""Wildcards: lists of words that a prompt calls by name, which may call each other."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from studio.core.alike import first_few, most_alike
from studio.core.errors import (
    PromptUnclosed,
    StudioError,
    WildcardMissing,
    WildcardNotFound,
    WildcardRefersToItself,
    WildcardUnclosed,
)
from studio.core.prompts.choices import Branching, Choice, Node, Reference
from studio.core.prompts.reading import TOKENS, read

_SPECIAL = re.compile(r"[{}|\\]|__")
_SHOWN = 60  # characters of an entry in a sentence


class Wildcards:
    """Entries by name (`folder/colour`), compared without case; each is read when it is first called.

    Attributes:
        names: the number of entries of each, by name in order.
    """

    def __init__(self, entries: Mapping[str, Sequence[str]] | None = None) -> None:
        given = entries or {}
        ordered = sorted(given, key=str.casefold)
        self.names: dict[str, int] = {name: len(given[name]) for name in ordered}
        self._spelled = {name.casefold(): name for name in ordered}
        self._entries = {name.casefold(): given[name] for name in ordered}
        self._read: dict[str, _Entries] = {}
        self._finished: dict[str, Choice] = {}

    def entries(self, name: str) -> Sequence[str]:
        """As they are written. Raises WildcardMissing, WildcardNotFound."""
        return self._entries[self._key(name)]

    def __contains__(self, name: str) -> bool:
        return name.casefold() in self._entries

    def called(self, texts: Iterable[str]) -> set[str]:
        """What texts call, and what that calls in turn, whether it is here or not; without case."""
        found, work = set[str](), list(texts)
        while work:
            tokens = TOKENS.finditer(work.pop())
            names = {token["wildcard"].casefold() for token in tokens if token["wildcard"]}
            work += ["\n".join(self._entries.get(name, ())) for name in names - found]
            found |= names
        return found

    def prepare(self) -> None:
        """Reads all of them, so that none is read in a hurry; what is wrong with one is told when it is
        called."""
        for name in self.names:
            try:
                self.choice(name)
            except StudioError:
                continue

    def choice(self, name: str) -> Choice:
        """All that the wildcard can become.

        Raises TooManyPicked, WildcardMissing, WildcardNotFound, WildcardRefersToItself, WildcardUnclosed.
        """
        asked = self._key(name)
        if asked in self._finished:
            return self._finished[asked]
        called = {asked: self._calls(asked)}  # in the order in which they call each other
        while called:
            last = next(reversed(called))
            key = next((one for one in called[last] if one not in self._finished), None)
            if key is None:
                self._finish(last)
                del called[last]
            elif key in called:
                chain = [*called][[*called].index(key) :]
                raise WildcardRefersToItself(
                    name=self._spelled[key], chain=" → ".join(self._spelled[one] for one in (*chain, key))
                )
            else:
                called[key] = self._calls(key)
        return self._finished[asked]

    def _calls(self, key: str) -> Iterator[str]:
        return (self._key(one.name) for one in self._entries_of(key).references)

    def _finish(self, key: str) -> None:
        entries = self._entries_of(key)
        self.finish(entries.branches)
        self._finished[key] = entries.choice

    def finish(self, branches: list[Branching]) -> None:
        """Counts what was read, wildcards put in. Raises as `choice`."""
        for branch in branches:
            if isinstance(branch, Reference):
                branch.target = self.choice(branch.name)
            branch.finish()

    def _entries_of(self, key: str) -> "_Entries":
        if key not in self._read:
            self._read[key] = _Entries(self._spelled[key], self._entries[key])
        return self._read[key]

    def _key(self, name: str) -> str:
        key = name.casefold()
        if key in self._entries:
            return key
        # Names are paths: the last part is what is misspelled, or stands in another folder.
        short = {one.rpartition("/")[2]: one for one in self._entries}
        near = most_alike(key, self._entries) or short.get(most_alike(key.rpartition("/")[2], short))
        if near:
            raise WildcardMissing(name=name, nearest=self._spelled[near])
        raise WildcardNotFound(name=name, known=first_few([*self.names]))


class _Entries:
    """A wildcard's entries, read."""

    __slots__ = ("branches", "choice", "references")

    def __init__(self, name: str, entries: Sequence[str]) -> None:
        self.branches: list[Branching] = []
        self.references: list[Reference] = []
        plain = not _SPECIAL.search("\n".join(entries))
        nodes = entries if plain else [self._node(name, one) for one in entries]
        self.choice = Choice.of((node, 1.0) for node in nodes or ("",))
        self.branches.append(self.choice)

    def _node(self, name: str, entry: str) -> Node:
        if not _SPECIAL.search(entry):
            return entry
        try:
            one = read(entry)
        except PromptUnclosed as error:
            raise WildcardUnclosed(name=name, entry=entry[:_SHOWN]) from error
        self.branches += one.branches
        self.references += one.references
        return one.root
