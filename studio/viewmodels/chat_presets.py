"""Ways of choosing tokens that have a name, and the one that was chosen last."""

import msgspec
from PySide6.QtCore import QObject, Signal

from studio.core.sampling import Preset, Sampling
from studio.session import Session
from studio.viewmodels.chat import ChatViewModel
from studio.viewmodels.latest import Each
from studio.viewmodels.sampling import without_thinking
from studio.viewmodels.shell import WindowState

PRESET_KEY = "chat.preset"


class PresetsViewModel(QObject):
    """The settings themselves stand in the panel's view-model.

    Signals:
        changed: there are others, or another one is chosen.
        failed (StudioError): one cannot be kept.
    """

    changed = Signal()
    failed = Signal(object)

    def __init__(
        self, session: Session, chat: ChatViewModel, state: WindowState, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._chat, self._state = session, chat, state
        self._saving, self._removing = Each(self), Each(self)
        self._saving.arrived.connect(self._on_saved)
        for each in (self._saving, self._removing):
            each.failed.connect(self.failed)
        session.chat_presets.changed.connect(self.changed)

    @property
    def all(self) -> tuple[Preset, ...]:
        return self._session.chat_presets.all()

    @property
    def chosen(self) -> Preset | None:
        """The one that was chosen last, whatever was changed since."""
        name = self._state.get(PRESET_KEY)
        return next((one for one in self.all if one.name == name), None)

    @property
    def differs(self) -> bool:
        """Something was changed since it was chosen; without one, since the model's own."""
        wanted = self.chosen.sampling if self.chosen else Sampling()
        return without_thinking(self._chat.sampling) != without_thinking(wanted)

    def choose(self, name: str) -> None:
        """Takes its settings; "" takes the model's own."""
        preset = next((one for one in self.all if one.name == name), None)
        now = self._chat.sampling
        sampling = preset.sampling if preset else Sampling()
        self._state.put(PRESET_KEY, preset.name if preset else "")
        self._chat.put_sampling(
            msgspec.structs.replace(sampling, thinking=now.thinking, thinking_budget=now.thinking_budget)
        )
        self.changed.emit()

    def save(self, name: str) -> None:
        """Keeps the settings as they stand, in the place of one that is called so; `changed` follows."""
        self._saving.ask(self._session.chat_presets.save(name, without_thinking(self._chat.sampling)))

    def remove(self, name: str) -> None:
        self._removing.ask(self._session.chat_presets.remove(name))

    def _on_saved(self, preset: Preset) -> None:
        self._state.put(PRESET_KEY, preset.name)
        self.changed.emit()
