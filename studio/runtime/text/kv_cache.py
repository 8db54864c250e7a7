"""Keys and values of what a model has read, kept from one answer to the next for what stays the same."""

import copy
import sys
from collections.abc import Container
from dataclasses import dataclass, field
from itertools import takewhile

import torch
from transformers import DynamicCache, PreTrainedModel

from studio.runtime.placement import bytes_of
from studio.runtime.text.cache_layers import (
    branched,
    can_cut,
    copied,
    counts,
    croppable,
    cut,
    kept_at_a_turn,
    plain,
    storages,
)
from studio.runtime.text.growing import growing_cache

# What other branches may hold: a share of the weights, or as much as small models fill in an afternoon.
ROOM_SHARE, LEAST_ROOM = 1 / 4, 256_000_000
# The last prompt's, from which the next one goes on, and the one before, for another answer to the last.
LEAST_MARKS = 2
# Tokens that are sooner read again than kept: templates change as many at the end of an answer.
FEW = 16
PIECE = 256  # tokens that are compared at once


@dataclass(frozen=True)
class Mark:
    """The layers that cannot go back, as they were when a prompt had been read; by their number."""

    length: int
    layers: dict[int, object]


@dataclass(frozen=True)
class Heard:
    """What the model made of the last of the first `length` tokens: `logits`, [vocabulary]."""

    length: int
    logits: torch.Tensor


@dataclass
class Held:
    """What was read of one branch.

    Attributes:
        sure: how many of its tokens another answer may want again; those beyond were read ahead, as a guess.
        heard: where prompts ended, the newest last: an answer to one of these begins without reading.
        conversation: the last one that went on from here; "" where that was not told.
    """

    cache: DynamicCache
    ids: list[int] = field(default_factory=list[int])
    marks: list[Mark] = field(default_factory=list[Mark])
    sure: int = 0
    heard: list[Heard] = field(default_factory=list[Heard])
    conversation: str = ""

    def reach(self, ids: list[int]) -> tuple[int, Mark | None]:
        """To how many tokens that it has in common with these it can be brought back, and by which mark.

        The last token is read again, as the model answers only to what it reads; unless it is known what it
        answered.
        """
        common = _common(self.ids, ids)
        if not any(one.length == len(ids) for one in self.heard):
            common = min(common, len(ids) - 1)
        if all(can_cut(layer, len(self.ids) - common) for layer in self.cache.layers):
            return common, None
        fitting = [mark for mark in self.marks if mark.length <= common and self._can_go_to(mark)]
        best = max(fitting, key=lambda mark: mark.length, default=None)
        return (best.length, best) if best else (0, None)

    def _can_go_to(self, mark: Mark) -> bool:
        others = [layer for place, layer in enumerate(self.cache.layers) if place not in mark.layers]
        return all(can_cut(layer, self._length_of(layer) - mark.length) for layer in others)

    def bring(self, length: int, mark: Mark | None) -> None:
        """Back to so many tokens, which `reach` or `even_length` gave."""
        for place, layer in enumerate(self.cache.layers):
            if mark and place in mark.layers:
                self.cache.layers[place] = copied(mark.layers[place])
            else:
                cut(layer, self._length_of(layer) - length)
        self.sure = min(self.sure, length)
        self.keep(self.ids[:length])

    def keep(self, ids: list[int]) -> None:
        """These are the tokens in it, and what was put down about any beyond is forgotten."""
        self.ids = ids
        self.marks = [one for one in self.marks if one.length <= len(ids)]
        self.heard = [one for one in self.heard if one.length <= len(ids)]

    def even_length(self, most: int) -> tuple[int, Mark | None]:
        """To how many tokens it can be brought after a stop inside a forward, when some layers have read a
        chunk more than others, and what they read beyond the first `most` was only guessed."""
        counted = [layer.get_seq_length() for layer in self.cache.layers if counts(layer)]
        shortest = min([most, *counted]) if counted else 0
        if all(croppable(one) and can_cut(one, self._length_of(one) - shortest) for one in self.cache.layers):
            return shortest, None
        fitting = [mark for mark in self.marks if mark.length <= shortest and self._can_go_to(mark)]
        best = max(fitting, key=lambda mark: mark.length, default=None)
        return (best.length, best) if best else (0, None)

    def fork(self, length: int, mark: Mark | None) -> "Held":
        """Another that goes its own way from so many tokens on, which `reach` gave.

        What both have read lies in memory once.
        """
        cache = copy.copy(self.cache)
        cache.layers = [
            copied(mark.layers[place])
            if mark and place in mark.layers
            else branched(layer, self._length_of(layer) - length)
            for place, layer in enumerate(self.cache.layers)
        ]
        other = Held(cache, self.ids, self.marks, min(self.sure, length), self.heard)
        other.keep(self.ids[:length])
        return other

    def covers(self, other: "Held") -> bool:
        """Whether whatever the other can be brought to, this one can as well."""
        cut_anywhere = all(plain(layer) for layer in self.cache.layers)
        return cut_anywhere and self.sure >= len(other.ids) and self.ids[: len(other.ids)] == other.ids

    def add_mark(self) -> None:
        layers = {
            place: kept_at_a_turn(layer) for place, layer in enumerate(self.cache.layers) if not plain(layer)
        }
        if layers:
            others = [mark for mark in self.marks if mark.length != len(self.ids)]
            self.marks = [*others, Mark(len(self.ids), layers)]

    def hear(self, logits: torch.Tensor) -> None:
        """What the model made of its last token. `logits`: [vocabulary]."""
        others = [one for one in self.heard if one.length != len(self.ids)]
        self.heard = [*others, Heard(len(self.ids), logits.clone())][-LEAST_MARKS:]

    def _length_of(self, layer: object) -> int:
        return layer.get_seq_length() if counts(layer) else len(self.ids)


