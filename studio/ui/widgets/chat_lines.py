"""Lines of the reading column that are no part of a text: remarks, links, icons and chips."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor

from studio.ui.icons import glyph_text
from studio.ui.theme import colours
from studio.ui.widgets.markdown import block_format, char_format, hairline, link_format

ICON = 16
LOWER = -14.0  # percent of its height
THIN = "\u2009"

End = Callable[[], QTextCursor]


def new_block(end: End) -> QTextCursor:
    """A cursor in an empty last block. Others may be empty and yet say something: rules, gaps, items."""
    cursor = end()
    unused = cursor.block().length() == 1 and cursor.blockFormat() == block_format("chat")
    if not unused and not cursor.document().isEmpty():
        cursor.insertBlock(block_format("chat"), char_format("chat"))
    return cursor


def line(end: End, above: int = 0, below: int = 0) -> QTextCursor:
    """A line of our own words, from left to right whatever the text around it is."""
    cursor = new_block(end)
    shape = block_format("secondary")
    shape.setTopMargin(above)
    shape.setBottomMargin(below)
    shape.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    cursor.setBlockFormat(shape)
    return cursor


def remark(end: End, words: str, tone: str = "secondary") -> QTextCursor:
    """A sentence on a line of its own; the cursor stands at its end."""
    cursor = new_block(end)
    cursor.setBlockFormat(block_format("secondary"))
    cursor.insertText(words, char_format("secondary", tone))
    return cursor


def ruled(end: End, words: str) -> None:
    """Words over a thin line across the column."""
    cursor = line(end, above=16, below=2)
    shape = cursor.blockFormat()
    shape.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    cursor.setBlockFormat(shape)
    cursor.insertText(words, char_format("caption", "secondary"))
    hairline(new_block(end))


def link(cursor: QTextCursor, words: str, address: str) -> None:
    cursor.insertText(words, link_format(address, "secondary"))


def icon(cursor: QTextCursor, name: str, tone: str = "secondary") -> None:
    """An icon that only says something."""
    cursor.insertText(glyph_text(name)[0], _icon_format(char_format("secondary", tone), name, ICON - 2))


def icon_link(cursor: QTextCursor, name: str, address: str, words: str, *, on: bool = False) -> None:
    """An icon to click; `words` say what it does."""
    style = _icon_format(link_format(address, "secondary"), name, ICON)
    style.setForeground(QColor(colours().accent_text if on else colours().secondary))
    style.setToolTip(words)
    cursor.insertText(glyph_text(name)[0], style)


def chip(cursor: QTextCursor, name: str, words: str, address: str, tip: str) -> None:
    """Words with an icon on a ground of their own, to click."""
    style = QTextCharFormat(link_format(address, "secondary"))
    style.setForeground(QColor(colours().text))
    style.setBackground(QColor(colours().hover_raised))
    style.setToolTip(tip)
    glyph = _icon_format(style, name, ICON - 2)
    cursor.insertText(f"{THIN}\u00a0", style)
    cursor.insertText(glyph_text(name)[0], glyph)
    cursor.insertText(f"\u00a0{words.replace(' ', chr(0xA0))}\u00a0{THIN}", style)
    cursor.insertText("  ", char_format("secondary"))


def _icon_format(base: QTextCharFormat, name: str, pixels: int) -> QTextCharFormat:
    style = QTextCharFormat(base)
    style.setFontFamilies([glyph_text(name)[1]])
    style.setProperty(QTextCharFormat.Property.FontPixelSize, pixels)
    style.setBaselineOffset(LOWER)  # else it stands higher than the words beside it
    return style
