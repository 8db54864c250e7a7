"""A plain script that makes pictures with diffusers alone: what the studio is measured against.

python -m tests.bench.bare_pictures MODEL, where MODEL is a ModelSpec in JSON. Each line of standard input is
an order, each line of standard output its answer:

    {"prompt": …, "number": 4, "seed": 7}    {"seconds": …}
    {"blocks": 7}                            {"longest": seconds between two blocks of the denoiser}
    {"first": "a boat"}                      {"seconds": until the denoiser begins its first step}
"""

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import diffusers
import msgspec
import torch

from studio.core.model import ModelSpec
from studio.runtime.cancel import block_hooks
from studio.runtime.pictures.schedulers import scheduler_named


def main() -> None:
    os.nice(10)  # as the worker is
    spec = msgspec.json.decode(sys.argv[1], type=ModelSpec)
    diffusers.utils.logging.disable_progress_bar()
    pipe = diffusers.DiffusionPipeline.from_pretrained(spec.path, local_files_only=True, dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    if spec.defaults.scheduler:
        pipe.scheduler = scheduler_named(spec.defaults.scheduler, pipe.scheduler) or pipe.scheduler
    with tempfile.TemporaryDirectory() as folder:
        for line in sys.stdin:
            order = json.loads(line)
            if "blocks" in order:
                answer = _longest_block(pipe, spec)
            elif "first" in order:
                answer = _first_step(pipe, spec, order["first"])
            else:
                answer = _pictures(pipe, spec, Path(folder), **order)
            print(json.dumps(answer), flush=True)


def _pictures(
    pipe: Any, spec: ModelSpec, folder: Path, prompt: str, number: int, seed: int
) -> dict[str, float]:
    began = time.perf_counter()
    generators = [torch.Generator("cpu").manual_seed(seed + place) for place in range(number)]
    made = pipe(prompt, **_settings(spec), num_images_per_prompt=number, generator=generators)
    for place, picture in enumerate(made.images):
        picture.save(folder / f"{place}.png")
    return {"seconds": time.perf_counter() - began}


def _longest_block(pipe: Any, spec: ModelSpec) -> dict[str, float]:
    """How long the denoiser works at most without coming to a place where the studio looks for a stop."""
    watch = _Stopwatch()
    with block_hooks(pipe.unet if hasattr(pipe, "unet") else pipe.transformer, watch):
        pipe("a boat", **_settings(spec))
    return {"longest": watch.longest}


def _first_step(pipe: Any, spec: ModelSpec, prompt: str) -> dict[str, float]:
    began, taken = time.perf_counter(), list[float]()
    denoiser = pipe.unet if hasattr(pipe, "unet") else pipe.transformer
    hook = denoiser.register_forward_pre_hook(lambda *_: taken.append(time.perf_counter() - began))
    pipe(
        prompt,
        **_settings(spec) | {"num_inference_steps": 1},
        generator=torch.Generator("cpu").manual_seed(7),
    )
    hook.remove()
    return {"seconds": taken[0]}


class _Stopwatch:
    def __init__(self) -> None:
        self.longest, self._last = 0.0, float("inf")

    def check(self) -> None:
        now = time.perf_counter()
        self.longest, self._last = max(self.longest, now - self._last), now


def _settings(spec: ModelSpec) -> dict[str, Any]:
    names = ("width", "height", "num_inference_steps", "guidance_scale")
    return {name: value for name in names if (value := getattr(spec.defaults, name)) is not None}


if __name__ == "__main__":
    main()
