"""Real causal models at tiny sizes: what is streamed, where it stops, what is remembered between turns."""

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from studio.catalog.inspect import inspect_model
from studio.core.errors import (
    ContextFull,
    ModelIncomplete,
    ModelNeedsPackage,
    ModelUnreadable,
    ModelWroteNothing,
)
from studio.core.jobs import Reply
from studio.core.messages import FromWorker, Phase, Result, Stage, Tokens
from studio.core.paths import resources_dir
from studio.core.plain_text import clean_text
from studio.core.sampling import Sampling
from studio.core.turns import ChatTurn
from studio.runtime.cancel import Stopped
from studio.runtime.desk import Desk
from studio.runtime.families import language
from studio.runtime.residency import LoadContext
from studio.runtime.text.load import LoadedText
from studio.runtime.text.reading import CHUNK
from studio.runtime.text.stream import TextStream
from studio.runtime.text.template import write_prompt
from tests import zoo
from tests.runtime import ggufs
from tests.runtime.stops import StopAfter

BUILDERS = {"llama": zoo.llama, "gemma": zoo.gemma, "qwen": zoo.qwen}
NAMES = list(BUILDERS)
GREEDY = Sampling(temperature=0.0, max_new_tokens=24)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    root = tmp_path_factory.mktemp("texts")

    def find(name: str) -> Path:
        path = root / name
        return path if path.exists() else BUILDERS[name](path)

    return find


def load(path: Path, desk: Desk | None = None) -> LoadedText:
    return language.load(inspect_model(path), LoadContext(desk or Desk("job", path, [].append), 1 << 40))


@pytest.fixture
def model(folder: Callable[[str], Path]) -> Callable[[str], LoadedText]:
    """Loaded anew: what a model remembers is what these tests are about."""
    return lambda name: load(folder(name))


def order(
    loaded: LoadedText, turns: list[ChatTurn], sampling: Sampling = GREEDY, conversation: str = "c"
) -> Reply:
    spec = inspect_model(Path(loaded.model.name_or_path))
    return Reply(
        id="job", model=spec, conversation=conversation, message="m", turns=tuple(turns), sampling=sampling
    )


def answer(
    loaded: LoadedText, turns: list[ChatTurn] | str, sampling: Sampling = GREEDY, desk: Desk | None = None
) -> Result:
    turns = [user(turns)] if isinstance(turns, str) else turns
    return language.reply(loaded, order(loaded, turns, sampling), desk or Desk("job", Path(), [].append))


def user(text: str) -> ChatTurn:
    return ChatTurn("user", text)


def said(result: Result) -> ChatTurn:
    return ChatTurn("assistant", result.text)


def written(tokenizer: Any, turns: list[ChatTurn], desk: Desk) -> tuple[str, bool]:
    """What the model would read, and whether a template wrote it."""
    made = write_prompt(tokenizer, turns, desk)
    return made.text, made.templated


def words(count: int, seed: int = 0) -> str:
    return " ".join(random.Random(seed).choices(zoo.CORPUS[0].split(), k=count))


@pytest.mark.parametrize("name", NAMES)
def test_text_is_what_generate_writes(folder: Callable[[str], Path], model: Any, name: str) -> None:
    loaded, sent = model(name), list[FromWorker]()
    result = answer(loaded, "hello 你好", desk=Desk("job", Path(), sent.append))
    tokenizer = AutoTokenizer.from_pretrained(folder(name))
    bare = AutoModelForCausalLM.from_pretrained(folder(name))
    given = tokenizer.apply_chat_template(
        [{"role": "user", "content": "hello 你好"}],
        add_generation_prompt=True,
        return_tensors="pt",
        return_dict=True,
    )
    made = bare.generate(**given, do_sample=False, max_new_tokens=24)[0, given.input_ids.shape[1] :]
    # Its last tokens may be half a character, and what is no text at all has no one right spelling.
    expected = clean_text(tokenizer.decode(made, skip_special_tokens=True))
    assert result.text.replace("\ufffd", "") == expected.replace("\ufffd", "")
    assert "".join(one.text for one in sent if isinstance(one, Tokens)) == result.text
    assert result.figures.prompt_tokens == given.input_ids.shape[1] and result.figures.cached_tokens == 0
    stages = [one.stage for one in sent if isinstance(one, Phase)]
    assert list(dict.fromkeys(stages)) == [Stage.READING, Stage.WRITING]


