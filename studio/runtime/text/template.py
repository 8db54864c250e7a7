"""Conversations as the text a model was trained to read: its chat template, run as the foreign code it is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import msgspec
from jinja2 import TemplateError

from studio.core.sampling import Thinking
from studio.core.thoughts import CLOSE, said_in
from studio.core.turns import AttachedText, ChatTurn
from studio.runtime.desk import Desk
from studio.runtime.text.bounds import TooSlow, deadline, little_memory, raises_to_a_power
from studio.runtime.text.control import Control, split_marks
from studio.runtime.text.sandbox import bounded
from studio.runtime.text.thinking import as_written, template_settings

SECONDS = 2.0  # a template is to be done in milliseconds, but for
SECONDS_A_LINE = 0.0005  # ten thousand messages, where each takes about a tenth of this
TEMPLATE_LIMIT = 200_000  # characters; the longest published ones have about 20,000
TEXT_FACTOR, TEXT_SPARE = 4, 100_000  # characters that may come out for each that went in, and besides
_USER, _ANSWER = "User", "Assistant"
PLAIN_STOPS = (f"\n{_USER}:",)  # what ends an answer in a conversation without a template
_FENCES = re.compile("`{3,}")

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


@dataclass(frozen=True)
class Part:
    """Words that came from one place: from the turn of that number, or from a file that was given with it."""

    turn: int
    text: str
    file: bool = False


@dataclass(frozen=True)
class Line:
    """What a template sees as one message.

    Attributes:
        pictures: shown with it; for each the number of its turn.
    """

    role: str
    parts: tuple[Part, ...]
    pictures: tuple[int, ...] = ()

    @property
    def content(self) -> str:
        return "\n\n".join(part.text for part in self.parts)


@dataclass(frozen=True)
class Written:
    """A conversation as text, with marks (`text/control.py`) around control tokens that it speaks of.

    Attributes:
        templated: a chat template wrote it; else names and line breaks have to tell the turns apart.
        spans: where each part stands, in order: its beginning and its end.
        pictures: for each place of a picture in the text, in order, the number of its turn.
    """

    text: str
    templated: bool
    spans: tuple[tuple[Part, int, int], ...]
    pictures: tuple[int, ...] = ()


def write_prompt(
    tokenizer: Any,
    turns: Sequence[ChatTurn],
    desk: Desk,
    *,
    begun: str = "",
    thinking: Thinking = "",
    picture: str = "",
) -> Written:
    """The text of the conversation up to where the answer goes on, after what of it is `begun`.

    `picture` is the control token that stands for one; without it none are written.

    Templates that refuse a system prompt get it in the first turn, those that want the roles to alternate
    get neighbours joined; without a template that works, plain labels do. The desk notes which.
    """
    control = Control(tokenizer)
    if CLOSE not in str(tokenizer.chat_template or ""):  # thoughts of earlier answers would be read as said
        turns = [_without_thoughts(turn) for turn in turns]
    lines = _marked(_lines(turns, bool(picture)), control)
    try:
        seconds = SECONDS + SECONDS_A_LINE * len(lines)
        with little_memory(), deadline(seconds), bounded(_most_written(lines)):
            text, read = _by_template(tokenizer, lines, thinking, picture)
    except (TooSlow, MemoryError):
        text, read = None, lines
    templated = text is not None
    if text is None:
        desk.note("template_unused" if tokenizer.chat_template else "no_chat_template")
        text, read = _plain(lines, picture), lines
    elif _has_system(lines) and not _has_system(read):
        desk.note("system_folded")
    spans = _found(text, read)
    pictures = tuple(number for line in read for number in line.pictures)
    mark = partial(control.mark, of_model=True)
    rest = as_written(tokenizer, text, begun, mark) if templated else mark(begun)
    return Written(text + rest, templated, spans, pictures)


def _without_thoughts(turn: ChatTurn) -> ChatTurn:
    said = said_in(turn.content) if turn.role == "assistant" else turn.content
    return turn if said == turn.content else msgspec.structs.replace(turn, content=said)


def _lines(turns: Sequence[ChatTurn], sees: bool) -> list[Line]:
    """The turns with their files, the system turns at the beginning as one."""
    lines = [
        Line(turn.role, _parts(number, turn), (number,) * len(turn.pictures) if sees else ())
        for number, turn in enumerate(turns)
    ]
    first = next((place for place, line in enumerate(lines) if line.role != "system"), len(lines))
    if first > 1:
        said = tuple(part for line in lines[:first] for part in line.parts if part.text)
        lines[:first] = [Line("system", said)]
    return lines


def _parts(number: int, turn: ChatTurn) -> tuple[Part, ...]:
    files = tuple(Part(number, fenced(file), file=True) for file in turn.files)
    return (*files, Part(number, turn.content)) if turn.content or not files else files


def fenced(file: AttachedText) -> str:
    """The file's text below its name, fenced by more backticks than stand in a row in it."""
    fence = "`" * max([3, *(len(row) + 1 for row in _FENCES.findall(file.text))])
    return f"{file.name}:\n{fence}\n{file.text}\n{fence}"


