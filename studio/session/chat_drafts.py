"""Files that stand in the composer of Chat and are not sent: kept for each conversation and each start."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from studio.core.conversations import Attachment
from studio.core.paths import Paths
from studio.session.relay import Relay
from studio.store.chat_drafts import load_drafts, save_draft

NEW = "new"  # what the draft of a conversation is called that is not begun


class ChatDrafts:
    """Read and written in a thread of its own, in order; read at the start, for whoever asks waits for it."""

    def __init__(self, paths: Paths, relay: Relay, report: Callable[[Exception], object]) -> None:
        """`report`: for what could not be written."""
        self._folder, self._relay, self._report = paths.chat_drafts, relay, report
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="drafts")
        self._loading = self._thread.submit(load_drafts, self._folder)

    def close(self) -> None:
        """What is to be kept is still written."""
        self._thread.shutdown()

    def attachments(self, conversation: str) -> tuple[Attachment, ...]:
        """Of the draft in this conversation; "" is one that is not begun."""
        return self._known.get(conversation or NEW, ())

    def keep(self, conversation: str, attachments: tuple[Attachment, ...]) -> None:
        if attachments != self.attachments(conversation):
            self._known[conversation or NEW] = attachments
            file = self._folder / f"{conversation or NEW}.json"
            writing = self._thread.submit(save_draft, file, attachments)
            self._relay.then(writing, lambda _: None, self._report)

    @property
    def _known(self) -> dict[str, tuple[Attachment, ...]]:
        return self._loading.result()
