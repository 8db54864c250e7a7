"""The library's copies of pictures that jobs begin with: which of them nothing needs any more.

A copy is needed while its hash stands in the recipe of a picture, in a job that may still run, or in the
settings, which hold what is written in Create. What none of these knows is kept for a month: another home may
have this library, with jobs and a draft of its own. Whoever takes a picture in, or finds its copy again, sets
its time anew (`media.inputs`).
"""

import logging
import re
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path

import apsw
import msgspec

from studio.core.paths import Paths
from studio.media.recipes import read_recipe
from studio.store.assets import Assets
from studio.store.database import open_reader
from studio.store.jobs import Jobs
from studio.store.layout import pictures_in

YOUNG_SECONDS = 30 * 86_400.0
MOST_UNLISTED = 500  # pictures without a row whose recipes are read; with more the database has to be rebuilt
_COPY = re.compile(r"([0-9a-f]{64})\.png(?:\.part)?")

log = logging.getLogger(__name__)


class Freed(msgspec.Struct, frozen=True):
    """How many copies there were, and how many bytes they took."""

    copies: int = 0
    freed_bytes: int = 0


def find_spare(paths: Paths) -> list[Path]:
    """`spare_copies` in any thread, over a connection of its own. Raises DatabaseLocked, FileUnwritable."""
    with closing(open_reader(paths)) as connection:
        return spare_copies(paths, connection)


def spare_copies(paths: Paths, connection: apsw.Connection) -> list[Path]:
    """Those that nothing needs. May look at the whole library, so nobody is to wait for it."""
    old = [path for path in paths.inputs.glob("*") if _COPY.fullmatch(path.name) and _is_old(path)]
    spare = still_spare(old, paths, connection)
    if not spare:
        return []
    unlisted = list(islice(_unlisted(paths, Assets(connection)), MOST_UNLISTED + 1))
    if len(unlisted) > MOST_UNLISTED:
        return []
    needed = {one.hash for path in unlisted if (recipe := read_recipe(path)) for one in recipe.inputs}
    return [path for path in spare if path.name[:64] not in needed]


def still_spare(copies: list[Path], paths: Paths, connection: apsw.Connection) -> list[Path]:
    """Those that neither this database nor the settings name; quick."""
    in_settings = _in_settings(paths.settings) if copies else None
    if in_settings is None:
        return []
    needed = Assets(connection).input_hashes() | Jobs(connection).input_hashes() | in_settings
    return [path for path in copies if path.name[:64] not in needed]


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


def _in_settings(file: Path) -> set[str] | None:
    """The hashes in them; None where they are there and cannot be read: then everything may be needed."""
    try:
        return set(re.findall(r"[0-9a-f]{64}", file.read_text("utf-8", "replace")))
    except FileNotFoundError:
        return set()
    except OSError:
        log.warning("%s cannot be read: no copy of an input picture is removed", file, exc_info=True)
        return None


def _unlisted(paths: Paths, assets: Assets) -> Iterator[Path]:
    """Pictures that are finished and have no row: of another home, or not brought in yet."""
    known = assets.paths()
    yield from (paths.library / path for path in pictures_in(paths.library) if path not in known)
    yield from paths.staging.glob("*/*/*.png")
