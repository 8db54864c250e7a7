"""Thoughts: between the same marks whatever a model's own are, and brought to an end."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoTokenizer

from studio.catalog.files import ModelFolder
from studio.catalog.inspect import inspect_model
from studio.catalog.thoughts import thoughts_of
from studio.core.sampling import Sampling
from studio.core.thoughts import HARMONY, askable
from studio.core.turns import ChatTurn
from studio.runtime.desk import Desk
from studio.runtime.text.answer import Answer
from studio.runtime.text.load import LoadedText
from studio.runtime.text.spelled import SpelledThoughts
from studio.runtime.text.stream import TextStream
from studio.runtime.text.template import write_prompt
from studio.runtime.text.thinking import Thoughts, marks_of, template_settings
from tests import zoo
from tests.runtime.texts import Asked, load

PAIRS = {
    "qwen": ("<think>", "</think>", ""),
    "magistral": ("[THINK]", "[/THINK]", ""),
    "gemma 4": ("<|channel>", "<channel|>", "thought\n"),
}


NONE = Sampling()


def knowing(*marks: str, special: bool = True) -> Any:
    tokenizer = zoo.text_tokenizer()
    tokenizer.add_tokens(list(marks), special_tokens=special)
    return tokenizer


def shown(tokenizer: Any, text: str, sampling: Sampling = NONE, prompt: str = "", begun: str = "") -> str:
    """What the stream shows of an answer of these tokens; all that were forced are added at their place."""
    marks = marks_of(tokenizer)
    desk = Desk("job", Path(), [].append)
    end = tokenizer.convert_tokens_to_ids("<|im_end|>")
    ends = frozenset({end, *([marks.closes] if marks and marks.says is not None else [])})
    thoughts = Thoughts(tokenizer, marks) if marks else SpelledThoughts(tokenizer)
    answer = Answer(0, TextStream(tokenizer, ("never",)), thoughts, sampling, ends, 1000, desk)
    answer.begin(tokenizer(prompt).input_ids, begun)
    for token in tokenizer(text).input_ids:
        while answer.forced:
            answer.add(answer.forced.popleft())
        if answer.finish:
            break
        answer.add(token)
    answer.show_rest()
    return desk.text


@pytest.mark.parametrize("special", [True, False])
@pytest.mark.parametrize("name", PAIRS)
def test_the_marks_of_every_model_are_shown_as_the_same(name: str, special: bool) -> None:
    opens, closes, heading = PAIRS[name]
    tokenizer = knowing(opens, closes, special=special)
    written = f"{opens}{heading}the sea 你好{closes}a boat<|im_end|>more"
    assert shown(tokenizer, written) == "<think>the sea 你好</think>a boat"
    assert shown(tokenizer, "a boat") == "a boat"


def test_channels_are_shown_as_thoughts_and_answer() -> None:
    tokenizer = knowing("<|channel|>", "<|message|>", "<|end|>", "<|start|>")
    written = "<|channel|>analysis<|message|>the sea<|end|>"
    written += "<|start|>assistant<|channel|>final<|message|>a boat<|end|>x"
    assert shown(tokenizer, written) == "<think>the sea</think>a boat"
    short = Sampling(thinking_budget=1)
    assert shown(tokenizer, "<|channel|>analysis<|message|>the sea", short) == "<think>the</think> sea"


def test_thoughts_that_the_template_opens_are_shown_as_such() -> None:
    tokenizer = knowing("<think>", "</think>", special=False)
    assert shown(tokenizer, "the sea</think>a boat", prompt="go<think>\n") == "<think>the sea</think>a boat"
    closed = "go<think>\n\n</think>\n\n"
    assert shown(tokenizer, "a boat", prompt=closed) == "a boat"
    begun = "<think>well, "
    assert (
        shown(tokenizer, "the sea</think>a boat", prompt=f"go{begun}", begun=begun) == "the sea</think>a boat"
    )


def test_thoughts_end_with_their_budget() -> None:
    tokenizer = knowing("<think>", "</think>", special=False)
    short = Sampling(thinking_budget=3)
    text = shown(tokenizer, "<think>a small house under the old tree", short)
    thought, _, rest = text.removeprefix("<think>").partition("</think>")
    assert len(tokenizer(thought).input_ids) == 3 and rest.strip()
    assert shown(tokenizer, "<think>a</think>house under the old tree", short).count("</think>") == 1
    assert shown(tokenizer, "<think>a small", Sampling(thinking_budget=0)).startswith("<think></think>")
    begun = "<think>a small house under"  # of which the budget is spent
    assert shown(tokenizer, " the old tree", short, prompt=begun, begun=begun).count("</think>") == 1
    assert shown(tokenizer, " the", short, prompt=begun, begun=begun) == " the"


@pytest.mark.parametrize("marks", [("<think>", "</think>"), ()])
def test_an_answer_that_speaks_of_the_marks_goes_on_without_thoughts(marks: tuple[str, ...]) -> None:
    tokenizer = knowing(*marks, special=False)
    for begun in ("Models write <think> first", "<think>Hm.</think>Models write <think> first"):
        rest = ", and a small house under the old tree"
        assert shown(tokenizer, rest, Sampling(thinking_budget=2), prompt=begun, begun=begun) == rest


def test_thoughts_between_marks_that_are_spelled_out() -> None:
    tokenizer, short = zoo.text_tokenizer(), Sampling(thinking_budget=9)
    assert marks_of(tokenizer) is None and len(tokenizer("</think>").input_ids) > 4
    text = shown(tokenizer, "<think>a small house under the old tree and the sea, the sea", short)
    thought, _, rest = text.removeprefix("<think>").partition("</think>")
    assert thought and rest.strip() and text.count("</think>") == 1
    assert shown(tokenizer, "the sea</think>a boat", prompt="go<think>\n") == "<think>the sea</think>a boat"
    cut = shown(tokenizer, "the sea, the old tree and the sea", short, prompt="<think>x", begun="<think>x")
    assert cut.count("</think>") == 1
    for said in ("of <think> it says: a small house under the old tree", "<think></think>of <think> it says"):
        assert shown(tokenizer, said, short) == said


@pytest.mark.parametrize(
    "marks, opens, closes",
    [
        (("<think>", "</think>"), "<think>", "</think>"),
        (("[THINK]", "[/THINK]"), "[THINK]", "[/THINK]"),
        (HARMONY, "<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"),
    ],
)
def test_an_answer_goes_on_with_the_marks_of_its_model(marks: Sequence[str], opens: str, closes: str) -> None:
    tokenizer, desk = knowing(*marks), Desk("job", Path(), [].append)
    turns = [
        ChatTurn("user", "hi"),
        ChatTurn("assistant", "<think>the sea</think>\nold"),
        ChatTurn("user", "go"),
    ]

    def written(begun: str) -> str:
        return write_prompt(tokenizer, turns, desk, begun=begun).text.rpartition("assistant\n")[2]

    assert written("<think>the sea") == f"{opens}the sea"
    assert written("<think>the sea</think>a boat") == f"{opens}the sea{closes}a boat"
    assert written("a boat") == ("<|channel|>final<|message|>a boat" if marks is HARMONY else "a boat")
    assert "<think>" not in write_prompt(tokenizer, turns, desk).text, "what was thought before is not read"
    tokenizer.chat_template = tokenizer.chat_template.replace("assistant\n", f"assistant\n{marks[0]}\n")
    if marks is not HARMONY:
        assert written("<think>the sea") == f"{marks[0]}\nthe sea"
    tokenizer.chat_template += "{# </think> #}"
    assert "<think>the sea" in write_prompt(tokenizer, turns, desk).text.replace("\ufdd0", "").replace(
        "\ufdd1", ""
    )


def test_templates_are_told_by_the_variables_that_they_ask_for() -> None:
    assert template_settings("{% if enable_thinking %}", "off") == {"enable_thinking": False}
    assert template_settings("{% if thinking %}", "on") == {"thinking": True}
    assert template_settings("{{ reasoning_effort }}", "off") == {"reasoning_effort": "low"}
    assert template_settings("{% if enable_thinking %}", "") == template_settings(None, "on") == {}
    assert template_settings("{{ message.thinking }}{{ message['thinking'] }}", "off") == {}
    assert askable("{% if thinking %}", ()) == ("on", "off")
    assert askable("{{ reasoning_effort }}", HARMONY) == ("off", "budget")
    assert askable("{{ message.thinking }}", ("<think>",)) == ()
    assert askable("{{ content.split('</think>')[-1] }}", ()) == ("budget",)


@pytest.fixture(scope="module")
def thinker(tmp_path_factory: pytest.TempPathFactory) -> LoadedText:
    """Its template opens the thoughts unless it is told not to."""
    path = zoo.llama(tmp_path_factory.mktemp("thinker") / "model")
    tokenizer = AutoTokenizer.from_pretrained(path)
    tokenizer.add_tokens(["<think>", "</think>"])
    opening = "<|im_start|>assistant\n{% if enable_thinking is defined and not enable_thinking %}"
    opening += "<think>\n\n</think>\n\n{% else %}<think>\n{% endif %}"
    tokenizer.chat_template = tokenizer.chat_template.replace("<|im_start|>assistant\n", opening)
    tokenizer.save_pretrained(path)
    assert inspect_model(path).thinks == ("on", "off", "budget")
    loaded = load(path)
    torch.manual_seed(0)
    loaded.model.resize_token_embeddings(len(tokenizer))
    return loaded


@pytest.mark.parametrize("takes", [1, 3])
def test_a_model_that_thinks_does_so_as_asked(thinker: LoadedText, takes: int) -> None:
    sampling = Sampling(temperature=1.0, seed=5, max_new_tokens=30, thinking_budget=6)
    asked = Asked(thinker, "hello", sampling, takes=takes)
    assert all(text.startswith("<think>") and text.count("</think>") >= 1 for text in asked.texts)
    assert asked.notes["thinking_cut"] == {"tokens": 6}
    off = Asked(thinker, "hello", Sampling(temperature=0.0, max_new_tokens=8, thinking="off"))
    assert not off.result.text.startswith("<think>") and not off.notes


def test_a_damaged_tokenizer_tells_nothing_of_thoughts(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text('{"model": ' + "[" * 100_000)
    assert thoughts_of(ModelFolder(tmp_path)) is None


def test_a_model_that_cannot_think_says_so(tmp_path: Path) -> None:
    loaded = load(zoo.llama(tmp_path / "model"))
    assert inspect_model(tmp_path / "model").thinks == ()
    asked = Asked(
        loaded, "hello", Sampling(temperature=0.0, max_new_tokens=4, thinking="on", thinking_budget=9)
    )
    assert [note.params["name"] for note in asked.result.notes] == ["thinking_budget", "thinking"]
    assert not Asked(loaded, "hello", Sampling(temperature=0.0, max_new_tokens=4, thinking="off")).notes


def test_nothing_is_shown_before_the_first_token() -> None:
    """What has shown something is not tried again where memory was short while the prompt was read."""
    tokenizer, desk = knowing("<think>", "</think>"), Desk("job", Path(), [].append)
    marks = marks_of(tokenizer)
    assert marks
    answer = Answer(0, TextStream(tokenizer, ()), Thoughts(tokenizer, marks), NONE, frozenset(), 9, desk)
    answer.begin(tokenizer("hello<think>").input_ids, "")
    answer.show_rest()
    assert not desk.delivered
    answer.add(tokenizer("sea").input_ids[0])
    answer.show_rest()
    assert desk.delivered and desk.text.startswith("<think>") and len(desk.text) > len("<think>")