class KvCache:
    """The caches of the branches that were read last, with the ids of the tokens in them: `generate` does not
    compare them. One of them is at work.

    Full and sliding attention can be cut back to what two prompts have in common. A recurrent state
    cannot, nor a window whose past is gone: of these layers a mark is kept when a prompt has been read, which
    is where the next prompt begins to differ at the earliest.

    Attributes:
        room_bytes: what all but the one at work may hold; the least recently used go.
        limit_bytes: what all of them may hold together; the one at work keeps what it needs all the same.
        cache: the one at work, to hand to `generate`; None for a model that keeps its state in another way.
        ids: the tokens in it, in order.
    """

    def __init__(self, model: PreTrainedModel, room_bytes: int | None = None) -> None:
        self._config = model.config
        self._usable = model._supports_default_dynamic_cache() and not _keeps_its_own(model)
        share = max(LEAST_ROOM, int(ROOM_SHARE * bytes_of(model)))
        self.room_bytes = share if room_bytes is None else room_bytes
        self.limit_bytes = sys.maxsize
        self._whole_bytes = 0
        self._others: list[Held] = []
        self._work = self._new()

    @property
    def cache(self) -> DynamicCache | None:
        return self._work.cache if self._work else None

    @property
    def ids(self) -> list[int]:
        return self._work.ids if self._work else []

    @property
    def size_bytes(self) -> int:
        return _size([*self._others, *([self._work] if self._work else [])])

    @property
    def work_bytes(self) -> int:
        """What is left with the branch at work alone."""
        return _size([self._work] if self._work else [])

    def clear(self) -> None:
        """Forget everything."""
        self._others = []
        self._work = self._new()

    def forget_others(self) -> bool:
        """Keep the branch at work alone; False where there was no other."""
        forgot, self._others = bool(self._others), []
        return forgot

    def forget_conversations(self, conversations: Container[str]) -> None:
        """Keep nothing that was read of them."""
        self._others = [one for one in self._others if one.conversation not in conversations]
        if self._work and self._work.conversation in conversations:
            self._work = self._new()

    def begin(self, ids: list[int], whole_bytes: int = 0, conversation: str = "") -> int:
        """Go on from the branch that has most in common with the prompt; how many tokens of it were read.

        It is about to have `whole_bytes`, for which room is made. That branch itself stays, for whoever comes
        back to it, where more than a few of its tokens would go.
        """
        if self._work is None:
            return 0
        held = [one for one in (*self._others, self._work) if one.ids]
        reached = [(one.reach(ids), one) for one in reversed(held)]
        (length, mark), best = max(reached, key=lambda one: one[0][0], default=((0, None), self._work))
        if not length:
            self._others, self._work = held, self._new()
        elif best.sure - length > FEW:
            self._others, self._work = held, best.fork(length, mark)
        else:
            self._others, self._work = [one for one in held if one is not best], best
            self._work.bring(length, mark)
        self._work.conversation = conversation
        self._whole_bytes = whole_bytes
        self._make_room()
        return length

    def follows(self, ids: list[int]) -> torch.Tensor | None:
        """What the model made of the last of these tokens, [vocabulary], where `begin` found all of them."""
        if self._work is None or len(self._work.ids) != len(ids):
            return None
        return next((one.logits for one in self._work.heard if one.length == len(ids)), None)

    def mark(self, ids: list[int], logits: torch.Tensor | None = None) -> None:
        """These tokens have been read, and nothing more: a place to come back to without cutting.

        `logits`: what the model made of the last of them, [vocabulary].
        """
        if self._work is not None:
            self._work.keep(list(ids))
            self._work.add_mark()
            if logits is not None:
                self._work.hear(logits)
            self._whole_bytes = 0
            self._make_room()

    def settle(self, ids: list[int], *, even: bool, sure: int | None = None) -> None:
        """After an answer or a stop: `ids` is everything that may have been read and is right.

        A stop inside a forward leaves the cache not `even`. Read ahead, so many of the tokens are `sure`.
        """
        if self._work is None:
            return
        work = self._work
        counted = [layer.get_seq_length() for layer in work.cache.layers if counts(layer)]
        if even and counted and min(counted) == max(counted) <= len(ids):
            work.keep(ids[: counted[0]])
        else:
            length, mark = work.even_length(len(ids))
            work.keep(ids[:length])
            if length:
                work.bring(length, mark)
        if not work.ids:
            self._work = self._new()
        else:
            work.sure = max(work.sure, min(len(work.ids), len(ids) if sure is None else sure))
            self._others = [one for one in self._others if not work.covers(one)]
        self._whole_bytes = 0
        self._make_room()

    def _new(self) -> Held | None:
        if not self._usable:
            return None
        held = Held(growing_cache(self._config))
        for layer in held.cache.layers:
            if hasattr(layer, "sliding_window"):
                layer.activate_past_recording()  # else it forgets what it would need after a cut
        return held

    def _make_room(self) -> None:
        assert self._work is not None
        while self._others and (_size(self._others) > self.room_bytes or self._is_over):
            del self._others[0]
        marks = self._work.marks
        while len(marks) > LEAST_MARKS and (storages(_layers_of(marks)) > self.room_bytes or self._is_over):
            del marks[0]

    @property
    def _is_over(self) -> bool:
        growing = max(0, self._whole_bytes - self.work_bytes)
        return self.size_bytes + growing > self.limit_bytes


def _keeps_its_own(model: PreTrainedModel) -> bool:
    """Mamba's own classes take their state under another name, RWKV's and its like are no caches at all, and
    RecurrentGemma hands none back, so that it cannot be read in chunks (transformers 5.23)."""
    name = type(model).__name__.lower()
    return "mamba" in name or "recurrentgemma" in name


def _size(held: list[Held]) -> int:
    heard = {
        one.logits.data_ptr(): one.logits.untyped_storage().nbytes() for all in held for one in all.heard
    }
    layers = [layer for one in held for layer in (*one.cache.layers, *_layers_of(one.marks))]
    return storages(layers) + sum(heard.values())


def _layers_of(marks: list[Mark]) -> list[object]:
    return [layer for mark in marks for layer in mark.layers.values()]


def _common(first: list[int], second: list[int]) -> int:
    """How many tokens are the same from the beginning on; whole pieces are compared at once."""
    for start in range(0, min(len(first), len(second)), PIECE):
        one, other = first[start : start + PIECE], second[start : start + PIECE]
        if one != other:
            return start + sum(
                1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
            )
    return min(len(first), len(second))
