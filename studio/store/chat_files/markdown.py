"""A conversation as Markdown, for people to read: the shown branch, and below it whatever else was said."""

import time
from collections.abc import Iterator, Sequence

from studio.core.conversations import Attachment, Branch, Conversation, Message, MessageState
from studio.store.chat_files.pictures import Beside
from studio.store.chat_trees import BESIDE, branch_of

_NAMES = {"user": "You", "assistant": "Assistant", "picture": "Picture", BESIDE: "Summary"}
_OPENING = 60  # letters by which another message is referred to
_ENDED = {
    MessageState.STOPPED: "stopped",
    MessageState.INTERRUPTED: "interrupted",
    MessageState.FAILED: "failed",
    MessageState.STREAMING: "still being written",
}


def as_markdown(conversation: Conversation, messages: Sequence[Message], beside: Beside) -> str:
    """All of it; times are local ones. Raises DiskFull, FileUnwritable for its pictures."""
    branch = branch_of(conversation, messages, conversation.leaf)
    parts = [*_head(conversation)]
    for message in branch.messages:
        parts += _message(message, _place(message, branch), beside)
        if summary := branch.summaries.get(message.id):
            parts += _message(summary, "of all above", beside)
    parts += _others(branch, messages, beside)
    return "\n\n".join(parts) + "\n"


def _head(conversation: Conversation) -> Iterator[str]:
    yield f"# {conversation.title or 'Conversation'}"
    yield f"{_when(conversation.created)} – {_when(conversation.updated)}"
    persona = conversation.persona
    for name, text in (
        ("Persona", persona.name if persona else ""),
        ("How to answer", conversation.system),
        ("Notes", conversation.notes),
    ):
        if text.strip():
            yield "\n".join(f"> {line}".rstrip() for line in f"**{name}:** {text.strip()}".splitlines())


def _others(branch: Branch, messages: Sequence[Message], beside: Beside) -> Iterator[str]:
    """What was said on other branches, oldest first, each with what it answers."""
    shown = {message.id for message in branch.messages}
    known = {message.id: message for message in messages}
    others = [message for message in messages if message.id not in shown and message.role != BESIDE]
    if others:
        yield "---"
        yield "# Other branches"
    for message in others:
        before = known.get(message.parent or "")
        place = f"after “{_opening(before)}”" if before else "at the beginning"
        yield from _message(message, place, beside)


def _message(message: Message, place: str, beside: Beside) -> Iterator[str]:
    said = [_name(message), _when(message.created), place, _ENDED.get(message.state, "")]
    yield "## " + " · ".join(part for part in said if part)
    for file in message.attachments:
        link = beside.given(file.picture)
        yield f"*{_file(file)}*" + (f"\n\n![]({link})" if link else "")
    links = {asset: beside.made(asset) for asset in message.assets}
    if gone := [asset for asset, link in links.items() if not link]:
        yield f"*{len(gone)} × picture: {', '.join(gone)}*"
    yield from (f"![]({link})" for link in links.values() if link)
    if message.text.strip():
        yield message.text.strip()


def _place(message: Message, branch: Branch) -> str:
    siblings = branch.siblings[message.id]
    return f"{siblings.index(message.id) + 1} of {len(siblings)}" if len(siblings) > 1 else ""


def _name(message: Message) -> str:
    if message.role != "assistant":
        return _NAMES[message.role]
    return message.persona or message.model or _NAMES["assistant"]


def _file(file: Attachment) -> str:
    size = f", {file.size_bytes} bytes" if file.size_bytes else ""
    return f"Attached: {file.name}{size}{', the beginning of it' if file.cut else ''}"


def _opening(message: Message) -> str:
    line = " ".join(message.text.split())
    return line if len(line) <= _OPENING else line[: _OPENING - 1].rstrip() + "…"


def _when(moment: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(min(max(moment, 0), 2**33)))
