"""Models that find the object at a place of a picture: Segment Anything and its kin in transformers.

What takes long is to look at the picture, whatever is asked of it; that is done once for each, and kept.
"""

import io
from collections import OrderedDict
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import torch
import transformers
from numpy.typing import NDArray
from PIL import Image

from studio.catalog.files import ModelFolder
from studio.catalog.texts import SELECTORS
from studio.core.edits import Point
from studio.core.errors import ModelProducedNothing, ModelUnsupported
from studio.core.inputs import InputPicture
from studio.core.jobs import SelectObject
from studio.core.messages import Result, Selected, Stage
from studio.core.model import ModelSpec
from studio.runtime.cancel import block_hooks
from studio.runtime.desk import Desk
from studio.runtime.loading import check_package
from studio.runtime.pictures.given import read_input
from studio.runtime.pictures.looks import HALF, Look, look_of
from studio.runtime.pictures.whole import load_whole
from studio.runtime.placement import bytes_of
from studio.runtime.residency import LoadContext

KEPT = 4  # pictures; each takes about 16 MB with SAM 2
# Those that leave a picture its shape and fill the square up; the others press it into the square.
FILLING = ("SamModel", "SamHQModel")


class Seen(NamedTuple):
    """What a model saw in a picture.

    Attributes:
        given: the arguments of its call that stand for the picture.
        size: of the picture.
        inside: width and height of it in the model's square.
    """

    given: dict[str, Any]
    size: tuple[int, int]
    inside: tuple[int, int]

    @property
    def size_bytes(self) -> int:
        parts = (one if isinstance(one, list | tuple) else [one] for one in self.given.values())
        return sum(tensor.nbytes for part in parts for tensor in part)


class Selector:
    """A model in memory, with what it saw in the last pictures."""

    plan = None

    def __init__(self, spec: ModelSpec, model: Any, look: Look, device: torch.device) -> None:
        self.model = model
        self.look = look
        self.device = device
        self.side = int(model.config.prompt_encoder_config.image_size)
        self.seen: OrderedDict[str, Seen] = OrderedDict()
        self._name = spec.name
        self._fills = type(model).__name__ in FILLING
        self._weight_bytes = bytes_of(model)

    @property
    def size_bytes(self) -> int:
        return self._weight_bytes + sum(one.size_bytes for one in self.seen.values())

    def release(self) -> None:
        self.seen.clear()
        self.model = None

    def look_at(self, picture: InputPicture, desk: Desk) -> Seen:
        """Once for each picture. Raises InputError, PictureUnreadable."""
        key = picture.hash or picture.path
        if key in self.seen:
            self.seen.move_to_end(key)
            return self.seen[key]
        image = read_input(picture)
        inside = self._inside(image.size)
        pixels = self.look.tensor(image.resize(inside, Image.Resampling.BILINEAR)).to(self.device)
        square = torch.nn.functional.pad(pixels, (0, self.side - inside[0], 0, self.side - inside[1]))
        with torch.inference_mode(), block_hooks(self.model.vision_encoder, desk):
            found = self.model.get_image_embeddings(square)
        given = {"image_embeddings": found}
        if isinstance(found, tuple):  # SAM-HQ looks at what lies between its layers too
            given = {"image_embeddings": found[0], "intermediate_embeddings": found[1]}
        self.seen[key] = Seen(given, image.size, inside)
        while len(self.seen) > KEPT:
            self.seen.popitem(last=False)
        return self.seen[key]

    def _inside(self, size: tuple[int, int]) -> tuple[int, int]:
        if not self._fills:
            return self.side, self.side
        scale = self.side / max(size)
        return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))

    def mask(self, seen: Seen, points: tuple[Point, ...]) -> tuple[NDArray[np.uint8], float]:
        """White where the object is, at the picture's size; and its score, 0…1.

        One place may mean a thing, a part of it, or what it belongs to: the likeliest of three is taken.
        Raises ModelProducedNothing.
        """
        across = [one / side for one, side in zip(seen.inside, seen.size, strict=True)]
        most = [side - 1 for side in seen.size]
        places = [
            [min(max(point.x, 0), most[0]) * across[0], min(max(point.y, 0), most[1]) * across[1]]
            for point in points
        ]
        with torch.inference_mode():
            made = self.model(
                **seen.given,
                input_points=torch.tensor([[places]], dtype=torch.float32, device=self.device),
                input_labels=torch.tensor([[[int(one.inside) for one in points]]], device=self.device),
                multimask_output=len(points) == 1,
            )
        scores = made.iou_scores[0, 0].float().cpu()
        best = int(scores.argmax())
        whole, score = made.pred_masks[0, 0, best].float().cpu().numpy(), float(scores[best])
        if not (np.isfinite(whole).all() and np.isfinite(score)):
            raise ModelProducedNothing(model=self._name)
        if self._fills:
            whole = cv2.resize(whole, (self.side, self.side))[: seen.inside[1], : seen.inside[0]]
        _, found = cv2.threshold(cv2.resize(whole, seen.size), 0, 255, cv2.THRESH_BINARY)
        return found.astype(np.uint8), min(max(score, 0.0), 1.0)


def load(spec: ModelSpec, context: LoadContext) -> Selector:
    """Raises ModelError for anything missing, damaged, unsafe or unknown; MemoryExhausted."""
    name = SELECTORS.get(spec.base, "")
    if not name:
        raise ModelUnsupported(model=spec.name, kind=spec.base)
    if name == "EdgeTamModel":
        check_package(spec.name, "timm")
    model, device = load_whole(getattr(transformers, name), spec, context)
    usual = Look(mean=HALF, std=HALF) if name == "Sam3TrackerModel" else Look()
    return Selector(spec, model, look_of(ModelFolder(Path(spec.path), spec.name), usual), device)


def select(loaded: Selector, job: SelectObject, desk: Desk) -> Result:
    """Raises InputError, PictureUnreadable, ModelProducedNothing."""
    desk.phase(Stage.WORKING)
    seen = loaded.look_at(job.picture, desk)
    desk.check()
    mask, score = loaded.mask(seen, job.points)
    file = io.BytesIO()
    Image.fromarray(mask).save(file, "PNG", compress_level=1)
    desk.send(Selected(job=desk.job_id, png=file.getvalue(), score=score))
    return desk.result()
