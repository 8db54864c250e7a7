"""Jobs made as one on a real pipeline: denoised once, and recorded, measured, told and stopped one by one."""

import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
from PIL import Image

from studio.core.messages import Cancelled, Figures, FromWorker, Phase, Preview, Result, Saved, Stage
from studio.core.passes import SecondPass, Variation
from studio.core.recipe import Recipe
from studio.media.recipes import read_recipe
from studio.runtime.cancel import Stopped
from studio.runtime.families import diffusion
from studio.runtime.pictures.load import LoadedPipeline
from studio.runtime.together import Together, merged
from studio.session.foresight import _pace_of
from tests import zoo
from tests.runtime.painting import load, order, paint

STEPS = 3


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> LoadedPipeline:
    return load(zoo.stable_diffusion(tmp_path_factory.mktemp("model") / "sd"))


class Batch:
    """Jobs with these numbers of pictures, named a, b, c; the seeds of b are 100, 101, and so on."""

    def __init__(self, loaded: LoadedPipeline, folder: Path, *numbers: int, **wishes: object) -> None:
        self.loaded = loaded
        self.sent: list[FromWorker] = []
        self.stops = [threading.Event() for _ in numbers]
        self.forwards = 0
        self.during: Callable[[int], None] = lambda _: None
        self.jobs = [
            msgspec.structs.replace(
                order(loaded.spec, **wishes), id=name, seed=100 * place, num_images=number
            )
            for place, (name, number) in enumerate(zip("abcdef", numbers, strict=False))
        ]
        folders = [folder / ".staging" / "i" / job.id for job in self.jobs]
        folders[0].parent.mkdir(parents=True)
        self.desk = Together(list(zip(self.jobs, folders, self.stops, strict=True)), self.sent.append)
        self.desk.prepare()

    def make(self) -> "Batch":
        def count(*_: object) -> None:
            self.forwards += 1
            self.during(self.forwards)

        hook = self.loaded.pipe.unet.register_forward_pre_hook(count)
        try:
            diffusion.generate(self.loaded, self.desk.job, self.desk)
        finally:
            hook.remove()
        return self

    def results(self) -> dict[str, Result]:
        return {part.job.id: self.desk.result_of(part, Figures()) for part in self.desk.parts}

    def told(self, kind: type, job: str) -> list:
        return [one for one in self.sent if isinstance(one, kind) and one.job == job]

    def recipes(self, job: str) -> list[Recipe]:
        read = [read_recipe(Path(one.path)) for one in self.told(Saved, job)]
        return [recipe for recipe in read if recipe is not None]

    def pictures(self, job: str) -> list[np.ndarray]:
        return [np.asarray(Image.open(one.path)) for one in self.told(Saved, job)]


def test_they_are_denoised_once_and_recorded_as_they_were_made(
    loaded: LoadedPipeline, tmp_path: Path
) -> None:
    batch = Batch(loaded, tmp_path, 2, 1, 1).make()
    assert batch.forwards == STEPS
    assert {name: one.pictures for name, one in batch.results().items()} == {"a": 2, "b": 1, "c": 1}
    for job, seeds, places in (("a", [0, 1], [0, 1]), ("b", [100], [2]), ("c", [200], [3])):
        recipes = batch.recipes(job)
        assert [(one.job, one.index, one.seed) for one in recipes] == [
            (job, index, seed) for index, seed in enumerate(seeds)
        ]
        assert [(one.execution.batch, one.execution.place) for one in recipes if one.execution] == [
            (4, place) for place in places
        ]
        assert [(one.index, one.seed) for one in batch.told(Saved, job)] == list(enumerate(seeds))


@pytest.mark.parametrize(("job", "index"), [("a", 1), ("b", 0), ("c", 0)])
def test_each_is_made_again_pixel_for_pixel(
    loaded: LoadedPipeline, tmp_path: Path, job: str, index: int
) -> None:
    batch = Batch(loaded, tmp_path, 2, 1, 1).make()
    recipe = batch.recipes(job)[index]
    once_more = paint(loaded, tmp_path, seed=recipe.seed, again=recipe.execution)
    assert (once_more.pictures[0] == batch.pictures(job)[index]).all() and not once_more.notes


