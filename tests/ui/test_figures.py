"""Numbers as people read them, in both languages."""

import pytest

from studio.ui import figures
from studio.ui.i18n import Language

NOON = 1_767_960_000.0
DAY = 86_400


@pytest.fixture(params=["en", "zh"])
def language(qapp, request):
    made = Language(qapp, request.param)
    yield request.param
    made.choose("en")
    made.deleteLater()


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (24_300_000, "23.2 MB"),
        (999 * 1024**2, "999 MB"),
        (1000 * 1024**2, "1.0 GB"),
        (6_900_000_000, "6.4 GB"),
        (3 * 1024**4, "3.0 TB"),
    ],
)
def test_sizes(amount, words):
    assert figures.size(amount) == words


def test_a_moment_tells_the_time_as_the_clock_does(language):
    assert figures.moment(NOON).endswith(f" {figures.clock(NOON)}")


def test_memory_is_told_in_the_unit_of_the_whole():
    assert figures.memory(0, 0) == "0 B"
    assert figures.memory(22 * 1024**2, 12 * 1024**3) == "22.0 MB / 12 GB"
    assert figures.memory(9 * 1024**3, 12 * 1024**3) == "9.0 / 12 GB"
    assert figures.memory(100 * 1024**2, 800 * 1024**2) == "100 / 800 MB"


def test_durations(language):
    said = [figures.duration(seconds) for seconds in (11.42, 59.9, 300, 9000)]
    expected = {
        "en": ["11.4 s", "59.9 s", "5 min", "2 h 30 min"],
        "zh": ["11.4 秒", "59.9 秒", "5 分钟", "2 小时 30 分钟"],
    }
    assert said == expected[language]


def test_time_left_never_ends_early(language):
    assert figures.time_left(27.1) == {"en": "28 s left", "zh": "还剩 28 秒"}[language]


def test_days(language):
    said = [figures.day(NOON - gone * DAY, NOON) for gone in (0, 1, 3, 400)]
    expected = {
        "en": ["Today", "Yesterday", "6 January", "5 December 2024"],
        "zh": ["今天", "昨天", "1月6日", "2024年12月5日"],
    }
    assert said == expected[language]


def test_the_clock_of_another_day_has_its_date(language):
    said = [figures.when(NOON - gone * DAY, NOON) for gone in (0, 3, 400)]
    at = figures.clock(NOON)
    expected = {
        "en": [at, f"6 Jan {at}", f"5 Dec 2024 {at}"],
        "zh": [at, f"1月6日 {at}", f"2024年12月5日 {at}"],
    }
    assert said == expected[language]


def test_counts_are_grouped(language):
    assert figures.count(12_408) == "12,408"
