"""Prompts with alternatives and wildcards: what they become, what is refused, and that nothing explodes."""

from collections import Counter
from random import Random

import pytest

from studio.core.errors import (
    PromptTooLong,
    PromptUnclosed,
    StudioError,
    TooManyPicked,
    WildcardMissing,
    WildcardNotFound,
    WildcardRefersToItself,
    WildcardUnclosed,
)
from studio.core.prompts.alternatives import expand, parse
from studio.core.prompts.wildcards import Wildcards
from studio.core.prompts.written import MOST_COUNTED, Style

NONE = Wildcards()
SOME = Wildcards(
    {"colour": ["red", "{dark|light} blue"], "things/pet": ["__colour__ cat", "dog"], "time": ["dawn"]}
)


def every(text: str, wildcards: Wildcards = NONE) -> list[str]:
    template = parse(text, wildcards)
    return [template.prompt(number) for number in range(template.possible)]


@pytest.mark.parametrize(
    ("text", "prompts"),
    [
        ("{red|blue}", ["red", "blue"]),
        ("a {red|blue} {cat|dog}", ["a red cat", "a red dog", "a blue cat", "a blue dog"]),
        ("{a|{b|c} d}", ["a", "b d", "c d"]),
        ("{2$$a|b|c}", ["a, b", "a, c", "b, c"]),
        ("{2$$a|{b|c}}", ["a, b", "a, c"]),
        ("{2$$a|b}", ["a, b"]),
        ("{0$$a|b}", [""]),
        ("{2::red | blue }", ["red", "blue"]),
        ("{0::red|blue}", ["blue"]),
        ("{red|red|blue}", ["red", "blue"]),
        ("a{| very} big", ["a big", "avery big"]),
        (r"\{a\|b\}", ["{a|b}"]),
        (r"\__a__ {x|y}", ["__a__ x", "__a__ y"]),
        (r"\\{x|y}", [r"\\x", r"\\y"]),
        ("# not a comment", ["# not a comment"]),
        ("(word:1.2) [soft] ((( ]", ["(word:1.2) [soft] ((( ]"]),
        ("<lora:a__b__c:0.8> {x|<lora:ink:1>}", ["<lora:a__b__c:0.8> x", "<lora:a__b__c:0.8> <lora:ink:1>"]),
        ("{plain} } | {{x}}", ["{plain} } | {{x}}"]),
        ("{2::plain}", ["{2::plain}"]),
        ('{"scene": "a|b", "light": {"a": 1}}', ['{"scene": "a|b", "light": {"a": 1}}']),
        ("", [""]),
    ],
)
def test_combinations_in_the_order_in_which_they_are_written(text: str, prompts: list[str]):
    assert every(text) == prompts


def test_wildcards_hold_alternatives_and_other_wildcards():
    assert every("__things/pet__", SOME) == ["red cat", "dark blue cat", "light blue cat", "dog"]
    assert every("__Colour__ at __TIME__", SOME)[0] == "red at dawn"
    assert every("{2$$__colour__}", SOME) == ["red, dark blue", "red, light blue"]


@pytest.mark.parametrize(
    ("text", "position"), [("{|", 1), ("a {b|c", 3), ("{a|b} {", 7), ("{a|{b|c}", 1), ("(((|{", 5)]
)
def test_a_brace_that_stays_open_is_refused_with_its_place(text: str, position: int):
    with pytest.raises(PromptUnclosed) as caught:
        parse(text)
    assert caught.value.params == {"position": position}


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("color", "colour"), ("pet", "things/pet"), ("pets", "things/pet")],
)
def test_a_missing_wildcard_is_named_with_its_nearest(name: str, nearest: str):
    with pytest.raises(WildcardMissing) as caught:
        parse(f"a __{name}__", SOME)
    assert caught.value.params == {"name": name, "nearest": nearest}


@pytest.mark.parametrize(
    ("text", "picked", "options"),
    [("{9$$a|b}", 9, 2), ("{2$$a|a}", 2, 1), ("{3$$__colour__}", 3, 2), ("{x|{4$$a|b|c}}", 4, 3)],
)
def test_more_than_there_are_cannot_be_picked(text: str, picked: int, options: int):
    for _ in range(2):
        with pytest.raises(TooManyPicked) as caught:
            parse(text, SOME)
        assert caught.value.params == {"picked": picked, "options": options}


def test_where_no_wildcard_has_a_similar_name_some_are_told():
    for wildcards, known in ((SOME, "colour, things/pet, time"), (NONE, "–")):
        with pytest.raises(WildcardNotFound) as caught:
            parse("a __zzz__", wildcards)
        assert caught.value.params == {"name": "zzz", "known": known}
    with pytest.raises(WildcardNotFound) as caught:
        parse("a __missing__", Wildcards({name: ["x"] for name in "abcdef"}))
    assert caught.value.params["known"] == "a, b, c, d, e, …"


def test_a_wildcard_that_leads_back_to_itself_is_refused_with_the_chain():
    ring = Wildcards({"start": ["__A__"], "A": ["x", "{y|__b__}"], "b": ["__a__"], "me": ["__me__"]})
    ring.prepare()
    for name, chain in {"start": "A → b → A", "me": "me → me"}.items():
        with pytest.raises(WildcardRefersToItself) as caught:
            parse(f"__{name}__", ring)
        assert caught.value.params["chain"] == chain


def test_what_a_text_calls_with_what_that_calls():
    ring = Wildcards({"start": ["__A__"], "A": ["x", "{y|__b__}"], "b": ["__a__", "__Gone__"], "c": ["z"]})
    assert ring.called(["__start__"]) == {"start", "a", "b", "gone"}
    assert ring.called(["{open", r"\__c__"]) == set()


