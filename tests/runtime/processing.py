"""Jobs that change one picture without words, run at a desk of their own, and what came of them."""

from pathlib import Path
from types import ModuleType

from PIL import Image

from studio.core.edits import PLAIN, Edit, Operation
from studio.core.inputs import InputPicture, Role
from studio.core.jobs import ProcessImage
from studio.core.messages import FromWorker, Saved
from studio.core.model import ModelSpec
from studio.core.recipe import Recipe
from studio.media.recipes import read_recipe
from studio.runtime.desk import Desk
from studio.runtime.residency import LoadContext


def given(picture: Image.Image, path: Path, role: Role = Role.CHANGE) -> InputPicture:
    picture.save(path)
    return InputPicture(role=role, path=str(path), name=path.name)


def enlarge(picture: InputPicture, scale: float, spec: ModelSpec = PLAIN) -> ProcessImage:
    edit = Edit(operation=Operation.UPSCALE, scale=scale, parent="parent")
    return ProcessImage(id="job", model=spec, edit=edit, inputs=(picture,))


def cut_out(picture: InputPicture, *masks: InputPicture, spec: ModelSpec = PLAIN) -> ProcessImage:
    edit = Edit(operation=Operation.CUT_OUT, parent="parent")
    return ProcessImage(id="job", model=spec, edit=edit, inputs=(picture, *masks))


class Run:
    """One job, loaded and done.

    Attributes:
        sent: what was told of it.
        picture, recipe: what was saved.
    """

    def __init__(self, family: ModuleType, job: ProcessImage, folder: Path, desk: Desk | None = None) -> None:
        self.sent: list[FromWorker] = []
        self.desk = desk or Desk("job", folder / "staging", self.sent.append)
        self.desk.prepare()
        loaded = family.load(job.model, LoadContext(self.desk, 1 << 40))
        self.loaded = loaded
        self.result = family.process(loaded, job, self.desk)
        [saved] = [one for one in self.sent if isinstance(one, Saved)]
        with Image.open(saved.path) as image:
            image.load()
            self.picture = image
        recipe = read_recipe(Path(saved.path))
        assert recipe is not None and (saved.width, saved.height) == self.picture.size
        self.recipe: Recipe = recipe
