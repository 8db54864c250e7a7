"""One answer while it is written: its tokens, what of them is shown, and where it ends."""

from collections import deque
from typing import Any

from studio.core.jobs import Reply, TextJob
from studio.core.sampling import Sampling
from studio.core.thoughts import spells
from studio.runtime.desk import Desk
from studio.runtime.text.prompt import Prompt
from studio.runtime.text.spelled import SpelledThoughts
from studio.runtime.text.stream import TextStream
from studio.runtime.text.template import PLAIN_STOPS
from studio.runtime.text.thinking import Thoughts, marks_of, note_unused


class Answer:
    """Streams its text to the desk.

    Attributes:
        take: which of the answers beside each other it is.
        ids: every token that was written.
        finish: why it ended (`stop`, `length`); empty while it is written.
        forced: tokens that come next, whatever the model would write.
    """

    def __init__(
        self,
        take: int,
        stream: TextStream,
        thoughts: Thoughts | SpelledThoughts | None,
        sampling: Sampling,
        ends: frozenset[int],
        room: int,
        desk: Desk,
    ) -> None:
        self.take = take
        self.ids: list[int] = []
        self.finish = ""
        self.forced = deque[int]()
        self._stream, self._thoughts = stream, thoughts
        self._opening = ""
        self._budget = sampling.thinking_budget
        self._ends, self._room = ends, room
        self._desk = desk

    def begin(self, prompt: list[int], begun: str) -> None:
        """What is shown together with the first token: until then the job may be tried a second time."""
        if self._thoughts and (text := self._thoughts.begin(prompt, begun)):
            self._opening = self._stream.say(text)

    def add(self, token: int) -> None:
        """The next token."""
        self.ids.append(token)
        if token in self._ends and not (self._thoughts and self._thoughts.ends(token)):
            self.end("stop")
            return
        said = self._thoughts.see(token) if self._thoughts else None
        self._show(self._stream.add(token) if said is None else self._stream.say(said))
        if self._stream.stopped:
            self.end("stop")
        elif len(self.ids) >= self._room:
            self.end("length")
        else:
            self._hold_to_budget()

    def end(self, finish: str) -> None:
        """Nothing follows; the rest of the text is shown."""
        self.finish = finish
        self._show(self._stream.finish(cut=finish == "length"))

    def show_rest(self) -> None:
        """What was held back of an answer that was stopped."""
        self._show(self._stream.finish(cut=True))

    @property
    def empty(self) -> bool:
        """Nothing that can be read was written."""
        return not self._stream.text.strip()

    def _show(self, text: str) -> None:
        if self.ids and (shown := self._opening + text):
            self._opening = ""
            self._desk.tokens(shown, len(self.ids), take=self.take)

    def _hold_to_budget(self) -> None:
        thoughts = self._thoughts
        if self._budget is None or not thoughts or not thoughts.inside or self.forced:
            return
        if thoughts.count >= self._budget:
            self.forced.extend(thoughts.ending)
            self._desk.note("thinking_cut", tokens=self._budget)


def answers_to(
    prompt: Prompt, job: TextJob, tokenizer: Any, ends: frozenset[int], desk: Desk
) -> list[Answer]:
    """All that the job wants, to be written; the desk notes what of its thinking has no effect."""
    sampling = job.sampling
    count, begun = (len(job.messages), job.begun) if isinstance(job, Reply) else (1, "")
    stops = sampling.stop if prompt.templated else (*sampling.stop, *PLAIN_STOPS)
    marks, template = marks_of(tokenizer), str(tokenizer.chat_template or "")
    spelled = marks is None and spells(template)
    note_unused(template, sampling, spelled or marks is not None, desk)
    answers = list[Answer]()
    for take in range(count):
        thoughts = Thoughts(tokenizer, marks) if marks else SpelledThoughts(tokenizer) if spelled else None
        stream = TextStream(tokenizer, stops)
        answers.append(Answer(take, stream, thoughts, sampling, ends, prompt.room, desk))
        answers[-1].begin(prompt.ids, begun)
    return answers
