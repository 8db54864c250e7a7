"""Looks after models in the hub's cache: what they take, whether they are whole; removes the studio's own.

A `path` is that of a model: its snapshot's folder (`models--owner--name/snapshots/<commit>`) or a file in it.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from studio.catalog.gguf import parts_of
from studio.catalog.hub.cache import (
    PART,
    SIGNS,
    UNFINISHED,
    RepositoryCache,
    is_intact,
    removal_error,
    write_mark,
)
from studio.catalog.hub.choose import WEIGHTS
from studio.catalog.hub.listing import ETAG
from studio.catalog.hub.mark import LOCK, NAME, Mark, read_mark
from studio.core.downloads import Checking, ModelFile
from studio.core.errors import ModelNotOurs


def downloaded_by_studio(path: Path) -> bool:
    """Whether the studio fetched at least a part of the model, so that it may remove that part."""
    snapshot = _snapshot(path)
    return snapshot is not None and bool(_ours(read_mark(snapshot.parents[1]), snapshot, path))


def disk_used(path: Path) -> int:
    """Bytes of the model's files, each content once."""
    sizes = dict[tuple[int, int], int]()
    for file in _files(path):
        with suppress(OSError):  # a link to a content that is gone
            status = file.stat()
            sizes[status.st_dev, status.st_ino] = status.st_size
    return sum(sizes.values())


def files_of(path: Path) -> tuple[ModelFile, ...]:
    """What lies on the disk of the model, by name; empty where nothing does."""
    snapshot = _snapshot(path)
    noted = _ours(read_mark(snapshot.parents[1]), snapshot, path) if snapshot else {}
    elsewhere = _shown_beside(snapshot) if snapshot else set[str]()
    top = snapshot or (path if path.is_dir() else path.parent)
    found = list[ModelFile]()
    for file in _files(path):
        name = file.relative_to(top).as_posix()
        shared = name not in noted or os.path.realpath(file) in elsewhere
        with suppress(OSError):  # a link to a content that is gone
            found.append(ModelFile(name=name, size_bytes=file.stat().st_size, shared=shared))
    return tuple(sorted(found, key=lambda file: file.name))


def verify(path: Path, tell: Callable[[Checking], object] = lambda _: None) -> list[str]:
    """The names of files that are missing or not what the hub describes.

    Reads every byte, which takes a while; `tell` hears how far it is, a megabyte at a time.

    Where a file does not lie in `blobs` and the studio did not fetch it, nothing tells what it should be.
    """
    snapshot = _snapshot(path)
    if snapshot is None:
        return []
    noted = _ours(read_mark(snapshot.parents[1]), snapshot, path)
    names = {file.relative_to(snapshot).as_posix() for file in _files(path)} | noted.keys()
    done, size = 0, disk_used(path)

    def count(read: int) -> None:
        nonlocal done
        done += read
        tell(Checking(done_bytes=done, size_bytes=max(done, size)))

    return [name for name in sorted(names) if not _is_whole(snapshot / name, noted.get(name), count)]


def clear(path: Path, damaged: Sequence[str]) -> None:
    """Remove the content of files that `verify` named, so that downloading the model again mends it.

    Raises ModelNotOurs for a file that the studio did not fetch, FileStays.
    """
    snapshot = _snapshot(path)
    noted = _ours(read_mark(snapshot.parents[1]), snapshot, path) if snapshot else {}
    if snapshot is None or not noted.keys() >= set(damaged):
        raise ModelNotOurs(model=path.name)
    try:
        for name in damaged:
            # First the content, which a download would take to be whole by its size.
            _unlink(snapshot.parents[1] / "blobs" / noted[name])
            _unlink(snapshot / name)
    except OSError as error:
        raise removal_error(error, snapshot) from error


def remove(path: Path) -> int:
    """Remove what the studio fetched of the model; returns the bytes that are free then.

    Contents that another revision uses stay, and so does what other tools fetched. Raises ModelNotOurs where
    the studio fetched nothing of it, ModelBeingFetched while a download of its repository runs,
    FileStays.
    """
    snapshot = _snapshot(path)
    if snapshot is None:
        raise ModelNotOurs(model=path.name)
    folder = snapshot.parents[1]
    place = RepositoryCache(folder.parent, "/".join(folder.name.split("--")[1:]))
    try:
        with place.locked(LOCK):
            place.refuse_while_fetched()
            mark = read_mark(folder)
            names = _ours(mark, snapshot, path)
            if not names:
                raise ModelNotOurs(model=place.folder.name.removeprefix("models--").replace("--", "/"))
            noted = mark.commits[snapshot.name]
            names = _with_companions(names, noted)
            freed = _remove_files(place, snapshot, names)
            left = {name: etag for name, etag in noted.items() if name not in names}
            _forget(folder, mark, snapshot.name, left)
        _remove_empty(place, snapshot)
    except OSError as error:
        raise removal_error(error, folder) from error
    return freed