@pytest.mark.parametrize(
    "wishes",
    [
        {},
        {"variation": Variation(seed=3, strength=0.4, drift=0.2)},
        {"second_pass": SecondPass(scale=1.5, strength=0.5)},
        {"seamless": True},
    ],
    ids=lambda wishes: next(iter(wishes), "plain"),
)
def test_a_picture_is_what_it_is_in_one_job_of_all(
    loaded: LoadedPipeline, tmp_path: Path, wishes: dict[str, object]
) -> None:
    batch = Batch(loaded, tmp_path, 1, 1, 1, **wishes).make()
    (tmp_path / "one").mkdir()
    shots = batch.desk.job.shots
    whole = paint(loaded, tmp_path / "one", seed=0, num_images=3, shots=shots, **wishes)
    for job, picture in zip("abc", whole.pictures, strict=True):
        assert (batch.pictures(job)[0] == picture).all()


def test_phases_and_previews_carry_the_jobs_own_numbers(loaded: LoadedPipeline, tmp_path: Path) -> None:
    batch = Batch(loaded, tmp_path, 2, 1, num_inference_steps=4)
    batch.jobs[1] = msgspec.structs.replace(batch.jobs[1], previews=False)
    batch.desk.parts[1].job = batch.jobs[1]
    batch.make()
    for job, number in (("a", 2), ("b", 1)):
        phases = batch.told(Phase, job)
        assert {(one.index, one.count) for one in phases if one.stage is Stage.DENOISING} == {(0, number)}
        assert max(one.done for one in phases if one.stage is Stage.DENOISING) == 4
        saving = [(one.done, one.total) for one in phases if one.stage is Stage.SAVING]
        assert saving[0] == (0, number)
    assert {one.index for one in batch.told(Preview, "a")} == {0, 1}
    assert not batch.told(Preview, "b")


def test_jobs_that_go_on_where_they_were_interrupted(loaded: LoadedPipeline, tmp_path: Path) -> None:
    jobs = [msgspec.structs.replace(order(loaded.spec), id=name, num_images=3, first=2) for name in "ab"]
    desk = Together([(job, tmp_path, threading.Event()) for job in jobs], (sent := []).append)
    diffusion.generate(loaded, desk.job, desk)
    saved = [one for one in sent if isinstance(one, Saved)]
    assert [(one.job, one.index, one.seed) for one in saved] == [("a", 2, 9), ("b", 2, 9)]
    phases = [one for one in sent if isinstance(one, Phase) and one.stage is Stage.DENOISING]
    assert {(one.job, one.index, one.count) for one in phases} == {("a", 2, 1), ("b", 2, 1)}


@pytest.mark.parametrize("stopped", ["a", "b", "c"])
def test_one_stops_at_once_and_the_others_are_made(
    loaded: LoadedPipeline, tmp_path: Path, stopped: str
) -> None:
    batch = Batch(loaded, tmp_path, 1, 1, 1)
    stop = batch.stops["abc".index(stopped)]
    batch.during = lambda forward: stop.set() if forward == 2 else None
    batch.make()
    assert batch.forwards == STEPS
    (cancelled,) = [one for one in batch.sent if isinstance(one, Cancelled)]
    assert cancelled.job == stopped and cancelled.figures.steps == 1
    after = batch.sent[batch.sent.index(cancelled) + 1 :]
    assert stopped not in {one.job for one in after if not isinstance(one, Saved | Phase)}
    assert not batch.told(Saved, stopped) and not batch.told(Result, stopped)
    for job in "abc".replace(stopped, ""):
        (recipe,) = batch.recipes(job)
        assert recipe.execution and recipe.execution.place == "abc".index(job)


def test_all_stop(loaded: LoadedPipeline, tmp_path: Path) -> None:
    batch = Batch(loaded, tmp_path, 1, 1)
    batch.during = lambda forward: [stop.set() for stop in batch.stops] if forward == 2 else None
    with pytest.raises(Stopped):
        batch.make()
    assert batch.forwards == 2
    assert [one.job for one in batch.sent if isinstance(one, Cancelled)] == ["a", "b"]
    assert Batch(loaded, tmp_path / "next", 1, 1).make().results()["b"].pictures == 1


