"""`studio models search` and `install`: the hub is asked only when the settings or the person allow it."""

import argparse
import contextlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import msgspec

from studio.catalog.hub.names import parse_repository
from studio.catalog.hub.wire import Fetch, Patience, Progress, Resolved, Update
from studio.catalog.scan import hub_cache
from studio.cli.models_found import described, installed, read_entries
from studio.cli.output import DONE, STOPPED, Output, table
from studio.cli.usage import wrong_usage
from studio.core.downloads import DownloadFile, FileState, Wanted
from studio.core.errors import AddressUnknown, StayOffline, error_from
from studio.core.model import ModelProblem, ModelSpec
from studio.core.paths import Paths
from studio.core.shelf import ShelfEntry
from studio.store.settings_file import load_settings
from studio.ui.figures import count, size, time_left
from studio.ui.i18n import sentence_of, tr

LOOK_SECONDS = 0.2  # on Windows, Ctrl+C is told only between two waits


class Downloaded(msgspec.Struct, frozen=True):
    """`path` is the snapshot's folder; `files` are all that were wanted, those too that were there before."""

    path: Path
    files: tuple[DownloadFile, ...]


def must_be_online(args: argparse.Namespace, paths: Paths) -> None:
    """Raises StayOffline where the settings forbid the network and the command does not say `--online`.

    That word is for this one command, so it counts more than HF_HUB_OFFLINE, which was said for all of them;
    without it the hub's own client heeds HF_HUB_OFFLINE. The client reads it when it is imported: call this
    before.
    """
    if args.online:
        os.environ["HF_HUB_OFFLINE"] = "0"
    elif load_settings(paths.settings).offline:
        raise StayOffline


def search(args: argparse.Namespace, paths: Paths, output: Output) -> int:
    must_be_online(args, paths)
    from studio.catalog.hub.client import Hub

    output.progress(tr("Asking the hub"))
    found = Hub(Patience()).search(args.text, args.limit)
    rows = [
        (
            model.repository,
            model.kind,
            model.licence or "–",
            tr("needs an account") if model.gated else "",
            count(model.downloads),
        )
        for model in found
    ]
    lines = table(rows)
    if not lines:
        lines = [tr("The hub has nothing for “{words}” that the studio can run.", words=args.text)]
    output.result({"models": [described(model) for model in found]}, lines)
    return DONE


def install(args: argparse.Namespace, paths: Paths, output: Output) -> int:
    wanted = _wanted(args, read_entries(paths, output))
    must_be_online(args, paths)
    done = download(Fetch(wanted=wanted, cache=str(hub_cache())), output)
    found = installed(paths)
    inside = [one for one in found.models if Path(one.path).is_relative_to(done.path)]
    broken = [one for one in found.problems if Path(one.path).is_relative_to(done.path)]
    answer = _answer(wanted, done, inside, broken)
    lines = [
        tr("{id}: {size} in {path}", id=answer["id"], size=size(answer["bytes"]), path=done.path),
        *(f"! {sentence}" for sentence in answer["problems"]),
    ]
    output.result(answer, lines)
    return DONE


def download(fetch: Fetch, output: Output) -> Downloaded:
    """Fetches a repository and shows how far it is. Raises HubError, ModelError, StorageError.

    Ctrl+C ends the process here and now: a thread that waits for a silent hub would hold it up for half a
    minute, and what has arrived is on the disk.
    """
    from studio.catalog.hub.repository import RepositoryDownload

    told = SimpleQueue[Update | None]()
    line = _Line(fetch.wanted.repository, output)
    output.progress(tr("Asking the hub"))
    with ThreadPoolExecutor(1, thread_name_prefix="download") as pool:
        running = pool.submit(RepositoryDownload(fetch, told.put).run)
        running.add_done_callback(lambda _: told.put(None))
        try:
            _follow(told, line)
        except KeyboardInterrupt:
            output.note(tr("Stopped. What was fetched stays; the same command goes on from there."))
            output.result({"state": "stopped"})
            os._exit(STOPPED)
    return Downloaded(running.result(), line.files)


def _follow(told: "SimpleQueue[Update | None]", line: "_Line") -> None:
    """Shows what is told, up to None."""
    while True:
        with contextlib.suppress(Empty):
            if (update := told.get(timeout=LOOK_SECONDS)) is None:
                return
            line.show(update)


class _Line:
    """The line that tells how far a download is.

    Attributes:
        files: as they were last told.
    """

    def __init__(self, name: str, output: Output) -> None:
        self.files: tuple[DownloadFile, ...] = ()
        self._name, self._output, self._waits = name, output, False

    def show(self, update: Update) -> None:
        if not isinstance(update, Resolved | Progress):
            return
        if isinstance(update, Progress) and update.waiting_seconds:
            seconds = update.waiting_seconds
            if self._output.live or not self._waits:  # where a line cannot change, once for each pause
                said = tr("Waiting for the hub, trying again in {n} s", n=seconds)
                self._output.progress(said)
            self._waits = True
            return
        self._waits = False
        if not update.files:
            return
        self.files = update.files
        whole = sum(file.size_bytes for file in self.files)
        done = sum(file.done_bytes for file in self.files)
        if {file.state for file in self.files} <= {FileState.CHECKING, FileState.DONE}:
            self._output.progress(tr("Checking {name}", name=self._name))
            return
        figures = [tr("{done} of {total}", done=size(done), total=size(whole))]
        if isinstance(update, Progress) and update.bytes_per_second > 0:
            speed = update.bytes_per_second
            figures += [tr("{size}/s", size=size(int(speed))), time_left((whole - done) / speed)]
        words = tr("Downloading {name}, {size}", name=self._name, size=size(whole))
        self._output.progress(words, " · ".join(figures))


def _wanted(args: argparse.Namespace, entries: tuple[ShelfEntry, ...]) -> Wanted:
    """What the words name: a model of the shelf, with the files that are worth having, or a repository.

    Raises WrongUsage.
    """
    name = " ".join(args.model.split()).casefold()
    entry = next((one for one in entries if name in (one.name.casefold(), one.repository.casefold())), None)
    if entry is not None:
        wanted = Wanted(repository=entry.repository, files=entry.files)
    else:
        wanted = _parsed(args.model)
    if args.file:
        wanted = msgspec.structs.replace(wanted, files=tuple(args.file))
    if args.revision:
        named = _parsed(f"{wanted.repository}@{args.revision}")
        wanted = msgspec.structs.replace(wanted, revision=named.revision)
    return wanted


def _parsed(text: str) -> Wanted:
    try:
        return parse_repository(text)
    except AddressUnknown as error:
        said = tr(
            "There is no {model}: say owner/name, a link to its page, or a name of `studio models shelf`",
            model=text,
        )
        raise wrong_usage(said, "studio models install") from error


def _answer(
    wanted: Wanted, done: Downloaded, inside: list[ModelSpec], broken: list[ModelProblem]
) -> dict[str, Any]:
    """`id` as `list` shows it; of several models in one repository the first."""
    at = "" if wanted.revision == "main" else f"@{done.path.name[:12]}"
    return {
        "state": "done",
        "id": inside[0].id if inside else wanted.repository + at,
        "path": str(done.path),
        "files": [file.name for file in done.files],
        "bytes": sum(file.size_bytes for file in done.files),
        "problems": [sentence_of(error_from(one.code, one.params)) for one in broken],
    }
