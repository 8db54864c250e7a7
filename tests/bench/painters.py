"""What pictures are measured with: the starter, and a model like SDXL of 500 MB with random weights."""

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from studio.catalog.inspect import inspect_model
from studio.core.ids import new_id
from studio.core.jobs import GenerateImages
from studio.core.model import Ability, Defaults, ModelSpec
from tests.bench.large_models import PAINTER, large_models
from tests.bench.starters import PROMPT, starter

LARGE = Defaults(width=256, height=256, num_inference_steps=4, guidance_scale=5.0)  # seconds, not minutes


@contextmanager
def painters() -> Iterator[list[ModelSpec]]:
    with large_models() as folder:
        large = msgspec.structs.replace(inspect_model(folder / PAINTER), name="500 MB", defaults=LARGE)
        yield [starter(Ability.GENERATE), large]


def painted(model: ModelSpec, number: int, seed: int, prompt: str = PROMPT) -> GenerateImages:
    """As Create asks for it: all settings the model's own, previews on."""
    return GenerateImages(id=new_id(), model=model, prompt=prompt, seed=seed, num_images=number)
