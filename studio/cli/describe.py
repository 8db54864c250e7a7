"""A picture as `--json` shows it."""

from pathlib import Path
from typing import Any

import msgspec

from studio.core.records import Asset


def describe_asset(asset: Asset, path: Path) -> dict[str, Any]:
    """`source` is where it was imported from, else null; the recipe has the execution record."""
    return {
        "id": asset.id,
        "path": str(path),
        "source": asset.source,
        "width": asset.width,
        "height": asset.height,
        "seed": asset.recipe.seed,
        "created": asset.created,
        "starred": asset.starred,
        "recipe": msgspec.to_builtins(asset.recipe),
    }
