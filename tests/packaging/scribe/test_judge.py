"""The judge: the grammar's own answers have full marks, others have not."""

import re
from difflib import SequenceMatcher
from random import Random
from statistics import mean

import pytest
from scribe import judge
from scribe.grammar import studio, talk
from scribe.items import Item, tell_story, translate
from scribe.judge import TASKS, score
from scribe.novelty import distinct_pairs, long_sentences, word_pairs
from scribe.phrase import write
from scribe.said import Wanted, mood_in, of_thing
from scribe.scene import Thing
from scribe.story import sample_story


class Oracle:
    """Gives every request the answer that `answer` makes of its item."""

    def __init__(self, make, name, count, answer):
        made = [
            make(Random(f"judge/{name}/{language}/{n}"), language)
            for language in ("en", "zh")
            for n in range(count)
        ]
        self._given = {item.ask: answer(item) for item in made}

    def answers(self, chats, sample=False):
        return [self._given[chat[-1]["content"]] for chat in chats]


@pytest.mark.parametrize("name", TASKS)
def test_the_grammars_own_answers_have_full_marks(name):
    make = TASKS[name]
    scored, _ = score(Oracle(make, name, 12, lambda item: item.right), make, name, 12)
    assert mean(scored.format.values()) >= 0.95
    assert mean(scored.attributes.values()) >= 0.95


@pytest.mark.parametrize("name", TASKS)
def test_an_answer_that_ignores_the_request_has_none(name):
    make = TASKS[name]
    scored, _ = score(Oracle(make, name, 12, lambda item: "Hm"), make, name, 12)
    assert mean(scored.format.values()) == 0
    assert mean(scored.attributes.values()) == 0


@pytest.mark.parametrize(
    "name", ["prompt shortened", *(name for name in TASKS if name.startswith("passage"))]
)
def test_the_given_text_with_little_done_to_it_has_no_form(name):
    asked = [TASKS[name](Random(number), language) for language in ("en", "zh") for number in range(12)]
    for item in asked:
        given = handed_over(item)
        assert not any(map(item.formed, (given, given[:-1] + "!", given[:-1] + "！", given + given[-1])))


def test_a_prompt_handed_back_has_nothing_of_the_change():
    asked = [TASKS["the change itself"](Random(number), "en") for number in range(40)]
    assert not any(kept for item in asked for kept in item.kept(handed_over(item)))
    assert all(item.wanted or item.unwanted for item in asked)


def handed_over(item: Item) -> str:
    """The text that a request is about."""
    return re.split("[:：]\\s*", item.ask.split("\n\n")[0], maxsplit=1)[-1]


def test_a_colour_counts_only_beside_its_thing():
    cat = of_thing(Thing("cat", "black", 1, "left"), "en")
    assert all(one.kept("Pixel art postcard, a black cat on the left, a red boat") for one in cat)
    assert [one.kept("Pixel art postcard, a red cat on the left, a black boat") for one in cat] == [
        True,
        True,
        False,
        True,
    ]


def test_a_number_is_a_word_of_its_own():
    assert not Wanted(("a",), ("cats",)).kept("three black cats")
    assert Wanted(("三只",), ("猫",)).kept("左边三只黑色的猫")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_mood_of_a_story_is_told_from_its_text(language):
    asked = [tell_story(Random(number), language) for number in range(60)]
    moods = [(item.mood, mood_in(item.right, language)) for item in asked if item.mood]
    assert mean(mood == told for mood, told in moods) >= 0.95


def test_a_translation_in_the_wrong_language_has_no_form():
    item = translate(Random(1), "en")
    assert item.formed(item.right)
    assert not item.formed(item.ask)


def test_long_sentences_are_those_of_over_twelve_words():
    twelve = "one two three four five six seven eight nine ten eleven twelve"
    assert long_sentences(f"{twelve}. {twelve}, thirteen!") == {f"{twelve} thirteen"}
    assert long_sentences("小猫坐在窗边看雪。" + "雪" * 21 + "。") == {" ".join("雪" * 21)}


def test_distinct_pairs():
    assert distinct_pairs(["a b c", "a b d"]) == 0.75
    assert distinct_pairs([sample_story(Random(n), "en").text for n in range(5)]) > 0.6


def test_an_answer_is_told_by_the_fact_that_it_is_most_like():
    told = [
        [set(word_pairs(text)) for text in fact]
        for fact in (("Press Stop or Esc.",), ("Press F1 for keys.",))
    ]
    assert judge.nearest("Please press F1 for keys.", told) == 1


def test_the_table_gives_each_figure_its_verdict():
    scored = judge.Score({"en": 1.0, "zh": 0.8}, {"en": 0.95, "zh": 0.9})
    assert judge.table({"a task": scored})[-1] == "| a task | 1.00 | 0.80 | not met | 0.95 | 0.90 | met |"


@pytest.mark.long
@pytest.mark.parametrize("language", ["en", "zh"])
def test_questions_in_words_of_our_own_are_like_none_of_the_grammar(language):
    rng = Random(1)
    asks = {write(rng, ask) for fact in studio(language).facts for ask in fact.ask for _ in range(8)}
    numbers = {"n": "12", "m": "3"}
    outside = talk(language).outside
    asks |= {write(rng, ask, numbers) for topic in outside for ask in topic.ask for _ in range(8)}
    freely = judge.freely(language)
    for question in (*(ask for ask, _ in freely.studio), *freely.outside):
        like = SequenceMatcher(b=question)
        for ask in asks:
            like.set_seq1(ask)
            assert like.real_quick_ratio() < 0.75 or like.quick_ratio() < 0.75 or like.ratio() < 0.75, ask


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_phrase_of_a_right_answer_stands_in_one_fact_alone(language):
    rng = Random(2)
    told = [[write(rng, fact.answer) for _ in range(30)] for fact in studio(language).facts]
    for _, phrase in judge.freely(language).studio:
        assert sorted({sum(phrase in text for text in variants) for variants in told}) == [0, 30], phrase