def test_batches_that_nobody_wants_any_more_are_left_out(loaded: LoadedPipeline, tmp_path: Path) -> None:
    """Memory holds one at a time, and the second is stopped while the first is made."""

    def crowded(_: object, args: tuple[object, ...]) -> None:
        if len(args[0]) > 2:  # type: ignore[arg-type]  # a picture with its negative half
            raise MemoryError

    hook = loaded.pipe.unet.register_forward_pre_hook(crowded)
    batch = Batch(loaded, tmp_path, 1, 1, 1, 1)
    batch.during = lambda forward: batch.stops[1].set() if forward == STEPS else None
    try:
        batch.make()
    finally:
        hook.remove()
        loaded.rungs.clear()
    assert batch.forwards == 3 * STEPS
    assert [one.job for one in batch.sent if isinstance(one, Saved)] == ["a", "c", "d"]
    assert [note.code for note in batch.results()["d"].notes] == ["batch_split", "batch_split"]
    assert batch.results()["d"].figures.room == 1


LARGER = SecondPass(scale=1.5, strength=0.5)


@pytest.mark.allow_log("The second pass of job")
def test_a_second_pass_that_fails_is_told_to_whom_it_failed(loaded: LoadedPipeline, tmp_path: Path) -> None:
    large = list[int]()

    def one_fails(_: object, args: tuple[torch.Tensor, ...]) -> None:
        if args[0].shape[-1] > 64 // loaded.pipe.vae_scale_factor:
            large.append(1)
            if len(large) == 2:  # of one step each
                raise ValueError("only this once")

    hook = loaded.pipe.unet.register_forward_pre_hook(one_fails)
    batch = Batch(loaded, tmp_path, 1, 1, 1, second_pass=LARGER).make()
    hook.remove()
    notes = {name: [note.code for note in one.notes] for name, one in batch.results().items()}
    assert notes == {"a": [], "b": ["second_pass_failed"], "c": []}
    assert [batch.recipes(name)[0].second_pass is None for name in "abc"] == [False, True, False]


def test_one_that_stops_in_its_second_pass_keeps_what_the_first_made(
    loaded: LoadedPipeline, tmp_path: Path
) -> None:
    # In its own staging, where the session sweeps it up.
    batch = Batch(loaded, tmp_path, 1, 1, 1, second_pass=LARGER)
    batch.during = lambda forward: batch.stops[1].set() if forward == STEPS + 1 else None
    batch.make()
    assert {name: one.pictures for name, one in batch.results().items()} == {"a": 1, "c": 1}
    assert not batch.told(Saved, "b")
    (path,) = (tmp_path / ".staging" / "i" / "b").glob("*.png")
    recipe = read_recipe(path)
    assert recipe is not None and (recipe.job, recipe.seed, recipe.second_pass) == ("b", 100, None)


def test_figures_are_each_its_share(loaded: LoadedPipeline, tmp_path: Path) -> None:
    batch = Batch(loaded, tmp_path, 3, 1)
    batch.desk.measure(load_seconds=8.0)
    batch.make()
    figures = {name: one.figures for name, one in batch.results().items()}
    assert {name: (one.steps, one.together, one.pixels) for name, one in figures.items()} == {
        "a": (STEPS, 4, 64 * 64),
        "b": (STEPS, 4, 64 * 64),
    }
    assert (figures["a"].load_seconds, figures["b"].load_seconds) == (6.0, 2.0)
    for name in ("denoise_seconds", "decode_seconds"):
        assert getattr(figures["a"], name) == pytest.approx(3 * getattr(figures["b"], name))
        assert getattr(figures["b"], name) > 0
    assert sum(one.seconds for one in figures.values()) <= batch.desk.seconds
    assert figures["a"].room >= 4
    paces = [_pace_of(figures["a"], 3), _pace_of(figures["b"], 1)]
    assert paces[0] and paces[1]
    assert paces[0].step_seconds == pytest.approx(paces[1].step_seconds), "each foresees the same"


def test_room_is_what_one_job_may_fill(loaded: LoadedPipeline, tmp_path: Path) -> None:
    room = paint(loaded, tmp_path).result.figures.room
    assert room > 1
    whole = paint(loaded, tmp_path, num_images=room + 1)
    assert [one.execution.batch for one in whole.recipes if one.execution] == [*[room] * room, 1]


def test_a_merged_job_is_alike_but_for_its_seeds(loaded: LoadedPipeline) -> None:
    one = order(loaded.spec, seed=2**64 - 1, num_images=2)
    other = msgspec.structs.replace(one, id="b", seed=5, num_images=1)
    job = merged([one, other])
    assert [job.picture(index).seed for index in range(3)] == [2**64 - 1, 0, 5]
    assert job.alike(0) == range(3)
