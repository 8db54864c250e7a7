"""Estimates corrected by jobs: by the one next in size, within bounds, kept in a file that may be lost."""

from pathlib import Path

import pytest

from studio.catalog.measured import Measured, Measurements, load_measurements, save_measurements
from studio.core.messages import Device

CPU = Device(kind="cpu", name="Processor", total_bytes=16, free_bytes=8)


def test_the_job_next_in_size_corrects() -> None:
    known = Measured().with_job("plan", 1000, 1100).with_job("plan", 4000, 6000)
    assert known.corrected("plan", 1000) == (1100, True)
    assert known.corrected("plan", 1050) == (1155, True)
    assert known.corrected("plan", 2000) == (2200, False)
    assert known.corrected("plan", 4000) == (6000, True)
    assert known.corrected("another", 1000) == (1000, False)


@pytest.mark.parametrize(("measured", "corrected"), [(10, 500), (90_000, 2000)])
def test_a_measurement_far_off_is_not_believed(measured: int, corrected: int) -> None:
    assert Measured().with_job("plan", 1000, measured).corrected("plan", 1000)[0] == corrected


def test_the_newest_of_a_size_counts_and_no_more_are_kept_than_needed() -> None:
    known = Measured().with_job("plan", 1000, 1500).with_job("plan", 1000, 1200)
    assert known.corrected("plan", 1000) == (1200, True)
    for size in range(1, 100):
        known = known.with_job("plan", size, size)
    assert len(known.taken["plan"]) == 16


def test_it_is_there_at_the_next_start(tmp_path: Path) -> None:
    file = tmp_path / "cache" / "measured.json"
    assert load_measurements(file) == Measurements()
    kept = Measurements(devices=(CPU,)).with_job("abc", "plan", 1000, 1200)
    save_measurements(file, kept)
    assert load_measurements(file) == kept
    assert [one.name for one in file.parent.iterdir()] == [file.name]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"version": 99}',
        '{"models": {"a": [{"plan": [[0, 5]]}]}}',
        '{"models": 3}',
        pytest.param('{"deep": ' + "[" * 5000 + "]" * 5000 + "}", id="deep"),
    ],
)
def test_a_damaged_file_counts_as_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "measured.json"
    file.write_text(text)
    assert load_measurements(file) == Measurements()
