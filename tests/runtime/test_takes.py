"""Several answers from one reading: each by itself, streamed, and ended by itself."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import torch
from transformers import AutoTokenizer

from studio.catalog.inspect import inspect_model
from studio.core.jobs import Reply
from studio.core.messages import Stage
from studio.core.sampling import Sampling
from studio.core.turns import ChatTurn
from studio.runtime.cancel import Stopped
from studio.runtime.desk import Desk
from studio.runtime.families import language
from studio.runtime.text.load import LoadedText
from tests import zoo
from tests.runtime.stops import StopAfter
from tests.runtime.texts import Asked, load

HOT = Sampling(temperature=1.2, top_p=0.95, max_new_tokens=20, seed=7)
BUILDERS = {"llama": zoo.llama, "gemma": zoo.gemma, "qwen": zoo.qwen}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    root = tmp_path_factory.mktemp("takes")

    def find(name: str) -> Path:
        path = root / name
        return path if path.exists() else BUILDERS[name](path)

    return find


@pytest.fixture
def model(folder: Callable[[str], Path]) -> Callable[[str], LoadedText]:
    return lambda name: load(folder(name))


@pytest.mark.parametrize("name", list(BUILDERS))
def test_each_take_is_the_answer_of_its_own_seed(model: Callable[[str], LoadedText], name: str) -> None:
    loaded = model(name)
    asked = Asked(loaded, "hello 你好", HOT, takes=3)
    alone = [Asked(model(name), "hello 你好", replaced(HOT, seed=7 + take)).result.text for take in range(3)]
    assert asked.texts == alone and len(set(alone)) == 3
    assert asked.result.text == alone[0]
    # What is kept is the prompt, and the next answer to it is the same as if it were read anew.
    again = Asked(loaded, "hello 你好", HOT)
    assert again.result.text == alone[0]
    assert again.result.figures.cached_tokens > 0 or name == "qwen"  # whose state cannot go back by a token


def test_without_memory_for_all_of_them_they_are_written_one_after_another(
    model: Callable[[str], LoadedText], monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = Asked(model("llama"), "hello 你好", HOT, takes=3)
    monkeypatch.setattr("studio.runtime.text.decoding.spread", None)
    loaded = model("llama")
    loaded.hold_within(loaded.size_bytes + 1000)
    one_by_one = Asked(loaded, "hello 你好", HOT, takes=3)
    assert one_by_one.texts == beside.texts and one_by_one.ended == beside.ended
    assert one_by_one.result.figures.prompt_tokens == beside.result.figures.prompt_tokens


def test_takes_end_by_themselves_and_the_last_with_the_job(model: Callable[[str], LoadedText]) -> None:
    loaded = model("llama")
    texts = Asked(loaded, "hello", HOT, takes=3).texts
    stop = texts[1][3:6]
    assert stop not in texts[0] and stop not in texts[2]
    asked = Asked(loaded, "hello", replaced(HOT, stop=(stop,)), takes=3)
    assert asked.texts == [texts[0], texts[1][: texts[1].index(stop)], texts[2]]
    assert asked.ended == {1: "stop", 0: "length"} and asked.result.finish == "length"
    assert asked.result.figures.tokens < 60


def test_a_model_with_a_state_of_its_own_answers_one_after_another(
    model: Callable[[str], LoadedText],
) -> None:
    loaded = model("llama")
    expected = Asked(loaded, "hello", HOT, takes=2).texts
    fresh = model("llama")
    fresh.cache._usable, fresh.cache._work = False, None
    asked = Asked(fresh, "hello", HOT, takes=2)
    assert asked.texts == expected and list(asked.ended) == [0] and asked.result.finish


def test_takes_without_chance_are_all_the_same(model: Callable[[str], LoadedText]) -> None:
    texts = Asked(model("llama"), "hello", Sampling(temperature=0.0, max_new_tokens=8), takes=3).texts
    assert len(texts) == 3 and len(set(texts)) == 1


def test_a_stop_among_takes_leaves_what_was_said(model: Callable[[str], LoadedText]) -> None:
    loaded = model("llama")
    stop = StopAfter(Stage.WRITING, looks=6)
    sent: list[object] = []
    stop.desk = desk = Desk("job", Path(), sent.append, stop)
    job = Asked(loaded, "hello", HOT, takes=2)
    with pytest.raises(Stopped):
        language.reply(loaded, order(loaded, takes=2), desk)
    assert desk.text and job.texts[0].startswith(desk.text)
    assert Asked(loaded, "hello", HOT).result.text == job.texts[0]


def test_an_answer_of_one_token(model: Callable[[str], LoadedText]) -> None:
    asked = Asked(model("llama"), "hello", replaced(HOT, max_new_tokens=1), takes=3)
    assert asked.result.figures.tokens == 3 and asked.result.finish == "length"
    assert asked.ended == {0: "length", 1: "length"}


def test_an_answer_of_nothing_is_told(model: Callable[[str], LoadedText]) -> None:
    loaded = model("llama")
    head = torch.nn.Linear(32, zoo.VOCABULARY)
    torch.nn.init.zeros_(head.weight)
    torch.nn.init.zeros_(head.bias)
    head.bias.data[loaded.model.generation_config.eos_token_id[0]] = 50.0
    loaded.model.lm_head = head
    for takes in (1, 3):
        asked = Asked(loaded, "hello", HOT, takes=takes)
        assert asked.texts == [] and asked.result.finish == "stop" and "answer_empty" in asked.notes


def test_tokens_that_the_model_has_no_place_for_are_letters(tmp_path: Path) -> None:
    path = zoo.llama(tmp_path / "model")
    tokenizer = AutoTokenizer.from_pretrained(path)
    tokenizer.add_tokens(["<new>", "<newer> one"])
    tokenizer.save_pretrained(path)
    asked = Asked(load(path), "hello <new> and <newer> one", replaced(HOT, banned=("one", "<new>")))
    assert asked.result.text and asked.result.finish == "length"


def test_a_list_that_bans_everything_leaves_an_empty_answer(model: Callable[[str], LoadedText]) -> None:
    loaded = model("llama")
    every = tuple(chr(code) for code in range(1, 256))
    banned = replaced(HOT, banned=every, max_new_tokens=40)
    asked = Asked(loaded, "hello", banned, takes=2)
    assert not any(letter in text for text in asked.texts for letter in every)


@pytest.mark.parametrize("takes", [1, 3])
def test_all_controls_go_together(model: Callable[[str], LoadedText], takes: int) -> None:
    loaded = model("llama")
    plain = Asked(loaded, "hello", HOT, takes=takes).texts
    phrase = plain[0].strip()[2:5]
    asked = Asked(
        loaded,
        "hello",
        replaced(
            HOT,
            dry_multiplier=0.8,
            xtc_probability=0.5,
            xtc_threshold=0.02,
            repetition_penalty=1.1,
            min_p=0.01,
            top_k=60,
            banned=(phrase.upper(), "sea"),
        ),
        takes=takes,
    )
    assert all(phrase.lower() not in text.lower() for text in asked.texts) and asked.texts != plain


def replaced(sampling: Sampling, **changes: object) -> Sampling:
    return msgspec.structs.replace(sampling, **changes)


def order(loaded: LoadedText, takes: int) -> Reply:
    return Reply(
        id="job",
        model=inspect_model(Path(loaded.model.name_or_path)),
        conversation="c",
        message="m",
        takes=tuple(f"m{take}" for take in range(1, takes)),
        turns=(ChatTurn("user", "hello"),),
        sampling=HOT,
    )
