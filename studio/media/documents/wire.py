"""What was read of a file, and what the process that reads one says of it as one line of JSON."""

from typing import Literal

import msgspec

from studio.core.errors import Params

TEXT_LIMIT = 2_000_000  # characters that are taken of one file
DOCUMENT_BYTES = 100 << 20  # of a file that has to be read whole before its beginning is known
SOFT_SECONDS = 20.0  # after which what there is of a document is taken
HARD_SECONDS = 30.0  # after which its reader is killed

DocumentKind = Literal["pdf", "docx", "html"]


class DocumentText(msgspec.Struct, frozen=True, kw_only=True, tag="read"):
    """`cut`: it is only the beginning."""

    text: str
    cut: bool = False


class DocumentRefused(msgspec.Struct, frozen=True, kw_only=True, tag="refused"):
    """Why there is no text, as an error's code and params."""

    code: str
    params: Params = {}


DocumentRead = DocumentText | DocumentRefused
