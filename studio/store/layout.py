"""How the library's folder is laid out: where a picture goes, and which of the files in it are pictures."""

import errno
import os
import re
import time
import unicodedata
import uuid
from collections.abc import Iterator
from pathlib import Path

from studio.core.errors import LibraryMissing, LibraryReadOnly, StorageError
from studio.core.paths import Paths
from studio.media.durable import fsync_folder, write_error
from studio.media.pictures import SUFFIXES

_SLUG_LETTERS = 40
_NOT_PICTURES = ("chats", "documents", "edits")  # the library's folders for other things
# As the studio itself names pictures that were given with a message; anything else may lead anywhere.
_GIVEN = re.compile(r"chats/pictures/[0-9a-f]{64}\.[a-z]{3,4}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_REFUSALS = {errno.EACCES, errno.EPERM, errno.EROFS}


def dated_path(asset_id: str, created: float, prompt: str) -> str:
    """`<YYYY>/<MM-DD>/<HHMMSS>-<slug>-<id8>.png` in local time, below the library, good on every disk."""
    moment = time.localtime(min(max(created, 0), 2**33))
    return time.strftime("%Y/%m-%d/%H%M%S-", moment) + f"{slug(prompt)}-{asset_id[-8:]}.png"


def slug(prompt: str) -> str:
    """The first words of a prompt, letters and digits of any script, joined by hyphens."""
    text = unicodedata.normalize("NFC", prompt).lower()
    words = "".join(letter if _in_word(letter) else " " for letter in text).split()
    return "-".join(words)[:_SLUG_LETTERS].strip("-") or "picture"


def _in_word(letter: str) -> bool:
    if letter in "\ufe0e\ufe0f":  # what is left of an emoji
        return False
    return letter.isalnum() or unicodedata.category(letter).startswith("M")


def is_id(text: str) -> bool:
    """Whether the text is an id as we write them; one from a file may be anything."""
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def is_given_picture(place: str) -> bool:
    """Whether the text is the place of a picture that was given with a message, as we write it."""
    return _GIVEN.fullmatch(place) is not None


def pictures_in(library: Path) -> Iterator[str]:
    """The relative path of every picture in the library, trash included, in the order of their names.

    Hidden files and links are left alone, and names that are no text.
    """
    for folder, folders, files in os.walk(library):
        top = Path(folder) == library
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and not (top and name in _NOT_PICTURES)
        )
        for name in sorted(files):
            path = Path(folder, name)
            if path.suffix.lower() in SUFFIXES and not name.startswith(".") and not path.is_symlink():
                relative = path.relative_to(library).as_posix()
                if not _SURROGATE.search(relative):
                    yield relative


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, each on the disk when this returns."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        fsync_folder(folder.parent)


def prepare(paths: Paths) -> None:
    """Make the library's own folders and prove that it can be written to.

    Raises LibraryReadOnly, LibraryMissing, DiskFull, FileUnwritable.
    """
    try:
        for folder in (paths.annotations.parent, paths.staging, paths.chats):
            make_folder(folder)
        with paths.annotations.open("ab"):
            pass
    except OSError as error:
        raise library_error(error, paths.library) from error


def library_error(error: OSError, library: Path) -> StorageError:
    """The sentence for something that failed in the library."""
    if isinstance(error, FileNotFoundError) and not library.is_dir():
        return LibraryMissing(path=str(library))
    if error.errno in _REFUSALS:
        return LibraryReadOnly(path=str(library))
    return write_error(error, Path(error.filename or library))
