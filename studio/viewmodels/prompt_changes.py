"""What is new in a suggestion, word by word."""

import re
from difflib import SequenceMatcher

# A Chinese character is a word of its own here.
_WORDS = re.compile(
    "\\s+|[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]|[^\\W\u3400-\u9fff\uf900-\ufaff]+|[^\\w\\s]"
)


def pieces(before: str, after: str) -> list[tuple[str, bool]]:
    """`after` in pieces, each with whether it is new beside `before`."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    found = list[tuple[str, bool]]()
    for kind, _, _, start, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        words = "".join(new[start:end])
        if words:
            found.append((words, kind != "equal"))
    return found
