"""A conversation of ten thousand messages: its end as it is opened, and all of it as a model reads it."""

import tempfile
import time
from pathlib import Path

from studio.core.conversations import Branch
from studio.core.paths import Paths
from studio.store.chats import Chats
from studio.store.database import open_reader
from studio.viewmodels.chat_branch import PAGE
from tests.bench.figures import Figure
from tests.bench.many_messages import fill

BAR_MS = 300
MESSAGES = 10_000


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        paths = fill(Path(folder), 1, MESSAGES)
        opened, _ = _read(paths, PAGE)
        whole, branch = _read(paths, None)
    assert len(branch.messages) == MESSAGES
    note = f"its last {PAGE} of {MESSAGES:,} messages, through a connection that was just opened"
    return [
        Figure("a long conversation opens", f"{opened:.0f} ms", f"≤ {BAR_MS} ms", opened <= BAR_MS, note),
        Figure("all of it is read", f"{whole:.0f} ms", "", True),
    ]


def _read(paths: Paths, last: int | None) -> tuple[float, Branch]:
    """In milliseconds, the opening of the connection among them."""
    began = time.perf_counter()
    connection = open_reader(paths)
    chats = Chats(connection)
    branch = chats.branch(chats.recent()[0].id, last=last)
    taken = 1000 * (time.perf_counter() - began)
    connection.close()
    return taken, branch
