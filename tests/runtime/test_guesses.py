"""Tokens that are guessed: the same text in fewer readings, and a cache that holds nothing else."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer
from transformers.modeling_layers import MtpModel

from studio.catalog.inspect import inspect_model
from studio.core.model import ModelSpec
from studio.core.sampling import Sampling
from studio.runtime.cancel import Stopped
from studio.runtime.desk import Desk
from studio.runtime.placement import bytes_of
from studio.runtime.residency import LoadContext
from studio.runtime.text import drafting, guesses
from studio.runtime.text.drafting import Draft
from studio.runtime.text.guesses import Guesser, Guessing, Pace
from studio.runtime.text.load import LoadedText, load_text
from studio.runtime.text.lookup import Lookup
from studio.runtime.text.reading import CHUNK
from tests import zoo
from tests.runtime.texts import Asked, load
from tests.zoo.foreseeing import mellum

GREEDY = Sampling(temperature=0.0, max_new_tokens=40)
HOT = Sampling(temperature=1.1, top_p=0.95, max_new_tokens=40, seed=3)
BUILDERS = {"llama": zoo.llama, "gemma": zoo.gemma}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    root = tmp_path_factory.mktemp("guesses")

    def find(name: str) -> Path:
        path = root / name
        return path if path.exists() else BUILDERS[name](path)

    return find


@pytest.fixture
def model(folder: Callable[[str], Path]) -> Callable[[str], LoadedText]:
    return lambda name: load(folder(name))


def test_lookup_goes_on_as_it_went_on_before() -> None:
    lookup = Lookup()
    assert lookup.guess([1, 2, 3], 4) == []
    assert lookup.guess([1, 2, 3, 4, 5, 9, 2, 3], 2) == [4, 5]
    assert lookup.guess([1, 2, 3, 4, 5, 9, 2, 3, 7, 2, 3], 2) == [7, 2]  # the last time
    assert lookup.guess([1, 2, 3, 4, 5, 9, 2, 3, 7, 2, 3, 4, 5, 9, 9, 3, 4, 5], 9) == [9, 9, 3, 4, 5]


def test_lookup_goes_on_behind_a_word_that_is_written_otherwise() -> None:
    lookup, text = Lookup(), list(range(1, 9))
    ids = [*text, 50, 1, 2]
    assert lookup.guess(ids, 9) == [3, 4, 5, 6, 7, 8, 50, 1, 2]
    assert lookup.guess([*ids, 3, 4, 60], 3) == [6, 7, 8]  # 60 for 5
    assert lookup.guess([*ids, 3, 4, 60, 61], 3) == []


class Oracle(Guesser):
    """Knows the answer, and says every `nth` token of it wrong."""

    def __init__(self, known: list[int], nth: int) -> None:
        self.known, self.nth = known, nth
        self.asked = 0

    def guess(self, ids: list[int], most: int) -> list[int]:
        self.asked += 1
        rest = self.known[len(ids) : len(ids) + most]
        return [token if (len(ids) + at) % self.nth else 5 for at, token in enumerate(rest)]


def guessed_by(monkeypatch: pytest.MonkeyPatch, guesser: Guesser) -> None:
    monkeypatch.setattr("studio.runtime.families.language.guessing_for", lambda *_: Guessing([guesser]))
    monkeypatch.setattr(Pace, "wanted", True)


def unguessed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.runtime.families.language.guessing_for", lambda *_: None)


@pytest.mark.parametrize("sampling", [GREEDY, HOT], ids=["greedy", "hot"])
@pytest.mark.parametrize("nth", [2, 7])
@pytest.mark.parametrize("name", list(BUILDERS))
def test_the_text_is_the_same_and_the_cache_holds_it(
    model: Any, monkeypatch: pytest.MonkeyPatch, name: str, nth: int, sampling: Sampling
) -> None:
    loaded = model(name)
    unguessed(monkeypatch)
    plain = Asked(loaded, "hello there", sampling)
    known = loaded.cache.ids + [0]
    loaded = model(name)
    oracle = Oracle(known, nth)
    guessed_by(monkeypatch, oracle)
    asked = Asked(loaded, "hello there", sampling)
    assert asked.texts == plain.texts and asked.result.finish == plain.result.finish
    assert asked.result.figures.tokens == plain.result.figures.tokens
    assert loaded.cache.ids == known[:-1] and oracle.asked < 40
    cache = loaded.cache.cache
    assert all(layer.get_seq_length() == len(known) - 1 for layer in cache.layers)
    # What is in it is what reading anew would put there.
    loaded.cache.begin([*known[: len(known) // 2], 7])
    again = [Asked(one, "hello there, and", sampling).texts for one in (loaded, model(name))]
    assert again[0] == again[1]


def test_a_stop_string_among_right_guesses_ends_the_answer_there(
    model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = model("llama")
    unguessed(monkeypatch)
    whole = Asked(loaded, "hello", GREEDY).result.text
    known, stop = loaded.cache.ids + [0], whole[9:12]
    loaded = model("llama")
    guessed_by(monkeypatch, Oracle(known, 1000))
    asked = Asked(loaded, "hello", Sampling(temperature=0.0, max_new_tokens=40, stop=(stop,)))
    assert asked.result.text == whole[: whole.index(stop)] and asked.result.finish == "stop"
    assert loaded.cache.ids == known[: len(loaded.cache.ids)]
    for most in (1, 2, 3, 7):
        short = Asked(loaded, "hello", Sampling(temperature=0.0, max_new_tokens=most))
        assert short.result.figures.tokens == most and short.result.finish == "length"


def test_what_repeats_is_looked_up(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = model("llama")
    loaded.context_length = None
    long = Sampling(temperature=0.0, max_new_tokens=120)  # a model of chance soon goes round in circles
    unguessed(monkeypatch)
    plain = Asked(loaded, "hello", long)
    monkeypatch.undo()
    monkeypatch.setattr(Pace, "wanted", True)
    forwards = 0

    def count(*_: object) -> None:
        nonlocal forwards
        forwards += 1

    loaded.cache.clear()
    loaded.model.register_forward_hook(count)
    asked = Asked(loaded, "hello", long)
    assert asked.texts == plain.texts and forwards < 100


def test_a_guesser_that_does_not_pay_rests_and_is_tried_again() -> None:
    pace = Pace()
    for _ in range(guesses.TRIES):
        assert pace.wanted
        pace.guessed(3, 1, seconds=2.0, plain=1.0)
    rests = 0
    while not pace.wanted:
        pace.rest()
        rests += 1
    assert rests == guesses.REST
    pace = Pace()
    for _ in range(20):
        pace.guessed(pace.size, pace.size + 1, seconds=0.5, plain=1.0)
    assert pace.wanted and pace.size == guesses.MOST


def test_a_smaller_model_drafts_and_the_text_is_the_same(
    model: Any, monkeypatch: pytest.MonkeyPatch, folder: Callable[[str], Path]
) -> None:
    loaded = model("llama")
    plain = Asked(loaded, "hello there", HOT)
    monkeypatch.setattr(Pace, "wanted", True)
    loaded = model("llama")
    draft = inspect_model(folder("llama"))
    for _ in range(2):
        asked = Asked(loaded, "hello there", HOT, draft=draft)
        assert asked.texts == plain.texts and not asked.notes
    assert loaded.draft is not None and loaded.size_bytes > 2 * draft.size_bytes * 0.9
    small = load(folder("llama"), budget=1000)
    assert Asked(small, "hello there", HOT, draft=draft).notes == {"draft_unused": {"cause": "memory"}}
    # What both read counts too, and one that no longer fits is given back.
    loaded.hold_within(loaded.size_bytes - loaded.cache.size_bytes)
    assert Asked(loaded, "hello there", HOT, draft=draft).notes == {"draft_unused": {"cause": "memory"}}
    assert loaded.draft is None


def test_a_draft_reads_a_long_prompt_piece_by_piece_and_hears_a_stop(model: Any) -> None:
    smaller, desk = model("llama").model, Desk("job", Path(), [].append)
    read = list[int]()
    smaller.register_forward_hook(lambda _model, _args, made: read.append(made.logits.shape[1]))
    ids = [5 + at % 90 for at in range(2 * CHUNK + 9)]
    assert Draft(smaller, len(ids) + 1, desk).guess(ids, 2) == [] == read
    tokens = Draft(smaller, len(ids) + 2, desk).guess(ids, 2)
    assert read == [CHUNK, CHUNK, 9, 1]
    whole = smaller(input_ids=torch.tensor([[*ids, tokens[0]]])).logits[0, -2:]
    assert whole.argmax(-1).tolist() == tokens
    desk.cancelled.set()
    with pytest.raises(Stopped):
        Draft(smaller, None, desk).guess(ids, 2)


def test_a_draft_of_another_vocabulary_is_not_used(
    model: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = zoo.llama(tmp_path / "other")
    tokenizer = AutoTokenizer.from_pretrained(path)
    tokenizer.add_tokens(["<new>"])
    tokenizer.save_pretrained(path)
    loads = list[ModelSpec]()

    def watched(spec: ModelSpec, context: LoadContext) -> LoadedText:
        loads.append(spec)
        return load_text(spec, context)

    monkeypatch.setattr(drafting, "load_text", watched)
    loaded, draft = model("llama"), inspect_model(path)
    for _ in range(2):
        asked = Asked(loaded, "hello", GREEDY, draft=draft)
        assert asked.notes == {"draft_unused": {"cause": "vocabulary"}} and asked.result.text
    assert loads == [draft], "it is not loaded again"
    (path / "model.safetensors").unlink()
    changed = msgspec.structs.replace(draft, fingerprint="another")
    asked = Asked(loaded, "hello", GREEDY, draft=changed)
    assert asked.notes == {"draft_unused": {"cause": "unreadable"}} and asked.result.text
    assert loads == [draft, changed]


def test_a_model_whose_memory_cannot_go_back_is_not_guessed(tmp_path: Path) -> None:
    loaded = load(zoo.qwen(tmp_path / "model"))
    draft = inspect_model(tmp_path / "model")
    assert Asked(loaded, "hello", GREEDY, draft=draft).notes == {"draft_unused": {"cause": "cache"}}


@pytest.mark.parametrize("agreeing", [True, False])
def test_layers_that_foresee_tokens_are_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agreeing: bool
) -> None:
    loaded = load(mellum(tmp_path / "model", agreeing=agreeing))
    layers, loaded.foresight = loaded.foresight, None
    assert layers is not None and loaded.size_bytes > bytes_of(loaded.model)
    monkeypatch.setattr(Pace, "wanted", True)
    unguessed(monkeypatch)
    plain = [Asked(loaded, text, HOT).texts for text in ("hello there", "hello there, and")]
    monkeypatch.undo()
    monkeypatch.setattr(Pace, "wanted", True)
    loaded.add_foresight(layers)
    forwards = 0

    def count(*_: object) -> None:
        nonlocal forwards
        forwards += 1

    loaded.model.register_forward_hook(count)
    loaded.cache.clear()
    # Of the second prompt a part is not read again, and unknown to the layers.
    assert [Asked(loaded, text, HOT).texts for text in ("hello there", "hello there, and")] == plain
    assert not agreeing or forwards < 30


def test_several_layers_foresee_several_tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = load(mellum(tmp_path / "model"))
    monkeypatch.setattr(Pace, "wanted", True)
    plain = Asked(loaded, "hello there", HOT).texts
    config = loaded.model.config
    config.num_mtp_layers, config.mtp_layer_types = 2, ["full_attention"] * 2
    config.mtp_mlp_layer_types = ["dense"] * 2
    loaded.add_foresight(MtpModel(loaded.model, 2).eval())
    loaded.cache.clear()
    assert Asked(loaded, "hello there", HOT).texts == plain


def test_a_model_without_the_layers_that_its_config_names_still_writes(tmp_path: Path) -> None:
    path = mellum(tmp_path / "model")
    tensors = load_file(path / "model.safetensors")
    left = {name: tensor for name, tensor in tensors.items() if not name.startswith("mtp.")}
    save_file(left, path / "model.safetensors", {"format": "pt"})
    loaded = load(path)
    assert loaded.foresight is None and Asked(loaded, "hello", GREEDY).result.text