def test_characters_come_whole_whatever_tokens_they_are_cut_into() -> None:
    tokenizer = zoo.text_tokenizer()
    text = "naïve 👩‍🚀 龘 says 你好 🇨🇳!"
    ids = tokenizer(text).input_ids
    assert len(ids) > len(text)  # cut into bytes, or this test tests nothing
    stream = TextStream(tokenizer, ("never",))  # a stop string makes it look at every token
    pieces = [stream.add(token) for token in ids] + [stream.finish()]
    assert "".join(pieces) == text and "\ufffd" not in "".join(pieces)
    assert len([piece for piece in pieces if piece]) > 10
    stream = TextStream(tokenizer, ("never",))
    assert "".join([*(stream.add(token) for token in ids[:-3]), stream.finish()]) == tokenizer.decode(
        ids[:-3]
    )
    for end in range(len(ids)):  # cut there, it has no half character, which is to be written anew
        stream = TextStream(tokenizer, ("never",))
        pieces = [*(stream.add(token) for token in ids[:end]), stream.finish(cut=True)]
        assert "".join(pieces) == tokenizer.decode(ids[:end]).rstrip("\ufffd")


def test_a_stop_string_ends_the_text_before_it_and_is_never_shown(model: Any) -> None:
    loaded = model("llama")
    whole = answer(loaded, "hello")
    assert len(whole.text) > 12 and whole.finish == "length"
    stop = whole.text[6:9]  # across tokens
    sent = list[FromWorker]()
    cut = answer(
        loaded,
        "hello",
        Sampling(temperature=0.0, max_new_tokens=24, stop=(stop, "xyz")),
        Desk("job", Path(), sent.append),
    )
    assert cut.text == whole.text[: whole.text.index(stop)] and cut.finish == "stop"
    assert "".join(one.text for one in sent if isinstance(one, Tokens)) == cut.text
    assert cut.figures.tokens < whole.figures.tokens


def test_what_looks_like_a_stop_string_and_is_none_is_shown_in_the_end() -> None:
    tokenizer = zoo.text_tokenizer()
    stream = TextStream(tokenizer, ("\nUser:",))
    pieces = [stream.add(token) for token in tokenizer("well\nUse").input_ids]
    assert "".join(pieces) == "well" and stream.finish() == "\nUse" and not stream.stopped


@pytest.mark.parametrize("name", NAMES)
def test_what_two_turns_have_in_common_is_read_once_and_answered_the_same(model: Any, name: str) -> None:
    loaded = model(name)
    turns: list[ChatTurn] = []
    for number in range(4):
        turns.append(user(f"{words(8, number)} 你好"))
        result = answer(loaded, turns)
        assert result.text == answer(model(name), turns).text
        assert (result.figures.cached_tokens > 0) == (number > 0)
        assert result.figures.cached_tokens < result.figures.prompt_tokens
        turns.append(said(result))
    assert result.figures.cached_tokens > 0.5 * result.figures.prompt_tokens


@pytest.mark.parametrize("name", NAMES)
def test_another_branch_or_conversation_is_never_answered_from_the_last_one(model: Any, name: str) -> None:
    loaded = model(name)
    long = [user(words(30)), said(answer(loaded, words(30))), user(words(20, 1))]
    answer(loaded, long)
    for turns in ([user(words(30))], [*long[:2], user("hello")], [user("other")], long, long):
        assert answer(loaded, turns).text == answer(model(name), turns).text


@pytest.mark.parametrize("stage", [Stage.READING, Stage.WRITING])
@pytest.mark.parametrize("looks", range(2, 7))
@pytest.mark.parametrize("name", NAMES)
def test_a_stop_at_any_layer_or_token_leaves_no_trace(
    model: Any, name: str, stage: Stage, looks: int
) -> None:
    loaded = model(name)
    turns = [user(words(20)), said(answer(loaded, words(20))), user(words(15, 1))]
    stop = StopAfter(stage, looks)
    stop.desk = desk = Desk("job", Path(), [].append, stop)
    with pytest.raises(Stopped):
        answer(loaded, turns, desk=desk)
    assert desk.stage == stage and bool(desk.text) <= (stage == Stage.WRITING)
    assert answer(loaded, turns).text == answer(model(name), turns).text


