"""Ten thousand model files known again at the next start, by the index that the last one left."""

from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from studio.catalog.index import ModelIndex
from studio.catalog.scan import list_models, scan
from tests.bench.clock import Clock
from tests.bench.figures import Figure
from tests.bench.model_files import COUNT, model_files

BAR, ROUNDS = 0.2, 5  # seconds


def measure() -> list[Figure]:
    folder = model_files()
    with TemporaryDirectory(prefix="atelier-bench-") as home:
        nothing, kept = Path(home, "nothing"), Path(home, "models.idx")
        scan([folder], nothing, nothing, ModelIndex(kept))
        clocks = [_again(folder, nothing, kept) for _ in range(ROUNDS)]
    seconds = median(clock.seconds for clock in clocks)
    note = f"median of {ROUNDS}; " + "; ".join(clock.note for clock in clocks)
    name = f"{COUNT:,} known again at the next start"
    return [Figure(name, f"{1000 * seconds:.0f} ms", f"≤ {1000 * BAR:.0f} ms", seconds <= BAR, note)]


def _again(folder: Path, nothing: Path, kept: Path) -> Clock:
    with Clock() as clock:
        listing = list_models([folder], nothing, nothing, ModelIndex(kept))
    if listing.pending or len(listing.found.models) != COUNT:
        raise RuntimeError("the index did not know them all")
    return clock
