"""Files that stand in the composer of Chat and are not sent: kept for each conversation and each start."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from studio.core.conversations import Attachment
from studio.core.paths import Paths
from studio.session.relay import Relay
from studio.store.chat_drafts import load_draft, save_draft

NEW = "new"  # what the draft of a conversation is called that is not begun


class ChatDrafts:
    """Written in a thread of its own, in order; read at once."""

    def __init__(self, paths: Paths, relay: Relay, report: Callable[[Exception], object]) -> None:
        """`report`: for what could not be written."""
        self._folder, self._relay, self._report = paths.chat_drafts, relay, report
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="drafts")
        self._known: dict[str, tuple[Attachment, ...]] = {}

    def close(self) -> None:
        """What is to be kept is still written."""
        self._thread.shutdown()

    def attachments(self, conversation: str) -> tuple[Attachment, ...]:
        """Of the draft in this conversation; "" is one that is not begun."""
        if conversation not in self._known:
            self._known[conversation] = load_draft(self._file(conversation))
        return self._known[conversation]

    def keep(self, conversation: str, attachments: tuple[Attachment, ...]) -> None:
        if attachments != self.attachments(conversation):
            self._known[conversation] = attachments
            writing = self._thread.submit(save_draft, self._file(conversation), attachments)
            self._relay.then(writing, lambda _: None, self._report)

    def _file(self, conversation: str) -> Path:
        return self._folder / f"{conversation or NEW}.json"