def _marked(lines: Sequence[Line], control: Control) -> list[Line]:
    return [
        replace(
            line,
            parts=tuple(
                replace(part, text=control.mark(part.text, of_model=line.role == "assistant"))
                for part in line.parts
            ),
        )
        for line in lines
    ]


def _by_template(
    tokenizer: Any, lines: list[Line], thinking: Thinking, picture: str
) -> tuple[str | None, list[Line]]:
    """The template's text, and the lines as they had to be for it."""
    for attempt in (lines, _merged(lines)):
        text = _rendered(tokenizer, attempt, thinking, picture)
        if text is not None and _says(text, lines, "system"):
            return text, attempt
    for attempt in (_folded(lines), _merged(_folded(lines))):
        text = _rendered(tokenizer, attempt, thinking, picture)
        if text is not None:
            return text, attempt
    return None, lines


def _rendered(tokenizer: Any, lines: Sequence[Line], thinking: Thinking, picture: str) -> str | None:
    """What the tokenizer's template makes of the lines; None where there is none or it fails."""
    template = tokenizer.chat_template
    if not template or len(str(template)) > TEMPLATE_LIMIT or _takes_powers(str(template)):
        return None
    if any(line.pictures for line in lines):
        return _shown(tokenizer, lines, thinking, picture)
    text = _applied(tokenizer, lines, [line.content for line in lines], thinking)
    if text is not None and _says(text, lines, "user"):
        return text
    # Some models that also see (SmolVLM) read contents in parts alone, and of a string they write nothing.
    contents = [[{"type": "text", "text": line.content}] for line in lines]
    in_parts = _applied(tokenizer, lines, contents, thinking)
    if in_parts is not None and _says(in_parts, lines, "user"):
        return in_parts
    return text if text is not None and _passes_on(tokenizer, lines, thinking) else None


def _passes_on(tokenizer: Any, lines: Sequence[Line], thinking: Thinking) -> bool:
    """Whether what the person says comes through, be it written in another way (as JSON, say), and is not
    dropped: by words that stay the same in any way of writing."""
    probes = [
        replace(line, parts=(Part(line.parts[0].turn, f"probe{number}x"),))
        for number, line in enumerate(lines)
    ]
    text = _applied(tokenizer, probes, [line.content for line in probes], thinking)
    return text is not None and _says(text.lower(), probes, "user")


