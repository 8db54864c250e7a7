"""Words of answers on their way into the journal: what came in one turn of the event loop is one write."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from studio.core.conversations import TokensAdded
from studio.session.writes import Writes


@dataclass
class _Stream:
    """An answer that is written: all that was `said` of it, and what of that is in no write yet."""

    conversation: str
    said: str = ""
    count: int = 0
    waiting: str = ""
    ended: bool = False


class Journal(QObject):
    """Lives in the window's thread. One write at a time: what comes meanwhile waits for the next, and so does
    what could not be written, so that nothing is left out and nothing stands in the wrong place.

    Signals:
        tokens_added (TokensAdded): the words are in the database.
    """

    tokens_added = Signal(object)

    def __init__(self, writes: Writes, parent: QObject) -> None:
        super().__init__(parent)
        self._writes = writes
        self._streams: dict[str, _Stream] = {}  # by message
        self._writing = self._told = False

    def begin(self, conversation: str, messages: Sequence[str]) -> None:
        """A job is going to write these answers, or to go on with them."""
        self._streams.update((message, _Stream(conversation)) for message in messages)

    def add(self, message: str, text: str, count: int) -> None:
        """The next words of an answer, which has so many tokens then; `write` follows."""
        stream = self._streams[message]
        stream.said += text
        stream.waiting += text
        stream.count = count

    def write(self) -> None:
        """All words that wait, in one write."""
        batch = [] if self._writing else self._take()
        if not batch:
            return
        self._writing = True
        self._writes.write(
            lambda library: library.chats.append_tokens(batch),
            lambda _: self._on_written(batch),
            lambda error: self._on_unwritten(batch, error),
        )

    def end(self, message: str) -> tuple[str, int] | None:
        """All that was said in the answer, and its tokens; None for nothing. Whoever ends it writes that."""
        stream = self._streams[message]
        stream.ended = True
        return (stream.said, stream.count) if stream.said else None

    def tell_rest(self, message: str) -> None:
        """The end of the answer is written: what had to wait until then is in the database, too."""
        stream = self._streams.pop(message, None)
        if stream and stream.waiting:
            self.tokens_added.emit(_words(message, stream))

    def report(self, error: Exception) -> None:
        """Words cannot be written: told once, until they can be again."""
        if not self._told:
            self._told = True
            self._writes.report(error)

    def _take(self) -> list[TokensAdded]:
        batch: list[TokensAdded] = []
        for message, stream in self._streams.items():
            if stream.waiting and not stream.ended:
                batch.append(_words(message, stream))
                stream.waiting = ""
        return batch

    def _on_written(self, batch: Sequence[TokensAdded]) -> None:
        self._writing = self._told = False
        for words in batch:
            self.tokens_added.emit(words)
        self.write()

    def _on_unwritten(self, batch: Sequence[TokensAdded], error: Exception) -> None:
        """They come before what was said since, with the next write."""
        self._writing = False
        for words in batch:
            if stream := self._streams.get(words.message):
                stream.waiting = words.text + stream.waiting
        self.report(error)


def _words(message: str, stream: _Stream) -> TokensAdded:
    return TokensAdded(
        conversation=stream.conversation, message=message, text=stream.waiting, count=stream.count
    )
