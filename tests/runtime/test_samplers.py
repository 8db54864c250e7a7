"""What takes tokens away or makes them less likely, on logits made by hand."""

import math
from itertools import product
from pathlib import Path

import msgspec
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import TopKLogitsWarper, TopPLogitsWarper

from studio.core.jobs import Reply
from studio.core.model import ModelSpec
from studio.core.sampling import Sampling
from studio.core.turns import ChatTurn
from studio.runtime.desk import Desk
from studio.runtime.text.banned import Bans, Vocabulary, _bytes_of
from studio.runtime.text.chance import Chance
from studio.runtime.text.chosen import Chosen, choose
from studio.runtime.text.dry import Dry
from studio.runtime.text.sampling import Breaks, Chooser
from studio.runtime.text.top_p import TopP
from studio.runtime.text.xtc import Xtc
from tests import zoo

NOTHING = Breaks(frozenset(), frozenset())


def rows(*ids: int) -> torch.Tensor:
    return torch.tensor([ids])


def test_dry_grows_with_the_length_of_what_repeats() -> None:
    dry = Dry(0.8, 1.75, 2, frozenset())
    # 1 2 3 came before and 4 followed it; 2 3 came too, and 5 followed.
    lost = -dry(rows(1, 2, 3, 4, 9, 2, 3, 5, 1, 2, 3), torch.zeros(1, 10))[0]
    assert lost[4] == pytest.approx(0.8 * 1.75) and lost[5] == pytest.approx(0.8)
    assert lost.count_nonzero() == 2
    assert not Dry(0.8, 1.75, 4, frozenset())(rows(1, 2, 3, 4, 1, 2, 3), torch.zeros(1, 10)).any()


def test_dry_does_not_reach_over_a_breaker_nor_make_one_less_likely() -> None:
    scores = torch.zeros(1, 10)
    assert not Dry(0.8, 1.75, 2, frozenset({3}))(rows(1, 2, 3, 4, 1, 2, 3), scores).any()
    assert not Dry(0.8, 1.75, 2, frozenset({4}))(rows(1, 2, 3, 4, 1, 2, 3), scores).any()
    over = -Dry(0.8, 1.75, 2, frozenset({2}))(rows(1, 2, 3, 6, 4, 1, 2, 3, 6), scores)[0]
    assert over[4] == pytest.approx(0.8)  # 3 6 alone are counted
    assert not Dry(0.8, 1.75, 2, frozenset())(rows(), scores).any()


def test_xtc_leaves_the_least_likely_of_the_likely() -> None:
    scores = torch.tensor([[0.5, 0.3, 0.15, 0.05]]).log()
    always = Xtc(1.0, 0.1, frozenset(), [Chance(1)], 0)
    assert always(rows(7), scores).isfinite().tolist() == [[False, False, True, True]]
    assert always(rows(7), torch.tensor([[0.95, 0.05]]).log()).isfinite().all()
    spared = Xtc(1.0, 0.1, frozenset({0}), [Chance(1)], 0)
    assert spared(rows(7), scores).isfinite().all()
    sometimes = Xtc(0.5, 0.1, frozenset(), [Chance(1)], 0)
    cut = [not bool(sometimes(torch.zeros(1, place), scores).isfinite().all()) for place in range(200)]
    assert 70 < sum(cut) < 130
    assert cut == [
        not bool(sometimes(torch.zeros(1, place), scores).isfinite().all()) for place in range(200)
    ]


def greedy(chosen: Chosen, bans: Bans | None, liked: list[int], vocabulary: int, start: int = 0) -> list[int]:
    """What is written by a model that likes these tokens, the first most, whatever it has read."""
    logits = torch.full((1, vocabulary), -5.0)
    logits[0, liked] = torch.arange(len(liked), 0, -1.0)
    chooser, ids = Chooser(chosen, bans, NOTHING, [0], start), torch.zeros(1, start, dtype=torch.long)
    for _ in range(12):
        [token] = chooser.choose(ids, logits)
        if token is None:
            break
        ids = torch.cat([ids, rows(token)], dim=-1)
    return ids[0, start:].tolist()


