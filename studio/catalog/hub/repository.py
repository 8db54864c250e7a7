"""Downloads a repository: what is needed of it, at one commit, into the hub's own cache."""

import errno
import os
import shutil
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from pathlib import Path
from threading import Event

import msgspec

from studio.catalog.hub.cache import RepositoryCache, add_to_mark, size_of, write_error
from studio.catalog.hub.choose import INDEX, choose
from studio.catalog.hub.client import Hub
from studio.catalog.hub.listing import HubFile, Listing
from studio.catalog.hub.mark import read_mark
from studio.catalog.hub.names import parse_repository
from studio.catalog.hub.persistence import persist
from studio.catalog.hub.progress import Ledger
from studio.catalog.hub.ranges import RangeDownload
from studio.catalog.hub.wire import Fetch, Progress, Resolved, Update
from studio.core.downloads import DownloadFile, FileState, Wanted
from studio.core.errors import DiskTooSmall, ModelUnreadable

AT_ONCE = 2  # files
REPORT_SECONDS = 0.2
ASKING = 3  # attempts to learn what there is; nothing is lost by telling the person soon
_INDEX_LIMIT = 1 << 20  # bytes


def free_bytes(path: Path) -> int:
    """Of the disk that the folder is on, or would be."""
    for place in (path, *path.parents):
        if place.exists():
            return shutil.disk_usage(place).free
    raise FileNotFoundError(
        errno.ENOENT, os.strerror(errno.ENOENT), str(path)
    )  # a drive that is not connected


class RepositoryDownload:
    """One download. `say` is called from the thread of `run` alone."""

    def __init__(
        self, request: Fetch, say: Callable[[Update], None], free: Callable[[Path], int] = free_bytes
    ) -> None:
        self._request = request
        self._say = say
        self._free = free
        self._hub = Hub(request.patience)
        self._place = RepositoryCache(Path(request.cache), request.wanted.repository)
        self._stopped = Event()

    def run(self) -> Path:
        """The snapshot's folder, once every file is there and checked.

        Raises AddressUnknown, HubError, ModelError for a repository with nothing to run, StorageError.
        """
        try:
            listing = self._listing()
            # Whatever `main` becomes from here on: each file is of this commit.
            pinned = Wanted(repository=listing.repository, revision=listing.commit)
            with self._place.fetching(self._stopped):
                files = self._chosen(listing, pinned)
                self._fetch_all(files, pinned)
                return self._finish(files, listing.commit)
        except OSError as error:
            raise write_error(error, self._place.folder) from error

    def _listing(self) -> Listing:
        wanted, commit = self._request.wanted, self._request.commit
        parse_repository(f"{wanted.repository}@{wanted.revision}")  # both become names of files
        asked = msgspec.structs.replace(wanted, revision=commit or wanted.revision)
        patience = msgspec.structs.replace(
            self._request.patience, attempts=min(ASKING, self._request.patience.attempts)
        )

        def tell(seconds: int) -> None:
            self._say(Progress(files=(), waiting_seconds=seconds))

        return persist(lambda: self._hub.listing(asked), patience, self._stopped, lambda: 0, tell)

    def _chosen(self, listing: Listing, pinned: Wanted) -> tuple[HubFile, ...]:
        patterns = self._request.wanted.files
        index = next((file for file in listing.files if file.name == INDEX), None)
        if patterns or index is None:
            return choose(listing, patterns)
        if index.size_bytes > _INDEX_LIMIT:
            raise ModelUnreadable(model=listing.repository, file=INDEX)
        self._fetch(index, pinned, Ledger([]))
        content = self._place.content(index, listing.commit)
        try:
            named = msgspec.json.decode(content.read_bytes() if content else b"", type=dict[str, object])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ModelUnreadable(model=listing.repository, file=INDEX) from error
        return choose(listing, index=named)

    def _fetch_all(self, files: tuple[HubFile, ...], pinned: Wanted) -> None:
        ledger = Ledger(self._as_it_stands(file, pinned.revision) for file in files)
        self._say(Resolved(commit=pinned.revision, files=ledger.files()))
        self._check_space(files, pinned)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            running = [pool.submit(self._fetch, file, pinned, ledger) for file in files]
            try:
                self._report(running, ledger)
            finally:
                self._stopped.set()
                pool.shutdown(wait=False, cancel_futures=True)

    def _report(self, running: list[Future[None]], ledger: Ledger) -> None:
        """Until all is fetched; raises what the first file to fail raised."""
        told: tuple[object, ...] = ()
        while True:
            done, waiting = wait(running, REPORT_SECONDS, FIRST_EXCEPTION)
            progress = ledger.progress()
            if (progress.files, progress.waiting_seconds) != told:
                self._say(progress)
                told = progress.files, progress.waiting_seconds
            for future in done:
                future.result()
            if not waiting:
                return

    def _as_it_stands(self, file: HubFile, commit: str) -> DownloadFile:
        if self._place.content(file, commit):
            return DownloadFile(
                name=file.name, size_bytes=file.size_bytes, done_bytes=file.size_bytes, state=FileState.DONE
            )
        have = min(max(0, size_of(self._place.part(file.etag))), file.size_bytes)
        return DownloadFile(name=file.name, size_bytes=file.size_bytes, done_bytes=have)

    def _check_space(self, files: tuple[HubFile, ...], pinned: Wanted) -> None:
        missing = {file.etag: file for file in files if not self._place.content(file, pinned.revision)}
        needed = sum(
            file.size_bytes - max(0, size_of(self._place.part(etag))) for etag, file in missing.items()
        )
        free = self._free(self._place.cache)
        if needed > free:
            raise DiskTooSmall(
                name=pinned.repository, needed_bytes=needed, free_bytes=free, path=str(self._place.cache)
            )

    def _fetch(self, file: HubFile, pinned: Wanted, ledger: Ledger) -> None:
        """One file, unless it is there or comes by another process while this one waits for its turn."""
        with self._place.locked(file.etag, self._stopped):
            if not self._place.content(file, pinned.revision):
                RangeDownload(
                    self._hub,
                    pinned,
                    self._place,
                    self._request.patience,
                    ledger.tell,
                    ledger.wait,
                    self._stopped,
                ).fetch(file)
        ledger.tell(file, FileState.DONE, file.size_bytes)

    def _finish(self, files: tuple[HubFile, ...], commit: str) -> Path:
        ours = read_mark(self._place.folder).etags()
        add_to_mark(self._place, commit, {file.name: file.etag for file in files if file.etag in ours})
        snapshot = self._place.lay_out(files, commit)
        # A run that goes on with an older commit must not turn the branch back.
        revision = self._request.wanted.revision
        if not self._request.commit or not (self._place.folder / "refs" / revision).exists():
            self._place.write_ref(revision, commit)
        return snapshot
