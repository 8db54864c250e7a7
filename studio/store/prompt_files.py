"""Styles and wildcards as files: those that come with the studio, and the person's own beside them."""

import errno
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from studio.catalog.safetensors import open_regular
from studio.core.errors import (
    StorageError,
    StudioError,
    StylesDamaged,
    WildcardNameless,
    WildcardsTooMany,
    WildcardTooLarge,
    WildcardUnopened,
    WildcardUnreadable,
)
from studio.core.paths import Paths
from studio.core.plain_text import clean_text
from studio.core.prompts.styles import laid_over, read_styles, write_styles
from studio.core.prompts.written import Style
from studio.media.durable import whole_file, write_error

STYLES = "styles.toml"
WILDCARDS = "wildcards"
_STYLES_BYTES = 4 << 20
_WILDCARD_BYTES = 16 << 20  # some 1.5 million words
_ALL_BYTES = 128 << 20
_MOST_FILES = 10_000
# Why a file cannot be used, in English; the window translates it.
CAUSES = _TOO_LARGE, _NO_TEXT, _NOT_UTF8, _LINK, _NO_FILE, _FORBIDDEN, _NO_ANSWER = (
    "it is too large",
    "it is no text",
    "it is not in UTF-8",
    "it is a link to another folder",
    "it is no ordinary file",
    "it may not be read",
    "the disk gives no answer",
)


class PromptFiles(msgspec.Struct, frozen=True, kw_only=True):
    """All that was read.

    Attributes:
        wildcards: entries by name.
        watched: folders and files that hold wildcards of the person's own.
        problems: files that were left out, and why.
        unread: of these, by name, the wildcards that cannot be read.
    """

    styles: tuple[Style, ...] = ()
    wildcards: dict[str, tuple[str, ...]] = {}
    watched: tuple[str, ...] = ()
    problems: tuple[StudioError, ...] = ()
    unread: dict[str, StudioError] = {}


def read_prompt_files(resources: Path, paths: Paths) -> PromptFiles:
    """Nothing that the person wrote can make it fail; what cannot be used is among the problems."""
    problems = list[StudioError]()
    shipped = read_styles((resources / STYLES).read_text("utf-8"), STYLES)
    own: tuple[Style, ...] = ()
    try:
        own = own_styles(paths.styles)
    except StylesDamaged as error:
        problems.append(error)
    wildcards = dict[str, tuple[str, ...]]()
    spelled = dict[str, str]()
    watched, unread = list[str](), dict[str, StudioError]()
    for folder in (resources / WILDCARDS, paths.wildcards):
        for name, entries in _read_folder(
            folder, problems, unread, watched if folder == paths.wildcards else []
        ):
            wildcards.pop(
                spelled.get(name.casefold(), name), None
            )  # one's own take the place of a shipped one
            spelled[name.casefold()] = name
            wildcards[name] = entries
    return PromptFiles(
        styles=laid_over(shipped, own),
        wildcards=wildcards,
        watched=tuple(watched),
        problems=tuple(problems),
        unread=unread,
    )


def own_styles(path: Path) -> tuple[Style, ...]:
    """The person's own; none where there is no file yet. Raises StylesDamaged."""
    try:
        with open_regular(path) as file:
            raw = file.read(_STYLES_BYTES + 1)
        if len(raw) > _STYLES_BYTES:
            raise StylesDamaged(path=str(path), line=1, detail=_TOO_LARGE)
        return read_styles(raw.decode("utf-8-sig"), str(path), own=True)
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise StylesDamaged(path=str(path), line=1, detail=_cause(error)) from error


def save_style(path: Path, style: Style) -> None:
    """Puts it among the person's own, in the place of one of that name.

    Raises StylesDamaged (the file stays as it is, whether it or the style is wrong), DiskFull,
    FileUnwritable.
    """
    style = msgspec.structs.replace(
        style,
        name=clean_text(style.name).strip(),
        prompt=clean_text(style.prompt),
        negative_prompt=clean_text(style.negative_prompt),
        own=True,
    )
    _write(path, laid_over(own_styles(path), (style,)))


def remove_style(path: Path, name: str) -> None:
    """Raises as `save_style`."""
    _write(path, [one for one in own_styles(path) if one.name.casefold() != name.casefold()])


def _write(path: Path, styles: Sequence[Style]) -> None:
    text = write_styles(styles)
    read_styles(text, str(path))  # what cannot be read again is not written
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(error, path) from error
    with whole_file(path) as file:
        file.write(text.encode())


def _read_folder(
    folder: Path, problems: list[StudioError], unread: dict[str, StudioError], watched: list[str]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each wildcard under the folder; links that lead out of it are not followed."""
    left, files = _ALL_BYTES, 0
    top = os.path.realpath(folder)
    for place, names, found in os.walk(folder):
        names[:] = sorted(name for name in names if not name.startswith("."))
        watched.append(place)
        for file in sorted(found):
            path = Path(place, file)
            if not file.lower().endswith(".txt") or file.startswith("."):
                continue
            files += 1
            if files > _MOST_FILES:
                problems.append(_too_many(folder))
                return
            name = _name(path.relative_to(folder))
            try:
                if not os.path.realpath(path).startswith(top + os.sep):
                    raise WildcardUnopened(path=_shown(path), cause=_LINK)
                text = _text(path)
                if not name:
                    raise WildcardNameless(path=_shown(path))
            except StorageError as error:
                problems.append(error)
                unread[name] = error
                continue
            left -= len(text)
            if left < 0:
                problems.append(_too_many(folder))
                return
            watched.append(str(path))
            yield name, _entries(text)


def _name(path: Path) -> str:
    """As it can be called in a prompt: `folder/colour`."""
    name = re.sub(r"(?:[^\w\-./]|_)+", "_", path.with_suffix("").as_posix())
    return re.sub(r"^[\W_]+", "", name).rstrip("_")[:200]


def _text(path: Path) -> str:
    try:
        with open_regular(path) as file:
            raw = file.read(_WILDCARD_BYTES + 1)
    except OSError as error:
        raise WildcardUnopened(path=_shown(path), cause=_cause(error)) from error
    if len(raw) > _WILDCARD_BYTES:
        raise WildcardTooLarge(path=_shown(path), most_bytes=_WILDCARD_BYTES)
    if b"\0" in raw:
        raise WildcardUnreadable(path=_shown(path), cause=_NO_TEXT)
    try:
        return clean_text(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise WildcardUnreadable(path=_shown(path), cause=_cause(error)) from error


def _entries(text: str) -> tuple[str, ...]:
    """One a line; blank lines and those that begin with `#` do not count."""
    lines = (line.strip() for line in text.split("\n"))
    return tuple(line for line in lines if line and not line.startswith("#"))


def _cause(error: OSError | UnicodeDecodeError) -> str:
    """One of CAUSES: the system's own words are in another language, and name the path once more."""
    if isinstance(error, UnicodeDecodeError):
        return _NOT_UTF8
    if isinstance(error, PermissionError):
        return _FORBIDDEN
    return _NO_ANSWER if error.errno in (errno.EIO, errno.ETIMEDOUT) else _NO_FILE


def _too_many(folder: Path) -> WildcardsTooMany:
    return WildcardsTooMany(path=_shown(folder), files=_MOST_FILES, most_bytes=_ALL_BYTES)


def _shown(path: Path) -> str:
    return clean_text(str(path))
