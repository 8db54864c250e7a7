"""What the person wrote in Chat and the database does not have: drafts, and what was said a moment ago."""

import msgspec
from PySide6.QtCore import QObject, Signal

from studio.viewmodels.shell import WindowState

DRAFT_KEY = "chat.draft"


class _Said(msgspec.Struct, frozen=True, kw_only=True):
    """Words whose message is not in the database yet.

    Attributes:
        job: of the answer; its message is written together with the words.
        reworded: the message that they word anew; empty for a message of their own.
    """

    text: str
    conversation: str
    job: str
    reworded: str


class Words(QObject):
    """Keeps them, and gives back what could not be written.

    Signals:
        draft_returned (str): it stands before the draft of this conversation.
        rewording_returned (str, str): it belongs to this message, as another wording of it.
    """

    draft_returned = Signal(str)
    rewording_returned = Signal(str, str)

    def __init__(self, state: WindowState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._said: _Said | None = None

    def draft(self, conversation: str) -> str:
        return self._state.get(f"{DRAFT_KEY}.{conversation}")

    def set_draft(self, conversation: str, text: str) -> None:
        """Kept for the next start."""
        self._state.put(f"{DRAFT_KEY}.{conversation}", text)

    def hold(self, text: str, conversation: str, job: str, reworded: str = "") -> None:
        """Until `written` names the same job."""
        self._said = _Said(text=text, conversation=conversation, job=job, reworded=reworded)

    def written(self, job: str) -> None:
        if self._said and self._said.job == job:
            self._said = None

    def give_back(self, opened: str) -> None:
        """What is held could not be written; `opened` is the conversation that the person sees now."""
        said, self._said = self._said, None
        if said is None:
            return
        if said.reworded and said.conversation == opened:
            self.rewording_returned.emit(said.reworded, said.text)
            return
        since = self.draft(said.conversation)
        self.set_draft(said.conversation, "\n\n".join(part for part in (said.text, since) if part))
        self.draft_returned.emit(said.conversation)
