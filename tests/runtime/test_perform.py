"""Jobs that change one picture or look at it, done as the worker does them: what is held between them."""

from pathlib import Path

import pytest
from PIL import Image

from studio.catalog.inspect import inspect_model
from studio.core.edits import PLAIN, Point
from studio.core.errors import InputMissing, ModelUnsupported
from studio.core.jobs import AnyJob, SelectObject
from studio.core.messages import FromWorker, Memory, Result, Run, Saved, Selected
from studio.runtime.desk import Desk
from studio.runtime.perform import Performer
from tests.runtime.processing import enlarge, given
from tests.zoo import others


class Lane:
    """A worker's performer, and all that it said."""

    def __init__(self, folder: Path) -> None:
        self.said: list[FromWorker] = []
        self.performer = Performer("image", self.said.append)
        self.staging = folder / "staging"

    def run(self, job: AnyJob) -> Result:
        desk = Desk(job.id, self.staging, self.said.append)
        return self.performer.perform(Run(job=job, staging=str(self.staging), memory_budget=1 << 30), desk)

    def heard(self, kind: type) -> list[FromWorker]:
        return [one for one in self.said if isinstance(one, kind)]

    def held(self) -> int:
        self.performer.report_memory()
        memory = self.said[-1]
        assert isinstance(memory, Memory)
        return memory.held_bytes


@pytest.fixture
def lane(tmp_path: Path) -> Lane:
    return Lane(tmp_path)


def test_a_picture_is_enlarged_without_a_model(lane: Lane, tmp_path: Path) -> None:
    picture = given(Image.new("RGB", (20, 10), "teal"), tmp_path / "a.png")
    assert lane.run(enlarge(picture, 2)).pictures == 1
    [saved] = lane.heard(Saved)
    assert isinstance(saved, Saved) and (saved.width, saved.height, saved.seed) == (40, 20, 0)
    assert Path(saved.path).parent == lane.staging and lane.held() == 0
    Path(picture.path).unlink()
    with pytest.raises(InputMissing):
        lane.run(enlarge(picture, 2))


def test_what_was_seen_of_a_picture_is_held(lane: Lane, tmp_path: Path) -> None:
    spec = inspect_model(others.sam2(tmp_path / "sam2"))
    picture = given(Image.new("RGB", (40, 30), "teal"), tmp_path / "a.png")
    job = SelectObject(id="job", model=spec, picture=picture, points=(Point(3, 3),))
    assert lane.run(job).pictures == 0
    held = lane.held()
    lane.run(job)
    first, second = lane.heard(Selected)
    assert first == second and lane.held() == held > spec.parameters * 4
    lane.performer.release(None)
    assert lane.held() == 0


def test_no_model_finds_no_object(lane: Lane, tmp_path: Path) -> None:
    picture = given(Image.new("RGB", (40, 30), "teal"), tmp_path / "a.png")
    with pytest.raises(ModelUnsupported):
        lane.run(SelectObject(id="job", model=PLAIN, picture=picture, points=(Point(3, 3),)))
