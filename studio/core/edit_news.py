"""What is told of edit documents: proposals for them, what became part of them, and how files differ."""

import msgspec

from studio.core.layered_files import Lost
from studio.core.layers import Origin
from studio.core.records import Asset


class Proposal(msgspec.Struct, frozen=True):
    """A picture that a job made for a document; `index`: which of the job's."""

    document: str
    job: str
    asset: Asset
    index: int


class TakenIn(msgspec.Struct, frozen=True):
    """A picture became part of a document.

    Attributes:
        older: it was made from a canvas that has changed since; beyond its place that stays as it is.
    """

    document: str
    asset: Asset
    older: bool


class Remark(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be said of a file.

    Attributes:
        document: the id of the document that was opened from it, or written to it.
        origin: what the picture was before it was opened.
        lost: what was not taken over.
        target: the file that was written; "" for one that was opened.
    """

    document: str
    origin: Origin = Origin()
    lost: frozenset[Lost] = frozenset()
    target: str = ""

    @property
    def says_anything(self) -> bool:
        """Every other photograph is turned, which nobody needs to be told in a window that shows it."""
        return bool(self.lost) or msgspec.structs.replace(self.origin, format="", turned=False) != Origin()