COLDEST = Chosen(temperature=0.0, top_p=1.0, top_k=0, min_p=None, repetition_penalty=1.0)


def test_a_banned_phrase_is_not_written_in_any_case_nor_over_any_tokens() -> None:
    tokenizer = zoo.text_tokenizer()
    vocabulary = Vocabulary(tokenizer)
    letters = {letter: tokenizer.convert_tokens_to_ids(letter) for letter in "abBAx"}
    bans = Bans(("ab", ""), vocabulary)
    written = greedy(COLDEST, bans, [letters["a"], letters["b"]], len(tokenizer))
    assert tokenizer.decode(written) == "a" * 12
    for first, second in ("ab", "AB", "aB", "Ab"):
        taken = {token for some in bans.now([letters[first]]) for token in some}
        assert letters[second] in taken and letters["x"] not in taken
    # One token that has all of it.
    boat = tokenizer(" boat").input_ids
    assert len(boat) == 1 and boat[0] in {
        token for some in Bans(("BOAT",), vocabulary).now([]) for token in some
    }


@given(st.data())
def test_whatever_is_liked_no_text_has_the_phrase(data: st.DataObject) -> None:
    tokenizer, vocabulary = TOKENIZER, VOCABULARY
    phrases = data.draw(st.lists(st.sampled_from(["sea", "你好", "É", "the sea", "S at"]), min_size=1))
    bans = Bans(tuple(phrases), vocabulary)
    ids: list[int] = []
    pool = tokenizer(" sea SEA the sea 你好 é É sunset at sails at").input_ids
    for _ in range(20):
        taken = {token for some in bans.now(ids) for token in some}
        left = [token for token in pool if token not in taken]
        if not left:
            break
        ids.append(data.draw(st.sampled_from(left)))
    text = tokenizer.decode(ids).lower()
    assert not any(phrase.lower() in text for phrase in phrases)


TOKENIZER = zoo.text_tokenizer()
VOCABULARY = Vocabulary(TOKENIZER)


def test_characters_that_are_cut_into_bytes_are_banned_too() -> None:
    ids = TOKENIZER("龘").input_ids
    assert len(ids) == 3
    taken = {
        token
        for some in Bans(("x龘",), VOCABULARY).now([*TOKENIZER("x").input_ids, *ids[:2]])
        for token in some
    }
    assert ids[2] in taken
    assert ids[1] not in {token for some in Bans(("x龘",), VOCABULARY).now(ids[:1]) for token in some}


def test_what_ends_an_answer_is_never_banned_and_nothing_at_all_is_none() -> None:
    every = tuple(chr(code) for code in range(1, 256))
    bans = Bans(every, VOCABULARY)
    end = TOKENIZER.convert_tokens_to_ids("<|im_end|>")
    letter = TOKENIZER.convert_tokens_to_ids("a")
    assert greedy(COLDEST, bans, [letter, end], len(TOKENIZER))[:2] == [end, end]
    logits = torch.full((1, len(TOKENIZER)), -math.inf)
    logits[0, letter] = 1.0
    assert Chooser(COLDEST, bans, NOTHING, [0], 0).choose(torch.zeros(1, 0, dtype=torch.long), logits) == [
        None
    ]


def test_sentencepiece_tokens_are_read_as_they_are_written() -> None:
    assert _bytes_of("▁sea", False) == b" sea" and _bytes_of("<0xE9>", False) == b"\xe9"
    assert _bytes_of("Ġsea", True) == b" sea" and _bytes_of("##a", False) == b"a"


def test_chance_is_of_seed_and_place_alone() -> None:
    numbers = [Chance(3).at(place, "token") for place in range(1000)]
    assert numbers == [Chance(3).at(place, "token") for place in range(1000)]
    assert len(set(numbers)) == 1000 and all(0 <= one < 1 for one in numbers)
    assert 0.45 < sum(numbers) / 1000 < 0.55
    assert Chance(4).at(0, "token") != numbers[0] != Chance(3).at(0, "xtc")


