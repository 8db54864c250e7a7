"""The engine with real workers while all goes well: order, pause, stop, memory, what crosses the wire."""

from collections.abc import Callable
from itertools import groupby
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import QTimer

from studio.core.errors import NotFound
from studio.core.jobs import MAX_SEED
from studio.core.lane import LaneState
from studio.core.messages import Cancelled, Result, Stage
from studio.engine.patience import Limits
from studio.media.recipes import read_recipe
from studio.runtime.families import fake
from tests.engine.watched import Watched, fake_model


def released(engine: Watched, tmp_path: Path) -> tuple[str, Callable[[], None]]:
    """A running job, and what lets it end."""
    file = tmp_path / "go"
    job = engine.pictures(f"until {file}")
    engine.started(job)
    return job, file.touch


def test_pictures_are_whole_when_they_are_announced(engine: Watched) -> None:
    job = engine.pictures("preview", num_images=2, seed=MAX_SEED, width=32)
    assert engine.engine.status("image").starting
    assert engine.outcome(job) == Result(job=job, pictures=2, figures=engine.outcome(job).figures)
    first, second = engine.of("picture_saved")
    assert (first.seed, second.seed) == (MAX_SEED, 0)
    assert Path(first.path) == engine.staging / job / f"{first.asset}.png"
    recipe = read_recipe(Path(first.path))
    assert recipe is not None
    assert (recipe.asset, recipe.job, recipe.seed, recipe.width) == (first.asset, job, MAX_SEED, 32)
    assert {preview.index for preview in engine.of("preview_arrived")} == {0, 1}
    stages = [phase.stage for phase in engine.of("phase_changed")]
    assert list(dict.fromkeys(stages)) == [Stage.STARTING, Stage.LOADING, Stage.DENOISING, Stage.SAVING]
    imported = [status.starting for status in engine.of("lane_changed") if status.job == job]
    assert [one for one, _ in groupby(imported)] == [False, True, False]


def test_runs_in_order_and_loads_once(engine: Watched) -> None:
    jobs = [engine.pictures() for _ in range(3)]
    engine.outcome(jobs[-1])
    assert engine.of("job_started") == [result.job for result in engine.of("job_finished")] == jobs
    assert [result.figures.load_seconds > 0 for result in engine.of("job_finished")] == [True, False, False]


def test_reorder_what_waits(engine: Watched, tmp_path: Path) -> None:
    first, go = released(engine, tmp_path)
    second, third = engine.pictures(), engine.pictures()
    engine.engine.reorder(third, before=second)
    assert [job.id for job in engine.engine.pending("image")] == [third, second]
    with pytest.raises(NotFound):
        engine.engine.reorder(first, before=None)
    go()
    engine.outcome(second)
    assert engine.of("job_started") == [first, third, second]


def test_lanes_work_side_by_side(engine: Watched, tmp_path: Path) -> None:
    job, go = released(engine, tmp_path)
    assert engine.engine.is_idle("language") and not engine.engine.is_idle("image")
    assert engine.outcome(engine.reply()).text == "nothing to add "
    assert engine.engine.running("image") == job
    go()
    engine.outcome(job)
    engine.engine.pause("image", True)
    assert not engine.engine.is_idle("image")


def test_pause_lets_the_running_job_end_and_gives_memory_back(engine: Watched, tmp_path: Path) -> None:
    running, go = released(engine, tmp_path)
    waiting = engine.pictures()
    engine.engine.pause("image", True)
    assert engine.engine.status("image").paused
    go()
    engine.outcome(running)
    engine.until(lambda: not engine.engine.status("image").models)
    assert engine.engine.status("image").state is LaneState.PAUSED
    assert [job.id for job in engine.engine.pending("image")] == [waiting]
    engine.engine.pause("image", False)
    assert isinstance(engine.outcome(waiting), Result)


def test_idle_models_are_given_back(make_engine: Callable[..., Watched]) -> None:
    engine = make_engine(idle_release_seconds=0.05)
    engine.outcome(engine.pictures())
    engine.until(lambda: any(status.models for status in engine.of("lane_changed")))
    engine.until(lambda: not engine.engine.status("image").held_bytes)


def test_an_idle_lane_makes_room_for_the_other(engine: Watched) -> None:
    engine.outcome(engine.pictures(model=fake_model(size_bytes=600)))
    engine.outcome(engine.reply(model=fake_model(size_bytes=300)))
    assert engine.engine.status("image").held_bytes == 600  # both fit
    assert engine.engine.has_room("language", fake_model("local/other", size_bytes=400))
    assert not engine.engine.has_room("language", fake_model("local/large", size_bytes=500))
    assert engine.engine.has_room("image", fake_model(size_bytes=5000))  # it is loaded, whatever it takes
    engine.outcome(engine.reply(model=fake_model("local/large", size_bytes=500)))
    engine.until(lambda: engine.engine.status("language").models[-1:] == ("local/large",))
    assert engine.engine.status("image").held_bytes == 0


