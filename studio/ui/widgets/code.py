"""Source code in the theme's colours, by Pygments, which is loaded with the first code block."""

from collections.abc import Iterator

from studio.ui.theme import colours

LONGEST = 40_000  # characters; a longer block is shown plain


def highlighted(code: str, language: str) -> Iterator[tuple[str, str]]:
    """The code in pieces, each with its colour."""
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
    text = ""
    for kind, piece in lexer.get_tokens(code):
        while kind not in tones:
            kind = kind.parent
        text += piece
        # The lexer ends every text with a newline of its own.
        yield piece if len(text) <= len(code) else piece[: len(piece) - 1], tones[kind]


def _lexer(language: str):  # noqa: ANN202 - Pygments has no types
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False) if language else None
    except ClassNotFound:
        return None
