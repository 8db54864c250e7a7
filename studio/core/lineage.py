"""What a picture was made of, and what was made of it: a tree that can be walked."""

import msgspec

from studio.core.records import Asset

MOST_NODES = 2000


class LineageNode(msgspec.Struct, frozen=True):
    """A picture of the library, one in its trash too, and the id of the picture that it was made of."""

    asset: Asset
    parent: str


class Lineage(msgspec.Struct, frozen=True):
    """All that belongs together.

    Attributes:
        nodes: each behind the one that it was made of, the oldest first of those with one parent.
        missing: pictures that some were made of and that are no more; only the first can be one.
        whole: False where there are more than can be shown.
    """

    nodes: tuple[LineageNode, ...]
    missing: tuple[str, ...] = ()
    whole: bool = True

    def children(self, asset_id: str) -> tuple[Asset, ...]:
        """What was made of that picture at once, the oldest first."""
        return tuple(node.asset for node in self.nodes if node.parent == asset_id)
