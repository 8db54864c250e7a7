"""When a job that was told to stop counts as deaf, with a clock that the test turns."""

import pytest

from studio.core.messages import Begun, Phase, Pulse, Stage
from studio.engine.patience import Patience


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def patience(clock: Clock) -> Patience:
    patience = Patience(3.0, clock)
    patience.begin("slow model")
    patience.heard(Begun(job="j"))
    return patience


def hear(patience: Patience, clock: Clock, *silences: float) -> None:
    for seconds in silences:
        clock.now += seconds
        patience.heard(Pulse(job="j"))


def test_a_job_may_be_silent_for_ever_until_it_is_told_to_stop(patience: Patience, clock: Clock) -> None:
    clock.now += 1000
    assert patience.seconds_left() is None


def test_a_fast_model_has_the_floor(patience: Patience, clock: Clock) -> None:
    hear(patience, clock, 0.1, 0.5)
    patience.stop_asked()
    assert patience.seconds_left() == 3.0
    clock.now += 2
    assert patience.seconds_left() == 1.0
    clock.now += 2
    assert patience.seconds_left() == 0.0


def test_a_slow_model_has_four_times_its_longest_silence_also_in_later_jobs(
    patience: Patience, clock: Clock
) -> None:
    hear(patience, clock, 2, 5, 1)
    patience.end()
    patience.begin("slow model")
    patience.stop_asked()
    assert patience.seconds_left() == 20.0
    patience.begin("another model")
    patience.stop_asked()
    assert patience.seconds_left() == 3.0


def test_every_sign_of_life_begins_the_time_anew_and_a_second_stop_does_not(
    patience: Patience, clock: Clock
) -> None:
    patience.stop_asked()
    clock.now += 2
    patience.stop_asked()
    assert patience.seconds_left() == 1.0
    hear(patience, clock, 0.5)
    assert patience.seconds_left() == 10.0  # the 2.5 s of silence were its pace


def test_the_time_before_the_stop_does_not_count(patience: Patience, clock: Clock) -> None:
    clock.now += 60
    patience.stop_asked()
    assert patience.seconds_left() == 3.0


def test_what_a_worker_does_before_it_begins_the_job_is_not_the_models_pace(
    patience: Patience, clock: Clock
) -> None:
    patience.begin("another model")
    hear(patience, clock, 20.0)
    clock.now += 30
    patience.heard(Begun(job="j"))
    assert patience.limit == 3.0
    hear(patience, clock, 2.0)
    assert patience.limit == 8.0


def test_importing_libraries_is_not_the_models_pace(patience: Patience, clock: Clock) -> None:
    patience.heard(Phase(job="j", stage=Stage.STARTING))
    hear(patience, clock, 30.0)
    assert patience.limit == 3.0
    hear(patience, clock, 2.0)
    assert patience.limit == 8.0


def test_libraries_are_imported_to_the_end_where_nobody_waits(patience: Patience) -> None:
    patience.begin("m", aside=True)
    patience.heard(Phase(job="j", stage=Stage.STARTING))
    patience.stop_asked()
    assert patience.seconds_left() == pytest.approx(60)
    patience.heard(Phase(job="j", stage=Stage.LOADING))
    assert patience.seconds_left() == 3.0


def test_whoever_stops_a_job_does_not_wait_for_libraries(patience: Patience, clock: Clock) -> None:
    patience.heard(Phase(job="j", stage=Stage.STARTING))
    patience.stop_asked()
    assert patience.seconds_left() == pytest.approx(0.3)
    patience.heard(Phase(job="j", stage=Stage.LOADING))
    assert patience.seconds_left() == 3.0
