"""A conversation of one command: with whom, in which way, and what was said last."""

import argparse
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import SignalInstance

from studio.cli.chat_shown import Answers
from studio.cli.running import Runner
from studio.core.chat_templates import expanded, parsed, values_in
from studio.core.conversations import Attachment, Conversation, Message, Said
from studio.core.errors import BadRequest, NotFound
from studio.core.model import Ability, ModelSpec
from studio.core.personas import Persona
from studio.core.records import JobRecord
from studio.core.sampling import Preset, Sampling
from studio.ui.i18n import sentence_of_note, tr


class NothingSaid(BadRequest):
    code = "nothing_said"
    template = "Nothing has been said here yet."
    hint = "Write a message first."


class Talk:
    """Attributes:
    model, sampling, takes: how the next answers are written.
    thinking: thoughts are shown.
    conversation: its id; empty before the first message: who says nothing leaves nothing behind.
    standing: what is said once for all messages, of a conversation that is not begun.
    attached: files that go with the next message.
    listed: the conversations that were listed last.
    """

    def __init__(self, args: argparse.Namespace, runner: Runner) -> None:
        self.runner, self.output, self.session = runner, runner.output, runner.session
        self.chats = self.session.chats
        self.model: ModelSpec = self.session.models.find(args.model, Ability.REPLY)
        self.sampling = Sampling() if args.preset is None else self.preset(args.preset).sampling
        said = {"temperature": args.temperature, "max_new_tokens": args.max_tokens, "seed": args.seed}
        if args.thinking:
            said["thinking"] = "on"
        changed = {name: value for name, value in said.items() if value is not None}
        self.sampling = msgspec.structs.replace(self.sampling, **changed)
        self.takes: int = args.takes
        self.thinking: bool = args.thinking or self.output.dims
        self.conversation = ""
        self.standing = Conversation(id="", created=0, updated=0, system=args.system or "")
        if args.persona is not None:
            self.stand(persona=self.persona(args.persona))
        self.attached: list[Attachment] = []
        self.listed: list[Conversation] = []
        self._answers = Answers(self._show)
        self._heading = ""  # of the first of several answers, until it says something
        self.chats.message_added.connect(runner.guarded(self._answers.on_message))
        self.chats.tokens_added.connect(runner.guarded(self._answers.on_tokens))
        self._go_on(args)
        for name in args.attach:
            self.attach(name)

    # What is said.

    def say(self, text: str) -> JobRecord:
        """Sends the message with what is attached, a template filled in, and streams the answers."""
        said = self._said(text)
        if not self.conversation:
            self.chats.check(said, self.model, self.sampling)
            self._begin()
        job = self.chats.send(self.conversation, said, self.model, self.sampling, self.takes)
        self.attached = []
        return self.follow(job, self.takes)

    def reword(self, text: str) -> JobRecord:
        """Another wording of the last message, with the files of that one. Raises NothingSaid."""
        last = self.last("user")
        said = self._said(text, last.attachments)
        job = self.chats.edit(last.id, said, self.model, self.sampling, self.takes)
        self.attached = []
        return self.follow(job, self.takes)

    def again(self) -> JobRecord:
        """Other answers to the last message. Raises NothingSaid."""
        last = self.last("assistant")
        job = self.chats.regenerate(last.id, self.model, self.sampling, self.takes)
        return self.follow(job, self.takes)

    def go_on(self) -> JobRecord:
        """More of the last answer. Raises NothingSaid."""
        last = self.last("assistant")
        return self.follow(self.chats.go_on(last.id, self.model, self.sampling), begun=last)

    def follow(self, job: str, takes: int = 1, begun: Message | None = None) -> JobRecord:
        """Shows what the job writes, until it has ended. Raises what it failed with."""
        self._answers.begin(job, begun.id if begun else "", begun.text if begun else "")
        self._heading = _heading(1) if takes > 1 else ""
        try:
            return self.runner.run(job)
        finally:
            self._answers.end()
            others = self._answers.all[1:] if any(text for text, _ in self._answers.all) else []
            for number, (text, _) in enumerate(others, 2):
                self.output.end_line()
                self._show(f"\n{_heading(number)}{text}", is_thought=False)
            self.output.end_line()

    def change(self, change: Callable[[], object]) -> None:
        """Does it, and waits until it is written, or could not be, which is told."""
        self.told_by(self.chats.conversation_changed, change)

    def told_by(self, signal: SignalInstance, change: Callable[[], object]) -> Any:
        """What the signal tells once that is done; None where it could not be, which is told."""
        ended = Future[Any]()

        def end(told: object) -> None:
            if not ended.done():
                ended.set_result(told)

        def fail(_: object) -> None:
            end(None)

        done, failed = signal.connect(end), self.session.problem_raised.connect(fail)
        try:
            change()
            return self.runner.outcome(ended)
        finally:
            signal.disconnect(done)
            self.session.problem_raised.disconnect(failed)

    def attach(self, name: str) -> Attachment:
        """Reads a file that goes with the next message. Raises StudioError."""
        read = self.runner.outcome(self.session.attachments.read(Path(name).expanduser()))
        self.attached.append(read)
        if read.cut:
            self.output.note(tr("Only the beginning of {name} is read.", name=read.name))
        return read

    def report(self, record: JobRecord) -> dict[str, Any]:
        """For a program."""
        figures = record.figures
        writing = figures.seconds - figures.load_seconds - figures.prefill_seconds
        answers = self._answers.all or [("", "")]
        told: dict[str, Any] = {
            "job": record.job.id,
            "state": record.state,
            "conversation": self.conversation,
            "text": answers[0][0],
            "model": self.model.id,
            "prompt_tokens": figures.prompt_tokens,
            "tokens": figures.tokens,
            "seconds": round(figures.seconds, 3),
            "tokens_per_second": round(figures.tokens / writing, 1) if writing > 0 else 0.0,
        }
        if self.takes > 1:
            told["takes"] = [text for text, _ in answers]
        if self.thinking:
            told["thinking"] = answers[0][1]
        if record.notes:
            told["notes"] = [sentence_of_note(note) for note in record.notes]
        return told

    # What there is.

    def persona(self, name: str) -> Persona:
        """By name or id. Raises NotFound."""
        wanted = name.strip().casefold()
        for one in self.session.personas.all():
            if wanted in (one.name.casefold(), one.id):
                return one
        raise NotFound(name=name)

    def preset(self, name: str) -> Preset:
        """Raises NotFound."""
        wanted = name.strip().casefold()
        for one in self.session.chat_presets.all():
            if one.name.casefold() == wanted:
                return one
        raise NotFound(name=name)

    def now(self) -> Conversation:
        """As it is, or will be begun."""
        return (
            self.chats.branch(self.conversation, last=1).conversation if self.conversation else self.standing
        )

    def last(self, role: str) -> Message:
        """The last message of that role in what is shown. Raises NothingSaid."""
        messages = self.chats.branch(self.conversation).messages if self.conversation else ()
        for message in reversed(messages):
            if message.role == role:
                return message
        raise NothingSaid

    def takes_of_last(self) -> tuple[str, ...]:
        """The ids of the answers beside each other at the end, the first one first. Raises NothingSaid."""
        branch = self.chats.branch(self.conversation) if self.conversation else None
        if branch is None or not branch.messages:
            raise NothingSaid
        return branch.siblings[branch.messages[-1].id]

    def stand(self, **fields: Any) -> None:
        """Changes what is said once for all messages of a conversation that is not begun."""
        self.standing = msgspec.structs.replace(self.standing, **fields)

    def open(self, conversation: Conversation) -> None:
        self.conversation, self.attached = conversation.id, []

    def leave(self) -> None:
        """The next message begins another conversation; what is said once for all stays."""
        now = self.now()
        self.standing = Conversation(
            id="", created=0, updated=0, system=now.system, notes=now.notes, persona=now.persona
        )
        self.conversation = ""

    # Inside.

    def _go_on(self, args: argparse.Namespace) -> None:
        """With the conversation that is named, or the last one. Raises NotFound."""
        if args.conversation:
            self.open(self.chats.branch(args.conversation, last=1).conversation)
        elif args.go_on and (recent := self.chats.recent()):
            self.open(max(recent, key=lambda one: one.updated))
        if self.conversation and args.system is not None:
            self.change(lambda: self.chats.set_system(self.conversation, args.system))
        if self.conversation and self.standing.persona:
            self.change(lambda: self.chats.set_persona(self.conversation, self.standing.persona))

    def _begin(self) -> None:
        standing = self.standing
        self.conversation = self.chats.begin(standing.system, standing.persona).id
        if standing.notes:
            self.chats.set_notes(self.conversation, standing.notes)

    def _said(self, text: str, before: tuple[Attachment, ...] = ()) -> Said:
        files = (*before, *self.attached)
        if called := parsed(text, self.session.chat_templates.all()):
            values, rest = values_in(*called)
            text = expanded(called[0], rest, values, with_files=bool(files))
        return Said(text=text, attachments=files)

    def _show(self, text: str, is_thought: bool) -> None:
        if is_thought and not self.thinking:
            return
        if heading := self._heading:
            self._heading = ""
            self.output.text(heading)
        if is_thought:
            self.output.thought(text)
        else:
            self.output.text(text)


def _heading(number: int) -> str:
    return f"[{number}]\n"
