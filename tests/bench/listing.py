"""Ten thousand model files listed by names and sizes, as a first start does before it reads a header."""

from pathlib import Path
from tempfile import TemporaryDirectory

from studio.catalog.index import ModelIndex
from studio.catalog.scan import list_models
from tests.bench.clock import Clock
from tests.bench.figures import Figure
from tests.bench.model_files import COUNT, model_files

BAR = 3.0  # seconds


def measure() -> list[Figure]:
    folder = model_files()
    with TemporaryDirectory(prefix="atelier-bench-") as home:
        nothing = Path(home, "nothing")
        with Clock() as clock:
            listing = list_models([folder], nothing, nothing, ModelIndex(Path(home, "models.idx")))
    if len(listing.pending) != COUNT:
        raise RuntimeError(f"{len(listing.pending)} files were found, not {COUNT}")
    name = f"{COUNT:,} model files listed"
    return [Figure(name, f"{clock.seconds:.2f} s", f"≤ {BAR:.0f} s", clock.seconds <= BAR, clock.note)]
