"""Text out of tokens as they come: whole characters, and nothing past a stop string."""

import time
from typing import Any

CONTEXT_TOKENS = 8  # decoded again with each piece, as some tokenizers write a token by what stands before it
CHARACTER_TOKENS = 4  # the longest character in UTF-8 has four bytes, each a token at worst
EVERY = 1 / 30  # seconds between two looks at the text where no stop string has to be found at once
BROKEN = "\ufffd"


class TextStream:
    """The answer so far.

    Attributes:
        ids: all tokens added.
        stopped: a stop string was found; the text ends before it.
    """

    def __init__(self, tokenizer: Any, stops: tuple[str, ...]) -> None:
        self._tokenizer = tokenizer
        self._stops = tuple(stop for stop in stops if stop)
        self._text = ""
        self._sent = 0
        self._decoded = 0  # tokens whose text is in `_text`
        self._looked = 0.0
        self.ids: list[int] = []
        self.stopped = False

    def add(self, token: int) -> str:
        """The text that has become certain with this token, often none."""
        self.ids.append(token)
        now = time.monotonic()
        if not self._stops and now - self._looked < EVERY:
            return ""
        self._looked = now
        self._decode()
        return self._certain()

    @property
    def text(self) -> str:
        """Everything that has been read out of the tokens."""
        return self._text

    def say(self, text: str) -> str:
        """The same for text that stands for tokens of another meaning."""
        self._decode()
        self._commit(len(self.ids))
        self._text += text
        return self._certain()

    def finish(self, *, cut: bool = False) -> str:
        """What was held back: half a character, or the start of a stop string.

        Of an answer that was `cut`, half a character is left out: it is written anew when that goes on.
        """
        if not self.stopped:
            self._decode()
            rest = self._piece(len(self.ids))
            self._text += rest.rstrip(BROKEN) if cut else rest
            self._decoded = len(self.ids)
            self._find_stop()
        text, self._sent = self._text[self._sent :], len(self._text)
        return text

    def _decode(self) -> None:
        """Commit new tokens from the left, each as soon as the text up to it is no half character.

        So what comes out does not depend on how many tokens are looked at together, even where a model
        writes bytes that are no characters.
        """
        if BROKEN not in self._piece(len(self.ids)):
            self._commit(len(self.ids))
            return
        for end in range(self._decoded + 1, len(self.ids) + 1):
            if not self._piece(end).endswith(BROKEN) or end - self._decoded == CHARACTER_TOKENS:
                self._commit(end)

    def _commit(self, end: int) -> None:
        self._text += self._piece(end)
        self._decoded = end

    def _piece(self, end: int) -> str:
        """The text of the tokens from the last one committed up to `end`."""
        start = max(0, self._decoded - CONTEXT_TOKENS)
        return self._read(start, end)[len(self._read(start, self._decoded)) :]

    def _read(self, start: int, end: int) -> str:
        if start == end:
            return ""
        ids = self.ids[start:end]
        return self._tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)

    def _certain(self) -> str:
        self._find_stop()
        end = len(self._text) if self.stopped else len(self._text) - self._open_stop()
        text, self._sent = self._text[self._sent : end], max(self._sent, end)
        return text

    def _find_stop(self) -> None:
        found = [at for stop in self._stops if (at := self._text.find(stop, self._sent)) >= 0]
        if found:
            self._text, self.stopped = self._text[: min(found)], True

    def _open_stop(self) -> int:
        """How many characters at the end may be the beginning of a stop string."""
        tail = self._text[self._sent :]
        lengths = [size for stop in self._stops for size in range(1, len(stop)) if tail.endswith(stop[:size])]
        return max(lengths, default=0)
