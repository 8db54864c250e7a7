"""A contact sheet as one picture with labels, for elsewhere: PNG, or PDF with one page."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

from studio.core.records import Asset
from studio.core.sheet_page import SheetPage, Written, check_sheet_format
from studio.media.durable import whole_file
from studio.media.pictures import reading
from studio.media.sheet_notes import pdf_notes, png_notes

PIXEL_LIMIT = 64_000_000  # of all pictures together: a few hundred MB while it is drawn
SIDE_LIMIT = 30_000  # of a JPEG inside a PDF 65,535; many programs open no more than this
PDF_INCHES = 16.5  # of the longer side: A3
PAPER, INK, FAINT, PLACE = "#FFFFFF", "#1B1B1B", "#5A5A5A", "#ECECEC"
EMPTY_SIDE = 256  # of a place on a sheet without any picture
_QUALITY = 92

# Files that the systems bring, those first that have Chinese besides Latin; Pillow finds them by name.
_FONTS = (
    "NotoSansCJK-Regular.ttc",
    "NotoSansSC-Regular.otf",
    "NotoSansCJKsc-Regular.otf",
    "SourceHanSansSC-Regular.otf",
    "msyh.ttc",
    "PingFang.ttc",
    "Hiragino Sans GB.ttc",
    "STHeiti Medium.ttc",
    "wqy-microhei.ttc",
    "DroidSansFallbackFull.ttf",
    "simsun.ttc",
    "DejaVuSans.ttf",
    "arial.ttf",
)
_PIECES = re.compile(r"[\u2e80-\uffef]|[^\s\u2e80-\uffef]+\s*|\s+")  # a Chinese character, or a word

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


class _Measure(NamedTuple):
    """Pixels. `cell` is the box that holds each picture, `letter` the height of a line of labels."""

    cell: tuple[int, int]
    gap: int
    letter: int
    margin: int


def write_sheet(page: SheetPage, target: Path, absolute: Callable[[Asset], Path]) -> Written:
    """Writes the sheet in the format of the target's name, whole or not at all; for any thread.

    It says of itself how it was made: see `sheet_notes`. Pictures keep their size unless all of them together
    have more than PIXEL_LIMIT.

    Raises FormatUnknown, PictureUnreadable, DiskFull, FileUnwritable.
    """
    check_sheet_format(target)
    scale = _scale(page)
    drawn = _drawn(page, scale, absolute)
    with whole_file(target) as file:
        if target.suffix.lower() == ".pdf":
            dots = max(max(drawn.size) / PDF_INCHES, 72.0)
            drawn.save(file, "PDF", resolution=dots, quality=_QUALITY, **pdf_notes(page))
        else:
            drawn.save(file, "PNG", compress_level=4, pnginfo=png_notes(page))
    return Written(path=target, scale=scale)


def _box(page: SheetPage) -> tuple[int, int]:
    """What every picture fits into."""
    there = [asset for asset in page.cells if asset is not None]
    width = max((asset.width for asset in there), default=EMPTY_SIDE)
    return width, max((asset.height for asset in there), default=EMPTY_SIDE)


def _scale(page: SheetPage) -> float:
    width, height = _box(page)
    across, down = width * len(page.columns), height * max(len(page.rows), 1)
    return min(1.0, (PIXEL_LIMIT / (across * down)) ** 0.5, SIDE_LIMIT / max(across, down))


def _drawn(page: SheetPage, scale: float, absolute: Callable[[Asset], Path]) -> Image.Image:
    width, height = (max(round(side * scale), 1) for side in _box(page))
    letter = min(max(width // 16, 14), 64)
    measure = _Measure((width, height), max(width // 32, 6), letter, 2 * letter)
    small, large = _font(letter), _font(round(1.25 * letter))
    columns = [_lines(small, words, width, 3) for words in page.columns]
    rows = [_lines(small, words, max(width, 8 * letter), 4) for words in page.rows]
    left = max((_width(small, line) for lines in rows for line in lines), default=0)
    left = measure.margin + (left + measure.letter if left else 0)
    across = len(columns) * (width + measure.gap) - measure.gap
    whole = left + across + measure.margin
    title = _lines(large, page.title, whole - 2 * measure.margin, 4)
    about = _lines(small, page.about, whole - 2 * measure.margin, 3)
    line = round(1.5 * letter)
    above = measure.margin + len(title) * round(1.25 * line) + len(about) * line
    top = above + letter + max(map(len, columns)) * line
    down = max(len(rows), 1) * (height + measure.gap) - measure.gap
    sheet = Image.new("RGB", (whole, top + down + measure.margin), PAPER)
    brush = ImageDraw.Draw(sheet)
    _write(brush, (measure.margin, measure.margin), title, large, round(1.25 * line), INK)
    _write(brush, (measure.margin, above - len(about) * line), about, small, line, FAINT)
    for place, lines in enumerate(columns):
        at = left + place * (width + measure.gap), top - len(lines) * line
        _write(brush, at, lines, small, line, INK)
    for place, lines in enumerate(rows):
        middle = top + place * (height + measure.gap) + (height - len(lines) * line) // 2
        _write(brush, (measure.margin, middle), lines, small, line, INK)
    for number, asset in enumerate(page.cells):
        row, column = divmod(number, len(columns))
        corner = left + column * (width + measure.gap), top + row * (height + measure.gap)
        if asset is None:
            _leave_empty(brush, corner, measure)
        else:
            _paste(sheet, corner, measure, absolute(asset), scale)
    return sheet


def _paste(sheet: Image.Image, corner: tuple[int, int], measure: _Measure, path: Path, scale: float) -> None:
    """In the middle of its box, in its own shape; what is transparent shows the paper."""
    with reading(path) as image:
        picture = image.convert("RGBA") if image.has_transparency_data else image.convert("RGB")
    size = max(round(picture.width * scale), 1), max(round(picture.height * scale), 1)
    if size != picture.size:
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    at = tuple(
        start + (room - side) // 2 for start, room, side in zip(corner, measure.cell, size, strict=True)
    )
    sheet.paste(picture, (at[0], at[1]), picture if picture.mode == "RGBA" else None)


def _leave_empty(brush: ImageDraw.ImageDraw, corner: tuple[int, int], measure: _Measure) -> None:
    """A place with a dash."""
    (left, top), (width, height) = corner, measure.cell
    brush.rectangle((left, top, left + width - 1, top + height - 1), PLACE)
    middle, half = (left + width // 2, top + height // 2), min(measure.letter, width // 3)
    brush.line((middle[0] - half, middle[1], middle[0] + half, middle[1]), FAINT, max(measure.letter // 8, 1))


def _write(
    brush: ImageDraw.ImageDraw, at: tuple[int, int], lines: Sequence[str], font: Font, line: int, ink: str
) -> None:
    for number, words in enumerate(lines):
        brush.text((at[0], at[1] + number * line), words, ink, font)


def _font(pixels: int) -> Font:
    for name in _FONTS:
        try:
            return ImageFont.truetype(name, pixels)
        except OSError:
            continue
    return ImageFont.load_default(pixels)


def _width(font: Font, words: str) -> int:
    return round(font.getlength(words))


def _lines(font: Font, text: str, width: int, most: int) -> list[str]:
    """The text in lines that are no wider; after `most` of them it ends in an ellipsis."""
    lines = [""]
    for piece in _PIECES.findall(" ".join(text.split())):
        if lines[-1] and _width(font, (lines[-1] + piece).rstrip()) > width:
            lines.append("")
        lines[-1] += piece
        while _width(font, lines[-1].rstrip()) > width and len(lines[-1]) > 1:  # a word longer than a line
            fitting = next(
                at
                for at in range(len(lines[-1]) - 1, 0, -1)
                if at == 1 or _width(font, lines[-1][:at]) <= width
            )
            lines[-1:] = [lines[-1][:fitting], lines[-1][fitting:]]
        if len(lines) > most:
            break
    lines = [line.rstrip() for line in lines if line.strip()]
    if len(lines) > most:
        last = lines[most - 1]
        while last and _width(font, last + "…") > width:
            last = last[:-1]
        lines = [*lines[: most - 1], last + "…"]
    return lines
