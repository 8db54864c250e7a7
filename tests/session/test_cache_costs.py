"""What a cache gains and costs is learned from two pictures that differ in nothing else, and remembered."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from PIL import Image

from studio.core.cache_costs import CacheCost
from studio.core.ids import new_id
from studio.core.passes import StepCache
from studio.core.recipe import Recipe
from studio.core.records import Asset
from studio.media.recipes import write_png
from studio.session import Session
from studio.store.cache_costs_file import load_cache_costs, save_cache_costs
from tests.core.test_cache_costs import OFF, ON
from tests.session.conftest import FAKE, picture
from tests.session.test_outlooks import SOON

MODEL = msgspec.structs.replace(FAKE, fingerprint="f")


@pytest.fixture
def job(session: Session) -> str:
    """Of this home, so that pictures can be its."""
    made = picture("a boat")
    session._writer.submit(lambda library: library.jobs.add(made, session._instance.id)).result(10)
    return made.id


def add(session: Session, recipe: Recipe, job: str, shade: int) -> Asset:
    """A picture in one grey, as if a worker had just made it."""
    recipe = msgspec.structs.replace(recipe, asset=new_id(), job=job)
    staged = session.paths.staging / session._instance.id / job / f"{recipe.asset}.png"
    staged.parent.mkdir(parents=True, exist_ok=True)
    write_png(Image.new("RGB", (64, 64), (shade, shade, shade)), staged, recipe)
    asset = session._writer.submit(lambda library: library.adopt(Path(staged))).result(10)
    session.asset_added.emit(asset, job)
    return asset


def known(session: Session, cache: StepCache = "first_block") -> CacheCost | None:
    return session.cache_costs.of(MODEL, cache, 10)


def test_two_pictures_tell_and_the_next_sitting_knows(
    session: Session, open_session: Callable[[], Session], job: str, qtbot
) -> None:
    add(session, OFF, job, 100)
    assert known(session) is None
    with qtbot.waitSignal(session.cache_costs.changed, timeout=SOON):
        add(session, ON, job, 103)
    cost = known(session)
    assert cost == CacheCost(cache="first_block", steps=10, faster=10 / 5.5, error=9.0)
    assert known(session, "taylor_seer") is None
    assert session.cache_costs.of(msgspec.structs.replace(MODEL, fingerprint="g"), "first_block", 10) is None
    second = open_session()
    qtbot.waitUntil(lambda: known(second) == cost, timeout=SOON)


def test_the_one_without_may_come_later_or_be_of_another_day(
    session: Session, open_session: Callable[[], Session], job: str, qtbot
) -> None:
    add(session, ON, job, 103)
    second = open_session()
    qtbot.waitUntil(lambda: bool(second.cache_costs._twins), timeout=SOON)
    with qtbot.waitSignal(second.cache_costs.changed, timeout=SOON):
        add(second, OFF, job, 103)
    cost = known(second)
    assert cost is not None and cost.error == 0


def test_what_was_measured_last_is_dropped_last(session: Session, job: str, qtbot) -> None:
    old = CacheCost(cache="first_block", steps=20, faster=2.0, error=1.0)
    save_cache_costs(session.paths.cache_costs, {MODEL.fingerprint: (old,), "another": (old,)})
    add(session, OFF, job, 100)
    with qtbot.waitSignal(session.cache_costs.changed, timeout=SOON):
        add(session, ON, job, 103)
    assert list(load_cache_costs(session.paths.cache_costs)) == ["another", MODEL.fingerprint]


def test_what_is_no_twin_or_of_no_job_teaches_nothing(session: Session, job: str) -> None:
    add(session, msgspec.structs.replace(OFF, seed=8), job, 100)
    session.asset_added.emit(add(session, OFF, job, 100), "")
    session.cache_costs._twins.clear()
    add(session, ON, job, 103)
    session.cache_costs.close()  # all comparisons have ended
    assert not session.paths.cache_costs.exists()


def test_a_picture_that_is_gone_teaches_nothing(session: Session, job: str, qtbot) -> None:
    gone = add(session, OFF, job, 100)
    session.absolute(gone).unlink()
    add(session, ON, job, 103)
    with qtbot.waitSignal(session.cache_costs.changed, timeout=SOON):  # and the next pair does
        add(session, OFF, job, 104)
    cost = known(session)
    assert cost is not None and cost.error == 1


def test_a_home_that_cannot_be_written_costs_no_more_than_the_memory_of_it(
    session: Session, job: str, qtbot
) -> None:
    session.paths.cache_costs.mkdir(parents=True)
    add(session, OFF, job, 100)
    with qtbot.waitSignal(session.cache_costs.changed, timeout=SOON):
        add(session, ON, job, 103)
    assert known(session) is not None
