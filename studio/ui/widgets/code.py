"""Source code in the theme's colours, by Pygments, which is loaded with the first code block."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from studio.ui.theme import colours

if TYPE_CHECKING:
    from pygments.lexer import Lexer

LONGEST = 12_000  # characters; a longer block would stall the window, and is shown plain


def highlighted(code: str, language: str) -> Iterator[tuple[str, str]]:
    """The code in pieces as long as may be, each with its colour."""
    now = colours()
    lexer = _lexer(language) if len(code) <= LONGEST else None
    if lexer is None:
        yield code, now.text
        return
    from pygments.token import Comment, Keyword, Literal, Name, Number, String, Token

    tones = {
        Keyword: now.code_word,
        Name.Tag: now.code_word,
        String: now.code_string,
        Number: now.code_number,
        Literal: now.code_number,
        Comment: now.code_note,
        Token: now.text,
    }
    text, colour = "", now.text
    for kind, piece in lexer.get_tokens(code):
        while kind not in tones and kind.parent is not None:
            kind = kind.parent
        if tones[kind] != colour and not piece.isspace():
            yield text, colour
            text, colour = "", tones[kind]
        text += piece
    yield text, colour


def _lexer(language: str) -> "Lexer | None":
    from pygments.lexers import get_lexer_by_name  # pyright: ignore[reportUnknownVariableType]
    from pygments.util import ClassNotFound

    # Its keyword arguments have no types.
    find: Callable[..., Lexer] = get_lexer_by_name  # pyright: ignore[reportUnknownVariableType]
    try:
        return find(language, stripnl=False, ensurenl=False) if language else None
    except ClassNotFound:
        return None
