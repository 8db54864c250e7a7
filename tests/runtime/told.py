"""What a worker told, read again."""

from collections.abc import Iterator, Sequence

from studio.core.messages import FromWorker, Tokens, TokensOfTakes


def tokens_in(sent: Sequence[FromWorker]) -> Iterator[Tokens]:
    """The words of all answers, in the order in which they came."""
    for message in sent:
        match message:
            case Tokens():
                yield message
            case TokensOfTakes():
                yield from message.each
            case _:
                pass
