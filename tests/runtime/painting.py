"""A job of pictures on a pipeline in this process, as the worker would run it."""

from pathlib import Path

import numpy as np
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

Params = dict[str, str | int | float]


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