def test_a_busy_lane_keeps_its_memory_and_holds_nobody_up(engine: Watched, tmp_path: Path) -> None:
    file = tmp_path / "go"
    job = engine.pictures(f"until {file}", model=fake_model(size_bytes=600))
    engine.started(job)
    assert isinstance(engine.outcome(engine.reply(model=fake_model(size_bytes=500))), Result)
    assert engine.engine.status("image").held_bytes == 600
    file.touch()
    engine.outcome(job)


def test_a_warm_worker_tells_what_it_can_do(engine: Watched) -> None:
    engine.engine.start("language")
    engine.until(lambda: engine.engine.status("language").state is LaneState.READY)
    assert "fake" in engine.engine.status("language").families
    engine.outcome(engine.reply())
    status = engine.engine.status("language")
    assert status.devices == ()  # which a worker knows that has imported torch
    assert status.versions["studio"]
    assert engine.engine.status("image").state is LaneState.OFF


def test_stop_while_waiting(engine: Watched, tmp_path: Path) -> None:
    job, go = released(engine, tmp_path)
    waiting = engine.pictures()
    engine.engine.cancel(waiting)
    assert engine.of("job_cancelled") == [Cancelled(job=waiting)]
    assert engine.engine.pending("image") == ()
    go()
    engine.outcome(job)
    engine.engine.cancel(job)  # too late, and so nothing
    assert isinstance(engine.outcome(engine.pictures()), Result)


@pytest.mark.parametrize(
    ("lane", "base", "prompt"),
    [
        ("image", "until {never}", "a boat"),
        ("image", "", "until {never}"),
        ("image", "", "slow 10000 0.001"),
        ("image", "", "save; until {never}"),
        ("image", "", "wrap"),
        ("language", "", "say one two; until {never}"),
        ("language", "", "flood 1000000"),
    ],
)
def test_stop_while_running(engine: Watched, tmp_path: Path, lane: str, base: str, prompt: str) -> None:
    never = tmp_path / "never"
    submit = engine.pictures if lane == "image" else engine.reply
    job = submit(prompt.format(never=never), model=fake_model(base=base.format(never=never)))
    if base:
        engine.until(lambda: Stage.LOADING in {phase.stage for phase in engine.of("phase_changed")})
    elif prompt.startswith("save"):
        engine.until(lambda: engine.of("picture_saved"))
    else:
        engine.started(job)
    pid = engine.engine.status(lane).pid
    engine.engine.cancel(job)
    assert engine.of("lane_changed")[-1].stopping, "told before the worker has heard of it"
    outcome = engine.outcome(job)
    assert isinstance(outcome, Cancelled)
    assert engine.of("job_stopping") == [job]
    assert not engine.engine.status(lane).stopping
    if not prompt.startswith("flood"):  # which goes around the desk
        assert outcome.text == "".join(tokens.text for tokens in engine.of("tokens_arrived"))
    after = engine.outcome(submit(model=fake_model()))
    assert isinstance(after, Result)
    assert bool(after.figures.load_seconds) == bool(base)  # stopped, not killed: the model is still there
    assert engine.engine.status(lane).pid == pid


def test_a_flood_of_tokens_lets_the_window_breathe(engine: Watched) -> None:
    sequence: list[str] = []
    tick = QTimer(interval=0)
    tick.timeout.connect(lambda: sequence.append("."))
    engine.engine.tokens_arrived.connect(lambda _: sequence.append("T"))
    tick.start()
    job = engine.reply("flood 3000")
    assert engine.outcome(job).finish == "stop"
    tick.stop()
    tokens = engine.of("tokens_arrived")
    assert "".join(each.text for each in tokens) == "word " * 3000
    assert tokens[-1].count == 3000
    assert "TTT" not in "".join(sequence)  # every turn of the event loop, at most what came since the last


def test_text_at_its_limits_crosses_the_wire(engine: Watched) -> None:
    prompt = "山水 🎨 " * 4000
    job = engine.pictures(prompt)
    engine.outcome(job)
    recipe = read_recipe(Path(engine.of("picture_saved")[0].path))
    assert recipe is not None
    assert recipe.prompt == prompt
    word = "字" * 2_000_000
    assert engine.outcome(engine.reply(f"say {word}")).text == f"{word} "


def test_a_module_where_one_happens_to_stand_is_not_taken_for_a_library(
    engine: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "msgspec.py").write_text("raise SystemExit('the wrong one')")
    monkeypatch.chdir(tmp_path)
    assert isinstance(engine.outcome(engine.pictures()), Result)


@pytest.mark.parametrize("prompt", ["a boat", "until /never", "deaf 60"])
def test_close_leaves_nothing_behind(make_engine: Callable[..., Watched], prompt: str) -> None:
    engine = make_engine(limits=Limits(close=0.1))
    engine.engine.start("language")
    job = engine.pictures(prompt)
    engine.started(job)
    engine.pictures()
    workers = psutil.Process().children()
    assert len(workers) == 2
    engine.engine.close()
    assert not any(worker.is_running() for worker in workers)


def test_closing_an_engine_that_never_worked(make_engine: Callable[..., Watched]) -> None:
    make_engine().engine.close()


def test_the_fakes_words_are_all_described() -> None:
    words = {name.removeprefix("do_") for name in vars(fake.Script) if name.startswith("do_")}
    described = fake.__doc__ or ""
    assert all(f"    {word}" in described or f", {word}" in described for word in words)
