"""Which models are in memory: loads, reuses, and gives back the least recently used within a byte budget."""

import gc
import sys
from collections import OrderedDict
from collections.abc import Callable, Container
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Protocol

from studio.core.model import ModelSpec, Wish
from studio.core.plan import Plan
from studio.runtime.desk import Desk
from studio.runtime.gauge import trim

Key = tuple[str, str, str, str, Wish]


class Loaded(Protocol):
    """A model in memory, as its family made it.

    Attributes:
        plan: how it is held; None where nothing was to be decided.
        size_bytes: what it holds now, measured by the family (weights, and caches that it keeps).
    """

    @property
    def plan(self) -> Plan | None: ...

    @property
    def size_bytes(self) -> int: ...

    def release(self) -> None:
        """Drop every tensor; nothing is called afterwards."""


@dataclass(frozen=True)
class LoadContext:
    """What a family's `load` may know of the outside.

    Attributes:
        desk: of the job that needs the model; report `Stage.LOADING` in bytes, and check between files.
        memory_budget: bytes that this model may hold, everything else being given back if it must.
    """

    desk: Desk
    memory_budget: int


class Residency:
    """The models in memory, least recently used first.

    A model larger than the whole budget is still loaded, alone: the budget says what is kept, the
    machine says what is possible.

    Attributes:
        budget_bytes: what all models may hold together; each job may bring another.
    """

    def __init__(self, budget_bytes: int) -> None:
        self.budget_bytes = budget_bytes
        self._loaded: OrderedDict[Key, Loaded] = OrderedDict()
        self._measured: dict[Key, int] = {}

    @property
    def held_bytes(self) -> int:
        return sum(loaded.size_bytes for loaded in self._loaded.values())

    @property
    def models(self) -> tuple[str, ...]:
        """Ids, least recently used first."""
        return tuple(model for model, *_ in self._loaded)

    def acquire(self, spec: ModelSpec, load: Callable[[], Loaded]) -> Loaded:
        """The model in memory, loaded if it is not; whatever `load` raises leaves the others as they are.

        Room is made before the load, by the size measured last time or else the size on disk, and once
        more when the model is here, as large as it turned out. Changed files and wishes are loaded anew.
        """
        key = _key(spec)
        if key not in self._loaded:
            self.release(spec.id)
            self._make_room(self._measured.get(key, spec.size_bytes))
            self._loaded[key] = load()
            self._measured[key] = self._loaded[key].size_bytes
        self._loaded.move_to_end(key)
        self._make_room(0, keep=key)
        return self._loaded[key]

    def holds(self, spec: ModelSpec) -> bool:
        return _key(spec) in self._loaded

    def held(self, spec: ModelSpec) -> Loaded | None:
        return self._loaded.get(_key(spec))

    def forget_conversations(self, conversations: Container[str]) -> None:
        """Let every model that remembers what it read let go of these."""
        for loaded in self._loaded.values():
            if forget := getattr(loaded, "forget_conversations", None):
                forget(conversations)

    def release(self, model: str | None = None) -> None:
        """Give back the model of this id, or all."""
        self._evict([key for key in self._loaded if model in (None, key[0])])

    def holds_others(self, spec: ModelSpec) -> bool:
        return any(key != _key(spec) for key in self._loaded)

    def release_others(self, spec: ModelSpec) -> None:
        """Give back everything but this model."""
        self._evict([key for key in self._loaded if key != _key(spec)])

    def _make_room(self, size_bytes: int, keep: Key | None = None) -> None:
        while self.held_bytes + size_bytes > self.budget_bytes:
            oldest = next((key for key in self._loaded if key != keep), None)
            if oldest is None:
                return
            self._evict([oldest])

    def _evict(self, keys: list[Key]) -> None:
        # Forgotten before released: where a release raises, the others still happen, and nothing that is
        # half gone is ever used again.
        with ExitStack() as releases:
            for key in keys:
                releases.callback(self._loaded.pop(key).release)
        if keys:
            empty_caches()


def empty_caches() -> None:
    """Return freed memory to the device; torch keeps it otherwise. Never imports torch."""
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.accelerator.is_available():
        torch.accelerator.empty_cache()
    trim()


def _key(spec: ModelSpec) -> Key:
    return spec.id, spec.path, spec.fingerprint, spec.lender, spec.wish
