"""What the studio itself fetched into a repository's folder: the mark that permits to remove it later."""

from pathlib import Path

import msgspec

from studio.catalog.hub.listing import ETAG
from studio.catalog.hub.names import is_plain

NAME = ".studio.json"
LOCK = "studio"  # held while the mark is changed


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """For each commit, the files that the studio fetched: name and etag."""

    commits: dict[str, dict[str, str]] = {}

    def etags(self) -> set[str]:
        return {etag for files in self.commits.values() for etag in files.values()}


def read_mark(folder: Path) -> Mark:
    """The mark in `models--owner--name`; one that is missing or damaged names nothing as the studio's own."""
    try:
        mark = msgspec.json.decode((folder / NAME).read_bytes(), type=Mark)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Mark()
    # Files are removed by these names: none may lead elsewhere.
    names = [*mark.commits, *(name for files in mark.commits.values() for name in files)]
    return mark if all(map(is_plain, names)) and all(map(ETAG.fullmatch, mark.etags())) else Mark()
