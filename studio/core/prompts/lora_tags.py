"""LoRAs that a prompt calls by name, as A1111's web interface writes them: `<lora:name:0.8>`."""

import re
from collections.abc import Iterable, Sequence

import msgspec

from studio.core.errors import LoraNameless, LoraNotFound, LoraUnknown, NoLoraInstalled
from studio.core.model import Kind, Lora, ModelSpec, lora_of
from studio.core.model_names import LoraNames
from studio.core.prompts.reading import LORA_TAG

_TAG = re.compile(LORA_TAG, re.IGNORECASE)
_SAID = re.compile(r"([^:]+)(?::([+-]?\d{1,3}(?:\.\d{0,6})?)(?::[\d.]*)?)?")


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


def called_loras(tags: Sequence[LoraTag], models: Iterable[ModelSpec]) -> tuple[Lora, ...]:
    """Those of the installed models. Raises as `lora_called`."""
    names = lora_names(models) if tags else LoraNames(())
    return tuple(lora_called(tag, names) for tag in tags)


def lora_names(models: Iterable[ModelSpec]) -> LoraNames:
    """The LoRAs among the models."""
    return LoraNames(model for model in models if model.kind is Kind.LORA)


def lora_called(tag: LoraTag, names: LoraNames) -> Lora:
    """The one that a tag means.

    Raises LoraNameless, LoraUnknown, LoraNotFound where nothing is called alike, or NoLoraInstalled.
    """
    if not tag.name:
        raise LoraNameless
    spec = names.find(tag.name)
    if spec is not None:
        return lora_of(spec, tag.scale)
    if not names:
        raise NoLoraInstalled(name=tag.name)
    if nearest := names.nearest(tag.name):
        raise LoraUnknown(name=tag.name, nearest=nearest)
    raise LoraNotFound(name=tag.name)


def is_known(text: str, names: LoraNames) -> bool:
    """Whether a tag, as it is written, calls one of them."""
    return names.find(_tag(text).name) is not None
