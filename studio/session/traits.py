"""What each picture model lets one set: read from its configs in another thread, once."""

from collections.abc import Callable
from concurrent.futures import Executor

from PySide6.QtCore import QObject, Signal

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

    def of(self, spec: ModelSpec) -> Traits:
        """Never waits; `changed` follows where there is more to know."""
        key = spec.id, spec.fingerprint, spec.path
        if key not in self._known:
            self._known[key] = Traits()
            reading = self._threads.submit(lambda: traits_of(self._complete(spec)))
            self._relay.then(reading, lambda traits: self._take(key, traits), lambda _: None)
        return self._known[key]

    def _take(self, key: _Key, traits: Traits) -> None:
        if self._known[key] != traits:
            self._known[key] = traits
            self.changed.emit()
