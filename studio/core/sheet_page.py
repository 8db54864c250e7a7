"""A contact sheet as it is put on paper: words in the person's language, and the pictures of its cells."""

from pathlib import Path

import msgspec

from studio.core.errors import FormatUnknown
from studio.core.records import Asset
from studio.core.sheets import Sheet

SHEET_SUFFIXES = (".png", ".pdf")


class SheetPage(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be written.

    Attributes:
        sheet: what its pictures go through.
        title, about: the prompt, and model and settings; wrapped.
        columns, rows: their headings; `rows` is empty where there is one row without a setting.
        cells: row by row; None leaves an empty place.
    """

    sheet: Sheet
    title: str
    about: str
    columns: tuple[str, ...]
    rows: tuple[str, ...]
    cells: tuple[Asset | None, ...]


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A sheet that lies on the disk.

    Attributes:
        scale: how large its pictures are, beside their own size; under 1 where it would be too large.
    """

    path: Path
    scale: float


def check_sheet_format(target: Path) -> None:
    """Raises FormatUnknown unless the name is one of a sheet that can be written."""
    if target.suffix.lower() not in SHEET_SUFFIXES:
        raise FormatUnknown(path=str(target), formats=", ".join(SHEET_SUFFIXES))
