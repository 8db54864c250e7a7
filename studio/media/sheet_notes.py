"""What an exported contact sheet says of itself, so that one found later tells how it was made.

A PNG holds what each picture of the studio does (`recipes.py`): the recipe of its first picture, with the
sheet, so that it can be dropped where any picture can; and besides:

    Title, Description  for programs that list files: the prompt, the settings and the sheet as it is written
    atelier-sheet       JSON: headings, and of each cell its picture's id and what its recipe has otherwise

A PDF has title, subject and keywords.
"""

from typing import Any

import msgspec
from PIL.PdfParser import PdfBinary, encode_text
from PIL.PngImagePlugin import PngInfo

from studio.core.recipe import Recipe
from studio.core.sheet_language import sheet_text
from studio.core.sheet_page import SheetPage
from studio.core.sheets import Setting
from studio.media.recipes import recipe_texts

CELLS_KEY = "atelier-sheet"
CELLS_LIMIT = 500_000  # bytes before they are packed; Pillow refuses a picture with a packed text over 1 MB
WORDS_LIMIT = 4000  # characters of a text for people
_OF_ONE_PICTURE = {
    *("asset", "job", "tool", "created", "index", "seconds", "execution", "sheet", "cell", "template"),
}
# What A1111 calls them, whose script for sheets writes these settings (`scripts/xyz_grid.py`).
_SCRIPT = "X/Y/Z plot"
_A1111: dict[Setting, str] = {
    Setting.SEED: "Seed",
    Setting.STEPS: "Steps",
    Setting.GUIDANCE: "CFG Scale",
    Setting.REPLACE: "Prompt S/R",
    Setting.SCHEDULER: "Sampler",
    Setting.MODEL: "Checkpoint name",
    Setting.STRENGTH: "Denoising",
    Setting.SIZE: "Size",
}


def png_notes(page: SheetPage) -> PngInfo:
    """The texts of a sheet that is written as PNG."""
    base = _base(page)
    texts = recipe_texts(base, _script(page)) if base else PngInfo()
    texts.add_itxt("Title", _short(page.title))
    texts.add_itxt("Description", _short(f"{page.about}\n{sheet_text(page.sheet.axes)}".strip()))
    cells = msgspec.json.encode(_cells(page, base)) if base else b""
    if 0 < len(cells) <= CELLS_LIMIT:
        texts.add_itxt(CELLS_KEY, cells.decode(), zip=True)
    return texts


def pdf_notes(page: SheetPage) -> dict[str, PdfBinary]:
    """What Pillow's PDF writer takes.

    As hexadecimal digits: of its own literal strings a reader takes the byte 0D, which is in 不, for 0A
    (Pillow 13, `pdf_repr`; ISO 32000-1, 7.3.4.2).
    """
    models = {asset.recipe.model_name: None for asset in page.cells if asset is not None}
    notes = {
        "title": page.title,
        "subject": " · ".join(filter(None, (page.about, *page.columns, *page.rows))),
        "keywords": "; ".join(filter(None, (sheet_text(page.sheet.axes), *models))),
        "creator": Recipe().tool,
    }
    return {name: PdfBinary(encode_text(_short(text))) for name, text in notes.items() if text}


def _base(page: SheetPage) -> Recipe | None:
    """The recipe of the first picture, as one that others can be made by; None for a sheet without any."""
    first = next((asset.recipe for asset in page.cells if asset is not None), None)
    if first is None:
        return None
    width, height = first.first_size
    return msgspec.structs.replace(
        first,
        asset="",
        job="",
        index=0,
        width=width,
        height=height,
        sheet=page.sheet,
        cell=None,
        seconds=None,
        execution=None,
    )


def _script(page: SheetPage) -> dict[str, str]:
    said = {"Script": _SCRIPT}
    for side, axis in zip("XY", page.sheet.axes, strict=False):
        said[f"{side} Type"] = _A1111.get(axis.setting, axis.setting.value.capitalize())
        said[f"{side} Values"] = _short(", ".join(axis.values))
    return said


def _cells(page: SheetPage, base: Recipe) -> dict[str, Any]:
    common = _told(base)
    cells = list[dict[str, Any]]()
    for number, asset in enumerate(page.cells):
        if asset is not None:
            column, row = page.sheet.place(number)
            own = {name: value for name, value in _told(asset.recipe).items() if common.get(name) != value}
            cells.append({"cell": number, "column": column, "row": row, "asset": asset.id, **own})
    return {
        "sheet": sheet_text(page.sheet.axes),
        "title": page.title,
        "about": page.about,
        "columns": page.columns,
        "rows": page.rows,
        "cells": cells,
    }


def _told(recipe: Recipe) -> dict[str, Any]:
    every: dict[str, Any] = msgspec.to_builtins(recipe)
    return {name: value for name, value in every.items() if name not in _OF_ONE_PICTURE}


def _short(text: str) -> str:
    return text if len(text) <= WORDS_LIMIT else text[: WORDS_LIMIT - 1] + "…"
