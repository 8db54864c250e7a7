"""Conversations of ChatGPT, as its `conversations.json` has them: a mapping of nodes with parents.

Programs that an answer wrote and ran are read with what came of them, as code, and what the person said of
themself once for all as the system prompt. Pictures and files are named. Thoughts, searches and other tools
are left out, and counted.
"""

import re
from collections.abc import Iterator

from studio.core.conversations import Attachment, Conversation, Message
from studio.store.chat_files.foreign import Left, fenced, named_file, nodes_of, said, words_of
from studio.store.chat_files.tree import Json, fields, grown, items, line, moment, text

_WORDS = ("text", "multimodal_text")
_PROGRAMS = ("python", "canmore.")  # how the names of tools begin to which programs and texts are sent
_STANDING = "user_editable_context"  # what the person said of themself, and how they want answers
# Signs around what a citation refers to, from Unicode's private use: `\ue200cite\ue202turn0search1\ue201`.
_CITED = re.compile("\ue200[^\ue200\ue201]*\ue201|[\ue200-\ue206]")


def is_chatgpt(file: Json) -> bool:
    return isinstance(file.get("mapping"), dict)


def read_chatgpt(file: Json, left: Left) -> tuple[Conversation, list[Message]] | None:
    """One conversation; None where nobody says anything."""
    mapping = fields(file["mapping"])
    head = Conversation(
        id="",
        title=line(file.get("title")),
        named=True,
        created=moment(file.get("create_time")),
        updated=moment(file.get("update_time")),
        system=_system(mapping),
    )

    def read(node: Json) -> Message | None:
        message = fields(node.get("message"))
        found = _message(message)
        left.messages += found is None and _says_something(message)
        return found

    return grown(head, [*nodes_of(mapping, "parent", "children", read)], text(file.get("current_node")))


def _system(mapping: Json) -> str:
    for node in mapping.values():
        content = fields(fields(fields(node).get("message")).get("content"))
        if content.get("content_type") == _STANDING:
            said = (text(content.get(name)).strip() for name in ("user_profile", "user_instructions"))
            return "\n\n".join(filter(None, said))
    return ""


def _message(message: Json) -> Message | None:
    author, content = fields(message.get("author")), fields(message.get("content"))
    about, role, kind = fields(message.get("metadata")), author.get("role"), content.get("content_type")
    parts = items(content.get("parts"))
    files = [*_files(items(about.get("attachments")), parts)]
    drawn = role == "tool" and bool(files)
    if about.get("is_visually_hidden_from_conversation") is True:
        return None
    if _is_program(message, kind):
        code = text(content.get("text"))
        words = fenced(code, _language(content, message) if kind == "code" else "") if code.strip() else ""
    elif kind in _WORDS and (drawn or (role in ("user", "assistant") and _is_for_all(message))):
        words = "" if drawn else _CITED.sub("", words_of(parts)).strip()
    else:
        return None
    if not (words or files):
        return None
    model = "" if role == "user" else line(about.get("model_slug"))
    created = moment(message.get("create_time"))
    return said("user" if role == "user" else "assistant", words, created, model, files)


def _is_program(message: Json, kind: object) -> bool:
    """Or what came of one."""
    return kind == "execution_output" or (
        kind == "code" and text(message.get("recipient")).startswith(_PROGRAMS)
    )


def _is_for_all(message: Json) -> bool:
    """Not a call of a tool."""
    return (message.get("recipient") or "all") == "all"


def _language(content: Json, message: Json) -> str:
    """Of a program; where it is not said, the tool that it was sent to has the name of one."""
    name = text(content.get("language"))
    name = text(message.get("recipient")) if name in ("", "unknown") else name
    return name if name.isalnum() else ""


def _says_something(message: Json) -> bool:
    """To people: what the program itself puts before a conversation is nothing that is lost."""
    content = fields(message.get("content"))
    hidden = fields(message.get("metadata")).get("is_visually_hidden_from_conversation") is True
    if hidden or fields(message.get("author")).get("role") == "system":
        return False
    known = (content.get(name) for name in ("parts", "text", "result", "thoughts", "content"))
    return any(one not in (None, "", [], [""]) for one in known)


def _files(attached: list[object], parts: list[object]) -> Iterator[Attachment]:
    """Those that are listed, and pictures that stand in the text and are not."""
    listed = [fields(one) for one in attached]
    for one in listed:
        yield named_file(one.get("name"), one.get("size"))
    ids = [text(one.get("id")) for one in listed]
    for part in map(fields, parts):
        # Of a talk by voice or camera, they are one deeper.
        for one in (part, *map(fields, part.values())):
            pointer = text(one.get("asset_pointer"))
            if pointer and not any(known and known in pointer for known in ids):
                yield named_file(pointer.rpartition("/")[2], one.get("size_bytes"))
