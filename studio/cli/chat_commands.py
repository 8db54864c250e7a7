"""What can be typed at `studio chat` besides messages: `/help` and what it lists."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from studio.cli.chat_sampling import CommandMisused, choose_preset, choose_takes, number_in, set_value, think
from studio.cli.chat_talk import NothingSaid, Talk
from studio.cli.output import fitted, table
from studio.core.conversations import Conversation
from studio.core.errors import BadRequest, NotFound, ValueOutOfRange
from studio.core.jobs import JobState
from studio.core.model import Ability
from studio.ui.amounts import size
from studio.ui.i18n import plural, tr

NOTHING = "-"  # said for a text, it takes it away
_LISTED = 20
_TITLE = 60  # characters


class CommandUnknown(BadRequest):
    code = "command_unknown"
    template = "There is no command {name}."
    hint = "/help lists what can be typed. A message that begins with a slash is written with two."


class Command(NamedTuple):
    """`usage`: what follows it; `about`: what it does, in English."""

    usage: str
    about: str
    do: Callable[[Talk, str], object]


def obey(talk: Talk, line: str) -> bool:
    """Does what the line says, or says it to the model; True where it ends the conversation.

    Raises CommandUnknown and what goes wrong.
    """
    text = line.strip()
    if not text.startswith("/") or text.startswith("//"):
        if text or talk.attached:
            talk.say(line.replace("//", "/", 1) if text.startswith("//") else line)
        return False
    name, _, rest = text[1:].partition(" ")
    if name.casefold() in ("quit", "exit"):
        return True
    command = COMMANDS.get(name.casefold())
    if command is not None:
        command.do(talk, rest.strip())
    elif any(one.name.casefold() == name.casefold() for one in talk.session.chat_templates.all()):
        talk.say(line)
    else:
        raise CommandUnknown(name=f"/{name}")
    return False


def words_to_complete(talk: Talk) -> Iterator[str]:
    yield from (f"/{name}" for name in (*COMMANDS, "quit"))
    yield from (f"/{template.name}" for template in talk.session.chat_templates.all())


def _help(talk: Talk, _: str) -> None:
    rows = [(f"/{name} {one.usage}".rstrip(), tr(one.about)) for name, one in COMMANDS.items()]
    rows.append(("/quit", tr("leave, as Ctrl+D does")))
    _tell(talk, fitted(rows, talk.output.columns, ()))


def _model(talk: Talk, name: str) -> None:
    if name:
        talk.model = talk.session.models.find(name, Ability.REPLY)
        talk.output.note(tr("{model} answers from now on.", model=talk.model.name))
        return
    found = talk.session.models.installed(Ability.REPLY)
    _tell(talk, table([(_mark(one.id == talk.model.id), one.id, one.name) for one in found]) if found else [])


def _system(talk: Talk, text: str) -> None:
    if text and talk.conversation:
        talk.change(lambda: talk.chats.set_system(talk.conversation, _or_nothing(text)))
    elif text:
        talk.stand(system=_or_nothing(text))
    else:
        _tell_text(talk, talk.now().system)


def _notes(talk: Talk, text: str) -> None:
    if text and talk.conversation:
        talk.change(lambda: talk.chats.set_notes(talk.conversation, _or_nothing(text)))
    elif text:
        talk.stand(notes=_or_nothing(text))
    else:
        _tell_text(talk, talk.now().notes)


def _persona(talk: Talk, name: str) -> None:
    now = talk.now().persona
    if not name:
        found = [
            (_mark(now is not None and one.id == now.id), one.name) for one in talk.session.personas.all()
        ]
        _tell(
            talk, table(found) if found else [tr("There are no personas yet; they are made in the window.")]
        )
        return
    persona = None if name == NOTHING else talk.persona(name)
    if talk.conversation:
        talk.change(lambda: talk.chats.set_persona(talk.conversation, persona))
    else:
        talk.stand(persona=persona)


def _attach(talk: Talk, name: str) -> None:
    if name == NOTHING:
        talk.attached = []
        talk.output.note(tr("Nothing is attached."))
    elif name:
        read = talk.attach(name.strip("\"'"))
        talk.output.note(tr("{name} goes with the next message.", name=read.name))
    else:
        _tell(talk, [one.name for one in talk.attached] or [tr("Nothing is attached.")])


def _take(talk: Talk, number: str) -> None:
    takes, wanted = talk.takes_of_last(), number_in(number)
    if not number:
        raise CommandMisused(usage="/take NUMBER")
    if not 1 <= wanted <= len(takes):
        raise ValueOutOfRange(name="take", value=number, least=1, most=len(takes))
    talk.change(lambda: talk.chats.show_branch(talk.conversation, takes[wanted - 1]))
    talk.output.note(
        tr("The conversation goes on from take {number} of {count}.", number=number, count=len(takes))
    )


def _edit(talk: Talk, text: str) -> None:
    if text:
        talk.reword(text)
    else:
        _tell_text(talk, talk.last("user").text)


def _again(talk: Talk, _: str) -> None:
    talk.again()


def _go_on(talk: Talk, _: str) -> None:
    talk.go_on()


def _fork(talk: Talk, _: str) -> None:
    """The path so far as a conversation of its own, which goes on from here."""
    last = talk.last("assistant")
    copy = talk.told_by(talk.chats.forked, lambda: talk.chats.fork(talk.conversation, last.id))
    if copy is None:
        return
    talk.open(copy)
    talk.output.note(tr("This is another conversation now; the first one stays as it is."))


def _list(talk: Talk, _: str) -> None:
    talk.listed = talk.chats.recent()[:_LISTED]
    _tell_conversations(talk, talk.listed)


def _search(talk: Talk, words: str) -> None:
    if not words:
        raise CommandMisused(usage="/search WORDS")
    hits = talk.runner.outcome(talk.chats.search(words, _LISTED))
    talk.listed = [hit.conversation for hit in hits]
    _tell_conversations(talk, talk.listed, [hit.snippet for hit in hits])


def _open(talk: Talk, name: str) -> None:
    """By its number in what was listed last, by its id or by its title."""
    if not name:
        raise CommandMisused(usage="/open NUMBER")
    number = number_in(name)
    found = talk.listed[number - 1 : number] if number else []
    wanted = name.casefold()
    found = found or [one for one in talk.chats.recent() if wanted in (one.id, one.title.casefold())]
    if not found:
        raise NotFound(name=name)
    talk.open(found[0])
    _tell(talk, [_title(found[0])])
    for message in talk.chats.branch(talk.conversation, last=2).messages:
        _tell(talk, ["", ("› " if message.role == "user" else "") + message.text.strip()])


def _new(talk: Talk, _: str) -> None:
    talk.leave()
    talk.output.note(tr("The next message begins a new conversation."))


def _rename(talk: Talk, title: str) -> None:
    if title and _begun(talk):
        talk.change(lambda: talk.chats.rename(talk.conversation, title))
    else:
        _tell_text(talk, talk.now().title)


def _pin(talk: Talk, _: str) -> None:
    _begun(talk)
    on = not talk.now().pinned
    talk.change(lambda: talk.chats.pin(talk.conversation, on))
    talk.output.note(tr("It stands above the others now.") if on else tr("It is no longer pinned."))


def _compact(talk: Talk, _: str) -> None:
    _begun(talk)
    job, record = talk.chats.compact(talk.conversation, talk.model, talk.sampling), None
    while job:
        record = talk.follow(job)
        job = talk.chats.compaction_after(job)
    if record and record.state is JobState.DONE:
        talk.output.note(
            tr("The model reads this in the place of the older messages, which stay as they are.")
        )


def _export(talk: Talk, name: str) -> None:
    """As JSON where the name ends so, else as Markdown."""
    _begun(talk)
    if not name:
        raise CommandMisused(usage="/export FILE")
    target = Path(name.strip("\"'")).expanduser().absolute()
    form = "json" if target.suffix.lower() == ".json" else "markdown"
    written = talk.runner.outcome(talk.chats.export([talk.conversation], target, form))
    talk.output.note(tr("Written to {path} ({size})", path=written.path, size=size(written.size_bytes)))


def _templates(talk: Talk, _: str) -> None:
    rows = [(f"/{one.name}", one.about) for one in talk.session.chat_templates.all()]
    _tell(talk, fitted(rows, talk.output.columns, ()))


def _begun(talk: Talk) -> bool:
    """Raises NothingSaid before the first message."""
    if not talk.conversation:
        raise NothingSaid
    return True


def _or_nothing(text: str) -> str:
    return "" if text == NOTHING else text


def _mark(on: bool) -> str:
    return "*" if on else " "


def _tell(talk: Talk, lines: list[str]) -> None:
    """Of the studio, not of the model: it stands apart from answers."""
    for line in lines:
        talk.output.note(line)


def _tell_text(talk: Talk, text: str) -> None:
    _tell(talk, [text or tr("Nothing is said there.")])


def _tell_conversations(talk: Talk, found: list[Conversation], snippets: list[str] | None = None) -> None:
    for number, one in enumerate(found, 1):
        mark = _mark(one.id == talk.conversation)
        _tell(talk, [f"{mark} {number:>2}  {_title(one)}"])
        if snippets and snippets[number - 1]:
            _tell(talk, ["      " + " ".join(snippets[number - 1].split())])
    _tell(talk, [plural(len(found), "{n} conversation", "{n} conversations")])


def _title(conversation: Conversation) -> str:
    title = " ".join(conversation.title.split()) or conversation.id
    return title if len(title) <= _TITLE else title[: _TITLE - 1] + "…"


COMMANDS: dict[str, Command] = {
    "help": Command("", "what can be typed", _help),
    "model": Command("[ID]", "who answers, or all that can", _model),
    "persona": Command("[NAME | -]", "as whom the model answers", _persona),
    "system": Command("[TEXT | -]", "how the model is to answer", _system),
    "notes": Command("[TEXT | -]", "what the model is to know in every answer", _notes),
    "attach": Command("[FILE | -]", "a file for the next message", _attach),
    "takes": Command("[N]", "answers side by side", choose_takes),
    "take": Command("N", "go on from one of them", _take),
    "again": Command("", "another answer to the last message", _again),
    "edit": Command("[TEXT]", "another wording of the last message", _edit),
    "continue": Command("", "more of the last answer", _go_on),
    "fork": Command("", "go on in a copy of this conversation", _fork),
    "new": Command("", "begin another conversation", _new),
    "list": Command("", "the last conversations", _list),
    "search": Command("WORDS", "conversations with these words", _search),
    "open": Command("NUMBER", "go on with one of those listed", _open),
    "title": Command("[TEXT]", "what this conversation is called", _rename),
    "pin": Command("", "keep it above the others, or no longer", _pin),
    "export": Command("FILE", "write it as Markdown, or as .json", _export),
    "compact": Command("", "sum up the older messages, for more room", _compact),
    "templates": Command("", "prompts with a name, such as /summarise", _templates),
    "thinking": Command("[on | off | auto | show | hide]", "thoughts before an answer", think),
    "preset": Command("[NAME]", "a way of choosing words that has a name", choose_preset),
    "set": Command("[NAME VALUE]", "such as /set temperature 0.5", set_value),
}
