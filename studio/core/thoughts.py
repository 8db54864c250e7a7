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
)
HARMONY = ("<|channel|>", "<|message|>", "<|end|>", "<|start|>")  # GPT-OSS
# The variables by which templates are told, as their makers name them.
SWITCHES = ("enable_thinking", "thinking")
EFFORT = "reasoning_effort"  # GPT-OSS always thinks, and can be told to do so less


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
    return (*asked, "budget") if marked or all(one in tokens for one in HARMONY) else asked
