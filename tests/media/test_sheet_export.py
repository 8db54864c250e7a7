"""A contact sheet as one picture: where its cells lie, what is left empty, and what cannot be written."""

import errno
import json
import os
from pathlib import Path
from typing import BinaryIO

import pytest
from PIL import Image

from studio.core.errors import DiskFull, FileUnwritable, FormatUnknown, PictureUnreadable
from studio.core.recipe import Execution, Recipe
from studio.core.records import Asset
from studio.core.sheet_page import SheetPage
from studio.core.sheets import Axis, Setting, Sheet
from studio.media import sheet_export, sheet_notes
from studio.media.pictures import reading
from studio.media.recipes import read_fully
from studio.media.sheet_export import write_sheet

SHEET = Sheet(
    id="sheet",
    columns=Axis(setting=Setting.SEED, values=("1", "2")),
    rows=Axis(setting=Setting.GUIDANCE, values=("3", "5")),
)
COLOURS = ("#C83232", "#32C832", "#3232C8", "#C8C832")


@pytest.fixture
def assets(tmp_path: Path) -> list[Asset]:
    """Four pictures in colours of their own; the last one is wider."""
    made = list[Asset]()
    for number, colour in enumerate(COLOURS):
        size = (96, 32) if number == 3 else (64, 48)
        Image.new("RGB", size, colour).save(tmp_path / f"{number}.png")
        recipe = Recipe(
            asset=str(number),
            job="job",
            index=number,
            prompt="a boat; 日落",
            negative_prompt="fog",
            model="local/first",
            model_name="First",
            seed=1 + number % 2,
            guidance_scale=3.0 + 2 * (number // 2),
            num_inference_steps=9,
            scheduler="Euler",
            width=size[0],
            height=size[1],
            sheet=SHEET,
            cell=number,
            seconds=1.5,
            execution=Execution(device="cpu", precision="float32"),
        )
        made.append(
            Asset(
                id=str(number),
                path=f"{number}.png",
                width=size[0],
                height=size[1],
                created=0,
                recipe=recipe,
            )
        )
    return made


def page(cells: list[Asset | None], **more: object) -> SheetPage:
    own = {"title": "a boat", "about": "Model", "columns": ("Seed 1", "种子 2"), "rows": ("3", "5")}
    return SheetPage(sheet=SHEET, cells=tuple(cells), **(own | more))


def count(image: Image.Image, colour: str) -> int:
    wanted = Image.new("RGB", (1, 1), colour).getpixel((0, 0))
    return sum(pixel == wanted for pixel in image.convert("RGB").get_flattened_data())


def test_every_cell_has_its_own_size_and_an_empty_one_a_dash(assets, tmp_path: Path):
    target = tmp_path / "sheet.png"
    written = write_sheet(page([assets[0], None, assets[2], assets[3]]), target, lambda a: tmp_path / a.path)
    assert written.scale == 1 and written.path == target
    with Image.open(target) as image:
        found = [count(image, colour) for colour in COLOURS]
        assert found == [64 * 48, 0, 64 * 48, 96 * 32]
        assert count(image, sheet_export.PLACE) > 96 * 48 / 2, "the place is kept"
        assert count(image, sheet_export.PAPER) > 0
    assert [path.name for path in tmp_path.glob("sheet*")] == ["sheet.png"]


def test_a_pdf_is_one(assets, tmp_path: Path):
    write_sheet(page(list(assets)), tmp_path / "sheet.PDF", lambda a: tmp_path / a.path)
    assert (tmp_path / "sheet.PDF").read_bytes().startswith(b"%PDF-")


def test_a_sheet_that_would_be_too_large_is_scaled(assets, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(sheet_export, "PIXEL_LIMIT", 96 * 48)  # a quarter of what the four boxes have
    written = write_sheet(page(list(assets)), tmp_path / "sheet.png", lambda a: tmp_path / a.path)
    assert written.scale == 0.5
    with Image.open(tmp_path / "sheet.png") as image:
        assert count(image, COLOURS[0]) == 32 * 24


def test_long_words_are_wrapped_and_cut(assets, tmp_path: Path):
    texts = {"title": "一只红帆的船，" * 80 + "x" * 900, "about": "", "columns": ("word " * 90, "字" * 90)}
    write_sheet(page(list(assets), **texts), tmp_path / "sheet.png", lambda a: tmp_path / a.path)
    with Image.open(tmp_path / "sheet.png") as image:
        assert image.width < 2000 and image.height < 2000


def test_chinese_is_not_drawn_as_boxes():
    """Two characters of the same width look different, where a font of the system has them."""
    font = sheet_export._font(32)
    if font.getmask("船").getbbox() == font.getmask("\U000f0000").getbbox():
        pytest.skip("no font of this system has Chinese")
    assert bytes(font.getmask("船")) != bytes(font.getmask("帆"))


def test_what_cannot_be_written_leaves_nothing_behind(assets, tmp_path: Path):
    with pytest.raises(FormatUnknown):
        write_sheet(page(list(assets)), tmp_path / "sheet.jpg", lambda a: tmp_path / a.path)
    with pytest.raises(FileUnwritable):
        write_sheet(page(list(assets)), tmp_path / "no" / "sheet.png", lambda a: tmp_path / a.path)
    (tmp_path / "2.png").write_bytes(b"not a picture")
    with pytest.raises(PictureUnreadable):
        write_sheet(page(list(assets)), tmp_path / "sheet.png", lambda a: tmp_path / a.path)
    assert not list(tmp_path.glob("sheet*"))


# What it says of itself.


def written(cells: list[Asset | None], target: Path, **more: object) -> Path:
    folder = target.parent
    return write_sheet(page(cells, **more), target, lambda asset: folder / asset.path).path


def texts(target: Path) -> dict[str, str]:
    with reading(target) as image:
        return {name: str(text) for name, text in image.info.items() if isinstance(text, str)}


def test_a_png_tells_how_it_was_made(assets, tmp_path: Path):
    target = written([None, *assets[1:]], tmp_path / "sheet.png")
    found = read_fully(target)
    assert found is not None and found.dialect == "Atelier"
    recipe = found.recipe
    assert (recipe.prompt, recipe.model, recipe.seed, recipe.guidance_scale) == (
        *("a boat; 日落", "local/first", 2, 3.0),
    )
    assert (recipe.sheet, recipe.cell) == (SHEET, None), "it is the whole of the sheet"
    assert (recipe.asset, recipe.job, recipe.execution) == ("", "", None), "and none of its pictures"
    said = texts(target)
    assert said["Title"] == "a boat"
    assert said["Description"] == "Model\nseed=1, 2; guidance=3, 5"
    assert 'Script: X/Y/Z plot, X Type: Seed, X Values: "1, 2", Y Type: CFG Scale' in said["parameters"]
    assert said["parameters"].startswith("a boat; 日落\nNegative prompt: fog\nSteps: 9, Sampler: Euler")
    told = json.loads(said[sheet_notes.CELLS_KEY])
    assert (told["sheet"], told["columns"], told["rows"]) == (
        *("seed=1, 2; guidance=3, 5", ["Seed 1", "种子 2"], ["3", "5"]),
    )
    assert told["cells"] == [
        {"cell": 1, "column": 1, "row": 0, "asset": "1"},
        {"cell": 2, "column": 0, "row": 1, "asset": "2", "seed": 1, "guidance_scale": 5.0},
        {"cell": 3, "column": 1, "row": 1, "asset": "3", "guidance_scale": 5.0, "width": 96, "height": 32},
    ]


def test_a_png_without_a_picture_has_words_alone(assets, tmp_path: Path):
    target = written([None] * 4, tmp_path / "sheet.png")
    assert set(texts(target)) == {"Title", "Description"}


def test_what_is_told_keeps_within_bounds(assets, tmp_path: Path, monkeypatch):
    values = tuple(f"{number} " + "word " * 2000 for number in range(128))
    sheet = Sheet(id="sheet", columns=Axis(setting=Setting.PROMPT, values=values))
    page = SheetPage(
        sheet=sheet, title="x" * 20_000, about="", columns=values, rows=(), cells=(assets[0],) + (None,) * 127
    )
    notes = sheet_notes.pdf_notes(page)
    assert all(len(bytes(text)) <= 4 * sheet_notes.WORDS_LIMIT + 10 for text in notes.values())
    names = [data.split(b"\0")[0].decode() for _, data, *_ in sheet_notes.png_notes(page).chunks]
    assert "Title" in names and sheet_notes.CELLS_KEY not in names


def test_a_pdf_has_a_title_and_keywords(assets, tmp_path: Path):
    """不 has a byte in UTF-16 that is a line break."""
    target = written(list(assets), tmp_path / "sheet.pdf", title="不是一只船 (小)")
    data = target.read_bytes()
    for text in (
        "不是一只船 (小)",
        "Model · Seed 1 · 种子 2 · 3 · 5",
        "seed=1, 2; guidance=3, 5; First",
        "Atelier",
    ):
        assert b"<FEFF%s>" % text.encode("utf-16-be").hex().upper().encode() in data, text


# Where it cannot be written.


class Full:
    """A file on a disk that is full after so many bytes."""

    def __init__(self, file: BinaryIO, room: int) -> None:
        self._file, self._room = file, room

    def __enter__(self) -> "Full":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, data: bytes) -> int:
        self._room -= len(data)
        if self._room < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return self._file.write(data)

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)


