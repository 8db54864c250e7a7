"""What a picture was made of, and what was made of it: a tree that can be walked."""

import msgspec

from studio.core.inputs import is_digest
from studio.core.recipe import Recipe
from studio.core.records import Asset

MOST_NODES = 2000


class LineageNode(msgspec.Struct, frozen=True):
    """A picture of the library, one in its trash too, and the id of the picture that it was made of."""

    asset: Asset
    parent: str


class Source(msgspec.Struct, frozen=True):
    """A picture from elsewhere that an edit document was opened with.

    Attributes:
        picture: the copy that the library keeps of it, for whoever shows pictures; it is none of the library.
        document: the id of the document.
    """

    picture: Asset
    document: str


class Lineage(msgspec.Struct, frozen=True):
    """All that belongs together.

    Attributes:
        nodes: each behind the one that it was made of, the oldest first of those with one parent.
        missing: pictures that some were made of and that are no more; only the first can be one.
        source: what the first ones were made of, where that is none of the library.
        whole: False where there are more than can be shown.
    """

    nodes: tuple[LineageNode, ...]
    missing: tuple[str, ...] = ()
    whole: bool = True
    source: Source | None = None

    def children(self, asset_id: str) -> tuple[Asset, ...]:
        """What was made of that picture at once, the oldest first."""
        return tuple(node.asset for node in self.nodes if node.parent == asset_id)


def kept_picture(digest: str, name: str, width: int = 0, height: int = 0) -> Asset:
    """The copy of a picture from elsewhere, by its hash; without one it has no path. Sizes are 0 where they
    are not known."""
    return Asset(
        id=f"source-{digest}",
        path=f".studio/inputs/{digest}.png" if is_digest(digest) else "",
        width=width,
        height=height,
        created=0.0,
        recipe=Recipe(prompt=name),
    )
