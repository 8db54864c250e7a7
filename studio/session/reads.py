"""Reading the library: small indexed reads where one stands, searches and counts in a thread of their own."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import msgspec

from studio.core.conversations import Branch, Conversation, Exported, Hit
from studio.core.jobs import JobState, Lane, lane_of
from studio.core.lineage import Lineage
from studio.core.paths import Paths
from studio.core.records import Asset, AssetQuery, JobRecord
from studio.core.sheet_state import SheetState, sheet_state
from studio.media.export import export_picture
from studio.store.assets import Assets
from studio.store.chat_files.pictures import Source
from studio.store.chat_files.writing import Form, export_talks
from studio.store.chats import Chats
from studio.store.database import open_reader
from studio.store.instances import alive
from studio.store.jobs import Jobs
from studio.store.lineage import lineage_of

T = TypeVar("T")
U = TypeVar("U")


class Reads:
    """Two read-only connections; in WAL mode neither waits for the writer.

    Attributes:
        assets, jobs, chats: for the thread that made this object.
    """

    def __init__(self, paths: Paths) -> None:
        self._paths = paths
        self._here = open_reader(paths)
        self._there = open_reader(paths)
        self.assets, self.jobs, self.chats = Assets(self._here), Jobs(self._here), Chats(self._here)
        self._searched, self._searched_chats = Assets(self._there), Chats(self._there)
        self._searched_jobs = Jobs(self._there)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="search")

    def search(self, query: AssetQuery) -> Future[list[Asset]]:
        return self._thread.submit(self._searched.page, query)

    def count(self, query: AssetQuery) -> Future[int]:
        return self._thread.submit(self._searched.count, query)

    def search_conversations(self, text: str, limit: int, offset: int) -> Future[tuple[Hit, ...]]:
        return self._thread.submit(self._searched_chats.search, text, limit, offset)

    def more_conversations(self, after: int) -> Future[list[Conversation]]:
        """All but the first ones, of which the window's thread has read so many."""
        return self._thread.submit(self._searched_chats.recent, False, -1, after)

    def branch(self, conversation_id: str, leaf: str | None) -> Future[Branch]:
        """All of a branch. Ends in NotFound."""
        return self._thread.submit(self._searched_chats.branch, conversation_id, leaf)

    def export_conversations(self, ids: Sequence[str], target: Path, form: Form) -> Future[Exported]:
        """Ends in NotFound, DiskFull, FileUnwritable."""
        source = Source(self._searched_chats, self._searched, self._paths.library)
        return self._thread.submit(export_talks, source, ids, target, form)

    @property
    def given_pictures(self) -> Path:
        """The folder of those that were given with messages."""
        return self._paths.chat_pictures

    def history(self, limit: int) -> Future[list[JobRecord]]:
        """The newest picture jobs."""
        return self._thread.submit(self._searched_jobs.history, limit, "image")

    def made_here(self, limit: int) -> Future[list[Asset]]:
        """The newest pictures that jobs of this home made."""
        return self._thread.submit(self._searched.of_jobs, limit)

    def unended(self, lane: Lane) -> Future[list[JobRecord]]:
        """Jobs of a lane that are to be done, or that were interrupted and that nobody has decided about."""
        jobs = self._searched_jobs

        def look() -> list[JobRecord]:
            found = [*jobs.pending(lane), *jobs.running(), *jobs.interrupted()]
            return [one for one in found if lane_of(one.job) == lane]

        return self._thread.submit(look)

    def ask(self, question: Callable[[Assets], T]) -> Future[T]:
        """What a question about pictures comes to, from the search thread."""
        return self._thread.submit(question, self._searched)

    def lineage(self, asset_id: str) -> Future[Lineage]:
        return self.ask(lambda assets: lineage_of(assets, asset_id))

    def sheet(self, sheet_id: str) -> Future[SheetState]:
        return self._thread.submit(self._sheet, sheet_id)

    def sheets(self, limit: int) -> Future[tuple[SheetState, ...]]:
        return self._thread.submit(self._sheets, limit)

    def _sheet(self, sheet_id: str) -> SheetState:
        jobs, assets = self._searched_jobs.of_sheet(sheet_id), self._searched.of_sheet(sheet_id)
        return sheet_state(sheet_id, self._left_alone(jobs), assets)

    def _left_alone(self, jobs: list[JobRecord]) -> list[JobRecord]:
        """What nobody alive works at is interrupted, although its row says so at the next start only."""
        if all(record.state.ended for record in jobs):
            return jobs
        living = alive(self._paths)
        return [
            record
            if record.state.ended or record.instance in living
            else msgspec.structs.replace(record, state=JobState.INTERRUPTED)
            for record in jobs
        ]

    def _sheets(self, limit: int) -> tuple[SheetState, ...]:
        ids = {*self._searched_jobs.sheets(limit), *self._searched.sheets(limit)}
        return tuple(self._sheet(sheet_id) for sheet_id in sorted(ids, reverse=True)[:limit])

    def export(self, source: Path, target: Path) -> Future[Path]:
        """Also here, because the store's thread has tokens to write."""

        def work() -> Path:
            export_picture(source, target)
            return target

        return self._thread.submit(work)

    def close(self) -> None:
        """Interrupts a search that is under way."""
        self._there.interrupt()
        self._thread.shutdown(cancel_futures=True)
        self._there.close()
        self._here.close()


def found(what: T) -> Future[T]:
    """An answer that nobody has to wait for."""
    future: Future[T] = Future()
    future.set_result(what)
    return future


def then(future: Future[T], change: Callable[[T], U]) -> Future[U]:
    """What becomes of an answer, or its error, or that of the change, which is made in the thread that gives
    the answer."""
    changed: Future[U] = Future()

    def end(ended: Future[T]) -> None:
        if ended.cancelled():
            changed.cancel()
            return
        if error := ended.exception():
            changed.set_exception(error)
            return
        try:
            changed.set_result(change(ended.result()))
        except Exception as error:  # noqa: BLE001 - told in the thread that waits, which would wait for ever
            changed.set_exception(error)

    future.add_done_callback(end)
    return changed