def test_a_broken_entry_is_told_with_its_wildcard_and_the_others_work():
    wildcards = Wildcards({"bad": ["ok", "{x|y"], "good": ["fine"]})
    wildcards.prepare()
    with pytest.raises(WildcardUnclosed) as caught:
        parse("__bad__", wildcards)
    assert caught.value.params == {"name": "bad", "entry": "{x|y"}
    assert every("__good__", wildcards) == ["fine"]


def test_weights_count_when_one_is_drawn():
    template = parse("{8::red|blue}")
    drawn = Counter(template.chosen(Random(seed)) for seed in range(300))
    assert drawn["red"] > 2 * drawn["blue"] > 0


def test_several_are_drawn_by_weight_too_and_never_the_same_twice():
    template = parse("{2$$9::a|b|9::c}")
    drawn = Counter(template.chosen(Random(seed)) for seed in range(200))
    assert set(drawn) == {"a, b", "a, c", "b, c"}
    assert drawn["a, c"] > drawn["a, b"] + drawn["b, c"]


def test_more_pictures_than_prompts_go_round():
    expanded = expand("{a|b} c", (), "", NONE, 5, seed=1)
    assert expanded.prompts == ("a c", "b c", "a c", "b c", "a c")
    assert expanded.possible == 2


def test_fewer_pictures_than_prompts_are_different_ones_by_the_seed():
    text = "{1|2|3|4|5|6|7} {1|2|3|4|5|6|7}"
    first = expand(text, (), "", NONE, 16, seed=7)
    assert len(set(first.prompts)) == 16
    assert first.possible == 49
    assert expand(text, (), "", NONE, 16, seed=7) == first
    assert expand(text, (), "", NONE, 16, seed=8).prompts != first.prompts


def test_an_option_that_chance_hardly_finds_is_still_there_when_it_is_needed():
    expanded = expand("{100000::a|b|c|d|e}", (), "", NONE, 4, seed=3)
    assert len(set(expanded.prompts)) == 4


def test_a_plain_prompt_is_that_of_every_picture():
    assert expand("a boat", (), "fog", NONE, 3, 0).prompts == ("a boat",) * 3


def test_alternatives_of_a_style_are_gone_through_as_well():
    style = Style(name="s", prompt="{oil|ink} of {prompt}", negative_prompt="blur")
    expanded = expand("{a|b}", (style,), "fog", NONE, 4, 0)
    assert expanded.prompts == ("oil of a", "oil of b", "ink of a", "ink of b")
    assert expanded.negative_prompt == "fog, blur"


def test_what_is_wrong_with_the_words_is_placed_in_the_words():
    style = Style(name="s", prompt="a long beginning, {prompt}")
    with pytest.raises(PromptUnclosed) as caught:
        expand("x {a|", (style,), "", NONE, 1, 0)
    assert caught.value.params == {"position": 3}


def test_counting_stops_at_its_most():
    assert parse("{a|b}" * 60).possible == MOST_COUNTED
    assert parse("{20$$" + "|".join(map(str, range(60))) + "}").possible == MOST_COUNTED
    template = parse("{3$$" + "|".join(map(str, range(300))) + "}")
    assert template.prompt(0) == "0, 1, 2"
    assert len({template.prompt(number) for number in range(0, MOST_COUNTED, 9973)}) == 101


@pytest.mark.parametrize(
    "text",
    [
        "{a|" * 5000 + "b" + "}" * 5000,
        "{" * 5000 + "b" + "}" * 5000,
        "{a|b}" * 4000,
        "{" * 20_000,
        "{|" * 10_000,
        "(" * 20_000,
        "__a" * 6_666,
        "\\" * 20_000,
        "<lora:" * 3_000,
        "{" + "|" * 19_998 + "}",
        "{2$$" * 2_500 + "}" * 2_500,
        "{99$$" + "a|b|" * 4_900 + "c}",
    ],
)
def test_garbage_is_text_or_a_sentence(text: str):
    try:
        expanded = expand(text, (), "", NONE, 16, 5)
    except StudioError as error:
        assert isinstance(
            error, PromptUnclosed | PromptTooLong | TooManyPicked | WildcardMissing | WildcardNotFound
        )
    else:
        assert len(expanded.prompts) == 16


def test_five_thousand_nested_braces_are_read():
    template = parse("{|" * 5000 + "b" + "}" * 5000)
    assert template.possible == 5001
    assert {template.prompt(number) for number in (0, 2500, 5000)} == {"", "b"}


def test_wildcards_that_double_each_other_are_refused_and_not_written_out():
    doubling = {f"w{n}": [f"__w{n + 1}____w{n + 1}__"] for n in range(60)}
    for last in ("word", ""):
        with pytest.raises(PromptTooLong):
            expand("__w0__", (), "", Wildcards(doubling | {"w60": [last]}), 4, 1)


def test_a_long_chain_and_a_large_wildcard():
    chain = {f"w{n}": [f"__w{n + 1}__"] for n in range(5000)} | {"w5000": ["end"]}
    assert every("__w0__", Wildcards(chain)) == ["end"]
    large = Wildcards({"large": [f"word {n}" for n in range(100_000)]})
    assert large.names == {"large": 100_000}
    assert parse("__large__", large).possible == 100_000
    assert parse("__large__", large).prompt(77_777) == "word 77777"
    assert len(set(expand("{3$$__large__}", (), "", large, 16, 1).prompts)) == 16
