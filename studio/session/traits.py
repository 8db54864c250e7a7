"""What each picture model lets one set: read in another thread, anew when IP-Adapters come or go."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor

from PySide6.QtCore import QObject, Signal

from studio.catalog.adapters import IP_ADAPTER
from studio.catalog.traits import traits_of
from studio.core.model import ModelSpec
from studio.core.traits import Traits
from studio.session.relay import Relay

_Key = tuple[str, str, str]


class TraitsFlow(QObject):
    """Answers at once, at first as if nothing were known.

    Signals:
        changed: the traits of some model are known now.
    """

    changed = Signal()

    def __init__(
        self, relay: Relay, threads: Executor, complete: Callable[[ModelSpec], ModelSpec], parent: QObject
    ) -> None:
        """`complete` finds what lends to a file the parts that it lacks; it is called in the other thread."""
        super().__init__(parent)
        self._relay, self._threads, self._complete = relay, threads, complete
        self._known: dict[_Key, Traits] = {}
        self._asked = set[_Key]()
        self._adapters: tuple[ModelSpec, ...] = ()

    def take_models(self, models: Sequence[ModelSpec]) -> None:
        """Those that are installed now."""
        adapters = tuple(one for one in models if one.base == IP_ADAPTER)
        if adapters != self._adapters:
            self._adapters = adapters
            self._asked.clear()
            self.changed.emit()

    def of(self, spec: ModelSpec) -> Traits:
        """Never waits; `changed` follows where there is more to know."""
        key = spec.id, spec.fingerprint, spec.path
        if key not in self._asked:
            self._asked.add(key)
            adapters = self._adapters
            reading = self._threads.submit(lambda: traits_of(self._complete(spec), adapters))
            self._relay.then(reading, lambda traits: self._take(key, traits), lambda _: None)
        return self._known.get(key, Traits())

    def _take(self, key: _Key, traits: Traits) -> None:
        if self._known.get(key, Traits()) != traits:
            self._known[key] = traits
            self.changed.emit()
