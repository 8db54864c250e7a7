"""Where a prompt, as it is written, has marks that mean something: for colouring it while it is typed."""

from collections.abc import Container
from enum import StrEnum

import msgspec

from studio.core.model_names import LoraNames
from studio.core.prompts.lora_tags import is_known
from studio.core.prompts.reading import TOKENS
from studio.core.prompts.weights import structured, weight_spans


class SpanKind(StrEnum):
    WEIGHT = "weight"  # words that count more or less
    ALTERNATIVES = "alternatives"  # braces, bars and numbers of a choice, without the words between them
    WILDCARD = "wildcard"
    LORA = "lora"
    ERROR = "error"  # a brace that is never closed, a wildcard or a LoRA that is not there


class Span(msgspec.Struct, frozen=True):
    """A stretch of the text, in characters of Python (Qt counts those beyond U+FFFF twice)."""

    start: int
    end: int
    kind: SpanKind


def spans(
    text: str, wildcards: Container[str] | None = None, loras: LoraNames | None = None
) -> tuple[Span, ...]:
    """By where they begin; of two that begin together the longer first. A weight can enclose others.

    Args:
        wildcards: those that are there; any other one is an error. None: all are taken to be there.
        loras: the same.
    """
    if structured(text):
        return ()
    found = _marks(text, wildcards, loras)
    found += [Span(one.start, one.end, SpanKind.WEIGHT) for one in weight_spans(text)]
    return tuple(sorted(found, key=lambda one: (one.start, -one.end)))


def _marks(text: str, wildcards: Container[str] | None, loras: LoraNames | None) -> list[Span]:
    found, groups = list[Span](), list[list[Span]]()
    for token in TOKENS.finditer(text):
        start, end = token.span()
        mark = Span(start, end, SpanKind.ALTERNATIVES)
        if token["wildcard"]:
            there = wildcards is None or token["wildcard"] in wildcards
            found.append(Span(start, end, SpanKind.WILDCARD if there else SpanKind.ERROR))
        elif token["lora"]:
            there = loras is None or is_known(token[0], loras)
            found.append(Span(start, end, SpanKind.LORA if there else SpanKind.ERROR))
        elif token["open"]:
            groups.append([mark])
        elif token["bar"] and groups:
            groups[-1].append(mark)
        elif token["close"] and groups:
            group = groups.pop()
            if len(group) > 1 or "$$" in text[group[0].start : group[0].end]:
                found += [*group, mark]
    return found + [Span(group[0].start, group[0].start + 1, SpanKind.ERROR) for group in groups]
