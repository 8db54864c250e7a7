"""Which summary a model reads in the place of the messages that it stands for."""

from studio.core.conversations import Branch, MessageState
from studio.core.thoughts import said_in


def summary_in_use(branch: Branch, count: int) -> tuple[str, int]:
    """What the newest summary of some of the first `count` messages says, and how many it stands for; one
    that was set aside or broken off, or says nothing, is not used. ("", 0) without any."""
    for covered in range(count, 0, -1):
        summary = branch.summaries.get(branch.messages[covered - 1].id)
        if summary is None or summary.excluded or summary.state is not MessageState.COMPLETE:
            continue
        if text := said_in(summary.text).strip():
            return text, covered
    return "", 0
