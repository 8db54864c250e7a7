"""How many headers of model files are read in a second: of all kinds together, of short and of long ones."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from studio.catalog.index import ModelIndex
from studio.catalog.places import Place
from studio.catalog.scan import inspect_pending, list_models
from studio.core.model import ModelSpec
from tests.bench.clock import Clock
from tests.bench.figures import Figure
from tests.bench.model_files import GGUF, model_files, sdxl_checkpoint, sdxl_lora, small_lora

BAR = 500  # a second
NOTES = {
    small_lora.__name__: "LoRAs of 20 tensors",
    sdxl_lora.__name__: "LoRAs of 2,178 tensors",
    sdxl_checkpoint.__name__: "checkpoints of 2,517 tensors",
    GGUF: "GGUF with 32,000 words",
}


def measure() -> list[Figure]:
    folder = model_files()
    with TemporaryDirectory(prefix="atelier-bench-") as home:
        nothing = Path(home, "nothing")
        index = ModelIndex(Path(home, "models.idx"))
        pending = list_models([folder], nothing, nothing, index).pending
        rate, note = _rate(pending, index)
        for kind, words in NOTES.items():
            some = [place for place in pending if Path(place.path).is_relative_to(folder / kind)]
            note += f"; {words} {_rate(some, index)[0]:,.0f}/s"
    return [Figure("headers read in the background", f"{rate:,.0f}/s", f"≥ {BAR}/s", rate >= BAR, note)]


def _rate(places: Sequence[Place], index: ModelIndex) -> tuple[float, str]:
    """Headers a second, and what that was made of."""
    with Clock() as clock:
        results = list(inspect_pending(places, index))
    if not all(isinstance(result, ModelSpec) for result in results):
        raise RuntimeError("a sound file was refused")
    return len(places) / clock.seconds, f"{len(places):,} files of all kinds, {clock.note}"
