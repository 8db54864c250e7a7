"""LoRAs that a prompt calls by name, as A1111's web interface writes them: `<lora:name:0.8>`."""

import os
import re
from collections.abc import Container, Iterable, Mapping, Sequence
from difflib import get_close_matches

import msgspec

from studio.core.errors import LoraNotFound, LoraUnknown, NoLoraInstalled
from studio.core.model import Kind, Lora, ModelSpec, lora_of
from studio.core.prompts.reading import LORA_TAG

_TAG = re.compile(LORA_TAG, re.IGNORECASE)
_SAID = re.compile(r"([^:]+)(?::([+-]?\d{1,3}(?:\.\d{0,6})?)(?::[\d.]*)?)?")
_COMPARED = 2000  # names, in looking for the nearest
_ALIKE = 0.5  # as difflib has it; to find the nearest of all names takes ten times as long


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
    """Those of the installed models. Raises as `lora_called`."""
    known = lora_names(models) if tags else {}
    return tuple(lora_called(tag, known) for tag in tags)


def lora_names(models: Iterable[ModelSpec]) -> dict[str, ModelSpec]:
    """The LoRAs among the models by what they can be called: name, file or id, in small letters."""
    known: dict[str, ModelSpec] = {}
    for model in models:
        if model.kind is Kind.LORA:
            file = os.path.basename(model.path)  # half as long as by a PurePath; some have thousands
            for name in (model.name, os.path.splitext(file)[0], file, model.id):
                known.setdefault(name.casefold(), model)
    return known


def lora_called(tag: LoraTag, known: Mapping[str, ModelSpec]) -> Lora:
    """The one of `lora_names` that a tag means, without case.

    Raises LoraUnknown, LoraNotFound where nothing is called alike, or NoLoraInstalled.
    """
    name = next((name for name in _names(tag) if name in known), None)
    if name is not None:
        return lora_of(known[name], tag.scale)
    if not known:
        raise NoLoraInstalled(name=tag.name)
    names = {spec.name.casefold(): spec.name for spec in known.values()}
    near = get_close_matches(tag.name.casefold()[:200], list(names)[:_COMPARED], 1, _ALIKE)
    if not near:
        raise LoraNotFound(name=tag.name)
    raise LoraUnknown(name=tag.name, nearest=names[near[0]])


def is_known(text: str, known: Container[str]) -> bool:
    """Whether a tag, as it is written, calls one of `lora_names`."""
    return any(name in known for name in _names(_tag(text)))


def _names(tag: LoraTag) -> tuple[str, str]:
    """Under which it is looked for: as it stands, and without folders."""
    name = tag.name.casefold()
    return name, re.split(r"[/\\]", name)[-1]
