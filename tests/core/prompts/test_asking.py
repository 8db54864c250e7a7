"""What a text model is asked about a prompt, and the prompt alone out of its answer."""

import pytest

from studio.core.prompts.asking import (
    asked,
    asked_to_sum_up,
    cleaned,
    is_chinese,
    reads_like_prompt,
    sampling_for,
    title_in,
)
from tests.ui.fake_session import LARGE, SCRIBE

OTHER = LARGE  # any model that is no starter


def test_the_starter_is_asked_in_the_words_it_learned():
    [turn] = asked("write", "星空下的灯塔 ", SCRIBE)
    assert (turn.role, turn.content) == ("user", "把这个想法扩写成完整的提示词：星空下的灯塔")
    [turn] = asked("translate", "a boat", SCRIBE)
    assert turn.content == "Translate this prompt into Chinese: a boat"


def test_other_models_are_told_the_rules_first():
    rules, question = asked("translate", "一只船", OTHER)
    assert rules.role == "system" and "translate" in rules.content and "{one|other}" in rules.content
    assert question.content.endswith("英文：一只船")


def test_braces_of_the_person_stay_as_they_are():
    assert asked("write", "a {red|blue} boat", SCRIBE)[0].content.endswith("a {red|blue} boat")


@pytest.mark.parametrize(
    ("text", "chinese"),
    [
        ("海上的船", True),
        ("a boat at sea", False),
        ("", False),
        ("LoRA 风格的灯塔，大海", True),
        ("a 山", True),
        ("a quiet harbour called 上海 in the evening light", False),
    ],
)
def test_the_script_of_the_words_decides(text, chinese):
    assert is_chinese(text) is chinese


@pytest.mark.parametrize(
    "answer",
    [
        "a red boat, calm sea",
        '"a red boat, calm sea"',
        "“a red boat, calm sea”",
        "Prompt: a red boat, calm sea",
        "**Prompt:** a red boat, calm sea",
        "提示词：a red boat, calm sea",
        "Here is a prompt:\n\na red boat, calm sea",
        "```\na red boat, calm sea\n```",
        "```text\na red boat, calm sea\n```",
        "Here you are:\n```\na red boat, calm sea\n```",
        "<think>\nboats float.\n</think>\n\na red boat, calm sea",
    ],
)
def test_the_prompt_alone_is_taken_out_of_an_answer(answer):
    assert cleaned(answer) == "a red boat, calm sea"


@pytest.mark.parametrize(
    "prompt",
    ['"one" and "two"', "(red boat:1.2), {a|b}, __time__, <lora:ink:0.8>", "a sign: 'open'", "a boat:"],
)
def test_what_belongs_to_the_prompt_stays(prompt):
    assert cleaned(prompt) == prompt


def test_a_translation_is_the_likeliest_until_another_is_wanted():
    assert sampling_for("translate").temperature == 0
    assert sampling_for("translate", again=True).temperature is None
    assert sampling_for("write").temperature is None


def test_thoughts_under_way_are_not_shown():
    assert cleaned("<think>\nThe person wants") == ""


@pytest.mark.parametrize(
    ("answer", "about", "title"),
    [
        ("**Blue seas**", "Why are seas blue?", "Blue seas"),
        ("Title: 大海的颜色。", "大海为什么有颜色", "大海的颜色"),
        ("Почему море синее", "Почему море синее летом?", "Почему море синее"),
        ("Blue seas\n\nIt is a fine title.", "Why are seas blue?", ""),
        ("A story of sorrow", "Why are seas blue?", ""),
        ("!?", "Why are seas blue?", ""),
        ("A title of at most six words", "Give me a title of at most six words", ""),
    ],
)
def test_a_title_says_what_was_spoken_of(answer, about, title):
    assert title_in(answer, about) == title


def test_a_prompt_of_a_small_model_is_told_from_small_talk():
    assert reads_like_prompt("Watercolour, a red boat, calm sea.", "a boat")
    assert reads_like_prompt("水彩，一只红船，平静的大海", "红船")
    assert not reads_like_prompt("I like boats, and you, too. Ask me more, please.", "a boat")
    assert not reads_like_prompt("Watercolour, a cottage, calm sea", "a boat")


def test_a_summary_is_asked_for_in_the_language_of_the_conversation():
    assert "At most 80 words" in asked_to_sum_up("hello", 80).content
    turn = asked_to_sum_up("你好", 80)
    assert "80 个字" in turn.content and turn.kept
