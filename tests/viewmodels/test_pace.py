"""Time left is measured, over all pictures of a job, and never given for text."""

import msgspec
import pytest

from studio.core.jobs import GenerateImages, Reply
from studio.core.messages import Phase, Stage
from studio.core.turns import ChatTurn
from studio.viewmodels.pace import Pace
from tests.ui.fake_session import POSTCARDS, SCRIBE

PICTURES = GenerateImages(id="a", model=POSTCARDS, prompt="a boat", seed=1, num_images=4)
ANSWER = Reply(
    id="b", model=SCRIBE, conversation="c", message="m", turns=(ChatTurn(role="user", content="Hello"),)
)


def denoising(done: int, index: int = 0, count: int = 2) -> Phase:
    return Phase(job="a", stage=Stage.DENOISING, done=done, total=20, index=index, count=count)


def at(pace: Pace, phase: Phase, now: float) -> tuple[float | None, float | None]:
    return pace.share(phase), pace.seconds_left(phase, now)


def test_loading_is_measured_in_bytes_and_does_not_count_for_denoising():
    pace = Pace(PICTURES)
    loading = [Phase(job="a", stage=Stage.LOADING, done=done, total=100) for done in (10, 60)]
    assert at(pace, loading[0], 0.0) == (0.1, None)
    assert at(pace, loading[1], 5.0) == (0.6, pytest.approx(4.0))
    assert at(pace, denoising(0), 6.0) == (0.0, None)


def test_denoising_counts_every_batch():
    pace = Pace(PICTURES)
    at(pace, denoising(0), 0.0)
    assert at(pace, denoising(1), 0.5) == (pytest.approx(0.025), None)  # too early to say
    assert at(pace, denoising(10), 10.0) == (pytest.approx(0.25), pytest.approx(30.0))
    decoding = Phase(job="a", stage=Stage.DECODING, done=0, total=2)
    assert at(pace, decoding, 21.0) == (pytest.approx(0.25), None)
    assert at(pace, denoising(10, index=2), 30.0) == (pytest.approx(0.75), pytest.approx(10.0))


def test_what_was_made_before_counts_for_nothing():
    pace = Pace(msgspec.structs.replace(PICTURES, first=1, made=(2,)))
    assert pace.share(denoising(10, index=1, count=1)) == pytest.approx(0.25)
    assert pace.share(denoising(10, index=3, count=1)) == pytest.approx(0.75)


def test_text_has_a_share_of_its_tokens_and_no_time():
    pace = Pace(ANSWER)
    for now, done in enumerate((10, 60, 128)):
        writing = Phase(job="b", stage=Stage.WRITING, done=done, total=256)
        assert at(pace, writing, float(10 * now)) == (done / 256, None)


def test_a_phase_without_an_end_has_no_share():
    assert at(Pace(PICTURES), Phase(job="a", stage=Stage.ENCODING), 0.0) == (None, None)
