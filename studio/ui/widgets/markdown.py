"""Markdown as formatted text, written straight into a document: no HTML is made, no picture is loaded.

What a model writes is data: raw HTML stays visible text, a picture is named but never fetched, and a link is
text whose address the person may copy.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markdown_it.token import Token
from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextFrameFormat,
    QTextLength,
    QTextList,
    QTextListFormat,
    QTextOption,
    QTextTable,
    QTextTableCell,
    QTextTableCellFormat,
    QTextTableFormat,
)

from studio.ui.i18n import tr
from studio.ui.theme import Type, colours, font, type_style
from studio.ui.widgets.code import highlighted
from studio.ui.widgets.formulas import formula_text

# Before each address of the text itself: nothing that a model writes may look like a command of ours.
LINK, CODE = "link:", "code:"
GAP = 8
CODE_PIXELS = 13  # inside a sentence
CHINESE = re.compile("[\u2e80-\u9fff\uf900-\ufaff]")
HEADINGS: dict[str, Type] = {"h1": "heading", "h2": "title"}


@dataclass
class _OpenList:
    """A list whose items are being written; made with its first one."""

    style: QTextListFormat
    made: QTextList | None = None


class MarkdownWriter:
    """Writes Markdown at a cursor.

    Attributes:
        codes: each code block written is added; its copy link is `code:<name>:<place in the list>`, while a
            link of the text is `link:<address>`.
    """

    def __init__(self, cursor: QTextCursor, role: Type, name: str, width: int, codes: list[str]) -> None:
        """`name` goes into the addresses of copy links; `width`: of the column in pixels."""
        self.codes = codes
        self._cursor = cursor
        self._role: Type = role
        self._name = name
        self._width = width
        self._fresh = True
        self._formats = [char_format(role)]
        self._lists: list[_OpenList] = []
        self._items: list[bool] = []  # whether the item at each level has its marker
        self._quotes = 0

    def write(self, tokens: Sequence[Token]) -> None:
        """Writes one of the text's parts; the first of them from the empty block where the cursor stands."""
        place = 0
        while place < len(tokens):
            token = tokens[place]
            if token.type == "table_open":
                end = _closing(tokens, place, "table_close")
                self._table(tokens[place:end])
                place = end
            else:
                self._block(token)
            place += 1

    def _block(self, token: Token) -> None:
        match token.type:
            case "paragraph_open":
                self._begin(block_format(self._role))
            case "heading_open":
                role = HEADINGS.get(token.tag, "strong")
                self._begin(block_format(role, above=GAP))
                self._push(lambda style: _as(style, font(role)))
            case "heading_close":
                self._formats.pop()
            case "inline":
                self._inline(token.children or [])
            case "bullet_list_open":
                self._open_list(QTextListFormat.Style.ListDisc, 1)
            case "ordered_list_open":
                self._open_list(QTextListFormat.Style.ListDecimal, int(token.attrs.get("start", 1)))
            case "bullet_list_close" | "ordered_list_close":
                self._lists.pop()
                self._items.pop()
            case "list_item_open":
                self._items[-1] = False
            case "blockquote_open":
                self._quotes += 1
                self._push(lambda style: style.setForeground(QColor(colours().secondary)))
            case "blockquote_close":
                self._quotes -= 1
                self._formats.pop()
            case "fence" | "code_block":
                self._code(token)
            case "hr":
                self._rule()
            case "math_block":
                self._begin(block_format(self._role))
                self._formula(token.content, apart=True)
            case _:
                pass  # closing tokens say nothing more

    def _begin(self, block: QTextBlockFormat) -> None:
        """A new block, with the marker and the indent of the list and quotation it stands in."""
        block.setIndent(self._quotes + (len(self._lists) if self._items and self._items[-1] else 0))
        if self._items:
            block.setBottomMargin(GAP / 2)
        if not self._fresh:
            self._cursor.insertBlock()
        self._fresh = False
        self._cursor.setBlockFormat(block)
        self._cursor.setBlockCharFormat(self._formats[-1])  # a list's markers take it
        leave_list(self._cursor)
        if self._items and not self._items[-1]:
            self._items[-1] = True
            self._put_in_list()

    def _open_list(self, style: QTextListFormat.Style, start: int) -> None:
        shape = QTextListFormat()
        shape.setStyle(style)
        shape.setStart(start)
        shape.setIndent(len(self._lists) + 1)
        self._lists.append(_OpenList(shape))
        self._items.append(False)

    def _put_in_list(self) -> None:
        shape = self._lists[-1]
        made = shape.made
        if made is None:
            shape.made = self._cursor.createList(shape.style)
        else:
            made.add(self._cursor.block())

    def _inline(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            match token.type:
                case "text":
                    self._text(token.content)
                case "softbreak":
                    self._text(" ")
                case "hardbreak":
                    self._text("\u2028")
                case "strong_open":
                    self._push(lambda style: style.setFontWeight(QFont.Weight.Bold))
                case "em_open":
                    self._push(lambda style: style.setFontItalic(True))
                case "s_open":
                    self._push(lambda style: style.setFontStrikeOut(True))
                case "link_open":
                    address = str(token.attrGet("href") or "")
                    self._push(lambda style, address=address: _as_link(style, address))
                case "strong_close" | "em_close" | "s_close" | "link_close":
                    self._formats.pop()
                case "code_inline":
                    self._push(_as_code)
                    self._text(token.content)
                    self._formats.pop()
                case "math_inline" | "math_display":
                    self._formula(token.content, apart=token.type == "math_display")
                case "image":
                    self._text(tr("[picture: {name}]", name=token.content or tr("unnamed")))
                case _:
                    self._text(token.content)

    def _text(self, text: str) -> None:
        style = self._formats[-1]
        if style.fontItalic() and CHINESE.search(text):  # whose fonts have no italics, only slanted letters
            style = QTextCharFormat(style)
            style.setFontItalic(False)
            style.setFontWeight(QFont.Weight.DemiBold)
        self._cursor.insertText(text, style)

    def _formula(self, latex: str, *, apart: bool) -> None:
        """As readable text; `apart`: on lines of its own."""
        text = formula_text(latex)
        self._text(text.replace("\n", "\u2028") if apart else " ".join(text.split()))

    def _push(self, change: Callable[[QTextCharFormat], object]) -> None:
        style = QTextCharFormat(self._formats[-1])
        change(style)
        self._formats.append(style)

    def _rule(self) -> None:
        self._begin(block_format(self._role))
        hairline(self._cursor)

    def _code(self, token: Token) -> None:
        """A box with the language, a copy link and the code; or one that goes on with that before it."""
        begun, goes_on = bool(token.meta.get("begun")), bool(token.meta.get("goes_on"))
        code = token.content if goes_on else token.content.rstrip("\n")
        language = token.info.strip().split(" ")[0]
        box = self._box(1 if begun else 2, 1)
        shape = box.format()
        shape.setBorder(0)  # its cells have lines of their own, and stand where a table's would
        shape.setLeftMargin(1)
        shape.setWidth(QTextLength(QTextLength.Type.FixedLength, self._width - 3))
        shape.setBottomMargin(0 if goes_on else GAP)
        box.setFormat(shape)
        for row in range(box.rows()):
            last = row == box.rows() - 1
            _frame_code(box.cellAt(row, 0), top=not begun, bottom=not (goes_on and last), joined=begun)
        if begun:
            self.codes[-1] += "\n" + code
        else:
            self._write_code_head(box.cellAt(0, 0).firstCursorPosition(), language)
            self.codes.append(code)
        body = box.cellAt(box.rows() - 1, 0).firstCursorPosition()
        lines = block_format("mono")
        lines.setNonBreakableLines(False)
        lines.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # whatever alphabet its words are in
        body.setBlockFormat(lines)
        styles: dict[str, QTextCharFormat] = {}
        for text, colour in highlighted(code, language):
            if colour not in styles:
                styles[colour] = char_format("mono")
                styles[colour].setForeground(QColor(colour))
            body.insertText(text, styles[colour])

    def _write_code_head(self, head: QTextCursor, language: str) -> None:
        line = block_format("secondary")
        right_tab(line, self._width - 2 * GAP - 10)
        head.setBlockFormat(line)
        head.insertText((language or tr("code")) + "\t", char_format("secondary", "secondary"))
        head.insertText(tr("Copy"), link_format(f"{CODE}{self._name}:{len(self.codes)}", "secondary"))

    def _table(self, tokens: Sequence[Token]) -> None:
        rows: list[list[Sequence[Token]]] = []
        sides: list[str] = []  # of the columns, from the first row
        for token in tokens:
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "th_open":
                sides.append(str(token.attrGet("style") or ""))
            elif token.type == "inline":
                rows[-1].append(token.children or [])
        table = self._box(len(rows), max(map(len, rows)))
        outside, self._cursor = self._cursor, table.firstCursorPosition()
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                self._cursor = table.cellAt(number, column).firstCursorPosition()
                self._cursor.setBlockFormat(_cell_format(sides[column]))
                weight = QFont.Weight.DemiBold if number == 0 else QFont.Weight.Normal
                self._push(lambda style, weight=weight: _as(style, font("body"), weight))
                self._inline(cell)
                self._formats.pop()
        self._cursor = outside

    def _box(self, rows: int, columns: int) -> QTextTable:
        """A bordered table behind what was written, with the cursor behind it."""
        if not self._fresh:
            self._cursor.insertBlock()
        self._make_gap()
        shape = QTextTableFormat()
        shape.setBorder(1)
        shape.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
        shape.setBorderBrush(QBrush(QColor(colours().border)))
        shape.setBorderCollapse(True)
        shape.setCellPadding(GAP)
        shape.setCellSpacing(0)
        shape.setBottomMargin(GAP)
        shape.setWidth(QTextLength(QTextLength.Type.FixedLength, self._width - 2))
        table = self._cursor.insertTable(rows, columns, shape)
        self._cursor = table.lastCursorPosition()
        self._cursor.movePosition(QTextCursor.MoveOperation.NextBlock)
        self._make_gap()
        self._fresh = False
        return table

    def _make_gap(self) -> None:
        self._cursor.setBlockFormat(_gap_format())
        self._cursor.setBlockCharFormat(QTextCharFormat())


def block_format(role: Type, above: int = 0) -> QTextBlockFormat:
    """A block in the role's line height, with the gap of paragraphs below."""
    block = QTextBlockFormat()
    block.setLineHeight(type_style(role).line, QTextBlockFormat.LineHeightTypes.MinimumHeight.value)
    block.setTopMargin(above)
    block.setBottomMargin(0 if role in ("mono", "secondary", "body") else GAP)
    return block


def char_format(role: Type, tone: str = "text") -> QTextCharFormat:
    """A role's font in one of the theme's colours."""
    style = QTextCharFormat()
    _as(style, font(role))
    style.setForeground(QColor(getattr(colours(), tone)))
    return style


def link_format(address: str, role: Type) -> QTextCharFormat:
    """Something to click; `address` is for whoever handles it, and is never opened by itself."""
    style = char_format(role, "accent_text")
    style.setAnchor(True)
    style.setAnchorHref(address)
    return style


def hairline(cursor: QTextCursor) -> None:
    """Makes a thin line of the empty block; Qt's own rules have the colour of text."""
    block = QTextBlockFormat()
    block.setLineHeight(1, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
    block.setBackground(QColor(colours().border_strong))
    block.setTopMargin(GAP / 2)
    block.setBottomMargin(GAP)
    cursor.setBlockFormat(block)
    style = char_format("caption")
    style.setProperty(QTextCharFormat.Property.FontPixelSize, 1)
    cursor.setBlockCharFormat(style)


def leave_list(cursor: QTextCursor) -> None:
    """A new block goes on with the list of the one before; take it out."""
    shape: QTextList | None = cursor.currentList()  # None is missing from the stubs
    if shape:
        shape.remove(cursor.block())


def right_tab(block: QTextBlockFormat, width: int) -> None:
    """What follows a tab in this block stands at the right edge of the column."""
    block.setTabPositions([QTextOption.Tab(width, QTextOption.TabType.RightTab)])


def _gap_format() -> QTextBlockFormat:
    """The empty block that stands before and after a box; beside one Qt gives it no height."""
    block = QTextBlockFormat()
    block.setLineHeight(GAP, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
    return block


def _cell_format(side: str) -> QTextBlockFormat:
    """Of a table; `side`: where its words stand, as a style of HTML."""
    block = block_format("body")
    if side.endswith(("right", "center")):
        right = side.endswith("right")
        block.setAlignment(Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignHCenter)
    return block


def _frame_code(cell: QTextTableCell, *, top: bool, bottom: bool, joined: bool) -> None:
    """A ground, and lines around it but none where the code goes on; `joined`: nor is there room above it."""
    shape = QTextTableCellFormat()
    shape.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
    shape.setBorderBrush(QBrush(QColor(colours().border)))
    shape.setBackground(QColor(colours().panel))
    shape.setBorder(1)
    shape.setTopBorder(1 if top else 0)
    shape.setBottomBorder(1 if bottom else 0)
    if joined:
        shape.setTopPadding(0)
    if not bottom:
        shape.setBottomPadding(0)
    cell.setFormat(shape)


def _as(style: QTextCharFormat, face: QFont, weight: QFont.Weight | None = None) -> None:
    style.setFont(face, QTextCharFormat.FontPropertiesInheritanceBehavior.FontPropertiesAll)
    if weight is not None:
        style.setFontWeight(weight)


def _as_code(style: QTextCharFormat) -> None:
    style.setFontFamilies(font("mono").families())
    style.setProperty(QTextCharFormat.Property.FontPixelSize, CODE_PIXELS)
    style.setBackground(QColor(colours().hover))


def _as_link(style: QTextCharFormat, address: str) -> None:
    style.setAnchor(True)
    style.setAnchorHref(LINK + address)
    style.setToolTip(address)
    style.setForeground(QColor(colours().accent_text))


def _closing(tokens: Sequence[Token], start: int, kind: str) -> int:
    return next(place for place in range(start, len(tokens)) if tokens[place].type == kind)
