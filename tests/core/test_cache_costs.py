"""What two pictures say of the cache that one of them was made with."""

import math

import msgspec
import pytest

from studio.core.cache_costs import CacheCost, Likeness, cost_of, nearest_cost, twin_key, with_cost
from studio.core.passes import SecondPass
from studio.core.recipe import Execution, Recipe
from studio.core.sheets import Axis, Setting, Sheet

RECORD = Execution(device="cpu", precision="float32", threads=2, options={"prompt": "2 parts"})
OFF = Recipe(
    asset="a",
    job="j",
    created=1.0,
    prompt="a boat",
    model="m",
    model_fingerprint="f",
    seed=7,
    width=64,
    height=64,
    num_inference_steps=10,
    seconds=11.0,
    step_seconds=1.0,
    execution=RECORD,
)
SHEET = Sheet(id="s", columns=Axis(setting=Setting.CACHE, values=("off", "first_block")))


def change(recipe: Recipe, **fields: object) -> Recipe:
    return msgspec.structs.replace(recipe, **fields)


ON = change(
    OFF,
    asset="b",
    job="k",
    created=2.0,
    index=1,
    template="a {boat}",
    sheet=SHEET,
    cell=1,
    seconds=6.0,
    step_seconds=0.5,
    cache="first_block",
    execution=change(RECORD, options={"cache": "first_block 0.08", "prompt": "2 parts"}),  # type: ignore[arg-type]
)


def cost(cache: str = "first_block", steps: int = 10, faster: float = 2.0, error: float = 1.0) -> CacheCost:
    return CacheCost(cache=cache, steps=steps, faster=faster, error=error)  # type: ignore[arg-type]


def test_pictures_that_differ_by_their_cache_alone_are_twins() -> None:
    assert twin_key(OFF) == twin_key(ON) != ""


@pytest.mark.parametrize(
    "other",
    [
        {"seed": 8},
        {"prompt": "a house"},
        {"num_inference_steps": 11},
        {"scheduler": "Euler"},
        {"model_fingerprint": "g"},
        {"width": 96},
        {"execution": change(RECORD, device="cuda:A")},  # type: ignore[arg-type]
        {"execution": change(RECORD, threads=4)},  # type: ignore[arg-type]
        {"execution": change(RECORD, options={"compiled": "inductor, 64 × 64 × 1"})},  # type: ignore[arg-type]
    ],
)
def test_what_else_differs_makes_them_none(other: dict[str, object]) -> None:
    assert twin_key(change(OFF, **other)) not in ("", twin_key(ON))


@pytest.mark.parametrize(
    "missing",
    [
        {"step_seconds": None},
        {"num_inference_steps": None},
        {"execution": None},
        {"model_fingerprint": ""},
        {"second_pass": SecondPass()},
        {"cache": "of another version"},
    ],
)
def test_what_tells_no_pace_has_no_twin(missing: dict[str, object]) -> None:
    assert twin_key(change(OFF, **missing)) == ""


def test_the_first_step_counts_as_one_without_a_cache() -> None:
    assert cost_of(OFF, ON, 1.0) == cost(faster=10 / (1 + 9 * 0.5))
    half = [change(one, strength=0.5) for one in (OFF, ON)]
    assert cost_of(*half, 1.0).faster == pytest.approx(5 / (1 + 4 * 0.5))  # half of the steps are made


def test_likeness_in_decibels_and_in_words() -> None:
    assert math.isinf(cost(error=0).decibels) and cost(error=0).likeness is Likeness.SAME
    assert cost(error=255**2).decibels == 0 and cost(error=255**2).likeness is Likeness.ANOTHER
    assert cost(error=6.5).decibels == pytest.approx(40, abs=0.01)
    assert cost(error=6.5).likeness is Likeness.CLOSE
    assert cost(error=6.6).likeness is cost(error=650).likeness is Likeness.DETAILS
    assert cost(error=651).likeness is Likeness.ANOTHER


def test_the_nearest_number_of_steps_counts_and_the_newest_of_one_number() -> None:
    known = with_cost((cost(steps=8), cost("taylor_seer", 20)), cost(steps=30))
    known = with_cost(known, cost(steps=8, faster=3.0))
    assert len(known) == 3
    assert nearest_cost(known, "first_block", 12) == cost(steps=8, faster=3.0)
    assert nearest_cost(known, "first_block", 28) == cost(steps=30)
    assert nearest_cost(known, "first_block", None) == cost(steps=8, faster=3.0)
    assert nearest_cost(known, "mag_cache", 12) is None
