"""The LoRAs that a prompt may call by name, and those that it calls and that are not here."""

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal

from studio.core.errors import LoraNameless, LoraNotFound, LoraUnknown, NoLoraInstalled, StudioError
from studio.core.model_names import LoraNames
from studio.core.prompts.lora_tags import without_tags
from studio.session import Session
from studio.viewmodels.latest import Latest


class CallableLoras(QObject):
    """Asked with each key, so what takes long of thousands is done in another thread.

    Attributes:
        known: those that can be called; None before all models are known.

    Signals:
        changed: others can be called now, or more is known of one that is not here.
    """

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.known: LoraNames | None = None
        self._nearest: dict[str, str] = {}  # by the name that nobody is called by
        self._looked_for = ""
        self._names, self._looking = Latest(self), Latest(self)
        self._names.arrived.connect(self._take)
        self._looking.arrived.connect(self._put_nearest)
        session.models.changed.connect(self._read)
        self._read()

    def problem_in(self, prompts: Iterable[str]) -> StudioError | None:
        """Where a prompt calls one that is not here: which is the nearest, as soon as that is found."""
        names = self.known
        if names is None:
            return None
        called = (tag.name for text in prompts for tag in without_tags(text)[1])
        return next((self._problem_of(name, names) for name in called if names.find(name) is None), None)

    def _problem_of(self, name: str, names: LoraNames) -> StudioError:
        if not name:
            return LoraNameless()
        if not names:
            return NoLoraInstalled(name=name)
        if name not in self._nearest and name != self._looked_for:
            self._looked_for = name
            self._looking.ask(self._session.prompts.nearest_lora(name, names))
        nearest = self._nearest.get(name)
        return LoraUnknown(name=name, nearest=nearest) if nearest else LoraNotFound(name=name)

    def _put_nearest(self, nearest: str) -> None:
        self._nearest[self._looked_for] = nearest
        if nearest:
            self.changed.emit()

    def _read(self) -> None:
        if self._session.models.is_read:
            self._names.ask(self._session.prompts.lora_names())
        else:
            self._names.forget()
            self._take(None)

    def _take(self, names: LoraNames | None) -> None:
        self._looking.forget()
        self.known, self._nearest, self._looked_for = names, {}, ""
        self.changed.emit()
