"""The family without a model, as far as it is told to speak."""

import time
from pathlib import Path

import pytest

from studio.core.jobs import ReadContext, Reply
from studio.core.messages import ContextRead, FromWorker, TakeEnded, Tokens
from studio.core.model import ModelSpec
from studio.core.turns import AttachedText, ChatTurn
from studio.runtime.cancel import Stopped
from studio.runtime.desk import Desk
from studio.runtime.families import fake
from studio.runtime.residency import LoadContext
from tests.runtime.told import tokens_in

SPEC = ModelSpec(id="fake", name="Fake", family="fake", base="", abilities=(), path="", context_length=20)


def spoken(text: str, takes: tuple[str, ...] = ()) -> tuple[list[FromWorker], str]:
    sent = list[FromWorker]()
    desk = Desk("job", Path(), sent.append)
    turns = (ChatTurn("user", text),)
    job = Reply(id="job", model=SPEC, conversation="c", message="m", takes=takes, turns=turns)
    return sent, fake.reply(fake.load(SPEC, LoadContext(desk, 0)), job, desk).text


def test_several_answers_are_told_apart_and_end_one_by_one() -> None:
    sent, text = spoken("say hello there", ("b", "c"))
    texts = dict.fromkeys(range(3), "")
    for one in tokens_in(sent):
        texts[one.take] += one.text
    assert list(texts.values()) == [f"{number}: hello there " for number in (1, 2, 3)]
    assert text == texts[0]
    assert [(one.take, one.finish) for one in sent if isinstance(one, TakeEnded)] == [
        (0, "stop"),
        (1, "stop"),
    ]


def test_it_thinks_and_speaks_as_fast_as_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert spoken("think so; say yes")[1] == "<think>\nso \n</think>\n\nyes "
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    sent, text = spoken("rate 1 100")
    assert len(text.split()) == 100 and 90 < max(waited) < 100
    assert [one for one in sent if isinstance(one, Tokens)][-1].count == 100


def test_what_a_context_holds_is_counted_in_words() -> None:
    sent = list[FromWorker]()
    desk = Desk("job", Path(), sent.append)
    turns = (
        ChatTurn("system", "be brief", block="system"),
        ChatTurn("user", "one two three", message="old"),
        ChatTurn("user", "note x; say no", files=(AttachedText("a", "word " * 14),), message="new"),
    )
    loaded = fake.load(SPEC, LoadContext(desk, 0))
    for ahead in (False, True):
        job = ReadContext(id="job", model=SPEC, conversation="c", turns=turns, ahead=ahead)
        assert not fake.read_context(loaded, job, desk).text
    use = next(one.use for one in sent if isinstance(one, ContextRead))
    assert [(one.tokens, one.files, one.dropped) for one in use.turns] == [
        (2, 0, False), (3, 0, True), (4, 14, False),
    ]  # fmt: skip
    assert (use.total, use.limit, use.room, use.exact) == (20, 20, 0, True)
    assert [note.code for note in desk.notes] == ["x"]
    desk.cancelled.set()
    with pytest.raises(Stopped):
        fake.read_context(loaded, job, desk)
