"""What is coloured in a prompt: exactly the marks that mean something."""

import pytest

from studio.core.model import Kind, ModelSpec
from studio.core.model_names import LoraNames
from studio.core.prompts.spans import SpanKind, spans

INK = ModelSpec(
    id="local/ink", name="Ink", family="", base="", abilities=(), path="/loras/ink.sft", kind=Kind.LORA
)


def marked(text: str, wildcards=None, loras=None) -> list[tuple[str, str]]:
    return [(text[one.start : one.end], one.kind.value) for one in spans(text, wildcards, loras)]


def test_each_kind_is_found():
    text = "a (cat:1.2), {red|2::blue}, __time__, <lora:ink:0.8>"
    assert marked(text) == [
        ("(cat:1.2)", "weight"),
        ("{", "alternatives"),
        ("|2::", "alternatives"),
        ("}", "alternatives"),
        ("__time__", "wildcard"),
        ("<lora:ink:0.8>", "lora"),
    ]


def test_a_weight_comes_before_what_it_encloses():
    assert marked("(__time__:1.2)") == [("(__time__:1.2)", "weight"), ("__time__", "wildcard")]


def test_a_brace_that_stays_open_is_an_error_and_so_is_a_wildcard_that_is_not_there():
    assert marked("x {a|b {c|d}") == [
        ("{", "error"),
        ("{", "alternatives"),
        ("|", "alternatives"),
        ("}", "alternatives"),
    ]
    assert marked("__time__ __tame__", {"time"}) == [("__time__", "wildcard"), ("__tame__", "error")]


def test_a_lora_that_is_not_there_is_an_error():
    assert marked("<lora:Ink:0.8> <lora:inc:1>", None, LoraNames([INK])) == [
        ("<lora:Ink:0.8>", "lora"),
        ("<lora:inc:1>", "error"),
    ]


@pytest.mark.parametrize("text", ["", "{plain}", r"\{a\|b\}", "a | b }", "_a_", '{"a": "x|y"}', "# note"])
def test_plain_text_has_none(text: str):
    assert spans(text) == ()


@pytest.mark.parametrize("mark", ["(", "{", "[", "|", "}", "__", "\\", "{|", "<lora:"])
def test_a_long_row_of_marks_ends(mark: str):
    text = mark * (20_000 // len(mark))
    assert all(0 <= one.start < one.end <= len(text) for one in spans(text))


def test_kinds_are_words_that_a_theme_can_name():
    assert {kind.value for kind in SpanKind} == {"weight", "alternatives", "wildcard", "lora", "error"}
