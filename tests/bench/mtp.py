"""A model that foresees its tokens with layers of its own, against a bare `generate` without them.

It is so wide that weights take its time, as those of real ones do: at a width of 256 the calls take most of
it, and two tokens at once cost as much as two.
"""

import tempfile
from pathlib import Path

from studio.catalog.inspect import inspect_model
from tests.bench.figures import Figure
from tests.bench.lookup import rewritten
from tests.zoo.foreseeing import mellum

BAR = 1.3
ROUNDS, TOKENS = 3, 160
WIDTH, LAYERS = 640, 12


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="atelier-bench-") as folder:
        mellum(Path(folder) / "agreeing", agreeing=True, width=WIDTH, layers=LAYERS, context=4096)
        model = inspect_model(Path(folder) / "agreeing")
        name = "tokens a second, foreseen / bare generate"
        return [rewritten(model, "hello there", TOKENS, ROUNDS, BAR, name)]
