"""What a model thinks before it answers: set off from the answer, and folded until one wants to read it."""

from typing import NamedTuple

from studio.core.conversations import Message, MessageState
from studio.core.thoughts import marks_in
from studio.ui import figures
from studio.ui.i18n import tr


class Thought(NamedTuple):
    """The beginning of an answer that is no part of it.

    Attributes:
        end: the character where the answer begins; while it is not `closed`, the end of the text.
    """

    text: str
    end: int
    closed: bool


def thought_in(text: str) -> Thought | None:
    """What stands at the beginning between a model's marks, or to the end without the second."""
    marks = marks_in(text)
    if marks is None:
        return None
    opens, closes = marks
    begin = len(text) - len(text.lstrip()) + len(opens)
    close = text.find(closes, begin)
    if close < 0:
        return Thought(text[begin:].strip(), len(text), closed=False)
    end = close + len(closes)
    end += len(text[end:]) - len(text[end:].lstrip())
    return Thought(text[begin:close].strip(), end, closed=True)


def thought_label(message: Message, thought: Thought, seconds: float | None) -> str:
    """The one line that stands for what was thought; `seconds`: how long that took, where it was seen."""
    if not thought.closed:
        return (
            tr("Thinking it over")
            if message.state is MessageState.STREAMING
            else tr("Did not finish thinking")
        )
    if not thought.text:
        return tr("Did not think first")
    if seconds is not None:
        return tr("Thought for {time}", time=figures.duration(seconds, 0 if seconds >= 10 else 1))
    # The tokens of a part are not kept: by its share of the letters, which is near enough to say "about".
    tokens = round(message.tokens * len(thought.text) / max(len(message.text), 1))
    return tr("Thought for about {n} tokens", n=figures.count(tokens)) if tokens else tr("Thought first")
