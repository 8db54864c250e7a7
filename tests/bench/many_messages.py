"""A home with very many short messages, for `chat_search` and `chat_open`; rows written in bulk."""

import random
from collections.abc import Iterator
from pathlib import Path

from studio.core.conversations import Conversation, Message
from studio.core.ids import new_id
from studio.core.paths import Paths
from studio.store.library import Library
from studio.store.transactions import transaction

FREQUENT, RARE, CHINESE = "the", "zanzibar", "山水"
_WORDS = 6000
_LEARNT = "今天天气画家海边灯塔日落颜色纸张文字故事朋友城市春夏秋冬风雨光影"


def fill(folder: Path, conversations: int, each: int) -> Paths:
    """A home in `folder` with so many conversations of so many messages."""
    paths = Paths(folder / "home", folder / "library")
    library = Library.open(paths)
    dice = random.Random(7)
    words = ["".join(dice.choices("abcdefghijklmnoprstuvw", k=dice.randint(3, 9))) for _ in range(_WORDS)]
    for first in range(0, conversations, 200):
        with transaction(library.chats._connection):
            for number in range(first, min(first + 200, conversations)):
                head, messages = _conversation(dice, words, number, each)
                library.chats.put(head, messages)
    library.close()
    return paths


def _conversation(
    dice: random.Random, words: list[str], number: int, each: int
) -> tuple[Conversation, list[Message]]:
    conversation, created = new_id(), 1_700_000_000.0 + number * 60
    messages: list[Message] = []
    for place, text in enumerate(_texts(dice, words, number, each)):
        messages.append(
            Message(
                id=new_id(),
                conversation=conversation,
                parent=messages[-1].id if messages else None,
                role="assistant" if place % 2 else "user",
                text=text,
                created=created + place / each,
            )
        )
    head = Conversation(
        id=conversation,
        title=messages[0].text[:40],
        created=created,
        updated=messages[-1].created,
        leaf=messages[-1].id,
    )
    return head, messages


def _texts(dice: random.Random, words: list[str], number: int, each: int) -> Iterator[str]:
    """Each with a word that all have; one in fifty in Chinese; the rare word in every thousandth talk."""
    for place in range(each):
        said = [words[int(_WORDS * dice.random() ** 3)] for _ in range(dice.randint(4, 12))]
        said.insert(1, FREQUENT)
        if place % 50 == 7:
            said.append("".join(dice.choices(_LEARNT, k=8)) + CHINESE + "".join(dice.choices(_LEARNT, k=4)))
        if number % 1000 == 1 and place == 3:
            said.append(RARE)
        yield " ".join(said)
