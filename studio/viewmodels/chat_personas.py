"""Who answers in Chat: the personas that there are, and the one of the open conversation."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from studio.core.conversations import Message
from studio.core.personas import Persona
from studio.core.records import Asset
from studio.session import Session
from studio.viewmodels.chat import ChatViewModel
from studio.viewmodels.chat_presets import PresetsViewModel
from studio.viewmodels.latest import Each


class PersonasViewModel(QObject):
    """Keeps nothing itself.

    Signals:
        changed: there are others, or another one answers.
        saved (Persona): it is kept, and answers from now on.
        refused (StudioError): one cannot be kept; said where it is written.
        failed (StudioError): one could not be removed.
    """

    changed = Signal()
    saved = Signal(object)
    refused = Signal(object)
    failed = Signal(object)

    def __init__(
        self,
        session: Session,
        chat: ChatViewModel,
        presets: PresetsViewModel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._chat, self._presets = session, chat, presets
        self._saving = Each(self)
        self._saving.arrived.connect(self._on_saved)
        self._saving.failed.connect(self.refused)
        self._removing = Each(self)
        self._removing.failed.connect(self.failed)
        session.personas.changed.connect(self.changed)
        chat.settings_changed.connect(self.changed)

    @property
    def all(self) -> tuple[Persona, ...]:
        return self._session.personas.all()

    @property
    def chosen(self) -> Persona | None:
        """As it was when it was chosen; one may have changed or removed it since."""
        return self._chat.persona

    @property
    def locked(self) -> bool:
        """The open conversation lies in the trash."""
        return self._chat.trashed

    def choose(self, persona: Persona | None) -> None:
        """Lets it answer in the open conversation, with the preset that goes with it."""
        self._chat.set_persona(persona)
        if persona is not None and persona.preset:
            self._presets.choose(persona.preset)

    def choose_by_id(self, persona_id: str) -> None:
        """ "" for nobody in particular."""
        self.choose(next((one for one in self.all if one.id == persona_id), None))

    def save(self, persona: Persona, picture: Path | None) -> None:
        """A new one where it has no id; without `picture` its face stays. `saved` or `refused` follows."""
        self._saving.ask(self._session.personas.save(persona, picture))

    def remove(self, persona_id: str) -> None:
        """Conversations that have it keep it as it was."""
        self._removing.ask(self._session.personas.remove(persona_id))

    def thumbnail_of(self, persona: Persona | None) -> Asset | None:
        """What `Thumbnails` shows for its face; None for one without."""
        path = self._session.personas.picture(persona) if persona else None
        return path and thumbnail_of(path)

    def face(self, message: Message) -> Asset | None:
        """The same for whoever answered in the open conversation, where one goes by that name."""
        branch = self._chat.branch
        if not message.persona or branch is None:
            return None
        known = (branch.conversation.persona, *self.all)
        found = (self.thumbnail_of(one) for one in known if one and one.name == message.persona)
        return next((one for one in found if one), None)

    def _on_saved(self, persona: Persona) -> None:
        self.choose(persona)
        self.saved.emit(persona)


def thumbnail_of(path: Path) -> Asset:
    """What `Thumbnails` shows for a picture that lies anywhere."""
    return Asset(id=str(path), path=path.as_posix(), width=0, height=0, created=0.0)
