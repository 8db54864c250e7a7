"""What a word names: a file that is there, or a picture of the library by its id."""

import os
import re
from pathlib import Path

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def is_picture(word: str) -> bool:
    """Whether the word names one, rather than saying something."""
    return os.path.exists(Path(os.path.expanduser(word))) or is_asset(word)


def is_asset(word: str) -> bool:
    """Whether it is an id and no file is called that."""
    return bool(_ID.fullmatch(word)) and not os.path.exists(word)
