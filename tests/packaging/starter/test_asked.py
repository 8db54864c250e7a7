"""The judge's prompts are nobody's training captions."""

from itertools import chain

import asked
import free_en
import free_zh
import pytest
import words_en
import words_zh


def _phrases(table) -> set[str]:
    """Every phrase in a table of phrases, or of tables."""
    if isinstance(table, str):
        return {table}
    return set(chain.from_iterable(map(_phrases, table.values() if isinstance(table, dict) else table)))


@pytest.mark.parametrize(("language", "tables"), [("en", (words_en, free_en)), ("zh", (words_zh, free_zh))])
def test_no_caption_says_sky_ground_or_place_as_the_judge_does(language, tables):
    captions = [
        phrase
        for module in tables
        for name, table in vars(module).items()
        if name.isupper()
        for phrase in _phrases(table)
    ]
    mine = _phrases([asked.SKY[language], asked.GROUND[language], asked.PLACE[language]])
    assert {phrase for phrase in mine if any(phrase in caption for caption in captions)} == set()


def test_every_scene_is_asked_for_in_both_languages():
    pairs = asked.ask(22, seed=3)
    english, chinese = pairs[::2], pairs[1::2]
    assert [one.language for one in english + chinese] == ["en"] * 22 + ["zh"] * 22
    for one, other in zip(english, chinese, strict=True):
        assert one.text != other.text
        assert (one.sky, one.ground, one.thing) == (other.sky, other.ground, other.thing)
        assert (one.colour, one.place, one.number) == (other.colour, other.place, other.number)


def test_the_same_seed_asks_the_same():
    assert asked.ask(11, seed=5) == asked.ask(11, seed=5)
    assert asked.ask(11, seed=5) != asked.ask(11, seed=6)