def discard(cache: Path, repository: str) -> int:
    """Remove what unfinished downloads of a repository left; returns the bytes that are free then.

    That is every part, and every content fetched by the studio that no snapshot shows. Raises
    ModelBeingFetched where a download of the repository runs, FileStays.
    """
    place = RepositoryCache(cache, repository)
    freed = 0
    try:
        with place.locked(LOCK):
            place.refuse_while_fetched()
            for part in place.folder.glob(f"blobs/*{PART}"):
                freed += _unlink(part)
            mark = read_mark(place.folder)
            for commit, noted in mark.commits.items():
                hidden = _hidden(place, commit, noted)
                freed += _remove_files(place, place.snapshot(commit), hidden)
                left = {name: etag for name, etag in noted.items() if name not in hidden}
                _forget(place.folder, read_mark(place.folder), commit, left)
        _remove_empty(place, place.folder / "snapshots")
    except OSError as error:
        raise removal_error(error, place.folder) from error
    return freed


def leftovers(cache: Path, repository: str) -> list[Path]:
    """What `discard` would remove: of downloads that did not end, and of removals that did not."""
    place = RepositoryCache(cache, repository)
    hidden = {
        etag
        for commit, noted in read_mark(place.folder).commits.items()
        for etag in _hidden(place, commit, noted).values()
    }
    contents = [blob for etag in sorted(hidden) if (blob := place.blob(etag)).exists()]
    return [*place.folder.glob(f"blobs/*{PART}"), *contents]


def _hidden(place: RepositoryCache, commit: str, noted: dict[str, str]) -> dict[str, str]:
    """Etags by name of what was fetched at that commit and is not in its snapshot."""
    return {name: etag for name, etag in noted.items() if not (place.snapshot(commit) / name).exists()}


def _snapshot(path: Path) -> Path | None:
    """The snapshot that the path is or lies in; None outside of the hub's cache."""
    for folder in (path, *path.parents):
        if folder.parent.name == "snapshots" and folder.parents[1].name.startswith("models--"):
            return folder
    return None


def _ours(mark: Mark, snapshot: Path, path: Path) -> dict[str, str]:
    """Etags by name of what the studio fetched of the model."""
    noted = mark.commits.get(snapshot.name, {})
    below = path.relative_to(snapshot).as_posix()
    if below == ".":
        return noted
    parts = {part.relative_to(snapshot).as_posix() for part in parts_of(path)}
    return {name: etag for name, etag in noted.items() if name in parts or name.startswith(below + "/")}


def _with_companions(ours: dict[str, str], noted: dict[str, str]) -> dict[str, str]:
    """With the last weights go the card, the licence and whatever else came with them."""
    left = [name for name in noted if name.endswith(WEIGHTS) and name not in ours]
    return ours if left else noted


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield from (part for part in parts_of(path) if part == path or part.exists())
    for folder, _, names in os.walk(path):
        yield from (Path(folder, name) for name in names)


def _is_whole(file: Path, noted: str | None, tell: Callable[[int], object]) -> bool:
    """By the name of the content in `blobs`, which may itself be a link to one that repositories share."""
    content = Path(os.readlink(file)) if file.is_symlink() else Path()
    etag = content.name if content.parent.name == "blobs" and ETAG.fullmatch(content.name) else noted
    try:
        return is_intact(file, etag, tell) if etag else file.exists()
    except OSError:
        return False


def _shown_beside(snapshot: Path) -> set[str]:
    """The contents that other revisions of the repository show, too."""
    others = [other for other in snapshot.parent.iterdir() if other != snapshot]
    return {os.path.realpath(file) for other in others for file in _files(other)}


def _remove_files(place: RepositoryCache, snapshot: Path, names: dict[str, str]) -> int:
    freed = 0
    for name in sorted(names, key=lambda name: name in SIGNS):
        shown = snapshot / name
        freed += _unlink(shown)
        for folder in shown.parents:
            if folder == snapshot.parent or not _rmdir(folder):
                break
    shown_elsewhere = {os.path.realpath(file) for file in _files(place.folder / "snapshots")}
    for etag in set(names.values()):
        blob = place.blob(etag)
        if os.path.realpath(blob) not in shown_elsewhere:
            freed += _unlink(blob)
    return freed


def _forget(folder: Path, mark: Mark, commit: str, left: dict[str, str]) -> None:
    commits = {name: files for name, files in mark.commits.items() if name != commit}
    write_mark(folder, Mark(commits=commits | ({commit: left} if left else {})))


def _remove_empty(place: RepositoryCache, snapshot: Path) -> None:
    """Branches that stood for a snapshot that is gone, and the repository's folder once nothing is left."""
    for ref in [file for file in _files(place.folder / "refs") if file.is_file()]:
        if not place.snapshot(ref.read_text("utf-8", "replace").strip()).exists():
            ref.unlink()
    for name in ("snapshots", "blobs", "refs"):
        _rmdir(place.folder / name)
    left = list(_files(place.folder))
    if not snapshot.exists() and all(_is_mark(file) for file in left):
        for file in left:
            file.unlink(missing_ok=True)
        _rmdir(place.folder)


def _is_mark(file: Path) -> bool:
    return file.name == NAME or (file.name.startswith(NAME) and file.suffix == UNFINISHED)


def _unlink(file: Path) -> int:
    """Bytes freed; none for a link, nor for a content that huggingface_hub shares between repositories."""
    try:
        freed = 0 if file.is_symlink() else file.lstat().st_size
        file.unlink()
    except FileNotFoundError:
        return 0
    return freed


def _rmdir(folder: Path) -> bool:
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError:  # something of another tool is in it
        return False
    return True
