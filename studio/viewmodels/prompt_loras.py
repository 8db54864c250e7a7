"""The LoRAs that a prompt may call by name, and those that it calls and that are not here."""

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal

from studio.core.errors import StudioError
from studio.core.model_names import LoraNames
from studio.core.prompts.lora_tags import LoraTag, lora_called, lora_names, without_tags
from studio.session import Session


class CallableLoras(QObject):
    """Looks at no file, so that it can be asked with each key.

    Signals:
        changed: other ones can be called now.
    """

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._models = session.models
        self._known: LoraNames | None = None
        # By name: the nearest of many takes a while to find.
        self._problems: dict[str, StudioError | None] = {}
        self._models.changed.connect(self._forget)

    @property
    def known(self) -> LoraNames | None:
        """None before all models are known."""
        if self._known is None and self._models.is_read:
            self._known = lora_names(self._models.installed())
        return self._known

    def problem_in(self, prompts: Iterable[str]) -> StudioError | None:
        """What `lora_called` raises, where a prompt calls one that is not here."""
        known = self.known
        if known is None:
            return None
        tags = (tag for text in prompts for tag in without_tags(text)[1])
        return next((problem for tag in tags if (problem := self._problem_of(tag, known))), None)

    def _problem_of(self, tag: LoraTag, known: LoraNames) -> StudioError | None:
        if tag.name not in self._problems:
            self._problems[tag.name] = _why_not(tag, known)
        return self._problems[tag.name]

    def _forget(self) -> None:
        self._known, self._problems = None, {}
        self.changed.emit()


def _why_not(tag: LoraTag, known: LoraNames) -> StudioError | None:
    try:
        lora_called(tag, known)
    except StudioError as error:
        return error
    return None
