"""What is fetched from the hub: repositories found there, downloads and how far they are."""

from enum import StrEnum

import msgspec

from studio.core.model import Kind
from studio.core.records import Problem


class HubModel(msgspec.Struct, frozen=True, kw_only=True):
    """A repository that a search found and the studio can run.

    Attributes:
        repository: `owner/name`.
        base: the pipeline class or architecture, "" where the hub does not say.
        updated: Unix seconds, 0 where unknown.
    """

    repository: str
    kind: Kind
    base: str = ""
    licence: str = ""
    gated: bool = False
    downloads: int = 0
    likes: int = 0
    updated: float = 0.0


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the hub takes this machine for.

    Attributes:
        signed_in: there is a token.
        name: of its account; "" while the hub was not asked.
        outside: the token is not kept by anyone, but set by HF_TOKEN, say.
    """

    signed_in: bool = False
    name: str = ""
    outside: bool = False


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What to download: a repository of the hub at a revision (`main` or a commit).

    `files`: names or `*` patterns; empty lets the studio choose (safetensors, one precision, no doubles).
    """

    repository: str
    revision: str = "main"
    files: tuple[str, ...] = ()


class Checking(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """How many bytes of a model's files were read and compared, of how many; 0 of 0 before it begins."""

    done_bytes: int = 0
    size_bytes: int = 0


class DownloadState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"


class FileState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    CHECKING = "checking"  # its sha256 is taken
    DONE = "done"


class DownloadFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a download; `name` as in the repository."""

    name: str
    size_bytes: int
    done_bytes: int = 0
    state: FileState = FileState.WAITING


class ModelFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file of an installed model.

    Attributes:
        name: below the model's folder.
        shared: other tools or other revisions have it, too: it stays when the studio removes the model.
    """

    name: str
    size_bytes: int
    shared: bool = False


class Download(msgspec.Struct, frozen=True, kw_only=True):
    """A download as it stands. Kept in `downloads.json`, so that it goes on after a restart.

    Attributes:
        commit: what the revision was resolved to; empty until known.
        size_bytes, done_bytes: of all files; size 0 until known. What was on disk before counts as done.
        bytes_per_second: over the last seconds; 0 while it is not known.
        waiting_seconds: until the hub is tried again, where it did not answer; else 0.
        problem: why it failed.
    """

    id: str
    wanted: Wanted
    name: str
    created: float
    state: DownloadState = DownloadState.WAITING
    commit: str = ""
    files: tuple[DownloadFile, ...] = ()
    size_bytes: int = 0
    done_bytes: int = 0
    bytes_per_second: float = 0.0
    waiting_seconds: int = 0
    problem: Problem | None = None

    @property
    def seconds_left(self) -> float | None:
        """None while it cannot be told."""
        if self.state is not DownloadState.RUNNING or self.bytes_per_second <= 0 or not self.size_bytes:
            return None
        return (self.size_bytes - self.done_bytes) / self.bytes_per_second
