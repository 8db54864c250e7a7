"""Templates that come out differently each time: `[a|b|]` picks one, `{name}` or `{Name}` fills in."""

import re
from collections.abc import Mapping, Sequence
from random import Random

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(a )?(\w+)\}")
_VOWEL = re.compile(r"[aeiou]", re.IGNORECASE)
_AN_EXCEPTIONS = ("one", "uni", "use", "eu")


def with_article(noun: str) -> str:
    """Return `noun` with "a" or "an" before it."""
    vowel = _VOWEL.match(noun) and not noun.lower().startswith(_AN_EXCEPTIONS)
    return f"{'an' if vowel else 'a'} {noun}"


def capital(text: str) -> str:
    """Return `text` with its first letter in upper case and the rest untouched."""
    return text[:1].upper() + text[1:]


def write(rng: Random, template: str | Sequence[str], words: Mapping[str, str] | None = None) -> str:
    """Return one text of a template, or of one template among several.

    Choices nest; a slot's value may hold choices and slots of its own.
    Raises KeyError when a slot has no word.
    """
    text = template if isinstance(template, str) else rng.choice(template)
    values = words or {}
    while True:
        filled = _SLOT.sub(lambda match: _fill(match, values), _choose(rng, text))
        if filled == text:
            return filled
        text = filled


def _choose(rng: Random, text: str) -> str:
    while "[" in text:
        chosen = _CHOICE.sub(lambda match: rng.choice(match.group(1).split("|")), text)
        if chosen == text:
            raise ValueError(f"unbalanced choice in {text!r}")
        text = chosen
    return text


def _fill(match: re.Match[str], words: Mapping[str, str]) -> str:
    article, name = match.groups()
    value = words[name] if name in words else capital(words[name[0].lower() + name[1:]])
    return with_article(value) if article else value
