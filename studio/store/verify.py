"""Compare the database with the library's files and look whether each picture is whole."""

import msgspec

from studio.core.errors import PictureUnreadable
from studio.core.paths import Paths
from studio.media.pictures import check_picture
from studio.store.assets import Assets
from studio.store.layout import pictures_in
from studio.store.rebuild import Progress


class Verified(msgspec.Struct, frozen=True):
    """Paths in the library: rows without a file, files without a row, files that are not whole."""

    checked: int
    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    damaged: tuple[str, ...]


def verify(paths: Paths, assets: Assets, progress: Progress) -> Verified:
    """Nothing is changed; `rebuild` mends the first two."""
    known = assets.paths()
    files = list(pictures_in(paths.library))
    damaged: list[str] = []
    for done, path in enumerate(files, start=1):
        try:
            check_picture(paths.library / path)
        except PictureUnreadable:
            damaged.append(path)
        progress(done, len(files))
    return Verified(
        checked=len(files),
        missing=tuple(sorted(known.keys() - set(files))),
        unknown=tuple(path for path in files if path not in known),
        damaged=tuple(damaged),
    )
