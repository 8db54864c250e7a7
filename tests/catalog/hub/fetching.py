"""Drives the process that downloads, as the studio does."""

import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType

import msgspec

from studio.catalog.hub.wire import Fetch, Finished, Patience, Refused, Update
from studio.core.downloads import Wanted

# Failures pass at once here.
PATIENCE = Patience(connect=20.0, stall=20.0, attempts=3, first_pause=0.01, longest_pause=0.02, busy=5.0)


class Fetching:
    """One process. Leaving the block ends it, as a pause would."""

    def __init__(self, endpoint: str, request: Fetch, **environment: str) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        kept |= {"HF_ENDPOINT": endpoint, "HF_HUB_OFFLINE": "0", "HF_HOME": str(Path(request.cache).parent)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "studio.catalog.hub"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=kept | environment,
            cwd=Path(__file__).parents[3],
        )
        assert self.process.stdin and self.process.stdout
        self._stdin, self._stdout = self.process.stdin, self.process.stdout
        self._stdin.write(msgspec.json.encode(request) + b"\n")
        self._stdin.flush()

    def __enter__(self) -> "Fetching":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stdin.close()
        self.process.wait()
        self._stdout.close()

    def update(self) -> Update | None:
        """The next line; None once there is no other."""
        line = self._stdout.readline()
        return msgspec.json.decode(line, type=Update) if line else None

    def rest(self) -> list[Update]:
        updates = list[Update]()
        while update := self.update():
            updates.append(update)
        return updates

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def request(
    cache: Path, repository: str, patience: Patience = PATIENCE, commit: str = "", **wanted: object
) -> Fetch:
    named = msgspec.convert({"repository": repository, **wanted}, Wanted)
    return Fetch(wanted=named, cache=str(cache), patience=patience, commit=commit)


def fetch(endpoint: str, asked: Fetch, **environment: str) -> list[Update]:
    """All that the process says, until it ends by itself with the exit code that goes with it."""
    with Fetching(endpoint, asked, **environment) as fetching:
        updates = fetching.rest()
        assert fetching.process.wait() == (0 if isinstance(updates[-1], Finished) else 1)
    return updates


def finished(updates: list[Update]) -> Path:
    last = updates[-1]
    assert isinstance(last, Finished), last
    return Path(last.path)


def refused(updates: list[Update]) -> Refused:
    last = updates[-1]
    assert isinstance(last, Refused), last
    return last
