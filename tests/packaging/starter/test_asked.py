"""The judge's prompts are nobody's training captions."""

import random
from itertools import chain

import asked
import free_en
import free_zh
import pytest
import words_en
import words_zh
from caption import choose, wording
from scene import STYLES, sample


def _phrases(table) -> set[str]:
    """Every phrase in a table of phrases, or of tables."""
    if isinstance(table, str):
        return {table}
    return set(chain.from_iterable(map(_phrases, table.values() if isinstance(table, dict) else table)))


@pytest.mark.parametrize(("language", "tables"), [("en", (words_en, free_en)), ("zh", (words_zh, free_zh))])
def test_no_caption_says_style_sky_ground_or_place_as_the_judge_does(language, tables):
    captions = [
        phrase
        for module in tables
        for name, table in vars(module).items()
        if name.isupper()
        for phrase in _phrases(table)
    ]
    tables = (asked.STYLE, asked.SKY, asked.GROUND, asked.PLACE)
    mine = _phrases([table[language] for table in tables])
    assert {phrase for phrase in mine if any(phrase in caption for caption in captions)} == set()


@pytest.mark.parametrize("free", [False, True])
def test_no_written_caption_does_either(free):
    rng = random.Random(5)
    captions = "\n".join(wording(choose(sample(rng), rng), rng, free=free) for _ in range(20_000)).lower()
    mine = {phrase.lower() for phrase in _phrases([asked.STYLE, asked.SKY, asked.GROUND, asked.PLACE])}
    assert {phrase for phrase in mine if phrase in captions} == set()


@pytest.mark.parametrize("ask", [asked.ask, asked.ask_styled])
def test_every_scene_is_asked_for_in_both_languages(ask):
    pairs = ask(24, seed=3)
    english, chinese = pairs[::2], pairs[1::2]
    assert [one.language for one in english + chinese] == ["en"] * 24 + ["zh"] * 24
    for one, other in zip(english, chinese, strict=True):
        assert one.text != other.text
        assert (one.style, one.sky, one.ground, one.thing) == (
            *(other.style, other.sky),
            *(other.ground, other.thing),
        )
        assert (one.colour, one.place, one.number) == (other.colour, other.place, other.number)


def test_every_thing_is_asked_for_in_every_sky():
    assert len({(one.thing, one.sky) for one in asked.ask(48, seed=1)}) == 48


def test_a_prompt_asks_for_a_flat_picture_unless_it_names_a_style():
    assert {one.style for one in asked.ask(24, seed=1)} == {"flat"}
    for one in asked.ask_styled(60, seed=1):
        assert one.style in STYLES[1:]
        assert any(name in one.text for name in asked.STYLE[one.language][one.style])


def test_the_same_seed_asks_the_same():
    assert asked.ask(11, seed=5) == asked.ask(11, seed=5)
    assert asked.ask(11, seed=5) != asked.ask(11, seed=6)
