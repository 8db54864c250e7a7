"""Conversations as the text a model was trained to read: its chat template, run as the foreign code it is."""

from collections.abc import Sequence
from typing import Any

from jinja2 import TemplateError

from studio.core.turns import ChatTurn
from studio.runtime.desk import Desk
from studio.runtime.text.bounds import TooSlow, deadline, little_memory, raises_to_a_power

SECONDS = 2.0  # a template is to be done in milliseconds
TEMPLATE_LIMIT = 200_000  # characters; the longest published ones have about 20,000
TEXT_FACTOR, TEXT_SPARE = 4, 100_000  # characters that may come out for each that went in, and besides
_USER, _ANSWER = "User", "Assistant"
PLAIN_STOPS = (f"\n{_USER}:",)  # what ends an answer in a conversation without a template

# What a template's code may raise besides Jinja's own errors: it is somebody's program.
_FAULTS = (
    TemplateError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)


def write_prompt(tokenizer: Any, turns: Sequence[ChatTurn], desk: Desk) -> tuple[str, bool]:
    """The text of the conversation up to where the answer begins, and whether a template wrote it.

    Templates that refuse a system prompt get it in the first turn, those that want the roles to alternate
    get neighbours joined; without a template that works, plain labels do. The desk notes which.
    """
    try:
        with little_memory(), deadline(SECONDS):
            text, folded = _by_template(tokenizer, turns)
    except (TooSlow, MemoryError):
        text, folded = None, False
    if text is None:
        desk.note("no_chat_template")
        return _plain(turns), False
    if folded:
        desk.note("system_folded")
    return text, True


def _by_template(tokenizer: Any, turns: Sequence[ChatTurn]) -> tuple[str | None, bool]:
    """The template's text, and whether the system prompt had to be folded in for it."""
    for attempt in (turns, _merged(turns)):
        text = _rendered(tokenizer, attempt)
        if text is not None and _says(text, turns, "system"):
            return text, False
    for attempt in (_folded(turns), _merged(_folded(turns))):
        text = _rendered(tokenizer, attempt)
        if text is not None:
            return text, True
    return None, False


def _rendered(tokenizer: Any, turns: Sequence[ChatTurn]) -> str | None:
    """What the tokenizer's template makes of the turns; None where there is none or it fails."""
    template = tokenizer.chat_template
    if not template or len(str(template)) > TEMPLATE_LIMIT or _takes_powers(str(template)):
        return None
    text = _applied(tokenizer, turns, [turn.content for turn in turns])
    if text is not None and _says(text, turns, "user"):
        return text
    # Some models that also see (SmolVLM) read contents in parts alone, and of a string they write nothing.
    in_parts = _applied(tokenizer, turns, [[{"type": "text", "text": turn.content}] for turn in turns])
    return in_parts if in_parts is not None and _says(in_parts, turns, "user") else text


def _applied(tokenizer: Any, turns: Sequence[ChatTurn], contents: Sequence[Any]) -> str | None:
    messages = [
        {"role": turn.role, "content": content} for turn, content in zip(turns, contents, strict=True)
    ]
    try:
        text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    except _FAULTS:
        return None
    most = TEXT_FACTOR * sum(len(turn.content) for turn in turns) + TEXT_SPARE
    return text if isinstance(text, str) and len(text) <= most else None


def _takes_powers(template: str) -> bool:
    try:
        return raises_to_a_power(template)
    except _FAULTS:  # it cannot be read, so it cannot be applied either
        return True


def _says(text: str, turns: Sequence[ChatTurn], role: str) -> bool:
    """Some templates drop turns of a role without a word."""
    return all(turn.content.strip() in text for turn in turns if turn.role == role)


def _folded(turns: Sequence[ChatTurn]) -> list[ChatTurn]:
    """The system prompt at the beginning of the person's first message."""
    system = [turn.content for turn in turns if turn.role == "system"]
    rest = [turn for turn in turns if turn.role != "system"]
    first = next((place for place, turn in enumerate(rest) if turn.role == "user"), None)
    if system and first is not None:
        rest[first] = ChatTurn("user", "\n\n".join([*system, rest[first].content]))
    return rest


def _merged(turns: Sequence[ChatTurn]) -> list[ChatTurn]:
    """Neighbours of the same role as one turn, beginning with the person's."""
    merged = list[ChatTurn]()
    for turn in turns:
        if merged and merged[-1].role == turn.role:
            merged[-1] = ChatTurn(turn.role, f"{merged[-1].content}\n\n{turn.content}")
        elif turn.role != "assistant" or any(one.role == "user" for one in merged):
            merged.append(turn)
    return merged


def _plain(turns: Sequence[ChatTurn]) -> str:
    """For models that never learned a format: a dialogue with names, which any text model can go on with."""
    names = {"user": f"{_USER}: ", "assistant": f"{_ANSWER}: ", "system": ""}
    return "\n".join([*(names[turn.role] + turn.content for turn in turns), f"{_ANSWER}:"])
