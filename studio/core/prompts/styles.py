"""Styles laid over a prompt, and styles as a person writes them down."""

import re
import tomllib
from collections.abc import Iterable, Sequence

import msgspec

from studio.core.alike import first_few, most_alike
from studio.core.errors import PromptTooLong, PromptUnclosed, StyleMissing, StyleNotFound, StylesDamaged
from studio.core.job_checks import PROMPT_LIMIT
from studio.core.prompts.reading import read
from studio.core.prompts.written import Style

PLACE = "{prompt}"
NAME_LIMIT = 80  # characters

_HEAD = """\
# Your own styles. `{prompt}` stands for the words of the prompt; without it they come first.
"""


def styled(words: str, styles: Iterable[Style]) -> str:
    """The words with each style laid over what the one before made of them. Raises PromptTooLong."""
    for style in styles:
        if PLACE in style.prompt:
            words = style.prompt.replace(PLACE, words.strip()) if words.strip() else _without(style.prompt)
        else:
            words = _joined((words, style.prompt))
        if len(words) > PROMPT_LIMIT:
            raise PromptTooLong(length=len(words), limit=PROMPT_LIMIT)
    return words


def styled_negative(negative: str, styles: Iterable[Style]) -> str:
    """What is not to be seen, the person's own first; what is said there already is not said again."""
    words = negative
    for style in styles:
        if style.negative_prompt.strip() not in words:
            words = _joined((words, style.negative_prompt))
    return words


def no_style(name: str, styles: Iterable[Style]) -> StyleMissing | StyleNotFound:
    """The error that there is none of that name among these, with the nearest."""
    names = [one.name for one in styles]
    if near := most_alike(name, names):
        return StyleMissing(name=name, nearest=near)
    return StyleNotFound(name=name, known=first_few(names))


def _joined(texts: Iterable[str]) -> str:
    kept = [text.strip().rstrip(",") for text in texts if text.strip()]
    return ", ".join(kept)


def _without(prompt: str) -> str:
    """A style on its own."""
    return re.sub(r"^[\s,]+", "", prompt.replace(PLACE, ""))


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    prompt: str = ""
    negative_prompt: str = ""
    titles: dict[str, str] = {}


class _Tables(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    style: list[_Table] = []


def read_styles(text: str, path: str, own: bool = False) -> tuple[Style, ...]:
    """The `[[style]]` tables of TOML text, in order.

    Raises StylesDamaged, with the line where TOML or the name of the style tells one.
    """
    try:
        tables = msgspec.convert(tomllib.loads(text), _Tables).style
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        last = len(text.splitlines())
        raise StylesDamaged(path=path, line=int(line[1]) if line else last, detail=str(error)) from error
    except msgspec.ValidationError as error:
        number = re.search(r"style\[(\d+)\]", str(error))
        line_number = _line_of(text, int(number[1]) if number else 0)
        raise StylesDamaged(path=path, line=line_number, detail=str(error)) from error
    names = [table.name.strip().casefold() for table in tables]
    for place, table in enumerate(tables):
        if detail := _wrong(table, names[:place]):
            raise StylesDamaged(path=path, line=_line_of(text, place), detail=detail)
    return tuple(
        Style(
            name=one.name.strip(),
            prompt=one.prompt,
            negative_prompt=one.negative_prompt,
            titles=one.titles,
            own=own,
        )
        for one in tables
    )


def _wrong(table: _Table, before: list[str]) -> str:
    """What cannot be used about it; empty where nothing is."""
    name = table.name.strip()
    if not name or len(name) > NAME_LIMIT:
        return f"a style needs a name of at most {NAME_LIMIT} characters"
    if name.casefold() in before:
        return f"{name} is there twice"
    if not (table.prompt.strip() or table.negative_prompt.strip()):
        return f"{name} says nothing"
    try:
        read(table.prompt)
    except PromptUnclosed:
        return f"{name} opens a brace and never closes it"
    return ""


def _line_of(text: str, place: int) -> int:
    """Of the heading of a style, counted from 1; 1 where they are written in another way."""
    lines = [
        number
        for number, line in enumerate(text.splitlines(), 1)
        if re.match(r"\s*\[\[\s*style\s*\]\]", line)
    ]
    return lines[place] if place < len(lines) else 1


def write_styles(styles: Sequence[Style]) -> str:
    """TOML text that `read_styles` reads as the same styles, laid out for a person to edit."""
    return _HEAD + "".join(_table(style) for style in styles)


def _table(style: Style) -> str:
    fields = {"name": style.name, "prompt": style.prompt, "negative_prompt": style.negative_prompt}
    lines = ["", "[[style]]", *(f"{key} = {_quoted(value)}" for key, value in fields.items() if value)]
    if style.titles:
        titles = ", ".join(f"{_quoted(key)} = {_quoted(value)}" for key, value in style.titles.items())
        lines.append(f"titles = {{ {titles} }}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A basic string of TOML: JSON's escapes are TOML's too, but for DEL."""
    return msgspec.json.encode(text).decode().replace("\x7f", "\\u007f")


def laid_over(shipped: Iterable[Style], own: Iterable[Style]) -> tuple[Style, ...]:
    """The shipped ones, the person's own in the place of one of the same name, the others after them."""
    styles = {style.name.casefold(): style for style in shipped}
    for style in own:
        styles[style.name.casefold()] = style
    return tuple(styles.values())


def named(styles: Iterable[Style], name: str) -> Style | None:
    """By name or by its title in any language, without case."""
    key = name.strip().casefold()
    every = list(styles)
    for style in every:
        if style.name.casefold() == key:
            return style
    titled = (one for one in every if key in (title.casefold() for title in one.titles.values()))
    return next(titled, None)
