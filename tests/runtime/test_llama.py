"""Real GGUF models through llama.cpp: the same answers as transformers gives, stops, memory between turns."""

import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest

pytest.importorskip("llama_cpp", reason="the extra `llama` (llama-cpp-python) is not installed")

from gguf import GGMLQuantizationType
from transformers import LlamaConfig, LlamaForCausalLM

from studio.catalog.inspect import inspect_model
from studio.catalog.main_memory import Memory
from studio.core.errors import (
    ContextFull,
    MemoryExhausted,
    ModelIncomplete,
    ModelUnreadable,
    ModelUnsupported,
    ModelWroteNothing,
    UnexpectedError,
)
from studio.core.jobs import ReadContext, Reply
from studio.core.messages import ContextRead, FromWorker, Phase, Result, Stage, TakeEnded, Tokens
from studio.core.model import ModelSpec
from studio.core.paths import resources_dir
from studio.core.sampling import Sampling
from studio.core.turns import ChatTurn
from studio.runtime.cancel import Stopped
from studio.runtime.desk import Desk
from studio.runtime.families import language, llama
from studio.runtime.llama import library, model
from studio.runtime.llama.model import CHUNK, LoadedLlama
from studio.runtime.residency import LoadContext
from tests import zoo
from tests.runtime.ggufs import convert, recurrent
from tests.runtime.stops import StopAfter
from tests.runtime.told import tokens_in

GREEDY = Sampling(temperature=0.0, max_new_tokens=24)
LONG = 4 * zoo.CONTEXT  # tokens that the tiny one reads when asked


class Held:
    """A loaded model with its spec."""

    def __init__(self, file: Path, desk: Desk | None = None, budget: int = 1 << 40) -> None:
        self.spec = inspect_model(file)
        self.loaded: LoadedLlama = llama.load(self.spec, LoadContext(desk or quiet(), budget))

    def answer(
        self, turns: list[ChatTurn] | str, sampling: Sampling = GREEDY, desk: Desk | None = None
    ) -> Result:
        turns = [user(turns)] if isinstance(turns, str) else turns
        return llama.reply(self.loaded, order(self.spec, turns, sampling), desk or quiet())


def quiet() -> Desk:
    return Desk("job", Path(), [].append)


def order(spec: ModelSpec, turns: list[ChatTurn], sampling: Sampling) -> Reply:
    return Reply(id="job", model=spec, conversation="c", message="m", turns=tuple(turns), sampling=sampling)


def user(text: str) -> ChatTurn:
    return ChatTurn("user", text)


def said(result: Result) -> ChatTurn:
    return ChatTurn("assistant", result.text)


def words(count: int, seed: int = 0) -> str:
    return " ".join(random.Random(seed).choices(zoo.CORPUS[0].split(), k=count))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return zoo.llama(tmp_path_factory.mktemp("folder") / "tiny")


