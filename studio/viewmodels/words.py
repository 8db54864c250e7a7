"""What the person wrote in Chat and the database does not have: drafts, and what was said a moment ago."""

import logging

import msgspec
from PySide6.QtCore import QObject, Signal

from studio.core.conversations import Attachment, Said
from studio.session import Session
from studio.viewmodels.chat_templates import Place
from studio.viewmodels.shell import WindowState

DRAFT_KEY, PLACES_KEY = "chat.draft", "chat.places"

log = logging.getLogger(__name__)


class _Held(msgspec.Struct, frozen=True, kw_only=True):
    """What was said, and whose message is not in the database yet.

    Attributes:
        reworded: the message that it words anew; empty for a message of their own.
    """

    said: Said
    conversation: str
    reworded: str


class Words(QObject):
    """Keeps them, and gives back what could not be written.

    Signals:
        draft_returned (str): it stands before the draft of this conversation.
        rewording_returned (str, Said): it belongs to this message, as another wording of it.
    """

    draft_returned = Signal(str)
    rewording_returned = Signal(str, object)

    def __init__(self, session: Session, state: WindowState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._state = session, state
        # By the job of the answer, whose message is written together with what was said.
        self._held: dict[str, _Held] = {}

    def draft(self, conversation: str) -> str:
        return self._state.get(f"{DRAFT_KEY}.{conversation}")

    def set_draft(self, conversation: str, text: str) -> None:
        """Kept for the next start."""
        self._state.put(f"{DRAFT_KEY}.{conversation}", text)

    def places(self, conversation: str) -> tuple[Place, ...]:
        """What is left to fill in of the draft."""
        text = self._state.get(f"{PLACES_KEY}.{conversation}")
        try:
            return msgspec.json.decode(text, type=tuple[Place, ...]) if text else ()
        except msgspec.DecodeError as error:
            log.warning("the places of a draft cannot be read: %s", error)
            return ()

    def set_places(self, conversation: str, places: tuple[Place, ...]) -> None:
        """Kept for the next start, too."""
        text = msgspec.json.encode(places).decode() if places else ""
        self._state.put(f"{PLACES_KEY}.{conversation}", text)

    def attachments(self, conversation: str) -> tuple[Attachment, ...]:
        """The files of the draft."""
        return self._session.chat_drafts.attachments(conversation)

    def set_attachments(self, conversation: str, attachments: tuple[Attachment, ...]) -> None:
        """Kept for the next start, too."""
        self._session.chat_drafts.keep(conversation, attachments)

    def clear(self, conversation: str) -> None:
        self.set_draft(conversation, "")
        self.set_places(conversation, ())
        self.set_attachments(conversation, ())

    def hold(self, said: Said, conversation: str, job: str, reworded: str = "") -> None:
        """Until `written` names the same job."""
        self._held[job] = _Held(said=said, conversation=conversation, reworded=reworded)

    def written(self, job: str) -> None:
        self._held.pop(job, None)

    def give_back(self, job: str, opened: str) -> None:
        """What is held for the job could not be written; `opened` is the conversation that is seen now."""
        held = self._held.pop(job, None)
        if held is None:
            return
        if held.reworded and held.conversation == opened:
            self.rewording_returned.emit(held.reworded, held.said)
            return
        since = self.draft(held.conversation)
        self.set_places(held.conversation, ())  # they stand elsewhere now
        self.set_draft(held.conversation, "\n\n".join(part for part in (held.said.text, since) if part))
        files = (*held.said.attachments, *self.attachments(held.conversation))
        self.set_attachments(held.conversation, files)
        self.draft_returned.emit(held.conversation)
