"""Thoughts before an answer: asked for or not, shown between the same marks for all models, and ended."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from studio.core.sampling import Sampling, Thinking
from studio.core.thoughts import CLOSE, EFFORT, HARMONY, OPEN, PAIRS, part, switches_in
from studio.runtime.desk import Desk

LOOK_BACK = 8  # tokens at the end of a prompt among which a template may have opened the thoughts
# Of GPT-OSS: what stands before its thoughts, behind them, and before what it says.
_STARTS = "<|start|>assistant"
_CHANNELS = ("<|channel|>analysis<|message|>", "<|end|>", f"{_STARTS}<|channel|>final<|message|>")


@dataclass(frozen=True)
class Marks:
    """How a model writes its thoughts.

    Attributes:
        opens, closes: the tokens before and after.
        heading: what it writes first among its thoughts and is none.
        says, starts: of a model that writes in channels: the tokens between a channel's name and its text,
            and before whoever writes; none of a model that does not.
        ending: the tokens that bring its thoughts to an end.
    """

    opens: int
    closes: int
    heading: str = ""
    says: int | None = None
    starts: int | None = None
    ending: tuple[int, ...] = ()


def marks_of(tokenizer: Any) -> Marks | None:
    """None for a model that has no tokens for it."""
    known = tokenizer.get_added_vocab()
    if all(mark in known for mark in HARMONY):
        channel, says, end, start = (known[mark] for mark in HARMONY)
        spelled = tokenizer(_CHANNELS[1] + _CHANNELS[2], add_special_tokens=False)
        return Marks(channel, end, says=says, starts=start, ending=tuple(spelled.input_ids))
    for opens, closes, heading in PAIRS:
        if opens in known and closes in known:
            return Marks(known[opens], known[closes], heading, ending=(known[closes],))
    return None


def as_written(tokenizer: Any, prompt: str, begun: str, mark: Callable[[str], str]) -> str:
    """What is begun of an answer, as its model writes it behind the prompt: with its own marks, and without
    the first where the template has written that.

    `mark` is given whatever stands between them.
    """
    opens, closes, says = _own_words(tokenizer)
    parts = part(begun)
    if parts is None:
        return (says.removeprefix(_STARTS) if begun else "") + mark(begun)
    thought, said = parts
    is_open = prompt.rstrip().endswith(tuple(opens for opens, *_ in PAIRS))
    written = ("" if is_open else opens) + mark(thought)
    return written if said is None else written + closes + says + mark(said)


def _own_words(tokenizer: Any) -> tuple[str, str, str]:
    """What stands before its thoughts, behind them, and before what it says."""
    known = tokenizer.get_added_vocab()
    if all(mark in known for mark in HARMONY):
        return _CHANNELS
    pairs = (
        (f"{opens}{heading}", closes, "")
        for opens, closes, heading in PAIRS
        if {opens, closes} <= known.keys()
    )
    return next(pairs, (OPEN, CLOSE, ""))


def template_settings(template: object, thinking: Thinking) -> dict[str, Any]:
    """What a chat template is told, by the variables that it asks for; nothing where it asks for none."""
    text = str(template or "")
    told: dict[str, Any] = {name: thinking == "on" for name in switches_in(text) if thinking}
    if not told and thinking == "off" and EFFORT in text:
        told[EFFORT] = "low"
    return told


def note_unused(template: Any, sampling: Sampling, thinks: bool, desk: Desk) -> None:
    """A model that cannot think does not, and one whose template has no switch does as it likes."""
    if sampling.thinking_budget is not None and not thinks:
        desk.note("sampling_unused", name="thinking_budget")
    told = template_settings(template, sampling.thinking)
    if not told and (sampling.thinking == "on" or (sampling.thinking == "off" and thinks)):
        desk.note("sampling_unused", name="thinking")


def thought_so_far(tokenizer: Any, begun: str) -> tuple[int, bool]:
    """How many tokens were thought already, about, as the budget is of the whole answer; and whether what is
    begun leaves its thoughts open."""
    thought, said = part(begun) or ("", "")
    return len(tokenizer._encode_without_added_tokens(thought)), said is None


class Thoughts:
    """Follows one answer token by token.

    Attributes:
        inside: it is thinking now.
        count: tokens it has thought.
    """

    def __init__(self, tokenizer: Any, marks: Marks) -> None:
        self._tokenizer, self._marks = tokenizer, marks
        self._heading = ""
        self._channel: list[int] | None = None
        self.inside = False
        self.count = 0

    @property
    def ending(self) -> tuple[int, ...]:
        """The tokens that bring them to an end."""
        return self._marks.ending

    def begin(self, prompt: list[int], begun: str) -> str:
        """What the answer begins with where the template opened the thoughts, or `begun` left them open."""
        if begun:
            self.count, self.inside = thought_so_far(self._tokenizer, begun)
            return ""
        for token in reversed(prompt[-LOOK_BACK:]):
            if token == self._marks.closes:
                return ""
            if token == self._marks.opens and self._marks.says is None:
                self.inside = True
                return OPEN
        return ""

    def ends(self, token: int) -> bool:
        """Whether the token ends the thoughts and not the answer."""
        return self.inside and token == self._marks.closes

    def see(self, token: int) -> str | None:
        """What is shown for the token; None where it is text."""
        self.count += self.inside
        if self.ends(token):
            self.inside, self._heading = False, ""
            return CLOSE
        if self._marks.says is not None:
            return self._in_channels(token)
        if token == self._marks.opens:
            self.inside, self._heading = True, self._marks.heading
            return OPEN
        return "" if self._heading and self._is_heading(token) else None

    def _in_channels(self, token: int) -> str | None:
        if token in (self._marks.opens, self._marks.starts):
            self._channel = []
            return ""
        if self._channel is None:
            return None
        if token != self._marks.says:
            self._channel.append(token)
            return ""
        name, self._channel = self._tokenizer.decode(self._channel), None
        if "analysis" not in name or self.inside:
            return ""
        self.inside = True
        return OPEN

    def _is_heading(self, token: int) -> bool:
        piece = self._tokenizer.decode([token])
        if not self._heading.startswith(piece):
            self._heading = ""
            return False
        self._heading = self._heading[len(piece) :]
        return True
