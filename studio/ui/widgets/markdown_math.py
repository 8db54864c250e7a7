"""Formulas inside Markdown: `$…$`, `$$…$$`, `\\(…\\)` and `\\[…\\]`, and never the money of "$5 and $6"."""

import re

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

# Opening and closing mark, and the kind of token that is made of what stands between them.
PAIRS = (("$$", "$$", "math_display"), ("\\[", "\\]", "math_display"), ("\\(", "\\)", "math_inline"))
CHINESE = re.compile("[\u2e80-\u9fff\uf900-\ufaff]")
# After an amount of money come words; after a number in a formula come signs, commands or single letters.
FORMULA_BEHIND_NUMBER = re.compile(r"[\d.,\s]*|(?:\\[A-Za-z]+|[^\W\d_](?![^\W\d_])|[^A-Za-z/–-])*")


def add_math(parser: MarkdownIt) -> MarkdownIt:
    """The parser, with tokens `math_inline`, `math_display` and, as a block, `math_block`."""
    parser.inline.ruler.before("escape", "math", _inline)
    ended: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    parser.block.ruler.before("fence", "math_block", _block, ended)
    return parser


def _inline(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] not in "$\\":
        return False
    kind, content, end = _formula_at(state.src, state.pos, state.posMax)
    if not content.strip():
        return False
    if not silent:
        state.push(kind, "", 0).content = content.strip()
    state.pos = end
    return True


def _formula_at(text: str, place: int, most: int) -> tuple[str, str, int]:
    """Kind, content and end of the formula that begins there; the content is empty where none does."""
    for opening, closing, kind in PAIRS:
        if text.startswith(opening, place):
            end = text.find(closing, place + 2, most)
            return (kind, text[place + 2 : end], end + 2) if end >= 0 else (kind, "", place)
    end = _closing_dollar(text, place, most) if text[place] == "$" else -1
    return ("math_inline", text[place + 1 : end], end + 1) if end >= 0 else ("math_inline", "", place)


def _closing_dollar(text: str, place: int, most: int) -> int:
    """Where a `$` closes the one there; -1 where that is no formula, as with sums of money and variables."""
    end = text.find("$", place + 1, most)
    while end > 0 and text[end - 1] == "\\":
        end = text.find("$", end + 1, most)
    content = text[place + 1 : end]
    if end < 0 or not content or "\n" in content or content[0].isspace() or content[-1].isspace():
        return -1
    if text[place - 1 : place].isalnum() or text[end + 1 : end + 2].isalnum():
        return -1
    if "\\" in content:
        return end
    if content[0].isdigit() and not FORMULA_BEHIND_NUMBER.fullmatch(content):
        return -1
    return -1 if CHINESE.search(content) else end


def _block(state: StateBlock, line: int, last: int, silent: bool) -> bool:
    """Lines between `$$` or `\\[` and its end, where nothing else is Markdown."""
    begin, most = state.bMarks[line] + state.tShift[line], state.eMarks[line]
    opening = state.src[begin : begin + 2]
    closing = {"$$": "$$", "\\[": "\\]"}.get(opening)
    if closing is None or state.is_code_block(line):
        return False
    for end in range(line, last):
        first = begin + 2 if end == line else state.bMarks[end] + state.tShift[end]
        text = state.src[first : state.eMarks[end]].rstrip()
        if end > line and not text:
            return False
        if text.endswith(closing):
            return _take(state, line, end, begin + 2, first + len(text) - 2, silent)
        if closing in text:
            return False  # something follows: a sentence that begins with a formula
    # It still grows: what stands in it would else be taken for lists and headings until it is whole.
    if state.src[begin + 2 : most].strip():
        return False
    return _take(state, line, last - 1, begin + 2, state.eMarks[last - 1], silent)


def _take(state: StateBlock, line: int, end: int, begin: int, upto: int, silent: bool) -> bool:
    if not silent:
        token = state.push("math_block", "", 0)
        token.content, token.map = state.src[begin:upto].strip(), [line, end + 1]
    state.line = end + 1
    return True
