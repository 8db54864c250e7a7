"""Fetches one file by ranges, so that what has arrived is kept whatever happens.

`huggingface_hub` 2.4 fetches into a temporary file that goes when its process goes: nothing to go on from.
"""

import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from threading import Event
from typing import BinaryIO

import httpx2

from studio.catalog.hub.cache import RepositoryCache, add_to_mark, is_intact, size_of, write_error
from studio.catalog.hub.client import RANGE_REFUSED, Hub
from studio.catalog.hub.listing import ETAG, HubFile
from studio.catalog.hub.persistence import Stopped, persist
from studio.catalog.hub.wire import Patience
from studio.core.downloads import FileState, Wanted
from studio.core.errors import DownloadDamaged, HubUnreachable

SYNC_BYTES = 64 << 20  # written before the disk is asked to keep it, so that a power cut costs no more

Tell = Callable[[HubFile, FileState, int], None]


class RangeDownload:
    """Fetches a file of `pinned` (a repository at a commit) into its blob.

    The caller holds the lock of the file's content. `tell` is called from this thread with each file's state
    and the bytes that are on disk; `wait` with the seconds until a file is tried again.
    """

    def __init__(
        self,
        hub: Hub,
        pinned: Wanted,
        place: RepositoryCache,
        patience: Patience,
        tell: Tell,
        wait: Callable[[HubFile, int], object],
        stopped: Event,
    ) -> None:
        self._hub = hub
        self._pinned = pinned
        self._place = place
        self._patience = patience
        self._tell = tell
        self._wait = wait
        self._stopped = stopped

    def fetch(self, file: HubFile) -> None:
        """Raises HubError, DiskFull, FileUnwritable, Stopped; what has arrived stays for the next time."""
        part = self._place.part(file.etag)
        try:
            part.parent.mkdir(parents=True, exist_ok=True)
            for _ in range(2):
                self._receive(file, part)
                self._tell(file, FileState.CHECKING, file.size_bytes)
                if is_intact(part, file.etag):
                    # Noted first: a file that came without its note could never be removed.
                    add_to_mark(self._place, self._pinned.revision, {file.name: file.etag})
                    part.replace(self._place.blob(file.etag))
                    return
                part.unlink()
        except OSError as error:
            raise write_error(error, part) from error
        raise DownloadDamaged(file=file.name)

    def _receive(self, file: HubFile, part: Path) -> None:
        """Until the part has as many bytes as the file."""
        if size_of(part) > file.size_bytes:
            part.unlink()
        part.touch()
        persist(
            lambda: self._receive_rest(file, part),
            self._patience,
            self._stopped,
            lambda: size_of(part),
            partial(self._wait, file),
        )

    def _receive_rest(self, file: HubFile, part: Path) -> None:
        """One attempt to get what the part lacks."""
        have = size_of(part)
        self._tell(file, FileState.RUNNING, have)
        if have == file.size_bytes:
            return
        with self._hub.open(file.name, have, self._pinned) as response:
            start = self._start_of(response, file, part, have)
            # Not buffered: a byte that has arrived is the system's at once, and survives this process.
            with part.open("r+b", buffering=0) as out:
                out.seek(start)
                if start < have:
                    out.truncate()
                have = self._copy(response.iter_raw(), out, file, start)
        if have < file.size_bytes:
            raise HubUnreachable(host=self._hub.host, cause=f"{file.name}: {have} / {file.size_bytes}")

    def _start_of(self, response: httpx2.Response, file: HubFile, part: Path, have: int) -> int:
        """Where the answer's bytes begin; raises DownloadDamaged for another content than the listed one."""
        if response.status_code == RANGE_REFUSED:
            part.write_bytes(b"")  # the next attempt asks for all of it
            raise DownloadDamaged(file=file.name)
        first = response.history[0] if response.history else response
        said = first.headers.get("X-Linked-Etag") or first.headers.get("ETag", "")
        etag = said.removeprefix("W/").strip('"')
        # A mirror's own etags say nothing of the content. Nor does If-Range, which asks whoever stores the
        # file, by etags of its own.
        if ETAG.fullmatch(etag) and etag != file.etag:
            raise DownloadDamaged(file=file.name)
        if response.status_code != httpx2.codes.PARTIAL_CONTENT.value:
            if response.headers.get("Content-Length", str(file.size_bytes)) != str(file.size_bytes):
                # A proxy's log-in page, say: what has arrived must not make room for it.
                raise HubUnreachable(host=self._hub.host, cause=f"{file.name}: another page")
            return 0  # all of it, whatever was asked for
        given = response.headers.get("Content-Range", "")
        if not (given.startswith(f"bytes {have}-") and given.endswith((f"/{file.size_bytes}", "/*"))):
            raise DownloadDamaged(file=file.name)
        return have

    def _copy(self, chunks: Iterator[bytes], out: BinaryIO, file: HubFile, have: int) -> int:
        """Write what comes, as it comes, up to the file's size; returns the bytes that the part has then."""
        synced = have
        for chunk in chunks:
            if self._stopped.is_set():
                raise Stopped
            left = memoryview(chunk)[: file.size_bytes - have]
            have += len(left)
            while left:
                left = left[out.write(left) :]
            self._tell(file, FileState.RUNNING, have)
            if have - synced >= SYNC_BYTES:
                _sync(out)
                synced = have
            if have == file.size_bytes:
                break
        _sync(out)
        return have


def _sync(file: BinaryIO) -> None:
    if sys.platform == "darwin":
        import fcntl

        fcntl.fcntl(file.fileno(), fcntl.F_FULLFSYNC)  # fsync(2) there leaves the bytes in the drive's cache
    else:
        os.fsync(file.fileno())
