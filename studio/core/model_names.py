"""What models are called by people and by other tools: names as they can be compared, and LoRAs by theirs."""

import functools
import os
import re
from collections.abc import Iterable

from studio.core.alike import most_alike
from studio.core.model import ModelSpec

# How files of models are known that their repositories call otherwise, in the form of `plain_name`.
_ALIASES = {
    "v15": "sdv15",
    "sd15": "sdv15",
    "sdxl": "sdxlbase10",
    "sdxl10": "sdxlbase10",
    "sdxlbase": "sdxlbase10",
    "sdxlturbo10": "sdxlturbo",
    "flux1devkontext": "flux1kontextdev",
    "klein4b": "flux2klein4b",
}
# Parts of names that say in which numbers a file is, not which model it is.
_MAKE = re.compile(
    r"(?<![a-z0-9])(fp(8|16|32)|bf16|e[45]m[23]fn|scaled|pruned|ema|emaonly|vae|no-?ema|nf4|bnb|gguf|diffusers"
    r"|q\d(-(k|0|1))?(-[sml])?|int[48]|svdquant|safetensors|0\.9vae|1024px)(?![a-z0-9])"
)
_ENDING = re.compile(r"\.(safetensors|ckpt|gguf|pth?|bin|sft)$", re.IGNORECASE)


def plain_name(name: str) -> str:
    """A name as it can be compared: without ending, marks, and what says in which numbers it is."""
    stem = _ENDING.sub("", name.strip().casefold())
    stem = _MAKE.sub("", stem.replace(" ", "_").replace("_", "-"))
    bare = re.sub(r"[^\w]|_", "", stem).replace("stablediffusion", "sd")
    return _ALIASES.get(bare, bare)


def names_of(spec: ModelSpec) -> tuple[str, ...]:
    """All that a model is called: its id, its name, its file with and without ending, its repository."""
    file = os.path.basename(spec.path)  # half as long as by a PurePath; some have thousands
    names = (spec.id, spec.name, file, _ENDING.sub("", file), spec.repository.rpartition("/")[2])
    return tuple(name for name in names if name)


class LoraNames:
    """The LoRAs that there are, by all that they are called; of two with one name the first counts."""

    def __init__(self, loras: Iterable[ModelSpec]) -> None:
        self._loras = tuple(loras)
        self._said: dict[str, ModelSpec] = {}
        for spec in self._loras:
            for name in names_of(spec):
                self._said.setdefault(name.casefold(), spec)

    def prepare(self) -> None:
        """Do now what the first name that nobody is called by takes: 0.1 s of thousands."""
        self.find("")

    def __bool__(self) -> bool:
        return bool(self._loras)

    def find(self, name: str) -> ModelSpec | None:
        """Without case, and without the folders before it; marks and endings count only where it takes them
        to tell two apart."""
        key = name.strip().casefold()
        last = re.split(r"[/\\]", key)[-1]
        return self._said.get(key) or self._said.get(last) or self._plain.get(plain_name(last))

    def nearest(self, name: str) -> str:
        """The name of the one that is called most alike; "" where none is."""
        return most_alike(name, (spec.name for spec in self._loras))

    @functools.cached_property
    def _plain(self) -> dict[str, ModelSpec]:
        plain: dict[str, ModelSpec] = {}
        for name, spec in self._said.items():
            if bare := plain_name(name):
                plain.setdefault(bare, spec)
        return plain
