"""Pictures among the tokens of a prompt: where they stand, and how a cache tells them apart.

The llama.cpp family counts prompts with this too, so nothing here imports torch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from studio.core.errors import PictureCutShort, PictureTooLarge, PictureUnreadable
from studio.core.model import Kind, ModelSpec
from studio.core.turns import ChatTurn
from studio.runtime.desk import Desk

KEY_BITS = 56  # of a picture's hash; with the place of a token in it they fit into 64


@dataclass(frozen=True)
class Seen:
    """A picture as a model reads it.

    Attributes:
        path: absolute.
        key: a hash of its pixels, of KEY_BITS.
        ids: the tokens that stand for it.
        beside: tensors that tell the model of each of these tokens, or of its size, by the model's own names.
    """

    path: str
    key: int
    ids: tuple[int, ...]
    beside: Mapping[str, Any]


@dataclass(frozen=True)
class Placed:
    """A picture in a prompt, and where its tokens begin."""

    start: int
    seen: Seen

    @property
    def end(self) -> int:
        return self.start + len(self.seen.ids)


class Eyes(Protocol):
    """The half of a model that sees, as far as pictures are counted.

    Attributes:
        token, token_id: what a template writes where a picture is.
    """

    token: str
    token_id: int

    def see(self, path: str) -> Seen:
        """The tokens of the picture. Raises PictureUnreadable, PictureCutShort, PictureTooLarge."""
        ...


def seen_turns(
    model: ModelSpec, eyes: Eyes | None, turns: Sequence[ChatTurn], desk: Desk
) -> tuple[ChatTurn, ...]:
    """The turns with those pictures alone that the model can see; the desk notes the others.

    A model that was made to see may be blind here: in a GGUF file its eyes are a file of their own (mmproj),
    and of a folder they may be missing.
    """
    blind = gone = 0
    kept = list[ChatTurn]()
    for turn in turns:
        found = list[str]()
        for path in turn.pictures:
            if eyes is None:
                blind += 1
                continue
            try:
                eyes.see(path)
            except (PictureUnreadable, PictureCutShort, PictureTooLarge):
                gone += 1
            else:
                found.append(path)
        kept.append(msgspec.structs.replace(turn, pictures=tuple(found)) if turn.pictures else turn)
    if blind:
        desk.note("sight_unused" if model.kind is Kind.VISION else "pictures_unread", count=blind)
    if gone:
        desk.note("pictures_gone", count=gone)
    return tuple(kept)


def put_pictures(
    ids: Sequence[int], token: int, seen: Sequence[Seen]
) -> tuple[list[int], tuple[Placed, ...]]:
    """The prompt with all tokens of each picture where the one is that its template wrote for it."""
    placed, whole, rest = list[Placed](), list[int](), iter(seen)
    for one in ids:
        if one == token:
            placed.append(Placed(len(whole), next(rest)))
            whole += placed[-1].seen.ids
        else:
            whole.append(one)
    return whole, tuple(placed)


def cache_ids(ids: Sequence[int], placed: Sequence[Placed]) -> list[int]:
    """The prompt as a cache tells it from another: each picture called by its content, in numbers that no
    token has."""
    told = list(ids)
    for one in placed:
        told[one.start : one.end] = [-1 - one.seen.key - at for at in range(len(one.seen.ids))]
    return told


def before_torn(placed: Sequence[Placed], end: int) -> int:
    """The end of a part of the prompt, moved to before the picture that it would cut in two."""
    return next((one.start for one in placed if one.start < end < one.end), end)
