"""How text models write the thoughts before their answers, and what can be asked of these."""

import re
from collections.abc import Container
from typing import Literal

# Whether a model can be told to think or not to, and after how many tokens to answer.
Askable = Literal["on", "off", "budget"]

OPEN, CLOSE = "<think>", "</think>"
# The tokens before and after, and what a model writes first among its thoughts and is none.
PAIRS = (
    (OPEN, CLOSE, ""),
    ("[THINK]", "[/THINK]", ""),  # Magistral
    ("<seed:think>", "</seed:think>", ""),  # Seed-OSS
    ("<|START_THINKING|>", "<|END_THINKING|>", ""),  # Command
    ("◁think▷", "◁/think▷", ""),  # Kimi
    ("<|channel>", "<channel|>", "thought\n"),  # Gemma 4
    ("<thought>", "</thought>", ""),  # EXAONE Deep
    ("<|inner_prefix|>", "<|inner_suffix|>", ""),  # Apertus
    ("<longcat_think>", "</longcat_think>", ""),  # LongCat
)
HARMONY = ("<|channel|>", "<|message|>", "<|end|>", "<|start|>")  # GPT-OSS
# The variables by which templates are told, as their makers name them.
SWITCHES = ("enable_thinking", "thinking")
EFFORT = "reasoning_effort"  # GPT-OSS always thinks, and can be told to do so less
# How they stand in answers, some of them written elsewhere or before the studio knew their model's tokens.
_WRITTEN = (
    *((f"{opens}{heading}", closes) for opens, closes, heading in PAIRS),
    ("<thinking>", "</thinking>"),
    ("<reasoning>", "</reasoning>"),
    ("<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"),
)


def switches_in(template: str) -> list[str]:
    """Those that a chat template asks for: variables of its own, and no words of it or parts of a message."""
    return [name for name in SWITCHES if re.search(rf"(?<![\w.'\"]){name}\b(?!['\"])", template)]


def askable(template: str, tokens: Container[str]) -> tuple[Askable, ...]:
    """What can be asked of a model with that chat template and those tokens in its vocabulary."""
    asked: tuple[Askable, ...] = ()
    if switches_in(template):
        asked = ("on", "off")
    elif EFFORT in template:
        asked = ("off",)
    marked = any(opens in tokens and closes in tokens for opens, closes, _ in PAIRS)
    marked = marked or spells(template) or all(one in tokens for one in HARMONY)
    return (*asked, "budget") if marked else asked


def spells(template: str) -> bool:
    """Whether a model with that chat template may write the marks letter by letter (Olmo 3, Nemotron)."""
    return OPEN in template or CLOSE in template


def part(answer: str) -> tuple[str, str | None] | None:
    """What was thought before the answer and what is said, which is None where the thoughts do not end; None
    for an answer that begins without thoughts."""
    marks = marks_in(answer)
    if marks is None:
        return None
    thought, closed, said = answer.lstrip().removeprefix(marks[0]).partition(marks[1])
    return thought, said if closed else None


def marks_in(answer: str) -> tuple[str, str] | None:
    """What stands before and behind the thoughts that an answer begins with; None where it begins without."""
    begun = answer.lstrip()
    return next((marks for marks in _WRITTEN if begun.startswith(marks[0])), None)


def said_in(answer: str) -> str:
    """The answer without the thoughts before it."""
    parts = part(answer)
    return (parts[1] or "").lstrip() if parts else answer
