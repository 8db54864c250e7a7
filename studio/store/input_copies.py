"""The library's copies of pictures that jobs begin with: which of them nothing needs any more.

A copy is needed while its hash stands in the recipe of a picture, in a job that may still run, or in the
settings, which hold what is written in Create. What neither of these knows yet is young: whoever takes a
picture in, or finds its copy again, sets its time anew (`media.inputs`).
"""

import re
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from studio.core.paths import Paths
from studio.media.recipes import read_recipe
from studio.store.assets import Assets
from studio.store.jobs import Jobs
from studio.store.layout import pictures_in

YOUNG_SECONDS = 3600.0
MOST_UNLISTED = 500  # pictures without a row whose recipes are read; with more the database has to be rebuilt
_COPY = re.compile(r"([0-9a-f]{64})\.png(?:\.part)?")


class Freed(msgspec.Struct, frozen=True):
    """How many copies there were, and how many bytes they took."""

    copies: int = 0
    freed_bytes: int = 0


def spare_copies(paths: Paths, assets: Assets, jobs: Jobs) -> list[Path]:
    """Those that nothing needs. Another home whose library this is counts by its pictures alone."""
    old = [path for path in paths.inputs.glob("*") if _COPY.fullmatch(path.name) and _is_old(path)]
    if not old:
        return []
    needed = assets.input_hashes() | jobs.input_hashes() | _in_settings(paths)
    spare = [path for path in old if path.name[:64] not in needed]
    if not spare:
        return []
    unlisted = list(_unlisted(paths, assets))
    if len(unlisted) > MOST_UNLISTED:
        return []
    needed = {one.hash for path in unlisted if (recipe := read_recipe(path)) for one in recipe.inputs}
    return [path for path in spare if path.name[:64] not in needed]


def remove_copies(copies: list[Path]) -> Freed:
    """Removes them, but for those that somebody has taken up meanwhile, or that are open elsewhere."""
    count = freed = 0
    for path in copies:
        with suppress(OSError):
            size = path.stat().st_size
            if _is_old(path):
                path.unlink()
                count, freed = count + 1, freed + size
    return Freed(count, freed)


def _is_old(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > YOUNG_SECONDS
    except OSError:
        return False


def _in_settings(paths: Paths) -> set[str]:
    try:
        return set(re.findall(r"[0-9a-f]{64}", paths.settings.read_text("utf-8", "replace")))
    except OSError:
        return set()


def _unlisted(paths: Paths, assets: Assets) -> Iterator[Path]:
    """Pictures that are finished and have no row: of another home, or not brought in yet."""
    known = assets.paths()
    yield from (paths.library / path for path in pictures_in(paths.library) if path not in known)
    yield from paths.staging.glob("*/*/*.png")
