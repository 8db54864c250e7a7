"""What only the worker's own process can tell: the share of previews, and what caches of steps save and cost.

python -m tests.bench.inside_worker previews MODEL    MODEL is a ModelSpec in JSON
python -m tests.bench.inside_worker caches FOLDER     makes a small Flux of many blocks there

Prints one JSON object. Seconds are those in which the process worked, so that others beside it do not count.
"""

import json
import math
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import diffusers
import msgspec
import numpy as np
from PIL import Image

from studio.catalog.inspect import inspect_model
from studio.core.messages import FromWorker, Saved
from studio.core.model import ModelSpec
from studio.core.passes import STEP_CACHES
from studio.runtime.desk import Desk
from studio.runtime.families import diffusion
from studio.runtime.pictures.load import LoadedPipeline
from studio.runtime.pictures.previews import Previewer
from studio.runtime.residency import LoadContext
from tests.bench.deep_flux import deep_flux
from tests.bench.painters import painted

ROUNDS, STEPS, SIDE = 4, 28, 64


def main() -> None:
    os.nice(10)  # as the worker is
    diffusers.utils.logging.disable_progress_bar()
    what, where = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="atelier-bench-") as folder:
        staging = Path(folder, "library", "staging", "job")
        staging.mkdir(parents=True)
        if what == "previews":
            told = _previews(msgspec.json.decode(where, type=ModelSpec), staging)
        else:
            deep_flux(Path(where))
            told = _caches(inspect_model(Path(where) / "deep"), staging)
    print(json.dumps(told), flush=True)


def _load(spec: ModelSpec, staging: Path) -> LoadedPipeline:
    return diffusion.load(spec, LoadContext(Desk("job", staging, lambda _: None), 1 << 40))


def _previews(spec: ModelSpec, staging: Path) -> dict[str, float]:
    """Of all that was worked from the first step on: the previews, and how many of them there were."""
    loaded, shown, sent = _load(spec, staging), list[float](), list[FromWorker]()
    show = Previewer.show

    def timed(*arguments: Any) -> None:
        began = time.process_time()
        show(*arguments)
        shown.append(time.process_time() - began)

    Previewer.show = timed  # type: ignore[method-assign]
    diffusion.generate(loaded, painted(spec, 1, 0), Desk("job", staging, lambda _: None))
    steps, shares = list[float](), list[float]()
    for seed in range(1, ROUNDS + 1):
        shown.clear()
        with _steps(loaded, steps):
            diffusion.generate(loaded, painted(spec, 4, seed), Desk("job", staging, sent.append))
        shares.append(sum(shown) / sum(steps))
    previews = sum(type(one).__name__ == "Preview" for one in sent)
    return {"share": float(np.median(shares)), "most": max(shares), "previews": previews}


class _steps:
    """Of every call of the denoiser the seconds worked in it."""

    def __init__(self, loaded: LoadedPipeline, into: list[float]) -> None:
        self._denoiser = getattr(loaded.pipe, "unet", None) or loaded.pipe.transformer
        self._into = into

    def __enter__(self) -> None:
        self._into.clear()
        began = list[float]()
        self._hooks = [
            self._denoiser.register_forward_pre_hook(lambda *_: began.append(time.process_time())),
            self._denoiser.register_forward_hook(
                lambda *_: self._into.append(time.process_time() - began.pop())
            ),
        ]

    def __exit__(self, *_: object) -> None:
        for hook in self._hooks:
            hook.remove()


def _caches(spec: ModelSpec, staging: Path) -> dict[str, dict[str, float]]:
    """Of each cache, by turns: how much faster, and how like the picture without it, in dB."""
    loaded = _load(spec, staging)
    taken = {cache: list[float]() for cache in STEP_CACHES}
    likes = {cache: list[float]() for cache in STEP_CACHES}
    for seed in range(ROUNDS):
        whole = np.zeros(0)
        for cache in STEP_CACHES:  # the first is none
            seconds, picture = _made(loaded, spec, staging, seed, cache)
            whole = picture if not cache else whole
            taken[cache].append(seconds)
            likes[cache].append(_likeness(whole, picture))
    off = taken[""]
    return {
        cache: {
            "faster": float(np.median([one / other for one, other in zip(off, taken[cache], strict=True)])),
            "likeness": float(np.median(likes[cache])),
        }
        for cache in STEP_CACHES
        if cache
    }


def _made(
    loaded: LoadedPipeline, spec: ModelSpec, staging: Path, seed: int, cache: Any
) -> tuple[float, np.ndarray]:
    job = msgspec.structs.replace(
        painted(spec, 1, seed), cache=cache, width=SIDE, height=SIDE, num_inference_steps=STEPS
    )
    saved = list[FromWorker]()
    began = time.process_time()
    result = diffusion.generate(loaded, job, Desk("job", staging, saved.append))
    seconds = time.process_time() - began
    if any(note.code == "cache_unused" for note in result.notes):
        raise RuntimeError(f"the cache {cache} was not used")
    (path,) = [one.path for one in saved if isinstance(one, Saved)]
    return seconds, np.asarray(Image.open(path), dtype=float)


def _likeness(whole: np.ndarray, picture: np.ndarray) -> float:
    """Peak signal to noise: 20 · log₁₀(255 / root mean square of the difference)."""
    off = math.sqrt(float(((whole - picture) ** 2).mean()))
    return 20 * math.log10(255 / off) if off else 99.0


if __name__ == "__main__":
    main()
