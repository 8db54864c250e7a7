"""A plain script that fills a place in a picture with diffusers alone: what the studio is measured against.

python -m tests.bench.bare_fill MODEL, where MODEL is a ModelSpec in JSON. Each line of standard input is an
order, each line of standard output its answer:

    {"picture": path, "mask": path, "box": …, "size": …, "prompt": …, "number": 4, "seed": 7}
    {"seconds": …}

The box is what the studio cuts out, and sees at the size of the model; what is made goes back into it by the
mask, and the whole picture is saved, as tightly as the studio does it. The starter has more channels than any
pipeline of diffusers that fills takes: it makes as many new pictures of that size instead.
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
from PIL import Image

from studio.core.model import ModelSpec
from studio.media.recipes import COMPRESS_LEVEL
from studio.runtime.pictures.schedulers import scheduler_named


def main() -> None:
    os.nice(10)  # as the worker is
    spec = msgspec.json.decode(sys.argv[1], type=ModelSpec)
    diffusers.utils.logging.disable_progress_bar()
    pipe = diffusers.DiffusionPipeline.from_pretrained(spec.path, local_files_only=True, dtype=torch.float32)
    if pipe.unet.config.in_channels == 4:
        pipe = diffusers.AutoPipelineForInpainting.from_pipe(pipe)
    pipe.set_progress_bar_config(disable=True)
    if spec.defaults.scheduler:
        pipe.scheduler = scheduler_named(spec.defaults.scheduler, pipe.scheduler) or pipe.scheduler
    with tempfile.TemporaryDirectory() as folder:
        for line in sys.stdin:
            print(json.dumps({"seconds": _fill(pipe, spec, Path(folder), **json.loads(line))}), flush=True)


def _fill(
    pipe: Any,
    spec: ModelSpec,
    folder: Path,
    picture: str,
    mask: str,
    box: list[int],
    size: list[int],
    prompt: str,
    number: int,
    seed: int,
) -> float:
    began = time.perf_counter()
    whole, chosen = Image.open(picture), Image.open(mask).crop(box)
    shown, white = whole.crop(box).resize(size), chosen.resize(size)
    settings = {"num_inference_steps": spec.defaults.num_inference_steps, "width": shown.width}
    settings |= {"guidance_scale": spec.defaults.guidance_scale, "height": shown.height}
    if "mask_image" in type(pipe).__call__.__annotations__:
        settings |= {"image": [shown] * number, "mask_image": [white] * number, "strength": 1.0}
    generators = [torch.Generator("cpu").manual_seed(seed + place) for place in range(number)]
    made = pipe(prompt, **settings, num_images_per_prompt=number, generator=generators)
    for place, one in enumerate(made.images):
        changed = whole.copy()
        changed.paste(one.resize(chosen.size, Image.Resampling.LANCZOS), tuple(box[:2]), chosen)
        changed.save(folder / f"{place}.png", compress_level=COMPRESS_LEVEL)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
