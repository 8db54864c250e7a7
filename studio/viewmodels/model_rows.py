"""The rows of Models: the shelf, what is installed, fetched and found on the hub, brought together."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import groupby
from operator import itemgetter
from pathlib import PurePath

import msgspec

from studio.core.downloads import Download, DownloadState, HubModel
from studio.core.model import Kind, ModelProblem, ModelSpec
from studio.core.records import Problem
from studio.core.servers import ServerState, split_id
from studio.core.shelf import Fit, FitLevel, Group, ShelfEntry

# The order in which what is installed is listed; parts of models come last.
KINDS = (
    Kind.PICTURE,
    Kind.EDIT,
    Kind.UPSCALER,
    Kind.MATTING,
    Kind.SELECTOR,
    Kind.TEXT,
    Kind.VISION,
    Kind.SEARCH,
    Kind.LORA,
    Kind.CONTROL,
    Kind.WORD,
    Kind.VAE,
    Kind.DENOISER,
    Kind.ENCODER,
    Kind.OTHER,
)
LEVELS = (FitLevel.FITS, FitLevel.SLOW, FitLevel.TIGHT, FitLevel.UNKNOWN, FitLevel.TOO_LARGE)
# Headings beside those of groups and kinds.
DOWNLOADS, FOUND, HERE, BROKEN = "downloads", "found", "here", "broken"


class RowState(StrEnum):
    """What stands at the end of a row."""

    AVAILABLE = "available"
    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    FAILED = "failed"
    FETCHED = "fetched"  # whole on the disk; the scan has not named it yet
    INSTALLED = "installed"
    BROKEN = "broken"


STATE_OF_DOWNLOAD = {
    DownloadState.WAITING: RowState.WAITING,
    DownloadState.RUNNING: RowState.RUNNING,
    DownloadState.PAUSED: RowState.PAUSED,
    DownloadState.FAILED: RowState.FAILED,
    DownloadState.DONE: RowState.FETCHED,
}


class ModelRow(msgspec.Struct, frozen=True, kw_only=True):
    """One model, known from any of five sides.

    Attributes:
        key: stays the same while it is fetched; the repository, or the id or path of what is on the disk.
        absent: a server's model, of which the server did not tell when it was asked last.
    """

    key: str
    name: str
    kind: Kind = Kind.OTHER
    entry: ShelfEntry | None = None
    spec: ModelSpec | None = None
    hub: HubModel | None = None
    download: Download | None = None
    problem: ModelProblem | None = None
    absent: bool = False

    @property
    def state(self) -> RowState:
        if self.problem is not None:
            return RowState.BROKEN
        if self.download is not None:
            return STATE_OF_DOWNLOAD[self.download.state]
        return RowState.INSTALLED if self.spec is not None else RowState.AVAILABLE

    @property
    def repository(self) -> str:
        """`owner/name` on the hub; empty for what is only on this machine."""
        if self.entry is not None:
            return self.entry.repository
        if self.hub is not None:
            return self.hub.repository
        if self.download is not None:
            return self.download.wanted.repository
        return self.spec.repository if self.spec is not None else ""

    @property
    def licence(self) -> str:
        for known in (self.entry, self.spec, self.hub):
            if known is not None and known.licence:
                return known.licence
        return ""

    @property
    def commercial(self) -> bool | None:
        """The starters are the project's own, under its LICENSE."""
        if self.spec is not None and self.spec.starter:
            return True
        return self.entry.commercial if self.entry is not None else None

    @property
    def gated(self) -> bool:
        """The hub wants an account that has accepted the licence."""
        return (self.entry is not None and self.entry.gated) or (self.hub is not None and self.hub.gated)

    @property
    def download_bytes(self) -> int:
        """What would be fetched, or lies on the disk; 0 where nobody knows."""
        if self.spec is not None and self.spec.size_bytes:
            return self.spec.size_bytes
        if self.download is not None and self.download.size_bytes:
            return self.download.size_bytes
        return (self.entry.download_bytes or 0) if self.entry is not None else 0

    @property
    def base(self) -> str:
        for known in (self.spec, self.entry, self.hub):
            if known is not None and known.base:
                return known.base
        return ""

    @property
    def about(self) -> Mapping[str, str]:
        """One sentence by language."""
        for known in (self.entry, self.spec):
            if known is not None and known.about:
                return known.about
        return {}

    def haystack(self) -> str:
        """Everything that a search looks into, in lower case."""
        words: list[str | None] = [self.name, self.key, self.kind.value]
        for known in (self.spec, self.entry):
            if known is not None:
                words += (known.base, known.licence, *known.about.values())
        if self.entry is not None:
            words += self.entry.languages
        if self.hub is not None:
            words += (self.hub.base, self.hub.licence)
        return "\n".join(filter(None, words)).lower()


class Heading(msgspec.Struct, frozen=True):
    """A line over a run of rows. `name` is a Group, a Kind, or one of DOWNLOADS, FOUND, HERE, BROKEN."""

    name: str
    count: int

    @property
    def key(self) -> str:
        return f"heading:{self.name}"


class Asked(StrEnum):
    """Where a question to the hub stands."""

    GET = "get"  # the text names a repository: it can be fetched
    SEARCH = "search"  # the text can be searched for
    SEARCHING = "searching"
    NOTHING = "nothing"
    FAILED = "failed"


class HubLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line about the hub: an offer to ask it, or what came of that. `text` is what was typed."""

    asked: Asked
    text: str
    problem: Problem | None = None

    @property
    def key(self) -> str:
        return f"hub:{self.asked}"


Item = ModelRow | Heading | HubLine


Installed = Mapping[str, Sequence[ModelSpec]]


def by_repository(models: Iterable[ModelSpec]) -> Installed:
    """What came from the hub, whole or as single files, by `owner/name` in lower case."""
    found: dict[str, list[ModelSpec]] = {}
    for spec in models:
        if repository := spec.repository:
            found.setdefault(repository.lower(), []).append(spec)
    return found


def shelf_rows(
    entries: Sequence[ShelfEntry],
    installed: Installed,
    starters: Sequence[ModelSpec],
    downloads: Sequence[Download],
    met: Mapping[str, HubModel] = {},
) -> list[tuple[str, ModelRow]]:
    """Rows with the name of their heading: downloads that the shelf does not name, starters, the shelf.

    `met` are the repositories that a search found, by name.
    """
    rows: list[tuple[str, ModelRow]] = []
    taken: set[str] = set()
    for entry in entries:
        here = installed.get(entry.repository.lower(), ())
        spec = next((one for one in here if entry.is_installed_as(one)), None)
        download = next((one for one in downloads if _is_of(entry, one)), None)
        taken |= {download.id} if download else set()
        taken |= {spec.id} if spec else set()
        rows.append((entry.group, _shelf_row(entry, spec, download)))
    others = [download for download in downloads if download.id not in taken]
    return [
        *((DOWNLOADS, _download_row(download, met)) for download in others),
        *((Group.STARTER, installed_row(spec)) for spec in starters if spec.id not in taken),
        *rows,
    ]


def installed_rows(
    models: Sequence[ModelSpec],
    problems: Sequence[ModelProblem],
    entries: Sequence[ShelfEntry],
    servers: Sequence[ServerState] = (),
) -> list[tuple[str, ModelRow]]:
    """Rows with the name of their heading: by kind, and last what is there and cannot be used."""
    shelved: dict[str, list[ShelfEntry]] = {}
    for entry in entries:
        shelved.setdefault(entry.repository.lower(), []).append(entry)
    runs: dict[str, list[ModelSpec]] = {kind.value: [] for kind in KINDS}
    for spec in models:
        runs[spec.kind.value].append(spec)
    rows: list[tuple[str, ModelRow]] = []
    for kind, run in runs.items():
        run.sort(key=lambda spec: (not spec.starter, spec.name.lower()))
        rows += [
            (kind, installed_row(spec, _entry_of(spec, shelved), absent=_is_absent(spec, servers)))
            for spec in run
        ]
    return [*rows, *((BROKEN, _broken_row(problem)) for problem in problems)]


def _entry_of(spec: ModelSpec, shelved: Mapping[str, Sequence[ShelfEntry]]) -> ShelfEntry | None:
    entries = shelved.get(spec.repository.lower(), ())
    return next((entry for entry in entries if entry.is_installed_as(spec)), None)


def _is_absent(spec: ModelSpec, servers: Sequence[ServerState]) -> bool:
    served = split_id(spec.id)
    state = next((one for one in servers if served and one.address == served[0]), None)
    return state is not None and state.asked and all(one.id != spec.id for one in state.models)


def installed_row(spec: ModelSpec, entry: ShelfEntry | None = None, *, absent: bool = False) -> ModelRow:
    return ModelRow(key=spec.id, name=spec.name, kind=spec.kind, spec=spec, entry=entry, absent=absent)


def hub_row(found: HubModel, download: Download | None, spec: ModelSpec | None) -> ModelRow:
    return ModelRow(
        key=found.repository,
        name=found.repository,
        kind=found.kind,
        hub=found,
        download=download,
        spec=spec,
    )


def sorted_by_fit(
    rows: Iterable[tuple[str, ModelRow]], fit_of: Callable[[ModelRow], Fit]
) -> list[tuple[str, ModelRow]]:
    """What fits well comes first under each heading; groups keep their order, and rows theirs otherwise."""
    order = {name: number for number, name in enumerate((DOWNLOADS, *Group))}
    return sorted(rows, key=lambda one: (order[one[0]], LEVELS.index(fit_of(one[1]).level)))


def with_headings(rows: Iterable[tuple[str, ModelRow]]) -> Iterator[Item]:
    """The rows, each run under its heading; those of one heading stand together already."""
    for name, pairs in groupby(rows, key=itemgetter(0)):
        run = [row for _, row in pairs]
        yield Heading(name, len(run))
        yield from run


def _is_of(entry: ShelfEntry, download: Download) -> bool:
    wanted = download.wanted
    same = wanted.repository.lower() == entry.repository.lower()
    return same and (wanted.files == entry.files or not wanted.files)


def _shelf_row(entry: ShelfEntry, spec: ModelSpec | None, download: Download | None) -> ModelRow:
    key = "|".join((entry.repository, *entry.files))
    return ModelRow(
        key=key, name=entry.name, kind=entry.kind, entry=entry, spec=spec, download=None if spec else download
    )


def _download_row(download: Download, met: Mapping[str, HubModel]) -> ModelRow:
    repository = download.wanted.repository
    if found := met.get(repository):
        return hub_row(found, download, None)
    return ModelRow(key=repository, name=download.name, download=download)


def _broken_row(problem: ModelProblem) -> ModelRow:
    return ModelRow(key=problem.path, name=PurePath(problem.path).name, problem=problem)
