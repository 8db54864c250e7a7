"""The desk of prompts without files or threads: the real language, over lists that a test can set."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TypeVar

import msgspec
from PySide6.QtCore import QObject, Signal

from studio.core.jobs import GenerateImages
from studio.core.model import ModelSpec
from studio.core.model_names import LoraNames
from studio.core.prompts.alternatives import expand
from studio.core.prompts.jobs import written
from studio.core.prompts.lora_tags import lora_names
from studio.core.prompts.styles import laid_over
from studio.core.prompts.wildcards import Wildcards
from studio.core.prompts.written import Expanded, Style, TokenCount

T = TypeVar("T")

STYLES = (
    Style(
        name="Watercolour",
        prompt="watercolour of {prompt}",
        negative_prompt="photo",
        titles={"en": "Watercolour", "zh": "水彩"},
    ),
    Style(
        name="Paper cut-out",
        prompt="paper cut-out of {prompt}",
        titles={"en": "Paper cut-out", "zh": "剪纸"},
    ),
)
WILDCARDS = {
    "colour": ("red", "blue", "green", "gold"),
    "time": ("at dawn", "at noon", "at night"),
    "things/boat": ("a __colour__ boat", "a raft"),
}


class FakePrompts(QObject):
    """Signals and methods as `studio.session.prompts.PromptDesk` has them.

    Attributes:
        limit, parts: what `count` says beside the number of words.
    """

    changed = Signal()
    problem_raised = Signal(object)

    def __init__(self, installed: Callable[[], Sequence[ModelSpec]], parent: QObject) -> None:
        super().__init__(parent)
        self._installed = installed
        self._shipped: tuple[Style, ...] = STYLES
        self._own: tuple[Style, ...] = ()
        self._wildcards = Wildcards(WILDCARDS)
        self.limit, self.parts = 75, 1

    @property
    def styles(self) -> tuple[Style, ...]:
        return laid_over(self._shipped, self._own)

    @property
    def wildcards(self) -> dict[str, int]:
        return self._wildcards.names

    def entries(self, name: str) -> Sequence[str]:
        return self._wildcards.entries(name)

    def expand(self, text: str, styles: Sequence[Style], negative: str, count: int, seed: int) -> Expanded:
        return expand(text, styles, negative, self._wildcards, count, seed)

    def written(self, job: GenerateImages) -> GenerateImages:
        return written(job, self.styles, self._wildcards, self._installed())

    def drawn(self, text: str, seed: int) -> str:
        return self.expand(text, (), "", 1, seed).prompts[0]

    def lora_names(self) -> Future[LoraNames]:
        return _over(lora_names(self._installed()))

    def nearest_lora(self, name: str, names: LoraNames) -> Future[str]:
        return _over(names.nearest(name))

    def reload(self) -> None:
        pass

    def save_style(self, style: Style) -> Future[None]:
        self._own = laid_over(self._own, (msgspec.structs.replace(style, own=True),))
        return self._done(None)

    def remove_style(self, name: str) -> Future[None]:
        self._own = tuple(one for one in self._own if one.name.casefold() != name.casefold())
        return self._done(None)

    def count(self, model: ModelSpec, text: str) -> Future[TokenCount | None]:
        """A word is a token."""
        future: Future[TokenCount | None] = Future()
        future.set_result(TokenCount(tokens=len(text.split()), limit=self.limit, parts=self.parts))
        return future

    def set_wildcards(self, entries: dict[str, tuple[str, ...]]) -> None:
        """As if the folder had changed."""
        self._wildcards = Wildcards(entries)
        self.changed.emit()

    def _done(self, _: None) -> Future[None]:
        future: Future[None] = Future()
        future.set_result(None)
        self.changed.emit()
        return future


def _over(result: T) -> Future[T]:
    future: Future[T] = Future()
    future.set_result(result)
    return future