def test_draws_are_as_likely_as_the_model_says() -> None:
    logits = torch.tensor([[0.7, 0.2, 0.1, 0.0]]).log()
    hot = Chosen(temperature=1.0, top_p=1.0, top_k=0, min_p=None, repetition_penalty=1.0)
    drawn = [
        Chooser(hot, None, NOTHING, [seed], 0).choose(torch.zeros(1, 0, dtype=torch.long), logits)[0]
        for seed in range(1000)
    ]
    assert [drawn.count(token) / 1000 for token in range(4)] == pytest.approx([0.7, 0.2, 0.1, 0.0], abs=0.05)


@pytest.mark.parametrize("spread", [0.3, 2.0, 6.0])
def test_top_p_keeps_what_sorting_all_keeps(spread: float, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(3)
    scores = torch.randn(3, 20_000) * spread
    alike = scores.half().float()  # many have the same score
    few = TopKLogitsWarper(40)(rows(), scores)
    for one, top_p in product((scores, alike, few), (0.0, 0.05, 0.9, 0.999)):
        assert torch.equal(TopP(top_p)(rows(), one), TopPLogitsWarper(top_p)(rows(), one))
    if spread > 2:
        monkeypatch.setattr("studio.runtime.text.top_p.TopPLogitsWarper.__call__", None)
        assert TopP(0.95)(rows(), scores).isfinite().sum() < 1500, "nothing was sorted"


def test_samplers_come_in_the_order_of_the_field() -> None:
    every = Chosen(
        temperature=0.8,
        top_p=0.9,
        top_k=40,
        min_p=0.05,
        repetition_penalty=1.1,
        dry_multiplier=0.8,
        xtc_probability=0.5,
        banned=("sea",),
    )
    chooser = Chooser(every, Bans(("sea",), VOCABULARY), NOTHING, [0], 0)
    assert [type(one).__name__ for one in chooser._processors] == [
        "RepetitionPenaltyLogitsProcessor",
        "Dry",
        "Banned",
        "TemperatureLogitsWarper",
        "TopKLogitsWarper",
        "TopP",
        "MinPLogitsWarper",
        "Xtc",
    ]


def test_what_a_model_reads_and_cannot_write_is_no_fault() -> None:
    every = Chosen(
        temperature=1.0, top_p=0.9, top_k=3, min_p=1.0, repetition_penalty=1.3, dry_multiplier=1.0,
        xtc_probability=1.0, banned=("sea",),
    )  # fmt: skip
    chooser = Chooser(every, Bans(("sea",), VOCABULARY), NOTHING, [0], 2)
    assert chooser.choose(rows(9, 9, 9, 2), torch.tensor([[9.0, 1.0, 2.0, 0.0]])) == [0]


def test_logits_that_are_no_numbers_are_told() -> None:
    with pytest.raises(FloatingPointError):
        Chooser(COLDEST, None, NOTHING, [0], 0).choose(rows(1), torch.tensor([[0.0, math.nan]]))


def test_wishes_without_effect_are_noted() -> None:
    desk = Desk("job", Path(), [].append)
    job = Reply(
        id="job",
        model=ModelSpec(id="m", name="m", path="m", family="language", base="llama", abilities=()),
        conversation="c",
        message="m",
        turns=(ChatTurn("user", "hi"),),
        sampling=Sampling(temperature=0.0, xtc_probability=0.5, dry_multiplier=0.8, dry_allowed_length=3),
    )
    chosen = choose(job, desk)
    assert (chosen.dry_multiplier, chosen.dry_base, chosen.dry_allowed_length) == (0.8, 1.75, 3)
    assert [note.params["name"] for note in desk.notes] == ["xtc_probability"]
    strict = msgspec.structs.replace(job, sampling=Sampling(temperature=1.0, top_p=0.0))
    assert choose(strict, desk).top_p == 0.0, "the likeliest alone, and not all of them"
