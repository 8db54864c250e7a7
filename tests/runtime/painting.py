"""A job of pictures on a pipeline in this process, as the worker would run it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from studio.catalog.inspect import inspect_model
from studio.core.jobs import GenerateImages
from studio.core.messages import FromWorker, Result, Saved
from studio.core.model import ModelSpec
from studio.core.recipe import Recipe
from studio.media.recipes import read_recipe
from studio.runtime.desk import Desk
from studio.runtime.families import diffusion
from studio.runtime.pictures.load import LoadedPipeline
from studio.runtime.residency import LoadContext
from tests import zoo
from tests.zoo import pictures

Params = dict[str, str | int | float]
Build = Callable[[Path], Path]
Model = Callable[[str], LoadedPipeline]

LAID_OUT = {"memory_format": "channels_last"}  # in each record of a model that convolves

FAMILIES: dict[str, Build] = {
    "stable_diffusion": zoo.stable_diffusion,
    "stable_diffusion_xl": zoo.stable_diffusion_xl,
    "stable_diffusion_3": pictures.stable_diffusion_3,
    "flux": zoo.flux,
    "flux2_klein": pictures.flux2_klein,
    "chroma": pictures.chroma,
    "longcat_image": pictures.longcat_image,
    "pixart": zoo.pixart,
    "qwen_image": pictures.qwen_image,
    "qwen_image_21": pictures.qwen_image_21,
    "sana_sprint": pictures.sana_sprint,
    "z_image": pictures.z_image,
}


def each_family(*quick: str) -> list[Any]:
    """Parameters for a test of every family; all but the quick ones are left to the long suite."""
    return [pytest.param(name, marks=[] if name in quick else pytest.mark.long) for name in FAMILIES]


class Painted:
    """What a job left behind."""

    def __init__(self, result: Result, sent: list[FromWorker]) -> None:
        self.result = result
        self.sent = sent
        self.saved = [one for one in sent if isinstance(one, Saved)]
        self.pictures = [np.asarray(Image.open(one.path)) for one in self.saved]
        self.notes: dict[str, Params] = {note.code: note.params for note in result.notes}

    @property
    def recipes(self) -> list[Recipe]:
        read = [read_recipe(Path(one.path)) for one in self.saved]
        return [recipe for recipe in read if recipe is not None]


def load(path: Path) -> LoadedPipeline:
    return diffusion.load(inspect_model(path), LoadContext(Desk("job", path, [].append), 1 << 40))


def order(spec: ModelSpec, **wishes: object) -> GenerateImages:
    basic = {"prompt": "a boat", "seed": 7, "num_inference_steps": 3, "width": 64, "height": 64}
    return GenerateImages(id="job", **({"model": spec} | basic | wishes))  # type: ignore[arg-type]


def paint(loaded: LoadedPipeline, folder: Path, **wishes: object) -> Painted:
    sent = list[FromWorker]()
    job = order(loaded.spec, **({"previews": False} | wishes))
    return Painted(diffusion.generate(loaded, job, Desk("job", folder, sent.append)), sent)
