"""What is new in a branch: as little of it as may be is written anew."""

from studio.core.conversations import Branch, MessageState


def place_of(branch: Branch | None, message: str) -> int:
    """Among the branch's messages; -1 where it is none of them."""
    names = (one.id for one in branch.messages) if branch and message else ()
    return next((place for place, name in enumerate(names) if name == message), -1)


def is_alike(before: Branch, after: Branch) -> bool:
    """The same messages, with the same siblings, in the same hands."""
    if len(before.messages) != len(after.messages) or before.siblings != after.siblings:
        return False
    if before.conversation.trashed != after.conversation.trashed:
        return False
    return all(old.id == new.id for old, new in zip(before.messages, after.messages, strict=True))


def goes_on(before: Branch | None, after: Branch | None) -> bool:
    """Whether `after` has further messages below those that were there, and nothing else is new."""
    if before is None or after is None or not before.messages:
        return False
    count = len(before.messages)
    if before.messages != after.messages[:count] or len(after.messages) == count:
        return False
    head = {one.id: after.siblings.get(one.id) for one in before.messages}
    return head == before.siblings and before.summaries == after.summaries and before.whole == after.whole


def only_went_on(before: Branch, after: Branch) -> bool:
    """Whether nothing but the last message differs, and that has only more text or has ended; not of a
    picture, below whose prompt its progress stands."""
    if before.messages[:-1] != after.messages[:-1] or before.siblings != after.siblings:
        return False
    old, new = before.messages[-1], after.messages[-1]
    if new.role == "picture":
        return False
    return old.id == new.id and old.state is MessageState.STREAMING and new.text.startswith(old.text)
