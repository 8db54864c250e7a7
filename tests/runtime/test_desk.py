"""The desk's pace and its memory, with a clock that the test turns."""

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from studio.core.messages import Note, Phase, Preview, Pulse, Result, Saved, Stage, Tokens
from studio.runtime.cancel import Stopped
from studio.runtime.desk import Desk
from tests.runtime.told import tokens_in


class Bench:
    """A desk, what it sent, and its time."""

    def __init__(self, staging: Path) -> None:
        self.now = 0.0
        self.sent: list[Any] = []
        self.desk = Desk("j", staging, self.sent.append, clock=lambda: self.now)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_pulses_only_into_silence(bench: Bench) -> None:
    for _ in range(100):  # ten seconds of blocks
        bench.now += 0.1
        bench.desk.check()
    assert bench.sent == [Pulse(job="j")] * 33
    bench.sent.clear()
    bench.desk.phase(Stage.DENOISING, 1, 4)
    bench.now += 0.2
    bench.desk.check()
    assert [type(message) for message in bench.sent] == [Phase]


@pytest.mark.parametrize("call", ["check", "phase"])
def test_a_stop_is_raised_where_the_job_looks(bench: Bench, call: str) -> None:
    bench.desk.cancelled.set()
    with pytest.raises(Stopped):
        bench.desk.check() if call == "check" else bench.desk.phase(Stage.DENOISING)
    bench.desk.tokens("the rest", 1)  # never cuts a streamer in two
    bench.desk.saved(0, Path("/a.png"), "a", 8, 8, 1)  # what is whole on disk is told
    assert [type(message) for message in bench.sent] == [Tokens, Saved]


def test_phases_keep_their_first_and_last_step(bench: Bench) -> None:
    for step in range(101):
        bench.desk.phase(Stage.DENOISING, step, 100)
        bench.now += 0.001
    bench.desk.phase(Stage.DENOISING, 0, 100, index=4)
    bench.desk.phase(Stage.DECODING)
    told = [(phase.stage, phase.done, phase.index) for phase in bench.sent]
    assert told[0] == (Stage.DENOISING, 0, 0)
    assert told[-3:] == [(Stage.DENOISING, 100, 0), (Stage.DENOISING, 0, 4), (Stage.DECODING, 0, 0)]
    assert len(told) < 8
    assert bench.desk.stage is Stage.DECODING


def test_tokens_are_batched_and_none_is_lost(bench: Bench) -> None:
    for count in range(1, 301):  # three seconds of a hundred tokens each
        bench.desk.tokens(f"{count} ", count)
        bench.now += 0.01
    result = bench.desk.result(finish="stop")
    text = "".join(f"{count} " for count in range(1, 301))
    assert "".join(message.text for message in bench.sent) == result.text == text
    assert (bench.sent[0].text, bench.sent[-1].count) == ("1 ", 300)  # the first one at once
    assert 70 <= len(bench.sent) <= 91


def test_what_several_takes_say_is_told_together(bench: Bench) -> None:
    for count in range(1, 61):
        for take in range(5):
            bench.desk.tokens(f"{take}.{count} ", count, take)
        bench.now += 0.01
    bench.desk.flush()
    assert len(bench.sent) <= 21 and len(bench.sent[1].each) == 5
    texts = dict.fromkeys(range(5), "")
    for tokens in tokens_in(bench.sent):
        texts[tokens.take] += tokens.text
    assert texts == {take: "".join(f"{take}.{count} " for count in range(1, 61)) for take in range(5)}


def test_text_that_cannot_be_sent_or_deceives_the_eye_is_cleaned(bench: Bench) -> None:
    bench.desk.tokens("a\ud800b\x00c\u202ed\n", 1)
    assert bench.desk.text == "abcd\n"


def test_a_result_says_what_was_saved_noted_and_measured(bench: Bench) -> None:
    assert not bench.desk.delivered
    bench.desk.note("size_changed", width=64, height=64, asked="72x72")
    bench.desk.note("negative_unused")
    bench.desk.note("negative_unused")
    with bench.desk.timed("denoise_seconds"):
        bench.now += 2
    with pytest.raises(Stopped), bench.desk.timed("denoise_seconds"):
        bench.now += 1
        raise Stopped
    bench.desk.measure(steps=20)
    bench.desk.saved(0, Path("/a.png"), "a", 64, 64, 2**64 - 1)
    result = bench.desk.result()
    assert bench.desk.delivered
    assert isinstance(result, Result)
    assert result.notes == (
        Note(code="size_changed", params={"width": 64, "height": 64, "asked": "72x72"}),
        Note(code="negative_unused"),
    )
    assert result.pictures == 1
    assert (result.figures.seconds, result.figures.denoise_seconds, result.figures.steps) == (3, 3, 20)


def test_previews_are_small_jpegs_at_a_gentle_pace(bench: Bench) -> None:
    assert bench.desk.wants_preview()
    picture = Image.new("RGBA", (2048, 1024), (200, 30, 30, 255))
    bench.desk.preview(1, 5, picture)
    assert not bench.desk.wants_preview()
    bench.now += 0.3
    assert bench.desk.wants_preview()
    (preview,) = bench.sent
    assert isinstance(preview, Preview)
    assert (preview.index, preview.step) == (1, 5)
    with Image.open(io.BytesIO(preview.jpeg)) as small:
        assert (small.format, small.size) == ("JPEG", (512, 256))
    assert picture.size == (2048, 1024)
