"""Every way of remembering: what is kept from one answer to the next is answered as if it were read anew."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from studio.catalog.inspect import inspect_model
from studio.core.jobs import ReadContext, Reply
from studio.core.messages import ContextRead, FromWorker, Result, Stage, Tokens
from studio.core.plain_text import clean_text
from studio.core.sampling import Sampling
from studio.core.turns import ChatTurn
from studio.runtime.cancel import Stopped
from studio.runtime.desk import Desk
from studio.runtime.families import language
from studio.runtime.residency import LoadContext
from studio.runtime.text.ahead import read_context
from studio.runtime.text.load import LoadedText
from studio.runtime.text.prompt import build_prompt
from studio.runtime.text.stream import TextStream
from studio.runtime.text.template import PLAIN_STOPS
from tests.runtime.stops import StopAfter
from tests.zoo.talkers import TALKERS, talker

GREEDY = Sampling(temperature=0.0, max_new_tokens=20)
QUICK = "LlamaForCausalLM"
EVERY = [name if name == QUICK else pytest.param(name, marks=pytest.mark.long) for name in TALKERS]
# These keep their state in ways of their own, and read all of a prompt each time.
FORGETFUL = ("MambaForCausalLM", "RecurrentGemmaForCausalLM")
LONG = "a small house under the old tree, snow on the hills, 山脚下有一座小房子 🦊 " * 4


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    root = tmp_path_factory.mktemp("talkers")
    return lambda name: root / name if (root / name).exists() else talker(root / name, name)


@pytest.fixture
def model(made: Callable[[str], Path]) -> Callable[[str], LoadedText]:
    def load(name: str) -> LoadedText:
        path = made(name)
        loaded = language.load(inspect_model(path), LoadContext(Desk("job", path, [].append), 1 << 40))
        loaded.context_length = 2048
        return loaded

    return load


def order(loaded: LoadedText, turns: list[ChatTurn]) -> Reply:
    spec = inspect_model(Path(loaded.model.name_or_path))
    return Reply(id="j", model=spec, conversation="c", message="m", turns=tuple(turns), sampling=GREEDY)


def answer(loaded: LoadedText, turns: list[ChatTurn], desk: Desk | None = None) -> Result:
    return language.reply(loaded, order(loaded, turns), desk or Desk("job", Path(), [].append))


def checked(loaded: LoadedText, turns: list[ChatTurn]) -> Result:
    """The answer, which is what the model writes with nothing in mind, in pieces that are whole."""
    sent = list[FromWorker]()
    result = answer(loaded, turns, Desk("job", Path(), sent.append))
    prompt = build_prompt(loaded, order(loaded, turns), Desk("job", Path(), [].append))
    ids = torch.tensor([prompt.ids])
    with torch.inference_mode():
        bare = loaded.model.generate(
            ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=20
        )[0, len(prompt.ids) :]
    stream = TextStream(loaded.tokenizer, () if loaded.tokenizer.chat_template else PLAIN_STOPS)
    ends = loaded.model.generation_config.eos_token_id
    pieces = [stream.add(token) for token in bare.tolist() if token not in ends and not stream.stopped]
    expected = "".join([*pieces, stream.finish(cut=result.finish == "length")])
    # A line may end with one piece and begin with the next.
    assert result.text.split() == clean_text(expected).split()
    assert "".join(one.text for one in sent if isinstance(one, Tokens)) == result.text
    return result


def look_ahead(loaded: LoadedText, turns: list[ChatTurn], desk: Desk | None = None) -> None:
    job = ReadContext(
        id="a",
        model=order(loaded, turns).model,
        conversation="c",
        turns=tuple(turns),
        sampling=GREEDY,
        ahead=True,
    )
    read_context(loaded, job, desk or Desk("a", Path(), [].append))


def user(text: str) -> ChatTurn:
    return ChatTurn("user", text)


def told(result: Result) -> ChatTurn:
    return ChatTurn("assistant", result.text)


@pytest.mark.parametrize("name", EVERY)
def test_three_turns_an_edit_and_the_way_back(model: Callable[[str], LoadedText], name: str) -> None:
    loaded = model(name)
    talk = [user(f"你好 👩‍🚀 {LONG}")]
    talk += [told(checked(loaded, talk)), user(f"and then? {LONG}")]
    talk += [told(checked(loaded, talk)), user("why?")]
    third = checked(loaded, talk)
    edited = [*talk[:2], user("something else")]
    second = checked(loaded, edited)
    fourth = checked(loaded, [*talk, told(third), user("and now?")])
    again = checked(loaded, edited)
    branch = checked(loaded, [*edited, told(second), user("go on")])
    assert again.text == second.text
    if name in FORGETFUL:
        return
    for result in (third, second, fourth, again, branch):
        assert result.figures.cached_tokens > 130, "nothing was kept"
    # What is behind the edit is still known.
    assert fourth.figures.prompt_tokens - fourth.figures.cached_tokens < 120


@pytest.mark.parametrize("name", EVERY)
def test_what_was_read_ahead_is_answered_at_once_and_the_same(
    model: Callable[[str], LoadedText], name: str
) -> None:
    loaded = model(name)
    talk = [user(LONG)]
    talk.append(told(answer(loaded, talk)))
    for typed in ("wh", "what is in", f"what is in the {LONG}"):
        look_ahead(loaded, [*talk, user(typed)])
    result = checked(loaded, [*talk, user(f"what is in the {LONG}")])
    if name not in FORGETFUL:
        assert result.figures.cached_tokens == result.figures.prompt_tokens
    again = checked(loaded, [*talk, user(f"what is in the {LONG}")])
    assert again.figures.cached_tokens == result.figures.cached_tokens
    look_ahead(loaded, [*talk, user(f"never asked {LONG}")])
    result = checked(loaded, [*talk, user("hello")])
    assert name in FORGETFUL or result.figures.cached_tokens > 130


@pytest.mark.parametrize("looks", (3, 6))
@pytest.mark.parametrize("name", EVERY)
def test_a_stop_while_reading_ahead_leaves_no_trace(
    model: Callable[[str], LoadedText], name: str, looks: int
) -> None:
    loaded = model(name)
    talk = [user(LONG)]
    talk += [told(answer(loaded, talk)), user(f"what is in the {LONG * 2}")]
    stop = StopAfter(Stage.READING, looks)
    stop.desk = desk = Desk("job", Path(), [].append, stop)
    if name in FORGETFUL:
        look_ahead(loaded, talk, desk)
    else:
        with pytest.raises(Stopped):
            look_ahead(loaded, talk, desk)
    checked(loaded, talk)
    checked(loaded, [*talk[:2], user("hello")])


def test_counting_alone_reads_nothing(model: Callable[[str], LoadedText]) -> None:
    loaded, sent = model(QUICK), list[FromWorker]()
    job = ReadContext(
        id="a", model=order(loaded, [user("x")]).model, conversation="c", turns=(user(LONG),), sampling=GREEDY
    )
    read_context(loaded, job, Desk("a", Path(), sent.append))
    [counted] = [one for one in sent if isinstance(one, ContextRead)]
    assert counted.use.total == answer(loaded, [user(LONG)]).figures.prompt_tokens
    assert counted.use.limit == 2048 and counted.use.room == 20
    assert answer(loaded, [user("hello")]).figures.cached_tokens < 20


def test_branches_go_when_there_is_no_room_for_them(model: Callable[[str], LoadedText]) -> None:
    loaded = model(QUICK)
    talks = [[user(f"{number} {LONG}")] for number in range(4)]
    answer(loaded, talks[0])
    one = loaded.cache.size_bytes
    loaded.cache.room_bytes = int(2.5 * one)
    for talk in talks[1:]:
        answer(loaded, talk)
    assert 2.9 * one < loaded.cache.size_bytes < 3.6 * one
    assert checked(loaded, talks[2]).figures.cached_tokens > 100
    assert checked(loaded, talks[0]).figures.cached_tokens < 20


def test_branches_go_when_the_budget_has_no_room_for_them(model: Callable[[str], LoadedText]) -> None:
    loaded = model(QUICK)
    talks = [[user(f"{number} {LONG}")] for number in range(3)]
    weights = loaded.size_bytes
    answer(loaded, talks[0])
    one = loaded.size_bytes - weights
    loaded.hold_within(weights + int(2.5 * one))
    for talk in talks[1:]:
        answer(loaded, talk)
        assert loaded.size_bytes <= weights + 2.5 * one
    assert checked(loaded, talks[1]).figures.cached_tokens > 100
    assert checked(loaded, talks[0]).figures.cached_tokens < 20
    loaded.hold_within(1)
    assert checked(loaded, [*talks[0], told(answer(loaded, talks[0])), user("and?")]).text
    assert not loaded.cache._others and loaded.free_bytes < 0, "the one at work is kept all the same"


def test_what_was_only_guessed_is_taken_back(model: Callable[[str], LoadedText]) -> None:
    loaded, talk = model(QUICK), [user(LONG)]
    answer(loaded, talk)
    right = loaded.cache.ids[:-5]
    loaded.cache.settle(right, even=False)
    assert loaded.cache.ids == right
    assert {layer.get_seq_length() for layer in loaded.cache.cache.layers} == {len(right)}
    checked(loaded, talk)


def test_the_same_answer_again_is_kept_once(model: Callable[[str], LoadedText]) -> None:
    loaded = model(QUICK)
    answer(loaded, [user(LONG)])
    one = loaded.cache.size_bytes
    for _ in range(3):
        answer(loaded, [user(LONG)])
    assert loaded.cache.size_bytes < 1.1 * one


def test_what_two_branches_have_in_common_lies_in_memory_once(
    model: Callable[[str], LoadedText],
) -> None:
    loaded = model(QUICK)
    answer(loaded, [user(LONG)])
    before, ids = loaded.cache.size_bytes, list(loaded.cache.ids)
    assert loaded.cache.begin(ids[:-30]) == len(ids) - 31
    assert loaded.cache.size_bytes < 1.1 * before, "the end of the other alone was put aside"
    assert loaded.cache.begin([*ids, 5]) == len(ids), "the other one is still whole"


@pytest.mark.parametrize("name", ["Qwen3_5ForCausalLM", "Gemma3ForCausalLM"])
def test_the_marks_of_a_long_talk_are_bounded(model: Callable[[str], LoadedText], name: str) -> None:
    loaded, talk = model(name), [user(LONG)]
    loaded.cache.room_bytes = 1
    for _ in range(4):
        talk += [told(answer(loaded, talk)), user("and?")]
    few = loaded.cache.size_bytes
    loaded.cache.clear()
    loaded.cache.room_bytes = 1 << 30
    answer(loaded, talk)
    assert few < 1.8 * loaded.cache.size_bytes
    checked(loaded, talk)
