"""What `session.prompts` and `session.suggestions` are to the window, without files or models."""

import itertools
from collections.abc import Sequence
from concurrent.futures import Future

import msgspec
from PySide6.QtCore import QObject, Signal

from studio.core.errors import StyleMissing
from studio.core.jobs import GenerateImages, Purpose
from studio.core.model import ModelSpec
from studio.core.prompts.alternatives import expand
from studio.core.prompts.styles import named
from studio.core.prompts.weights import plain
from studio.core.prompts.wildcards import Wildcards
from studio.core.prompts.written import Expanded, Style, TokenCount
from studio.core.records import Problem
from studio.core.sheets import Shot

STYLES = (
    Style(
        name="Flat postcard",
        prompt="{prompt}, flat illustrated postcard, clean shapes, soft paper grain",
        negative_prompt="photograph",
        titles={"zh": "扁平明信片"},
    ),
    Style(name="Watercolour", prompt="watercolour of {prompt}, wet edges", titles={"zh": "水彩"}),
    Style(name="Ink drawing", prompt="{prompt}, black ink, cross-hatching", titles={"zh": "墨线"}),
    Style(name="Night", prompt="{prompt}, at night, a full moon", titles={"zh": "夜晚"}),
    Style(name="My palette", prompt="limited palette of five inks", own=True),
)
WILDCARDS = {"time": ("dawn", "noon", "dusk", "night"), "colour": ("red", "blue")}


class FakePrompts(QObject):
    """Counts a token for each word."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.styles: tuple[Style, ...] = STYLES
        self._wildcards = Wildcards(WILDCARDS)
        self.limit, self.in_parts = 75, False

    @property
    def wildcards(self) -> dict[str, int]:
        return self._wildcards.names

    def expand(self, text: str, styles: Sequence[Style], negative: str, count: int, seed: int) -> Expanded:
        return expand(text, styles, negative, self._wildcards, count, seed)

    def written(self, job: GenerateImages) -> GenerateImages:
        styles = [self._style(one) for one in job.styles]
        found = self.expand(job.prompt, styles, job.negative_prompt, job.num_images, job.seed)
        alike = len(set(found.prompts)) == 1
        return msgspec.structs.replace(
            job,
            template="" if found.prompts[0] == job.prompt else job.prompt,
            prompt=found.prompts[0],
            negative_prompt=found.negative_prompt,
            shots=() if alike else tuple(Shot(prompt=one) for one in found.prompts),
        )

    def count(self, model: ModelSpec, text: str) -> "Future[TokenCount | None]":
        future: Future[TokenCount | None] = Future()
        tokens = len(plain(text).replace(",", " ,").split())
        parts = -(-tokens // self.limit) if self.in_parts else 1
        future.set_result(TokenCount(tokens=tokens, limit=self.limit, parts=parts))
        return future

    def save_style(self, style: Style) -> "Future[None]":
        self.styles = (*(one for one in self.styles if one.name != style.name), style)
        self.changed.emit()
        return _done()

    def remove_style(self, name: str) -> "Future[None]":
        self.styles = tuple(one for one in self.styles if one.name != name)
        self.changed.emit()
        return _done()

    def _style(self, name: str) -> Style:
        style = named(self.styles, name)
        if style is None:
            raise StyleMissing(name=name, nearest=self.styles[0].name)
        return style


class FakeSuggestions(QObject):
    """A test plays the model with `play` and the signals."""

    suggesting = Signal(str, str)
    suggested = Signal(str, str)
    failed = Signal(str, object)
    stopped = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.asked: list[tuple[Purpose, str, str, bool]] = []
        self._numbers = itertools.count(1)
        self.last = ""

    def ask(self, purpose: Purpose, text: str, model: ModelSpec, *, again: bool = False) -> str:
        self.asked.append((purpose, text, model.id, again))
        self.last = f"suggestion-{next(self._numbers)}"
        return self.last

    def stop(self, job_id: str) -> None:
        self.stopped.emit(job_id)

    def play(self, text: str, done: bool = True) -> None:
        """The text model writes."""
        (self.suggested if done else self.suggesting).emit(self.last, text)

    def fail(self, code: str, **params: str) -> None:
        self.failed.emit(self.last, Problem(code=code, params=params))


def _done() -> "Future[None]":
    future: Future[None] = Future()
    future.set_result(None)
    return future