def _shown(tokenizer: Any, lines: Sequence[Line], thinking: Thinking, picture: str) -> str | None:
    """The same with a place for each picture: in parts, as nearly all templates of models that see want it,
    or before the words."""
    wanted = sum(len(line.pictures) for line in lines)
    in_parts = [
        [*([{"type": "image"}] * len(line.pictures)), {"type": "text", "text": line.content}]
        for line in lines
    ]
    for contents in (in_parts, [_with_places(line, picture) for line in lines]):
        text = _applied(tokenizer, lines, contents, thinking)
        if text is None or not _says(text, lines, "user"):
            continue
        if sum(piece.count(picture) for _, piece, marked in split_marks(text) if not marked) == wanted:
            return text
    return None


def _with_places(line: Line, picture: str) -> str:
    return f"{picture * len(line.pictures)}\n{line.content}" if line.pictures else line.content


def _applied(
    tokenizer: Any, lines: Sequence[Line], contents: Sequence[Any], thinking: Thinking
) -> str | None:
    messages = [
        {"role": line.role, "content": content} for line, content in zip(lines, contents, strict=True)
    ]
    wishes = template_settings(tokenizer.chat_template, thinking)
    try:
        text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True, **wishes)
    except _FAULTS:
        return None
    return text if isinstance(text, str) and len(text) <= _most_written(lines) else None


def _most_written(lines: Sequence[Line]) -> int:
    """Characters that any template of good will makes of the lines."""
    return TEXT_FACTOR * sum(len(line.content) for line in lines) + TEXT_SPARE


def _takes_powers(template: str) -> bool:
    try:
        return raises_to_a_power(template)
    except _FAULTS:  # it cannot be read, so it cannot be applied either
        return True


def _has_system(lines: Sequence[Line]) -> bool:
    return any(line.role == "system" for line in lines)


def _says(text: str, lines: Sequence[Line], role: str) -> bool:
    """Some templates drop turns of a role without a word.

    Each is looked for behind the one before it: from the beginning on, ten thousand of them take longer than
    a template may.
    """
    end = 0
    for content in (line.content.strip() for line in lines if line.role == role):
        at = text.find(content, end)
        if at < 0 and content not in text:
            return False
        end = max(end, at + len(content))
    return True


def _folded(lines: Sequence[Line]) -> list[Line]:
    """The system prompt at the beginning of the person's first message."""
    system = tuple(part for line in lines if line.role == "system" for part in line.parts)
    rest = [line for line in lines if line.role != "system"]
    first = next((place for place, line in enumerate(rest) if line.role == "user"), None)
    if system and first is not None:
        rest[first] = replace(rest[first], parts=(*system, *rest[first].parts))
    return rest


def _merged(lines: Sequence[Line]) -> list[Line]:
    """Neighbours of the same role as one, beginning with the person's."""
    merged = list[Line]()
    for line in lines:
        if merged and merged[-1].role == line.role:
            last = merged[-1]
            merged[-1] = Line(line.role, last.parts + line.parts, last.pictures + line.pictures)
        elif line.role != "assistant" or any(one.role == "user" for one in merged):
            merged.append(line)
    return merged


def _plain(lines: Sequence[Line], picture: str) -> str:
    """For models that never learned a format: a dialogue with names, which any text model can go on with."""
    names = {"user": f"{_USER}: ", "assistant": f"{_ANSWER}: ", "system": ""}
    return "\n".join([*(names[line.role] + _with_places(line, picture) for line in lines), f"{_ANSWER}:"])


def _found(text: str, lines: Sequence[Line]) -> tuple[tuple[Part, int, int], ...]:
    """Where the parts stand in the text: templates take away the space around a content, and little else."""
    spans, end = list[tuple[Part, int, int]](), 0
    for line in lines:
        content = line.content
        at = text.find(content.strip(), end)
        place = at - (len(content) - len(content.lstrip())) if at >= 0 else end
        for part in line.parts:
            begin = min(max(place, end), len(text))
            end = min(max(begin, place + len(part.text)), len(text)) if at >= 0 else end
            spans.append((part, begin, end))
            place += len(part.text) + len("\n\n")
    return tuple(spans)
