"""Thoughts between marks that a model spells out, as its vocabulary has no tokens for them."""

from typing import Any

from studio.core.thoughts import CLOSE, OPEN
from studio.runtime.text.thinking import thought_so_far

LOOK_BACK = 16  # tokens among which a mark is looked for; spelled out, the longer has eight letters


class SpelledThoughts:
    """Follows one answer token by token, as `Thoughts` does. The marks are text, and shown as they come.

    Attributes:
        inside: it is thinking now.
        count: tokens it has thought.
        ending: the tokens that bring the thoughts to an end.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._tail: list[int] = []
        self._over = False
        self.inside = False
        self.count = 0
        self.ending: tuple[int, ...] = tuple(tokenizer._encode_without_added_tokens(f"\n{CLOSE}\n\n"))

    def begin(self, prompt: list[int], begun: str) -> str:
        """What the answer begins with where the template opened the thoughts, or `begun` left them open."""
        self.count, self.inside = thought_so_far(self._tokenizer, begun)
        self._over = bool(begun) and not self.inside
        if begun or not self._text(prompt[-LOOK_BACK:]).rstrip().endswith(OPEN):
            return ""
        self.inside = True
        return OPEN

    def ends(self, _: int) -> bool:
        """No token of its own ends them."""
        return False

    def see(self, token: int) -> None:
        """It is text, whatever it is."""
        self.count += self.inside
        if self._over:
            return
        self._tail = [*self._tail[1 - LOOK_BACK :], token]
        text = self._text(self._tail)
        if self.inside:
            self._over = CLOSE in text
            self.inside = not self._over
        elif (begun := text.lstrip()).startswith(OPEN):
            self.inside, self._tail = True, []
        else:  # what is said later of such marks opens none
            self._over = not OPEN.startswith(begun)

    def _text(self, ids: list[int]) -> str:
        return self._tokenizer.decode(ids)
