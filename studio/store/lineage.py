"""What a picture was made of and what was made of it, followed through the rows."""

from studio.core.errors import NotFound
from studio.core.inputs import Role
from studio.core.lineage import MOST_NODES, Lineage, LineageNode, Source, kept_picture
from studio.core.records import Asset
from studio.store.assets import Assets


def lineage_of(assets: Assets, asset_id: str, most: int = MOST_NODES) -> Lineage:
    """All that has the same beginning as this picture. Files may say anything of each other: what leads back
    to itself is followed once. Raises NotFound."""
    begun, missing = _beginning(assets, asset_id, most)
    first = [] if missing else _beside(assets, begun)
    nodes = list(map(_node, first))
    level = [missing] if missing else [one.id for one in first]
    known = set(level)
    while level and len(nodes) <= most:
        found = [one for one in assets.children_of(level, most + 1) if one.id not in known]
        nodes += map(_node, found)
        level = [one.id for one in found]
        known.update(level)
    whole = len(nodes) <= most and not level
    return Lineage(tuple(nodes[:most]), (missing,) if missing else (), whole, _source(begun))


def ancestors_of(assets: Assets, asset_id: str, most: int = MOST_NODES) -> list[Asset]:
    """What a picture was made of, one after the other back to the first that is still there; itself not."""
    found: list[Asset] = []
    known = {asset_id}
    asset = assets.get(asset_id)
    while asset and len(found) < most:
        parent = parent_of(asset)
        if not parent or parent in known:
            break
        known.add(parent)
        asset = assets.get(parent)
        if asset:
            found.append(asset)
    return found


def parent_of(asset: Asset) -> str:
    """The id of what it was made of; "" for none."""
    return asset.recipe.edit.parent if asset.recipe.edit else ""


def _beginning(assets: Assets, asset_id: str, most: int) -> tuple[Asset, str]:
    """The first picture of all that is there, and the id of what it was made of where that is gone."""
    asset = assets.get(asset_id)
    if asset is None:
        raise NotFound(name=asset_id)
    first = [asset, *ancestors_of(assets, asset_id, most)][-1]
    parent = parent_of(first)
    return first, "" if not parent or assets.get(parent) else parent


def _beside(assets: Assets, begun: Asset) -> list[Asset]:
    """That picture with all that were made of the same one from elsewhere, the oldest first."""
    edit = begun.recipe.edit
    if edit is None or edit.parent or not edit.document:
        return [begun]
    same = [one for one in assets.proposed_to(edit.document) if not parent_of(one)]
    return same if begun in same else [begun, *same]


def _source(begun: Asset) -> Source | None:
    edit = begun.recipe.edit
    used = next((one for one in begun.recipe.inputs if one.role is Role.CHANGE), None)
    if edit is None or edit.parent or used is None:
        return None
    return Source(kept_picture(used.hash, used.name), edit.document)


def _node(asset: Asset) -> LineageNode:
    return LineageNode(asset, parent_of(asset))
