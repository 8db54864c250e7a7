"""Jobs that change one picture or look at it, done as the worker does them: what is held between them."""

from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from studio.catalog.inspect import inspect_model
from studio.core.edits import PLAIN, Point
from studio.core.errors import InputMissing, ModelUnsupported
from studio.core.jobs import AnyJob, Reply, SelectObject
from studio.core.messages import FromWorker, Memory, Result, Run, Saved, Selected
from studio.core.sampling import Sampling
from studio.core.turns import ChatTurn
from studio.runtime.desk import Desk
from studio.runtime.families import language
from studio.runtime.perform import Performer
from studio.runtime.text.load import LoadedText
from tests import zoo
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


def test_where_memory_ran_out_other_conversations_are_forgotten(tmp_path: Path, monkeypatch) -> None:
    performer = Performer("language", [].append)
    spec, write, tries = inspect_model(zoo.llama(tmp_path / "llama")), language._generate, list[bool]()

    def say(text: str, talk: str = "c") -> str:
        turns = (ChatTurn("user", f"{text} of the old tree and the snow on the hills"),)
        sampling = Sampling(temperature=0.0, max_new_tokens=4)
        job = Reply(id="job", model=spec, conversation=talk, message="m", turns=turns, sampling=sampling)
        desk = Desk("job", tmp_path, [].append)
        return performer.perform(Run(job=job, staging=str(tmp_path), memory_budget=1 << 30), desk).text

    def short_once(*given: Any) -> None:
        tries.append(True)
        if len(tries) == 1:
            raise torch.OutOfMemoryError
        write(*given)

    said = [say("hello"), say("something else")]
    loaded = performer._residency.held(spec)
    assert isinstance(loaded, LoadedText) and loaded.cache._others
    assert loaded.size_bytes + loaded.free_bytes > 1 << 30, "each job tells its budget"
    monkeypatch.setattr(language, "_generate", short_once)
    assert say("hello") == said[0] and len(tries) == 2 and not loaded.cache._others
    said = [say("hello"), say("of others", "another")]
    assert loaded.cache._others and "hello" in loaded.known._cuts[-2].text
    performer.forget_conversations(("c",))
    assert not loaded.cache._others and loaded.cache.ids and not loaded.known._cuts
    performer.forget_conversations(("another",))
    assert not loaded.cache.ids and not loaded.cache.size_bytes
    assert [say("hello"), say("of others", "another")] == said
    tries.clear()
    monkeypatch.setattr(loaded.cache, "forget_others", lambda: False)
    with pytest.raises(torch.OutOfMemoryError):
        say("hello")
    assert len(tries) == 1
