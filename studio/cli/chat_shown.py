"""Answers as they stream: of several the first is shown at once, and thoughts apart from what is said."""

from collections.abc import Callable, Iterator

from studio.core.conversations import Message, TokensAdded

OPEN, CLOSE = "<think>", "</think>"


class Thoughts:
    """Tells thoughts from what is said, in a text that comes in pieces."""

    def __init__(self) -> None:
        self._held = ""
        self._inside = False
        self._fresh = False  # thoughts have just ended: the empty lines behind them say nothing

    def split(self, piece: str) -> Iterator[tuple[str, bool]]:
        """Texts, and whether they are thoughts. What may be half a mark is held back."""
        text, self._held = self._held + piece, ""
        while text:
            mark = CLOSE if self._inside else OPEN
            before, found, text = text.partition(mark)
            if found:
                yield from self._told(before)
                self._inside = not self._inside
                self._fresh = not self._inside
                continue
            held = _half_of(mark, before)
            self._held = before[len(before) - held :]
            yield from self._told(before[: len(before) - held])

    def rest(self) -> Iterator[tuple[str, bool]]:
        """What was held back and turned out to be no mark."""
        held, self._held = self._held, ""
        yield from self._told(held)

    def _told(self, text: str) -> Iterator[tuple[str, bool]]:
        if self._fresh and not self._inside:
            text = text.lstrip()
            self._fresh = not text
        if text:
            yield text, self._inside


def _half_of(mark: str, text: str) -> int:
    """How many characters at the end of the text begin the mark."""
    return next((size for size in range(len(mark) - 1, 0, -1) if text.endswith(mark[:size])), 0)


def parted(text: str) -> tuple[str, str]:
    """What a whole answer says, and its thoughts."""
    thoughts, said, thought = Thoughts(), "", ""
    for piece, inside in (*thoughts.split(text), *thoughts.rest()):
        said, thought = (said, thought + piece) if inside else (said + piece, thought)
    return said, thought.strip()


class Answers:
    """Those of one job, in the order of its takes, while they are written."""

    def __init__(self, show: Callable[[str, bool], object]) -> None:
        """`show` gets what the first says, or thinks, piece by piece."""
        self._show = show
        self.texts: dict[str, str] = {}  # by the id of the message
        self._job, self._thoughts = "", Thoughts()

    def begin(self, job: str, message: str = "", begun: str = "") -> None:
        """Of a job that was just asked for; `message`: one that is there already and goes on behind
        `begun`."""
        self._job, self._thoughts = job, Thoughts()
        self.texts = {message: begun} if message else {}
        list(self._thoughts.split(begun))

    def on_message(self, message: Message) -> None:
        if message.job == self._job and message.role in ("assistant", "summary"):
            self.texts.setdefault(message.id, "")

    def on_tokens(self, added: TokensAdded) -> None:
        if added.message not in self.texts:
            return
        self.texts[added.message] += added.text
        if added.message == next(iter(self.texts)):
            for text, is_thought in self._thoughts.split(added.text):
                self._show(text, is_thought)

    def end(self) -> None:
        for text, is_thought in self._thoughts.rest():
            self._show(text, is_thought)

    @property
    def all(self) -> list[tuple[str, str]]:
        """Of each what it says and what it thought."""
        return [parted(text) for text in self.texts.values()]
