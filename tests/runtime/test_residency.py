"""What is kept in memory and what goes, with models that only count their bytes."""

from collections.abc import Callable

import pytest

from studio.core.model import Ability, ModelSpec, Wish
from studio.runtime.residency import Loaded, Residency


class Model:
    def __init__(self, size_bytes: int, released: Callable[[], None]) -> None:
        self.size_bytes = size_bytes
        self.release = released


class House:
    """A residency of 100 bytes, and a diary of loads and releases."""

    def __init__(self) -> None:
        self.residency = Residency(100)
        self.diary: list[str] = []

    def acquire(
        self, id: str, disk: int, memory: int | None = None, fingerprint: str = "", **more: object
    ) -> Loaded:
        abilities = (Ability.GENERATE,)
        spec = ModelSpec(
            id=id, name=id, family="fake", base="", abilities=abilities, path=id, size_bytes=disk,
            fingerprint=fingerprint, **more,
        )  # fmt: skip

        def load() -> Loaded:
            self.diary.append(f"+{id}")
            return Model(disk if memory is None else memory, lambda: self.diary.append(f"-{id}"))

        return self.residency.acquire(spec, load)


@pytest.fixture
def house() -> House:
    return House()


def test_reuses_what_is_there(house: House) -> None:
    assert house.acquire("a", 50) is house.acquire("a", 50)
    assert house.diary == ["+a"]


def test_another_lender_or_wish_is_another_load(house: House) -> None:
    house.acquire("a", 50)
    house.acquire("a", 50, wish=Wish(precision="bfloat16"))
    house.acquire("a", 50, wish=Wish(precision="bfloat16"), lender="/b")
    assert house.diary == ["+a", "-a", "+a", "-a", "+a"]


def test_the_least_recently_used_goes_before_the_next_is_loaded(house: House) -> None:
    house.acquire("a", 40)
    house.acquire("b", 40)
    house.acquire("a", 40)
    house.acquire("c", 40)
    assert house.diary == ["+a", "+b", "-b", "+c"]
    assert house.residency.models == ("a", "c")
    assert house.residency.held_bytes == 80


def test_measured_size_counts_not_the_size_on_disk(house: House) -> None:
    house.acquire("a", 40)
    house.acquire("b", 40, memory=80)  # larger than it looked: the other goes afterwards
    assert house.diary == ["+a", "+b", "-a"]
    house.residency.release()
    house.acquire("a", 40)
    house.acquire("b", 40, memory=80)  # and now it is known beforehand
    assert house.diary[-3:] == ["+a", "-a", "+b"]


def test_a_model_that_grows_pushes_others_out_when_it_is_used_again(house: House) -> None:
    model = house.acquire("a", 40)
    house.acquire("b", 40)
    model.size_bytes = 70
    house.acquire("a", 40)
    assert house.residency.models == ("a",)


def test_a_model_beyond_the_budget_is_loaded_alone(house: House) -> None:
    house.acquire("a", 40)
    house.acquire("giant", 500)
    assert house.residency.models == ("giant",)
    assert house.residency.held_bytes == 500


def test_changed_files_are_loaded_anew(house: House) -> None:
    house.acquire("a", 40, fingerprint="monday")
    house.acquire("a", 40, fingerprint="tuesday")
    assert house.diary == ["+a", "-a", "+a"]


def test_a_load_that_fails_leaves_the_house_in_order(house: House) -> None:
    house.acquire("a", 40)
    spec = ModelSpec(id="b", name="b", family="fake", base="", abilities=(), path="b", size_bytes=40)

    def fails() -> Loaded:
        raise MemoryError

    with pytest.raises(MemoryError):
        house.residency.acquire(spec, fails)
    assert house.residency.models == ("a",)
    assert not house.residency.holds(spec)
    assert house.residency.holds_others(spec)
    house.residency.release_others(spec)
    assert house.residency.held_bytes == 0
    house.acquire("b", 40)


def test_a_release_that_fails_is_still_a_release(house: House) -> None:
    def fails() -> None:
        raise RuntimeError("device lost")

    house.acquire("a", 10)
    bad = house.acquire("b", 10)
    bad.release = fails
    house.acquire("c", 10)
    with pytest.raises(RuntimeError):
        house.residency.release()
    assert house.residency.models == ()
    assert {"-a", "-c"} <= set(house.diary)


def test_release_by_name(house: House) -> None:
    house.acquire("a", 10)
    house.acquire("b", 10)
    house.residency.release("a")
    house.residency.release("unknown")
    assert house.diary == ["+a", "+b", "-a"]
