"""Captions say what they are told to, in both languages and both manners."""

import random

import free_en
import free_zh
import pytest
import words_en
import words_zh
from caption import CAPTION_SLOTS, caption, choose
from scene import COLOURS, STYLES, THINGS, sample

NOTHING = dict.fromkeys(CAPTION_SLOTS, "")
WRITERS = [
    (words_en, [words_en.STYLE]),
    (free_en, [words_en.STYLE, free_en.MORE_STYLES]),
    (words_zh, [words_zh.STYLE]),
    (free_zh, [words_zh.STYLE, free_zh.MORE_STYLES]),
]


@pytest.mark.parametrize(("writer", "tables"), WRITERS)
@pytest.mark.parametrize("style", STYLES)
def test_a_named_style_stands_in_the_caption(writer, tables, style):
    rng = random.Random(2)
    names = [name for table in tables for name in table[style]]
    for said in (NOTHING, NOTHING | {"thing": "boat", "ground": "sea", "number": "1"}):
        texts = [writer.write(said | {"style": style}, rng) for _ in range(40)]
        assert [text for text in texts if not any(name in text for name in names)] == []


@pytest.mark.parametrize(("writer", "tables"), WRITERS)
def test_a_caption_without_style_names_none(writer, tables):
    rng = random.Random(3)
    said = NOTHING | {"sky": "day", "ground": "meadow", "thing": "house", "colour": "red", "number": "1"}
    texts = [writer.write(said, rng) for _ in range(200)]
    names = {name for style in STYLES for name in tables[0][style]}
    assert [text for text in texts if any(name in text for name in names)] == []


@pytest.mark.parametrize("writer", [writer for writer, _ in WRITERS])
@pytest.mark.parametrize("thing", THINGS[:-1])
def test_every_thing_has_words_in_all_its_colours(writer, thing):
    rng = random.Random(4)
    number = "" if thing in ("flowers", "birds") else "1"
    for colour in COLOURS[thing]:
        for _ in range(5):
            assert writer.write(NOTHING | {"thing": thing, "colour": colour, "number": number}, rng)


def test_a_scene_says_its_style_unless_it_is_flat():
    rng = random.Random(5)
    said = [(scene.style, choose(scene, rng)["style"]) for scene in (sample(rng) for _ in range(3000))]
    assert all(word in ("", style) for style, word in said)
    flat = [word for style, word in said if style == "flat"]
    other = [word for style, word in said if style != "flat"]
    assert 0.1 < flat.count("flat") / len(flat) < 0.2
    assert other.count("") / len(other) < 0.05


def test_captions_answer_every_slot_in_order():
    rng = random.Random(6)
    for _ in range(50):
        said = caption(sample(rng), rng).said
        assert list(said) == list(CAPTION_SLOTS)
        assert all(said[slot] in words for slot, words in CAPTION_SLOTS.items())
