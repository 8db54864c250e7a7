"""What passes between the studio and the process that asks the hub and minds what came from it.

One line of JSON goes in, the request; lines of JSON come out, the last of which is its answer.
"""

import msgspec

from studio.core.downloads import Account, Checking, DownloadFile, HubModel, Wanted
from studio.core.errors import Params


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How long to wait for a hub that is slow, busy or broken. All in seconds but `attempts`.

    Attributes:
        connect, stall: until a connection is made; until more bytes come.
        attempts: that may fail one after the other without a byte in between.
        first_pause, longest_pause: after the first failure, and at most; each pause doubles the last.
        busy: the longest Retry-After that is waited for; a longer one ends the download.
    """

    connect: float = 10.0
    stall: float = 30.0
    attempts: int = 6
    first_pause: float = 1.0
    longest_pause: float = 30.0
    busy: float = 120.0


class Fetch(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Download a repository; ends in Finished.

    Attributes:
        cache: the hub's cache folder, such as `~/.cache/huggingface/hub`.
        commit: what an earlier run of the same download resolved the revision to; "" resolves it now.
    """

    wanted: Wanted
    cache: str
    commit: str = ""
    patience: Patience = Patience()


class Find(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Search the hub for what the studio can run; ends in Found."""

    text: str
    limit: int


class Check(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Compare a model's files with what the hub describes, telling how far it is; ends in Checked."""

    path: str


class Remove(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Remove what the studio fetched of a model; ends in Freed."""

    path: str


class Discard(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Remove what unfinished downloads of a repository left; ends in Freed."""

    cache: str
    repository: str


class Identify(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Tell who is signed in; ends in Identified. The name is asked for where `online`."""

    online: bool


class SignIn(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Keep a token, once the hub has said whose it is; ends in Identified."""

    token: str

    def __repr__(self) -> str:
        return "SignIn"  # the token goes into no log


class SignOut(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Forget the token that is kept; ends in Identified."""


Request = Fetch | Find | Check | Remove | Discard | Identify | SignIn | SignOut


class Resolved(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What will be fetched; files that are on disk already are done."""

    commit: str
    files: tuple[DownloadFile, ...]


class Progress(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """How far each file is, at most five times a second.

    Attributes:
        files: empty before the hub has said what there is.
        waiting_seconds: until the hub is tried again, where nothing else is under way; else 0.
    """

    files: tuple[DownloadFile, ...]
    bytes_per_second: float = 0.0
    waiting_seconds: int = 0


class Finished(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """All is there; `path` is the snapshot's folder."""

    path: str


class Found(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    models: tuple[HubModel, ...]


class Checked(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """`damaged`: names of files that are missing or not what the hub describes."""

    damaged: tuple[str, ...]


class Freed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    freed_bytes: int


class Identified(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    account: Account


class Refused(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """It ended with an error of `core/errors`; what was fetched is kept."""

    code: str
    params: Params = {}
    traceback: str = ""


Answer = Finished | Found | Checked | Freed | Identified | Refused
Update = Resolved | Progress | Checking | Answer