OPEN = Path.open


@pytest.mark.parametrize("suffix", [".png", ".pdf"])
@pytest.mark.parametrize("room", [0, 200])
def test_a_full_disk_leaves_the_old_file_whole(assets, tmp_path: Path, monkeypatch, suffix: str, room: int):
    target = tmp_path / f"sheet{suffix}"
    target.write_bytes(b"an older sheet")

    def opened(path: Path, mode: str = "r") -> object:
        return Full(OPEN(path, mode), room) if mode == "wb" else OPEN(path, mode)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", opened)
        with pytest.raises(DiskFull) as caught:
            written(list(assets), target)
    assert caught.value.params == {"path": str(target)}
    assert target.read_bytes() == b"an older sheet"
    assert [path.name for path in tmp_path.glob("sheet*")] == [target.name]


@pytest.mark.parametrize("step", ["open", "replace"])
@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.EBUSY, errno.ETXTBSY])
def test_a_place_that_refuses_leaves_the_old_file_whole(
    assets, tmp_path: Path, monkeypatch, number: int, step: str
):
    """A folder that can only be read; a file that another program holds, as Windows says it."""
    target = tmp_path / "sheet.png"
    target.write_bytes(b"an older sheet")

    def refuse(path: Path, *more: object) -> object:
        if path.suffix == ".part":
            raise OSError(number, os.strerror(number))
        return OPEN(path, *more)

    with monkeypatch.context() as patched:
        patched.setattr(Path, step, refuse)
        with pytest.raises(FileUnwritable) as caught:
            written(list(assets), target)
    assert caught.value.params == {"path": str(target), "cause": os.strerror(number)}
    assert target.read_bytes() == b"an older sheet"
    assert [path.name for path in tmp_path.glob("sheet*")] == ["sheet.png"]
