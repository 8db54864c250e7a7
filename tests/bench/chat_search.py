"""The first page of a search over a million messages, cold and again, for words of all kinds."""

import tempfile
import time
from pathlib import Path
from statistics import median

from studio.core.paths import Paths
from studio.store.chats import Chats
from studio.store.database import open_reader
from tests.bench.figures import Figure
from tests.bench.many_messages import CHINESE, FREQUENT, RARE, fill

BAR_MS = 100
CONVERSATIONS, EACH = 10_000, 100
TIMES = 5
# A word in every message; one letter; two letters; a Chinese word of two; two words; a rare one; none.
SEARCHED = (FREQUENT, "t", "th", CHINESE, f"{FREQUENT} a", RARE, "nosuchword")


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        paths = fill(Path(folder), CONVERSATIONS, EACH)
        made = f"{CONVERSATIONS * EACH:,} messages in {CONVERSATIONS:,} conversations, made in"
        made += f" {time.perf_counter() - began:.0f} s"
        figures = [_searched(paths, words) for words in SEARCHED]
    return [Figure("search, first page of:", "", f"≤ {BAR_MS} ms", True, made), *figures]


def _searched(paths: Paths, words: str) -> Figure:
    connection = open_reader(paths)
    chats = Chats(connection)
    taken: list[float] = []
    for _ in range(TIMES):
        began = time.perf_counter()
        hits = chats.search(words)
        taken.append(1000 * (time.perf_counter() - began))
    connection.close()
    note = f"{len(hits)} conversations; the median of {TIMES} {median(taken):.0f} ms"
    return Figure(f"  {words}", f"{taken[0]:.0f} ms", f"≤ {BAR_MS} ms", taken[0] <= BAR_MS, note)