@pytest.fixture(scope="module")
def tiny(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return convert(folder, tmp_path_factory.mktemp("tiny") / "tiny.gguf", context=LONG)


@pytest.fixture
def hold(tiny: Path) -> Iterator[Callable[..., Held]]:
    """Loads a file, the tiny one by default, and releases it."""
    every: list[Held] = []

    def load(file: Path = tiny, **more: Any) -> Held:
        every.append(Held(file, **more))
        return every[-1]

    yield load
    for one in every:
        one.loaded.release()


def test_a_model_in_parts_answers_as_it_does_whole(hold, folder: Path, tmp_path: Path) -> None:
    convert(folder, tmp_path / "tiny.gguf", context=LONG, part=10)
    first, *others = sorted(tmp_path.glob("*.gguf"))
    assert others and first.name.startswith("tiny-00001-of-")
    held = hold(first)
    assert held.spec.size_bytes == sum(file.stat().st_size for file in (first, *others))
    assert held.answer("hello").text == hold().answer("hello").text
    others[-1].unlink()
    with pytest.raises(ModelIncomplete):
        llama.load(held.spec, LoadContext(quiet(), 1 << 40))


@pytest.mark.parametrize("question", ["What can this studio do?", "写一个提示词：星空下的灯塔"])
def test_the_starter_answers_as_it_does_through_transformers(hold, tmp_path: Path, question: str) -> None:
    scribe = resources_dir() / "starter" / "scribe"
    spec = inspect_model(scribe)
    theirs = language.load(spec, LoadContext(quiet(), 1 << 40))
    expected = language.reply(theirs, order(spec, [user(question)], GREEDY), quiet())
    sent = list[FromWorker]()
    ours = hold(convert(scribe, tmp_path / "scribe.gguf"))
    result = ours.answer(question, desk=Desk("job", Path(), sent.append))
    assert (result.text, result.finish) == (expected.text, expected.finish) and result.text
    assert result.figures.prompt_tokens == expected.figures.prompt_tokens
    assert result.figures.tokens == expected.figures.tokens
    assert "".join(one.text for one in sent if isinstance(one, Tokens)) == result.text
    stages = [one.stage for one in sent if isinstance(one, Phase)]
    assert list(dict.fromkeys(stages)) == [Stage.READING, Stage.WRITING]


def test_a_packed_model_is_held_as_it_is_packed(hold, tmp_path: Path) -> None:
    scribe = resources_dir() / "starter" / "scribe"
    whole = hold(convert(scribe, tmp_path / "whole.gguf"))
    packed = hold(convert(scribe, tmp_path / "packed.gguf", packing=GGMLQuantizationType.Q8_0))
    assert packed.spec.precision == "Q8_0"
    assert packed.loaded.size_bytes < 0.3 * whole.loaded.size_bytes
    assert packed.answer("What can this studio do?").text.startswith("Atelier lets you make pictures")


def test_a_stop_string_ends_the_text_before_it(hold) -> None:
    whole = hold().answer("hello").text
    stop = whole[6:9]
    cut = hold().answer("hello", Sampling(temperature=0.0, max_new_tokens=24, stop=(stop, "xyz")))
    assert cut.text == whole[: whole.index(stop)] and cut.finish == "stop"


def test_what_two_turns_have_in_common_is_read_once_and_answered_the_same(hold) -> None:
    held, turns = hold(), list[ChatTurn]()
    for number in range(4):
        turns.append(user(f"{words(8, number)} 你好"))
        result = held.answer(turns)
        assert result.text == hold().answer(turns).text
        assert (result.figures.cached_tokens > 0) == (number > 0)
        assert result.figures.cached_tokens < result.figures.prompt_tokens
        turns.append(said(result))
    assert result.figures.cached_tokens > 0.5 * result.figures.prompt_tokens
    assert held.answer(turns[:-1]).figures.cached_tokens == result.figures.prompt_tokens - 1  # another take


def test_another_branch_or_conversation_is_never_answered_from_the_last_one(hold) -> None:
    held = hold()
    long = [user(words(30)), said(held.answer(words(30))), user(words(20, 1))]
    held.answer(long)
    for turns in ([user(words(30))], [*long[:2], user("hello")], [user("other")], long, long):
        assert held.answer(turns).text == hold().answer(turns).text


def stopping(stage: Stage, looks: int) -> Desk:
    stop = StopAfter(stage, looks)
    stop.desk = Desk("job", Path(), [].append, stop)
    return stop.desk


@pytest.mark.parametrize(
    ("stage", "looks"),
    [(Stage.READING, n) for n in (1, 9, 40, 200)] + [(Stage.WRITING, n) for n in (0, 9, 99)],
)
def test_a_stop_within_a_token_or_a_chunk_leaves_no_trace(hold, stage: Stage, looks: int) -> None:
    held = hold()
    turns = [user(words(20)), said(held.answer(words(20))), user(words(500, 1))]
    desk = stopping(stage, looks)
    with pytest.raises(Stopped):
        held.answer(turns, desk=desk)
    assert desk.stage == stage and bool(desk.text) <= (stage == Stage.WRITING)
    assert held.answer(turns).text == hold().answer(turns).text


def test_a_stop_in_the_middle_of_a_chunk_does_not_wait_for_its_end(hold) -> None:
    """The library looks before each step of its reckoning, of which a chunk has more than a hundred."""
    held, desk = hold(), stopping(Stage.READING, 30)
    with pytest.raises(Stopped):
        held.answer(words(150), desk=desk)
    assert held.loaded.ids == []


def test_a_long_prompt_is_read_in_pieces_that_are_kept_after_a_stop(hold) -> None:
    held, sent, turns = hold(), list[FromWorker](), [user(words(800))]
    with pytest.raises(Stopped):
        held.answer(turns, desk=stopping(Stage.READING, 120))
    result = held.answer(turns, desk=Desk("job", Path(), sent.append))
    assert 0 < result.figures.cached_tokens < result.figures.prompt_tokens
    assert result.figures.cached_tokens % CHUNK == 0
    assert result.text == hold().answer(turns).text
    told = [one.done for one in sent if isinstance(one, Phase) and one.stage == Stage.READING and one.total]
    assert told[-1] == result.figures.prompt_tokens


def test_a_state_that_cannot_go_back_goes_on_or_is_begun_anew(hold, folder: Path, tmp_path: Path) -> None:
    file = recurrent(folder, tmp_path / "mamba.gguf")
    held, turns = hold(file), [user(words(20))]
    first = held.answer(turns)
    for desk in (stopping(Stage.READING, 10), stopping(Stage.WRITING, 30)):
        with pytest.raises(Stopped):
            held.answer([user(words(30, 1))], desk=desk)
        assert held.answer(turns).text == first.text == hold(file).answer(turns).text
    again = held.answer(turns)
    assert (again.text, again.figures.cached_tokens) == (first.text, 0)
    more = [*turns, said(first), user("and?")]
    assert held.answer(more).text == hold(file).answer(more).text


def test_room_is_taken_when_it_is_needed(hold, folder: Path, tmp_path: Path) -> None:
    held = hold(convert(folder, tmp_path / "long.gguf", context=20_000))
    held.answer("hello")
    small = held.loaded.size_bytes
    long = [user(words(3000))]
    result = held.answer(long)
    assert result.figures.prompt_tokens > 4096 and held.loaded.size_bytes > small
    assert held.answer([*long, said(result), user("and?")]).figures.cached_tokens > 4096


def test_the_oldest_turns_go_when_the_context_is_full(hold, folder: Path, tmp_path: Path) -> None:
    held = hold(convert(folder, tmp_path / "short.gguf"))
    turns = [ChatTurn("system", "Be kind.")]
    for number in range(8):
        turns += [user(words(20, number)), ChatTurn("assistant", words(4, number))]
    result = held.answer([*turns, user("and?")])
    assert result.figures.prompt_tokens + result.figures.tokens <= zoo.CONTEXT
    assert [note.code for note in result.notes] == ["messages_dropped"]
    with pytest.raises(ContextFull) as caught:
        held.answer(words(400))
    assert caught.value.params["limit"] == zoo.CONTEXT


def test_sampling_follows_seed_and_wishes(hold) -> None:
    held = hold()
    hot = Sampling(
        temperature=1.5, top_p=0.95, top_k=50, min_p=0.01, repetition_penalty=1.1, max_new_tokens=24, seed=3
    )
    first = held.answer("hello", hot)
    assert first.text == held.answer("hello", hot).text and not first.notes
    for seed in (4, 3 + (1 << 32), 2**64 - 1):
        other = Sampling(temperature=1.5, max_new_tokens=24, seed=seed)
        assert first.text != held.answer("hello", other).text
    coldest = held.answer("hello", Sampling(temperature=0.0, top_p=0.5, max_new_tokens=24))
    assert [(note.code, note.params["name"]) for note in coldest.notes] == [("sampling_unused", "top_p")]
    one = held.answer("hello", Sampling(temperature=5.0, top_k=1, max_new_tokens=24))
    assert one.text == coldest.text == held.answer("hello").text


def test_repetition_is_held_against_the_prompt_too_as_transformers_does(hold, folder: Path) -> None:
    wishes = Sampling(temperature=0.0, repetition_penalty=1.8, max_new_tokens=12)
    spec = inspect_model(folder)
    theirs = language.load(spec, LoadContext(quiet(), 1 << 40))
    expected = language.reply(theirs, order(spec, [user("hello")], wishes), quiet())
    assert hold().answer("hello", wishes).text == expected.text != hold().answer("hello").text


@pytest.mark.parametrize(
    "template",
    [
        "{% for a in range(99999) %}{% for b in range(99999) %}{% set c = a %}{% endfor %}{% endfor %}",
        "{{ 1 / 0 }}",
        "{% for a in range(90000) %}{{ messages[0].content }}{% endfor %}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{% broken",
    ],
)
def test_a_template_in_the_file_is_run_as_foreign_code(
    hold, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, template: str
) -> None:
    monkeypatch.setattr("studio.runtime.text.template.SECONDS", 0.3)
    held = hold(convert(folder, tmp_path / "evil.gguf", template=template))
    result = held.answer([ChatTurn("system", "Be kind."), user("hello")])
    assert [note.code for note in result.notes] == ["template_unused"]
    assert result.figures.prompt_tokens == len(
        held.loaded.tokenizer("Be kind.\nUser: hello\nAssistant:", add_special_tokens=True).input_ids
    )


def test_a_template_has_what_transformers_gives_it(hold, folder: Path, tmp_path: Path) -> None:
    template = (
        "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no') }}{% endif %}"
        "{{ m.content | tojson }}{% if loop.last %}{% break %}{% endif %}{% endfor %}"
        "{{ strftime_now('%Y')[:2] }}{{ eos_token }}"
    )
    held = hold(convert(folder, tmp_path / "rich.gguf", template=template))
    result = held.answer([ChatTurn("system", "Be <kind>."), user("你好")])
    assert [note.code for note in result.notes] == ["system_folded"]
    text = held.loaded.tokenizer.apply_chat_template(
        [{"role": "user", "content": "<你好>"}], tokenize=False, add_generation_prompt=True
    )
    assert text == '"<你好>"20<|im_end|>'


# What goes wrong.


def test_a_kind_that_llama_cpp_does_not_know_is_named(folder: Path, tmp_path: Path) -> None:
    file = convert(folder, tmp_path / "new.gguf", architecture="nextgen")
    with pytest.raises(ModelUnsupported) as caught:
        Held(file)
    assert caught.value.params["kind"] == "nextgen"


def test_a_file_that_is_cut_or_lacks_a_tensor_is_damaged(tiny: Path, tmp_path: Path) -> None:
    data = tiny.read_bytes()
    spec = inspect_model(tiny)
    for name, damaged in {
        "cut": data[:-4000],
        "lacks": data.replace(b"blk.1.ffn_up", b"blk.1.ffn_xx"),
    }.items():
        file = tmp_path / f"{name}.gguf"
        file.write_bytes(damaged)
        with pytest.raises(ModelUnreadable):
            llama.load(
                ModelSpec(id="x", name="X", family="llama", base=spec.base, abilities=(), path=str(file)),
                LoadContext(quiet(), 1 << 40),
            )


def test_weights_that_are_not_numbers_give_an_error_and_no_text(hold, folder: Path, tmp_path: Path) -> None:
    held, sent = hold(convert(folder, tmp_path / "nan.gguf", spoil="blk.1.ffn_up.weight")), list[FromWorker]()
    for _ in range(2):
        with pytest.raises(ModelWroteNothing):
            held.answer("hello", desk=Desk("job", Path(), sent.append))
    assert not [one for one in sent if isinstance(one, Tokens)]


def test_memory_that_is_not_there_is_told_before_the_library_asks_for_it(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a control group has it, where there is one: what goes beyond is killed, not refused."""
    monkeypatch.setattr(model, "main_memory", lambda: Memory(total=1 << 40, free=1_000_000))
    with pytest.raises(MemoryExhausted):
        Held(tiny)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("ggml_backend_cpu_buffer_type_alloc_buffer: failed to allocate buffer of size 9", MemoryExhausted),
        ("ggml_backend_cuda_buffer_type_alloc_buffer: allocating 9 MiB: cudaMalloc failed: out of memory\n",
         MemoryExhausted),
        ("error loading model vocabulary: unknown pre-tokenizer type: 'new'", ModelUnsupported),
        ("tensor 'x' data is not within the file bounds, model is corrupted", ModelUnreadable),
    ],
)  # fmt: skip
def test_the_library_s_last_words_say_why(tiny: Path, words: str, expected: type[Exception]) -> None:
    library.quiet_library()
    library._hear(3, words[:20].encode(), None)
    library._hear(5, words[20:].encode(), None)
    assert isinstance(library.refusal(inspect_model(tiny), "x", Stage.LOADING), expected)
    later = library.refusal(inspect_model(tiny), "x", Stage.READING)
    assert isinstance(later, UnexpectedError if expected is ModelUnreadable else expected)


def test_loading_tells_how_far_it_is_and_can_be_stopped(hold, tiny: Path) -> None:
    sent = list[FromWorker]()
    hold(desk=Desk("job", Path(), sent.append))
    told = [one for one in sent if isinstance(one, Phase)]
    assert {one.stage for one in told} == {Stage.LOADING}
    assert (told[0].done, told[-1].done) == (0, told[-1].total) and told[-1].total == tiny.stat().st_size
    with pytest.raises(Stopped):
        Held(tiny, desk=stopping(Stage.LOADING, 1))
    hold().answer("hello")  # and nothing is the worse for it


def test_nothing_is_printed(hold, tiny: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    hold().answer("hello")
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(tiny.read_bytes().replace(b"blk.1.ffn_up", b"blk.1.ffn_xx"))
    with pytest.raises(ModelUnreadable):
        Held(broken)
    assert capfd.readouterr() == ("", "")


def test_release_gives_the_memory_back(tmp_path: Path, folder: Path) -> None:
    config = LlamaConfig(
        vocab_size=zoo.VOCABULARY, hidden_size=512, intermediate_size=2048, num_hidden_layers=8,
        num_attention_heads=8, num_key_value_heads=8, max_position_embeddings=16384,
    )  # fmt: skip
    big = tmp_path / "big"
    LlamaForCausalLM(config).save_pretrained(big)
    zoo.text_tokenizer().save_pretrained(big)
    file, process, grown = convert(big, tmp_path / "big.gguf"), psutil.Process(), list[int]()
    for _ in range(4):
        held = Held(file)
        held.answer("hello")
        assert held.loaded.size_bytes > 150 << 20
        held.loaded.release()
        grown.append(process.memory_info().rss)
    assert grown[-1] - grown[0] < 40 << 20


def test_the_library_needs_no_torch(tiny: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from studio.catalog.inspect import inspect_model;"
        "from studio.runtime.families import llama; from studio.runtime.desk import Desk;"
        "from studio.runtime.residency import LoadContext;"
        "llama.load(inspect_model(Path(sys.argv[1])), LoadContext(Desk('j', Path(), [].append), 1 << 40));"
        "print(sorted({'torch', 'transformers', 'diffusers'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tiny)], capture_output=True, text=True, check=True, env=os.environ
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


# Chat.


def words_of(sent: list[FromWorker]) -> dict[int, str]:
    texts: dict[int, str] = {}
    for one in tokens_in(sent):
        texts[one.take] = texts.get(one.take, "") + one.text
    return texts


def test_several_answers_come_from_one_reading(hold) -> None:
    held, sent = hold(), list[FromWorker]()
    hot = Sampling(temperature=1.5, max_new_tokens=12, seed=3)
    job = msgspec.structs.replace(order(held.spec, [user(words(40))], hot), takes=("b", "c"))
    desk = Desk("job", Path(), sent.append)
    result = llama.reply(held.loaded, job, desk)
    desk.flush()
    texts = words_of(sent)
    for take in range(3):
        alone = Sampling(temperature=1.5, max_new_tokens=12, seed=3 + take)
        assert texts[take] == hold().answer(words(40), alone).text
    assert len(set(texts.values())) == 3 and result.text == texts[0]
    assert [one.take for one in sent if isinstance(one, TakeEnded)] == [0, 1]
    assert 24 < result.figures.tokens <= 36


def test_an_answer_goes_on_where_it_was_cut(hold) -> None:
    held = hold()
    whole = held.answer("hello", Sampling(temperature=0.0, max_new_tokens=24)).text
    begun = held.answer("hello", Sampling(temperature=0.0, max_new_tokens=12)).text
    job = msgspec.structs.replace(
        order(held.spec, [user("hello")], Sampling(temperature=0.0, max_new_tokens=12)), begun=begun
    )
    rest = llama.reply(held.loaded, job, quiet())
    assert rest.text and rest.figures.cached_tokens > 0
    assert whole.startswith(begun)


def test_phrases_are_not_written_and_what_repeats_grows_unlikely(hold) -> None:
    held = hold()
    plain = held.answer("hello").text
    phrase = plain[4:8]
    banned = held.answer("hello", Sampling(temperature=0.0, max_new_tokens=24, banned=(phrase,))).text
    assert phrase.casefold() not in banned.casefold() and banned[:4] == plain[:4]
    again = words(6) * 4
    wish = Sampling(temperature=0.0, max_new_tokens=24, dry_multiplier=5.0)
    assert held.answer(again, wish).text != held.answer(again).text
    hot = {"temperature": 1.0, "max_new_tokens": 24, "seed": 5}
    likely = held.answer("hello", Sampling(**hot)).text
    spread = Sampling(**hot, xtc_probability=1.0, xtc_threshold=0.001)
    assert held.answer("hello", spread).text != likely


def test_what_is_read_ahead_need_not_be_read_again(hold, folder: Path, tmp_path: Path) -> None:
    for file in (None, recurrent(folder, tmp_path / "mamba.gguf")):
        held = hold(file) if file else hold()
        turns = [user(words(30)), ChatTurn("assistant", "yes"), user(words(10, 1))]
        sent = list[FromWorker]()
        for typed in (turns[:2] + [user(words(5, 1))], turns):
            job = ReadContext(
                id="r", model=held.spec, conversation="c", turns=tuple(typed), sampling=GREEDY, ahead=True
            )
            llama.read_context(held.loaded, job, Desk("r", Path(), sent.append))
        [_, use] = [one.use for one in sent if isinstance(one, ContextRead)]
        result = held.answer(turns)
        assert result.text == (hold(file) if file else hold()).answer(turns).text
        assert use.total == result.figures.prompt_tokens == sum(turn.tokens for turn in use.turns)
        assert result.figures.cached_tokens > result.figures.prompt_tokens // 2


def test_pictures_are_told_not_to_be_read(hold) -> None:
    result = hold().answer([ChatTurn("user", "hello", pictures=("/a.png",))])
    assert [(note.code, note.params) for note in result.notes] == [("pictures_unread", {"count": 1})]
    assert result.text == hold().answer("hello").text
