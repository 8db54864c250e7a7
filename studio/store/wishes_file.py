"""How models are to be held in memory, by their ids, as a file: written whole at each change."""

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from studio.core.model import Wish
from studio.store.json_file import save_json


def load_wishes(file: Path, ignored: Callable[[str], object] = lambda _: None) -> dict[str, Wish]:
    """What the file says.

    An entry that cannot be read counts as unsaid, and `ignored` is told its model; of a file that cannot, or
    is no list of entries, the name of the file.
    """
    try:
        entries = msgspec.json.decode(file.read_bytes(), type=dict[str, msgspec.Raw])
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        ignored(file.name)
        return {}
    wishes = dict[str, Wish]()
    for model, entry in entries.items():
        try:
            wishes[model] = msgspec.json.decode(entry, type=Wish)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            ignored(model)
    return wishes


def save_wishes(file: Path, wishes: Mapping[str, Wish]) -> None:
    """Raises DiskFull, FileUnwritable; the old file stays then."""
    save_json(file, wishes)
