"""What caches of steps gain and cost, by the fingerprints of models, as a file that may be lost."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from studio.core.cache_costs import CacheCost
from studio.store.json_file import save_json

Costs = dict[str, tuple[CacheCost, ...]]

_MODELS = 500  # how many are kept, the newest


def load_cache_costs(file: Path) -> Costs:
    """What the file says; nothing where there is none, or one that is damaged or of another version."""
    try:
        read = msgspec.json.decode(file.read_bytes(), type=Costs)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    whole = all(
        one.cache and one.steps > 0 and one.faster > 0 and one.error >= 0
        for costs in read.values()
        for one in costs
    )
    return read if whole else {}


def save_cache_costs(file: Path, costs: Mapping[str, tuple[CacheCost, ...]]) -> None:
    """Raises DiskFull, FileUnwritable; the old file stays then."""
    save_json(file, dict(list(costs.items())[-_MODELS:]))
