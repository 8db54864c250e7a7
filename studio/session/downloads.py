"""Downloads: a list that outlives a restart, a few of them running, each in a process of its own."""

import time
from collections.abc import Callable
from functools import partial

import msgspec
from PySide6.QtCore import QObject, Signal

from studio.catalog.hub.wire import Answer, Discard, Fetch, Finished, Progress, Refused, Resolved, Update
from studio.catalog.scan import hub_cache
from studio.core.downloads import Download, DownloadFile, DownloadState, Wanted
from studio.core.errors import HubProcessDied, NotFound
from studio.core.ids import new_id
from studio.core.paths import Paths
from studio.core.records import Problem
from studio.session.hub_process import HubProcess
from studio.session.relay import Relay
from studio.store.downloads_file import load_downloads, save_downloads
from studio.store.writer import Writer

AT_ONCE = 2  # more share the same line
KEEP_SECONDS = 3.0  # of progress, between two times that the list is written
_ACTIVE = (DownloadState.WAITING, DownloadState.RUNNING)


class DownloadFlow(QObject):
    """Lives in the window's thread.

    Signals:
        changed (Download): one is new, or further than before.
        dropped (str): its id; nothing of it is kept.
        arrived (Download): all of it is there.
    """

    changed = Signal(object)
    dropped = Signal(str)
    arrived = Signal(object)

    def __init__(
        self,
        paths: Paths,
        writer: Writer,
        relay: Relay,
        failed: Callable[[Exception], object],
        parent: QObject,
    ) -> None:
        """`failed` is told when the list cannot be written."""
        super().__init__(parent)
        self._paths, self._writer, self._relay, self._failed = paths, writer, relay, failed
        self._all = {one.id: _at_rest(one) for one in load_downloads(paths.downloads)}
        self._running: dict[str, HubProcess] = {}
        self._discarding: dict[str, HubProcess] = {}  # by repository
        self._saved = 0.0
        self._died: dict[str, int] = {}  # bytes there when the process of a download last was killed

    def all(self) -> tuple[Download, ...]:
        return tuple(self._all.values())

    def add(self, wanted: Wanted, name: str) -> str:
        """Begins, or goes on with what was begun; the download's id."""
        known = next((one for one in self._all.values() if _same(one, wanted)), None)
        if known is not None:
            self.resume(known.id)
            return known.id
        made = Download(id=new_id(), wanted=wanted, name=name, created=time.time())
        self._put(made)
        self._fill()
        return made.id

    def pause(self, download_id: str) -> None:
        if self._get(download_id).state in _ACTIVE:
            self._halt(download_id)
            self._put(self._with(download_id, state=DownloadState.PAUSED, bytes_per_second=0.0))
            self._fill()

    def pause_all(self) -> None:
        for download in self.all():
            self.pause(download.id)

    def resume(self, download_id: str) -> None:
        if self._get(download_id).state in (DownloadState.PAUSED, DownloadState.FAILED):
            self._put(self._with(download_id, state=DownloadState.WAITING, problem=None))
            self._fill()

    def go_on(self) -> None:
        """Starts what was under way when the studio closed."""
        self._fill()

    def drop(self, download_id: str) -> None:
        """Stops and forgets it, with the parts that it has fetched."""
        download = self._get(download_id)
        self._halt(download_id)
        del self._all[download_id]
        self._save()
        self.dropped.emit(download_id)
        repository = download.wanted.repository
        others = [one for one in self.all() if one.wanted.repository == repository]
        if download.state is not DownloadState.DONE and not others:
            self._discard(repository)
        self._fill()

    def close(self) -> None:
        """Ends the processes; what runs goes on at the next start."""
        for process in (*self._running.values(), *self._discarding.values()):
            process.stop()
        self._running.clear()
        self._discarding.clear()

    def _fill(self) -> None:
        """Starts those that wait, the oldest first, as long as there is room."""
        for download in self.all():
            free = len(self._running) < AT_ONCE and download.wanted.repository not in self._discarding
            if free and download.state is DownloadState.WAITING:
                self._start(download)

    def _start(self, download: Download) -> None:
        fetch = Fetch(wanted=download.wanted, cache=str(hub_cache()), commit=download.commit)
        process = self._running[download.id] = HubProcess(fetch, self)
        process.told.connect(partial(self._on_told, download.id))
        process.ended.connect(partial(self._on_ended, download.id))
        self._put(msgspec.structs.replace(download, state=DownloadState.RUNNING, waiting_seconds=0))
        process.start()

    def _discard(self, repository: str) -> None:
        """Removes the parts of a repository of which nothing is fetched until that has ended.

        Parts that cannot be removed are harmless: the next download of that model takes them.
        """
        if repository in self._discarding:
            return
        process = HubProcess(Discard(cache=str(hub_cache()), repository=repository), self)
        self._discarding[repository] = process
        process.ended.connect(partial(self._on_discarded, repository))
        process.start()

    def _on_discarded(self, repository: str, _: Answer) -> None:
        del self._discarding[repository]
        self._fill()

    def _halt(self, download_id: str) -> None:
        if process := self._running.pop(download_id, None):
            process.stop()

    def _on_told(self, download_id: str, update: Update) -> None:
        match update:
            case Resolved():
                self._put(self._with(download_id, commit=update.commit, **_figures(update.files)))
            case Progress():
                figures = _figures(update.files) if update.files else {}
                waiting, speed = update.waiting_seconds, update.bytes_per_second
                further = self._with(download_id, bytes_per_second=speed, waiting_seconds=waiting, **figures)
                self._put(further, keep=time.monotonic() - self._saved > KEEP_SECONDS)
            case _:
                pass

    def _on_ended(self, download_id: str, last: Finished | Refused) -> None:
        del self._running[download_id]
        if isinstance(last, Refused) and self._may_go_on(download_id, last):
            self._put(self._with(download_id, state=DownloadState.WAITING, bytes_per_second=0.0))
        elif isinstance(last, Refused):
            problem = Problem(code=last.code, params=last.params, traceback=last.traceback)
            ended = self._with(
                download_id,
                state=DownloadState.FAILED,
                problem=problem,
                bytes_per_second=0.0,
                waiting_seconds=0,
            )
            self._put(ended)
        else:
            done = self._with(download_id, state=DownloadState.DONE, bytes_per_second=0.0)
            self._put(done)
            self.arrived.emit(done)
        self._fill()

    def _may_go_on(self, download_id: str, last: Refused) -> bool:
        """Its process was killed, perhaps by the system, and had got further than the one before."""
        done, before = self._all[download_id].done_bytes, self._died.get(download_id, 0)
        self._died[download_id] = done
        return last.code == HubProcessDied.code and done > before

    def _get(self, download_id: str) -> Download:
        """Raises NotFound."""
        if download_id not in self._all:
            raise NotFound(name=download_id)
        return self._all[download_id]

    def _with(self, download_id: str, **fields: object) -> Download:
        return msgspec.structs.replace(self._all[download_id], **fields)

    def _put(self, download: Download, keep: bool = True) -> None:
        """`keep`: write the list; each step of progress is not worth it, for the parts on disk tell it."""
        self._all[download.id] = download
        if keep:
            self._save()
        self.changed.emit(download)

    def _save(self) -> None:
        self._saved = time.monotonic()
        left = [one for one in self._all.values() if one.state is not DownloadState.DONE]
        saved = self._writer.run(lambda: save_downloads(self._paths.downloads, left))
        self._relay.then(saved, lambda _: None, self._failed)


def _same(download: Download, wanted: Wanted) -> bool:
    return download.wanted == wanted and download.state is not DownloadState.DONE


def _at_rest(download: Download) -> Download:
    """As the list keeps it while no studio runs."""
    running = download.state is DownloadState.RUNNING
    return msgspec.structs.replace(download, state=DownloadState.WAITING) if running else download


def _figures(files: tuple[DownloadFile, ...]) -> dict[str, object]:
    return {
        "files": files,
        "size_bytes": sum(file.size_bytes for file in files),
        "done_bytes": sum(file.done_bytes for file in files),
    }
