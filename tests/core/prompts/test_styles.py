"""Styles: laid over words in order, read from TOML, written so that a person can go on with them."""

import pytest

from studio.core.errors import PromptTooLong, StylesDamaged
from studio.core.paths import resources_dir
from studio.core.prompts.alternatives import parse
from studio.core.prompts.styles import laid_over, named, read_styles, styled, styled_negative, write_styles
from studio.core.prompts.written import Style

INK = Style(name="Ink", prompt="ink drawing of {prompt}, black and white", negative_prompt="colour")
SOFT = Style(name="Soft", prompt="soft light", titles={"zh": "柔光"})


def test_styles_are_laid_over_in_order():
    assert styled("a boat", (INK, SOFT)) == "ink drawing of a boat, black and white, soft light"
    assert styled("a boat", (SOFT, INK)) == "ink drawing of a boat, soft light, black and white"
    assert styled("a boat", ()) == "a boat"


def test_without_words_a_style_stands_alone():
    assert styled(" ", (SOFT,)) == "soft light"
    assert styled("", (Style(name="x", prompt="{prompt}, soft light"),)) == "soft light"


def test_negatives_are_joined():
    assert styled_negative("fog", (INK, SOFT)) == "fog, colour"
    assert styled_negative("", (SOFT,)) == ""


def test_styles_that_double_the_words_come_to_an_end():
    twice = Style(name="twice", prompt="{prompt} {prompt}")
    with pytest.raises(PromptTooLong):
        styled("word", (twice,) * 40)


def test_what_is_written_is_read_as_the_same():
    mine = (
        Style(name='A "quoted" \\ name', prompt="{prompt}\nsecond line\x7f", own=True),
        Style(
            name="水墨", prompt="ink", negative_prompt="colour", titles={"en": "Ink", "zh": "水墨"}, own=True
        ),
    )
    text = write_styles(mine)
    assert read_styles(text, "styles.toml", own=True) == mine
    assert 'name = "水墨"' in text


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[[style]]\nname = ", 2),
        ('[[style]]\nname = "a"\nprompt = "x"\n\n[[style]]\nname = 3', 5),
        ('[[style]]\nname = "a"\nprompt = "x"\n[[style]]\nname = "A"\nprompt = "y"', 4),
        ('[[style]]\nprompt = "x"', 1),
        ('[[style]]\nname = " "\nprompt = "x"', 1),
        ('[[style]]\nname = "a"', 1),
        ('[[style]]\nname = "a"\nprompt = "{x|"', 1),
        ('[[style]]\nname = "a"\nprompt = "x"\ncolour = "red"', 1),
        ("style = 1", 1),
        ("[other]", 1),
    ],
)
def test_what_cannot_be_used_is_told_with_its_line(text: str, line: int):
    with pytest.raises(StylesDamaged) as caught:
        read_styles(text, "styles.toml")
    assert caught.value.params["line"] == line


def test_ones_own_take_the_place_of_those_of_the_same_name():
    mine = Style(name="INK", prompt="mine", own=True)
    assert laid_over((INK, SOFT), (mine,)) == (mine, SOFT)


def test_a_style_is_found_by_name_or_title():
    assert named((INK, SOFT), " ink ") is INK
    assert named((INK, SOFT), "柔光") is SOFT
    assert named((INK, SOFT), "oil") is None


def test_the_shipped_styles_can_be_used_and_have_titles_in_both_languages():
    styles = read_styles((resources_dir() / "styles.toml").read_text("utf-8"), "styles.toml")
    assert 20 <= len(styles) <= 32
    for style in styles:
        assert set(style.titles) == {"en", "zh"}, style.name
        assert "a boat" in styled("a boat", (style,))
        assert parse(style.prompt).possible == 1
