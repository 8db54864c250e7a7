"""A prompt of which some is known is cut into the same tokens as one that is cut whole."""

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from studio.core.paths import resources_dir
from studio.runtime.text.known import Known
from tests import zoo
from tests.zoo.words import gemma_tokenizer, qwen_tokenizer

LETTERS = [*map(chr, range(33, 127)), "▁", "\n"]


def scribe() -> Any:
    return PreTrainedTokenizerFast.from_pretrained(
        resources_dir() / "starter" / "scribe", local_files_only=True
    )


def unigram() -> Any:
    """A space before the first word alone, and its control tokens among its ordinary words."""
    words = [("<unk>", 0.0), *((one, -1.0) for one in ("<|im_start|>", "<|im_end|>", "▁a", "ab", "a\n"))]
    tokenizer = Tokenizer(models.Unigram([*words, *((one, -3.0) for one in LETTERS)], unk_id=0))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    return _with_turns(tokenizer)


def prepended() -> Any:
    """As Llama 2 had it: the normaliser writes the space."""
    words = [("<unk>", 0.0), ("▁a", -1.0), ("ab", -1.0), *((one, -3.0) for one in LETTERS)]
    tokenizer = Tokenizer(models.Unigram(words, unk_id=0))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    return _with_turns(tokenizer)


def words() -> Any:
    tokenizer = Tokenizer(models.WordLevel({"[unk]": 0, "a": 1, "ab": 2, "b": 3, "\n": 4}, unk_token="[unk]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return _with_turns(tokenizer)


def greedy() -> Any:
    """With added tokens that take spaces with them, are normalised, and begin like others."""
    tokenizer = zoo.text_tokenizer()
    tokenizer.add_tokens(
        [
            AddedToken("<|im_start|>a", normalized=False),
            AddedToken(" <|im_end|>", normalized=False),
            AddedToken("b<|im", normalized=True),
            AddedToken("<x>", lstrip=True, normalized=False),
            AddedToken("<y>", rstrip=True, normalized=False),
            AddedToken("<|im_end|>\n", normalized=False, special=True),
        ]
    )
    return tokenizer


def single_words() -> Any:
    """Some words are tokens where no letter stands beside them: nothing is cut in two for it."""
    tokenizer = zoo.text_tokenizer()
    tokenizer.add_tokens([AddedToken("ab", single_word=True)])
    return tokenizer


def _with_turns(tokenizer: Tokenizer) -> Any:
    made = PreTrainedTokenizerFast(tokenizer_object=tokenizer)
    made.add_special_tokens({"additional_special_tokens": ["<|im_start|>", "<|im_end|>"]})
    return made


MAKERS = (
    zoo.text_tokenizer,
    qwen_tokenizer,
    gemma_tokenizer,
    scribe,
    unigram,
    prepended,
    words,
    greedy,
    single_words,
)


@cache
def made(make: Callable[[], Any]) -> Any:
    return make()


PIECES = st.sampled_from(
    [
        "<|im_start|>",
        "<|im_end|>",
        "<|start|>",
        "<|end|>",
        "<x>",
        "<y>",
        "<|im",
        "a",
        "b",
        "ab",
        "A",
        " ",
        "\n",
        "é",
        "好",
        "🦊",
        "|>",
    ]
)
TEXTS = st.lists(PIECES, max_size=24).map("".join)


@pytest.mark.parametrize("make", MAKERS)
@settings(max_examples=25)
@given(texts=st.lists(st.tuples(TEXTS, st.integers(0, 60)), min_size=2, max_size=6))
def test_what_is_known_changes_no_token(make: Callable[[], Any], texts: list[tuple[str, int]]) -> None:
    tokenizer, known, before = made(make), Known(), ""
    for text, kept in texts:
        before = before[:kept] + text
        whole = tokenizer(before, add_special_tokens=False, return_offsets_mapping=True)
        ids, starts = known.tokens(tokenizer, before)
        assert ids == whole.input_ids
        assert starts == [start for start, _ in whole.offset_mapping]


@pytest.mark.parametrize("make", [zoo.text_tokenizer, qwen_tokenizer, scribe, unigram, prepended, words])
def test_of_a_longer_talk_only_the_new_turns_are_cut(
    make: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    tokenizer, known, cut = make(), Known(), list[str]()
    once = type(tokenizer)._encode_plus

    def listen(self: Any, text: str, **more: Any) -> Any:
        cut.append(text)
        return once(self, text, **more)

    listen.__module__ = once.__module__
    monkeypatch.setattr(type(tokenizer), "_encode_plus", listen)
    begin, end = ("<|start|>", "<|end|>") if make is scribe else ("<|im_start|>", "<|im_end|>")
    said = f"{begin}a b{end}\n" * 20
    for more in ("", f"{begin}ab a{end}\n", f"{begin}b{end}\n"):
        said += more
        known.tokens(tokenizer, said)
    assert [len(text) < 60 for text in cut] == [False, True, True]