def test_a_long_prompt_is_read_in_pieces_that_can_be_stopped_and_kept(model: Any) -> None:
    loaded, sent = model("llama"), list[FromWorker]()
    loaded.context_length = 4096
    turns = [user(words(600))]
    stop = StopAfter(Stage.READING, looks=12)
    stop.desk = desk = Desk("job", Path(), sent.append, stop)
    with pytest.raises(Stopped):
        answer(loaded, turns, desk=desk)
    result = answer(loaded, turns, desk=Desk("job", Path(), sent.append))
    assert 0 < result.figures.cached_tokens == CHUNK * (result.figures.cached_tokens // CHUNK)
    fresh = model("llama")
    fresh.context_length = 4096
    assert result.text == answer(fresh, turns).text
    told = [one.done for one in sent if isinstance(one, Phase) and one.stage == Stage.READING and one.total]
    assert told[-1] == result.figures.prompt_tokens


def test_a_system_prompt_that_the_template_refuses_goes_into_the_first_message(model: Any) -> None:
    turns = [ChatTurn("system", "Be kind."), user("one"), user("two")]
    result = answer(model("gemma"), turns)
    assert [note.code for note in result.notes] == ["system_folded"]
    assert result.text == answer(model("gemma"), "Be kind.\n\none\n\ntwo").text
    assert not answer(model("llama"), turns).notes


def test_templates_are_run_as_foreign_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that loops, one that fails, one that floods, one that drops the system prompt, and none."""
    endless = "{% for a in range(99999) %}{% for b in range(99999) %}{% set c = a %}{% endfor %}{% endfor %}"
    flood = "{% for a in range(90000) %}{{ messages[0].content }}{% endfor %}"
    deaf = "{% for message in messages if message.role == 'user' %}<{{ message.content }}>{% endfor %}"
    turns = [ChatTurn("system", "Be kind."), user("hello")]
    monkeypatch.setattr("studio.runtime.text.template.SECONDS", 0.3)
    for template in (endless, "{{ 1 / 0 }}", "{{ nothing.at.all }}", flood, "{% broken", None):
        desk = Desk("job", Path(), [].append)
        tokenizer = zoo.text_tokenizer(template)
        assert written(tokenizer, turns, desk) == ("Be kind.\nUser: hello\nAssistant:", False)
        assert [note.code for note in desk.notes] == ["template_unused" if template else "no_chat_template"]
    desk = Desk("job", Path(), [].append)
    assert written(zoo.text_tokenizer(deaf), turns, desk) == ("<Be kind.\n\nhello>", True)
    assert [note.code for note in desk.notes] == ["system_folded"]


_START = "{% set a = 'x' * 30000 %}"
BOMBS = {
    "range": "{% for a in range(10 ** 9) %}{% endfor %}",
    "long range": "{% for a in range(1000000000) %}{% endfor %}",
    "repeated text": _START + "{% set b = a * 50000 %}{{ messages[0].content }}",
    "repeated constant": "{% set b = 'x' * 1500000000 %}{{ messages[0].content }}",
    "repeated list": "{% set b = [0] * 200000000 %}{{ messages[0].content }}",
    "doubled text": "{% set n = namespace(s='x' * 9000) %}"
    "{% for i in range(60) %}{% set n.s = n.s ~ n.s %}{% endfor %}{{ messages[0].content }}",
    "padding": "{% set b = 'x'.center(1500000000) %}{{ messages[0].content }}",
    "format": "{% set b = '%1500000000d' % 1 %}{{ messages[0].content }}",
    "method format": "{{ '{:>900000000}'.format(1) | length }}{{ messages[0].content }}",
    "indent": "{{ ('\n' * 100000000) | indent(1, true, true) | length }}{{ messages[0].content }}",
    "wide indent": "{{ 'x' | indent(900000000, true) | length }}{{ messages[0].content }}",
    "words in words": "{{ ('x ' * 100000000) | wordcount }}{{ messages[0].content }}",
    "json": "{{ ([0] * 50000000) | tojson | length }}{{ messages[0].content }}",
    "lists in a list": "{{ ([[1] * 1000] * 10000) | pprint | length }}{{ messages[0].content }}",
    "join": "{{ range(99999) | join('x' * 9000) | length }}{{ messages[0].content }}",
    "large numbers": "{% set n = namespace(x=9) %}{% for i in range(40) %}{% set n.x = n.x * n.x %}"
    "{% endfor %}{{ n.x % 10 }}{{ messages[0].content }}",
    "power": "{{ (7 ** 4000000) % 10 }}{{ messages[0].content }}",
    "macro": "{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}",
    "words": "{{ lipsum(n=1000000) | length }}{{ messages[0].content }}",
    "brackets": "{{ " + "(" * 30000 + "1" + ")" * 30000 + " }}",
    "sum": "{{ " + "1 + " * 30000 + "1 }}",
    "blocks": "{% if 1 %}" * 500 + "{% endif %}" * 500,
    "stop": "{% for a in [1] | map(attribute='x') %}{{ a.b.c }}{% endfor %}",
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_template_that_blows_up_takes_neither_time_nor_memory(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr("studio.runtime.text.template.SECONDS", 0.3)
    monkeypatch.setattr("studio.runtime.text.bounds.SPARE_BYTES", 200 << 20)
    desk = Desk("job", Path(), [].append)
    text = written(zoo.text_tokenizer(BOMBS[name]), [user("hello")], desk)
    assert text == ("User: hello\nAssistant:", False)
    assert [note.code for note in desk.notes] == ["template_unused"]


def test_a_template_may_hand_on_keywords_and_speak_of_powers() -> None:
    template = (
        "{% set a = dict(x=1) %}{% set b = dict(y=2, **a) %}**{{ messages[0].content }}** {{ b.x + b.y }}"
    )
    desk = Desk("job", Path(), [].append)
    assert written(zoo.text_tokenizer(template), [user("2 ** 3")], desk) == ("**2 ** 3** 3", True)


def test_a_template_that_drops_what_is_said_is_not_used() -> None:
    """But one that writes it in another way is."""
    turns = [user('a "word"\nor two'), ChatTurn("assistant", "yes"), user("there")]
    for template in ("{{ messages[0].content }}", "hello", "{% for m in messages %}{{ m.role }}{% endfor %}"):
        desk = Desk("job", Path(), [].append)
        assert written(zoo.text_tokenizer(template), turns, desk)[1] is False
        assert [note.code for note in desk.notes] == ["template_unused"]
    as_json = "{% for m in messages %}{{ m.content | tojson }}{% endfor %}"
    desk = Desk("job", Path(), [].append)
    assert written(zoo.text_tokenizer(as_json), turns[:1], desk) == ('"a \\"word\\"\\nor two"', True)
    assert not desk.notes


def test_a_template_that_reads_contents_in_parts_gets_them_so(
    folder: Callable[[str], Path], tmp_path: Path
) -> None:
    """From the file, too, in which older models that see keep it."""
    turns = [ChatTurn("system", "Be kind."), user("hello"), ChatTurn("assistant", "yes"), user("there")]
    desk = Desk("job", Path(), [].append)
    expected = "<|im_start|>System: Be kind.<|im_end|>\nUser: hello<|im_end|>\n"
    expected += "Assistant: yes<|im_end|>\nUser: there<|im_end|>\nAssistant:"
    assert written(zoo.text_tokenizer(zoo.IN_PARTS), turns, desk) == (expected, True)
    assert not desk.notes
    path = Path(shutil.copytree(folder("llama"), tmp_path / "model"))
    (path / "chat_template.jinja").unlink()
    (path / "chat_template.json").write_text(json.dumps({"chat_template": zoo.IN_PARTS}), "utf-8")
    assert load(path).tokenizer.chat_template == zoo.IN_PARTS


def test_the_oldest_turns_go_when_the_context_is_full_and_stay_gone(model: Any) -> None:
    loaded = model("llama")
    turns = [ChatTurn("system", "Be kind.")]
    dropped, cached = [], []
    for number in range(8):
        turns += [user(words(20, number)), ChatTurn("assistant", words(4, number))]
        result = answer(loaded, [*turns, user("and?")])
        assert result.figures.prompt_tokens + result.figures.tokens <= zoo.CONTEXT
        dropped.append(
            sum(int(note.params["count"]) for note in result.notes if note.code == "messages_dropped")
        )
        cached.append(result.figures.cached_tokens)
    assert dropped[0] == 0 and dropped[-1] > 0 and dropped == sorted(dropped)
    # Several turns go at once, so that what is left is read once and not anew for each answer.
    assert len(set(dropped)) < 5
    assert all(
        kept > 50
        for kept, now, before in zip(cached[1:], dropped[1:], dropped, strict=False)
        if now == before
    )


def test_a_last_message_that_leaves_little_room_is_still_answered(model: Any) -> None:
    loaded = model("llama")
    long = words(1)
    while len(loaded.tokenizer(long).input_ids) < zoo.CONTEXT - 30:
        long += " boat"
    result = answer(loaded, [user("one"), ChatTurn("assistant", "two"), user(long)])
    assert [(note.code, note.params["count"]) for note in result.notes] == [("messages_dropped", 2)]
    assert 0 < result.figures.tokens < 24


def test_a_message_longer_than_the_context_is_refused(model: Any) -> None:
    with pytest.raises(ContextFull) as caught:
        answer(model("llama"), words(400))
    assert caught.value.params["limit"] == zoo.CONTEXT and int(caught.value.params["tokens"]) > zoo.CONTEXT


def test_sampling_follows_seed_and_wishes(model: Any) -> None:
    loaded = model("llama")
    hot = Sampling(
        temperature=1.5, top_p=0.95, top_k=50, min_p=0.01, repetition_penalty=1.1, max_new_tokens=24, seed=3
    )
    first = answer(loaded, "hello", hot)
    assert first.text == answer(loaded, "hello", hot).text and not first.notes
    assert first.text != answer(loaded, "hello", Sampling(temperature=1.5, max_new_tokens=24, seed=4)).text
    coldest = answer(loaded, "hello", Sampling(temperature=0.0, top_p=0.5, max_new_tokens=24))
    assert [(note.code, note.params["name"]) for note in coldest.notes] == [("sampling_unused", "top_p")]
    assert coldest.text == answer(loaded, "hello").text


def test_every_end_of_turn_ends_the_answer(model: Any) -> None:
    loaded = model("llama")
    ends = loaded.model.generation_config.eos_token_id
    assert set(loaded.tokenizer.convert_ids_to_tokens(ends)) == {"<|im_end|>", "<|endoftext|>"}
    for end in ends:
        # As likely as can be, whatever was read.
        head = torch.nn.Linear(32, zoo.VOCABULARY)
        torch.nn.init.zeros_(head.weight)
        torch.nn.init.zeros_(head.bias)
        head.bias.data[end] = 1.0
        loaded.model.lm_head = head
        result = answer(loaded, "hello")
        assert (result.text, result.finish) == ("", "stop")


def test_what_a_generation_config_asks_for_besides_sampling_is_not_done(tmp_path: Path) -> None:
    path = zoo.llama(tmp_path / "model")
    (path / "generation_config.json").write_text(
        '{"num_beams": 4, "use_cache": false, "do_sample": true, "temperature": 1.5, "top_k": 3,'
        ' "max_length": 5, "custom_generate": "somebody/code", "eos_token_id": [0, 2]}'
    )
    loaded = load(path)
    assert inspect_model(path).defaults.temperature == 1.5
    result = answer(loaded, "hello", Sampling(temperature=0.0, max_new_tokens=8))
    assert (result.figures.tokens, result.finish) == (8, "length")
    assert answer(loaded, "hello").figures.cached_tokens > 0


@pytest.mark.parametrize("missing", [True, False])
def test_weights_that_lack_a_tensor_or_have_another_shape_are_refused(tmp_path: Path, missing: bool) -> None:
    path = zoo.llama(tmp_path / "model")
    tensors = load_file(path / "model.safetensors")
    name = "model.layers.1.mlp.up_proj.weight"
    tensor = tensors.pop(name)
    save_file(tensors if missing else tensors | {name: tensor[:1].clone()}, path / "model.safetensors")
    with pytest.raises(ModelIncomplete if missing else ModelUnreadable):
        load(path)


def test_a_gguf_file_is_a_model(folder: Callable[[str], Path], tmp_path: Path) -> None:
    path = zoo.gguf(tmp_path / "small.gguf", folder("llama"))
    spec = inspect_model(path)
    assert (spec.base, spec.context_length, spec.name) == ("llama", zoo.CONTEXT, "Small fp32")
    loaded = load(path)
    job = Reply(id="job", model=spec, conversation="c", message="m", turns=(user("hello"),), sampling=GREEDY)
    assert language.reply(loaded, job, Desk("job", tmp_path, [].append)).text


def test_a_gguf_file_whose_biases_transformers_would_drop_is_left_to_llama_cpp(tmp_path: Path) -> None:
    """It would answer nonsense: transformers 5.23 reads `llama` without them and says nothing."""
    path = ggufs.convert(resources_dir() / "starter" / "scribe", tmp_path / "scribe.gguf")
    with pytest.raises(ModelNeedsPackage):
        load(path)


def test_a_model_in_parts_is_left_to_llama_cpp(tmp_path: Path) -> None:
    """transformers would take the tensors of one part for all."""
    whole = zoo.gguf(tmp_path / "small.gguf", zoo.llama(tmp_path / "folder"))
    for number in (1, 2):
        shutil.copy(whole, tmp_path / f"small-0000{number}-of-00002.gguf")
    with pytest.raises(ModelNeedsPackage):
        load(tmp_path / "small-00001-of-00002.gguf")


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_weights_that_are_not_numbers_give_an_error_and_no_text(model: Any, temperature: float) -> None:
    loaded, sent = model("llama"), list[FromWorker]()
    weight = loaded.model.model.layers[1].mlp.up_proj.weight
    before = weight.detach().clone()
    weight.data[0, 0] = float("nan")
    with pytest.raises(ModelWroteNothing):
        answer(loaded, "hello", Sampling(temperature=temperature), Desk("job", Path(), sent.append))
    assert not any(isinstance(one, Tokens) for one in sent)
    weight.data.copy_(before)
    assert answer(loaded, "hello").figures.tokens
