"""Full-text search in English and Chinese: how text is split, and how typed words become a query."""

import apsw

# Words of every script without accents and case; a Chinese character is a word, so 山水 finds 山水画.
TOKENIZER = "simplify casefold 1 strip 1 unicodewords"


def register_tokenizers(connection: apsw.Connection) -> None:
    """Every connection that touches a full-text table needs them, to read and to write."""
    import apsw.fts5  # a tenth of the window's start, and not needed for it

    connection.pragma("schema_version")  # else damage or a lock would show as "FTS5 is not included"
    for name in ("simplify", "unicodewords"):
        factory = apsw.fts5.map_tokenizers[name]
        connection.register_fts5_tokenizer(name, factory)  # pyright: ignore[reportArgumentType]


def match_expression(text: str) -> str:
    """Every word has to occur, as the beginning of a word: `bo sun` finds "boats at sunset".

    Each piece is quoted, so that operators, quotes and brackets are text like any other. Control characters
    end a piece as a space does, for SQLite's text ends at a zero.
    """
    return " ".join('"' + piece.replace('"', '""') + '"*' for piece in pieces_of(text))


def pieces_of(text: str) -> list[str]:
    """The typed words, as they stand between spaces."""
    return "".join(character if character.isprintable() else " " for character in text).split()


def splitter(connection: apsw.Connection) -> apsw.FTS5Tokenizer:
    """What splits text as the full-text tables of this connection do."""
    name, *options = (str(word) for word in TOKENIZER.split())
    return connection.fts5_tokenizer(name, options)
