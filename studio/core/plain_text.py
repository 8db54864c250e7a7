"""Text without what no reader should meet."""

import re

# C0 and C1 controls but tab and newline, lone surrogates, and the characters that reverse the reading order.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


def clean_text(text: str) -> str:
    """The text without control characters and lone surrogates, line ends as newlines."""
    return _UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
