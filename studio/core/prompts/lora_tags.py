"""LoRAs that a prompt calls by name, as A1111's web interface writes them: `<lora:name:0.8>`."""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import PurePath

import msgspec

from studio.core.errors import LoraUnknown, NotFound
from studio.core.model import Kind, Lora, ModelSpec, lora_of
from studio.core.prompts.reading import LORA_TAG

_TAG = re.compile(LORA_TAG, re.IGNORECASE)
_SAID = re.compile(r"([^:]+)(?::([+-]?\d{1,3}(?:\.\d{0,6})?)(?::[\d.]*)?)?")
_COMPARED = 2000  # names, in looking for the nearest


class LoraTag(msgspec.Struct, frozen=True):
    name: str
    scale: float = 1.0


def without_tags(text: str) -> tuple[str, tuple[LoraTag, ...]]:
    """The words alone, and what was called; of one that is called twice the last counts.

    A second number, for the text encoder alone, is left out of account.
    """
    words, at, tags = "", 0, dict[str, LoraTag]()
    for match in _TAG.finditer(text):
        tag = _tag(match[0])
        tags[tag.name.casefold()] = tag
        words = _continued(words, text[at : match.start()]) if at else text[: match.start()]
        at = match.end()
    return (_continued(words, text[at:]).strip() if at else text), tuple(tags.values())


def _tag(text: str) -> LoraTag:
    said = text[1:-1].partition(":")[2].strip()
    match = _SAID.fullmatch(said)
    if match is None:  # a name that no LoRA has
        return LoraTag(said)
    return LoraTag(match[1].strip(), float(match[2]) if match[2] else 1.0)


def _continued(before: str, after: str) -> str:
    """What stood before and after a tag, without a gap or a comma too many."""
    before, rest = before.rstrip(), after.lstrip()
    if not before or not rest or rest.startswith(","):
        before, rest = before.removesuffix(","), rest if before.removesuffix(",") else rest.lstrip(", ")
        return before + rest
    return f"{before} {rest}"


def called_loras(tags: Sequence[LoraTag], models: Sequence[ModelSpec]) -> tuple[Lora, ...]:
    """Those of the installed models, by name or by the name of the file, without case.

    Raises LoraUnknown, or NotFound where no LoRA is installed at all.
    """
    if not tags:
        return ()
    known: dict[str, ModelSpec] = {}
    for model in models:
        if model.kind is Kind.LORA:
            for name in (model.name, PurePath(model.path).stem, PurePath(model.path).name, model.id):
                known.setdefault(name.casefold(), model)
    return tuple(_lora(tag, known) for tag in tags)


def _lora(tag: LoraTag, known: dict[str, ModelSpec]) -> Lora:
    key = tag.name.casefold()
    spec = known.get(key) or known.get(re.split(r"[/\\]", key)[-1])
    if spec is not None:
        return lora_of(spec, tag.scale)
    if not known:
        raise NotFound(name=tag.name)
    near = get_close_matches(key[:200], list(known)[:_COMPARED], 1, 0)
    raise LoraUnknown(name=tag.name, nearest=known[near[0]].name)
