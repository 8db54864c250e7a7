"""A summary in the reading column, and what it stands for."""

from PySide6.QtGui import QTextCursor

from studio.core.conversations import Branch, Message, MessageState
from studio.core.summaries import summary_in_use
from studio.core.thoughts import said_in
from studio.ui.i18n import plural, tr
from studio.ui.widgets.chat_lines import End, icon, line, link, new_block, ruled
from studio.ui.widgets.markdown import GAP, block_format, char_format


def write_summary(branch: Branch, place: int, end: End, *, folded: bool, trashed: bool) -> None:
    """The one that stands for the first `place` messages, above the next; `folded`: they are not shown."""
    summary = branch.summaries[branch.messages[place - 1].id]
    cursor = line(end, above=GAP, below=4)
    icon(cursor, "summary")
    cursor.insertText("\u00a0" + _title(branch, place, summary), char_format("strong"))
    cursor = new_block(end)
    cursor.setBlockFormat(block_format("chat"))
    tone = "secondary" if summary.excluded else "text"
    cursor.insertText(said_in(summary.text).strip().replace("\n", "\u2028"), char_format("chat", tone))
    if summary.state is not MessageState.STREAMING:
        _write_offers(line(end), summary, folded=folded, trashed=trashed)
    if summary_in_use(branch, len(branch.messages) - 1)[1] == place:
        ruled(end, tr("The model reads the summary in place of what is above"))


def _title(branch: Branch, place: int, summary: Message) -> str:
    if summary.state is MessageState.STREAMING:
        return tr("Summing up")
    if not branch.whole:
        return tr("Summary of what was said before")
    return plural(place, "Summary of 1 message", "Summary of {n} messages")


def _write_offers(cursor: QTextCursor, summary: Message, *, folded: bool, trashed: bool) -> None:
    offers = [(tr("Copy"), "summary-copy")]
    if not summary.excluded:
        offers.insert(0, (tr("Show the originals") if folded else tr("Hide the originals"), "originals"))
    if not trashed:
        offers.append((tr("Edit"), "summary-edit"))
        offers.append((tr("Use it again") if summary.excluded else tr("Use the originals again"), "exclude"))
    for words, command in offers:
        link(cursor, words, f"{command}:{summary.id}")
        cursor.insertText("    ", char_format("secondary"))
