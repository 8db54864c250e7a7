"""One repository's folder in the hub's cache, laid out as huggingface_hub 2.4 does (`file_download.py`):

models--owner--name/blobs/<etag>                    each content once
models--owner--name/snapshots/<commit>/<name>       a link to it; the file itself where links are not allowed
models--owner--name/refs/<revision>                 the commit that a branch stands for
.locks/models--owner--name/<etag>.lock              held by whoever fetches that content, whatever tool it is
"""

import errno
import hashlib
import os
import shutil
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Event

import msgspec

from studio.catalog.hub.listing import HubFile
from studio.catalog.hub.mark import LOCK, NAME, Mark, read_mark
from studio.catalog.hub.persistence import Stopped
from studio.core.errors import DiskFull, FileStays, FileUnwritable, ModelBeingFetched, StorageError

PART = ".studio.part"
UNFINISHED = ".tmp"  # a small file, of a process that was killed over it
_LOOK_SECONDS = 1.0  # between looks whether waiting for a lock still makes sense
_GLANCE_SECONDS = 0.05
_FETCHING = "studio-fetching-"  # and the number of the process that holds it
_NO_SPACE = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
# Shown last and removed last: whoever looks for models takes a folder with one of these for a whole model,
# and the folders in one without them for models of their own.
SIGNS = ("config.json", "model_index.json")


class RepositoryCache:
    """Where the files of one repository lie. `folder` is `models--owner--name`."""

    def __init__(self, cache: Path, repository: str) -> None:
        self.cache = cache
        self.folder = cache / "--".join(["models", *repository.split("/")])

    def blob(self, etag: str) -> Path:
        return self.folder / "blobs" / etag

    def part(self, etag: str) -> Path:
        return self.folder / "blobs" / (etag + PART)

    def snapshot(self, commit: str) -> Path:
        return self.folder / "snapshots" / commit

    def content(self, file: HubFile, commit: str) -> Path | None:
        """Where the file's content is, whole; None where it has to be fetched."""
        places = (self.blob(file.etag), self.snapshot(commit) / file.name)
        return next((place for place in places if size_of(place) == file.size_bytes), None)

    @contextmanager
    def locked(self, name: str, stopped: Event | None = None) -> Generator[None]:
        """Held for one content by one process of any tool; the system frees it when that process ends.

        Raises Stopped when `stopped` is set while it waits.
        """
        from huggingface_hub.utils import WeakFileLock  # 0.1 s, which who only looks does without

        path = self._lock(name)
        with ExitStack() as held:
            while True:
                if stopped and stopped.is_set():
                    raise Stopped
                with suppress(TimeoutError):
                    held.enter_context(WeakFileLock(path, timeout=_LOOK_SECONDS))
                    break
            yield

    @contextmanager
    def fetching(self, stopped: Event) -> Generator[None]:
        """While this process fetches anything of the repository: nothing of it is removed meanwhile."""
        name = f"{_FETCHING}{os.getpid()}"
        with ExitStack() as held:
            with self.locked(LOCK, stopped):  # who removes holds it, so that one of the two sees the other
                held.enter_context(self.locked(name, stopped))
            yield
        self._lock(name).unlink(missing_ok=True)

    def refuse_while_fetched(self) -> None:
        """Raises ModelBeingFetched where some process is `fetching`. To be called with LOCK held."""
        from huggingface_hub.utils import WeakFileLock

        for lock in self._lock("").parent.glob(f"{_FETCHING}*.lock"):
            try:
                with WeakFileLock(lock, timeout=_GLANCE_SECONDS):
                    pass
            except TimeoutError as error:
                repository = "/".join(self.folder.name.split("--")[1:])
                raise ModelBeingFetched(model=repository) from error
            lock.unlink(missing_ok=True)  # of a process that was killed

    def _lock(self, name: str) -> Path:
        path = self.cache / ".locks" / self.folder.name / f"{name}.lock"
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def lay_out(self, files: Sequence[HubFile], commit: str) -> Path:
        """Make the snapshot of files whose content is there; returns its folder."""
        uses = Counter(file.etag for file in files)
        for file in sorted(files, key=lambda file: file.name in SIGNS):
            uses[file.etag] -= 1
            self._show(file, commit, last=not uses[file.etag])
        return self.snapshot(commit)

    def _show(self, file: HubFile, commit: str, last: bool) -> None:
        from huggingface_hub.constants import HF_HUB_DISABLE_SYMLINKS

        blob, shown = self.blob(file.etag), self.snapshot(commit) / file.name
        if size_of(shown) == file.size_bytes and (not blob.exists() or shown.samefile(blob)):
            return
        shown.parent.mkdir(parents=True, exist_ok=True)
        shown.unlink(missing_ok=True)
        if not HF_HUB_DISABLE_SYMLINKS:
            with suppress(OSError):  # Windows, without the right to make links
                shown.symlink_to(os.path.relpath(blob, shown.parent))
                return
        if last:
            blob.replace(shown)
        else:  # another name of the same content follows
            shutil.copyfile(blob, shown)

    def write_ref(self, revision: str, commit: str) -> None:
        """Note what a branch stands for; a commit needs no note."""
        if revision != commit:
            write_whole(self.folder / "refs" / revision, commit.encode())


def size_of(path: Path) -> int:
    """Bytes of the file, through a link; -1 where there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return -1


def is_intact(path: Path, etag: str, tell: Callable[[int], object] = lambda _: None) -> bool:
    """Whether the content is the one that `etag` names: a sha256, or the sha1 of a git blob, whose header is
    `blob <size>` and a zero byte (git-scm.com/book, "Git Objects"). `tell` hears of each block's bytes."""
    with path.open("rb") as file:
        if len(etag) == 64:
            digest = hashlib.sha256()
        else:
            digest = hashlib.sha1(b"blob %d\0" % os.fstat(file.fileno()).st_size, usedforsecurity=False)
        while block := file.read(1 << 20):
            digest.update(block)
            tell(len(block))
        return digest.hexdigest() == etag


def write_whole(path: Path, content: bytes) -> None:
    """Write a small file that is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}{UNFINISHED}")
    part.write_bytes(content)
    part.replace(path)


def write_error(error: OSError, path: Path) -> StorageError:
    """The sentence for a write to `path` that failed."""
    if error.errno in _NO_SPACE:
        return DiskFull(path=str(path))
    return FileUnwritable(path=str(path), cause=error.strerror or type(error).__name__)


def removal_error(error: OSError, path: Path) -> StorageError:
    """The sentence for a removal of something at `path`, or below, that failed."""
    if error.errno in _NO_SPACE:  # of the mark, which tells what is left
        return DiskFull(path=str(path))
    return FileStays(path=str(error.filename or path), cause=error.strerror or type(error).__name__)


def write_mark(folder: Path, mark: Mark) -> None:
    write_whole(folder / NAME, msgspec.json.format(msgspec.json.encode(mark)))


def add_to_mark(place: RepositoryCache, commit: str, files: dict[str, str]) -> None:
    """Note that the studio fetched these files (etags by name) at that commit."""
    with place.locked(LOCK):
        mark = read_mark(place.folder)
        known = mark.commits.get(commit, {})
        if known | files != known:
            write_mark(place.folder, Mark(commits=mark.commits | {commit: known | files}))
