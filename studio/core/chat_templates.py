"""Prompts with a name, which take a few characters to write and are filled in where they have places."""

import re
from collections.abc import Iterable, Mapping

import msgspec

from studio.core.errors import TemplateUnfilled
from studio.core.personas import Example

INPUT = "input"
# `{language}`, or `{language=English}` with what stands there where nothing is said.
_PLACE = re.compile(r"\{([^\W\d]\w*)(?:=([^{}\n]*))?\}")
_CALL = re.compile(r"\s*/([\w-]+)(?:\s+|$)")
_VALUE = re.compile(r"\s*([^\W\d]\w*)=(\"[^\"]*\"|\S+)(?:\s+|$)")


class Template(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What `/name` in the composer stands for.

    Attributes:
        about: what it is for.
        text: with places such as `{input}` and `{language}`; `{language=English}` says what stands there
            where nothing is said.
        examples: turns that show the model what is wanted, read before the message.
        own: the person's; the others come with the studio.
    """

    name: str
    about: str = ""
    text: str
    examples: tuple[Example, ...] = ()
    own: bool = False


def variables_of(template: Template) -> tuple[str, ...]:
    """The names of its places in order, each once and without `input`, which is what follows the call."""
    names = (match[1] for match in _PLACE.finditer(template.text))
    return tuple(dict.fromkeys(name for name in names if name != INPUT))


def defaults_of(template: Template) -> dict[str, str]:
    """What stands in its places where nothing is said; those without such a word are not in it."""
    found = [(match[1], match[2]) for match in _PLACE.finditer(template.text) if match[2] is not None]
    return dict(reversed(found))  # the first counts


def parsed(text: str, templates: Iterable[Template]) -> tuple[Template, str] | None:
    """The template that a message calls, as in `/translate Guten Tag`, and what follows; None for a message
    that calls none."""
    match = _CALL.match(text)
    if match is None:
        return None
    name = match[1].casefold()
    found = next((one for one in templates if one.name.casefold() == name), None)
    return (found, text[match.end() :]) if found else None


def values_in(template: Template, rest: str) -> tuple[dict[str, str], str]:
    """`language=French level="very simple" Guten Tag`: the values that are said first, for places that the
    template has, and what follows them."""
    names, values = variables_of(template), dict[str, str]()
    while (match := _VALUE.match(rest)) and match[1] in names:
        values[match[1]] = match[2].strip('"')
        rest = rest[match.end() :]
    return values, rest


def expanded(template: Template, rest: str, values: Mapping[str, str], *, with_files: bool = False) -> str:
    """The message: its text with `rest` for `{input}`, or behind it where that has no place, and the values
    in the others; its examples before it. Raises TemplateUnfilled for a place without value and default;
    `with_files`: where nothing else is said for `{input}`, they are what is meant."""
    rest, places = rest.strip(), [match[1] for match in _PLACE.finditer(template.text)]
    said = {**defaults_of(template), **{name: value for name, value in values.items() if value.strip()}}
    if rest:
        said[INPUT] = rest
    elif with_files:
        said.setdefault(INPUT, "")
    for name in places:
        if name not in said:
            raise TemplateUnfilled(name=template.name, place=name)
    # In one go: what a value says is never taken for a place.
    text = _PLACE.sub(lambda match: said[match[1]], template.text).strip()
    if rest and INPUT not in places:
        text = f"{text}\n\n{rest}"
    shown = [f"{example.user.strip()}\n→ {example.assistant.strip()}" for example in template.examples]
    return "\n\n".join([*shown, text])
