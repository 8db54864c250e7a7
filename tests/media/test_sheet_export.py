"""A contact sheet as one picture: where its cells lie, what is left empty, and what cannot be written."""

from pathlib import Path

import pytest
from PIL import Image

from studio.core.errors import FileUnwritable, FormatUnknown, PictureUnreadable
from studio.core.records import Asset
from studio.core.sheet_page import SheetPage
from studio.media import sheet_export
from studio.media.sheet_export import write_sheet

COLOURS = ("#C83232", "#32C832", "#3232C8", "#C8C832")


@pytest.fixture
def assets(tmp_path: Path) -> list[Asset]:
    """Four pictures in colours of their own; the last one is wider."""
    made = list[Asset]()
    for number, colour in enumerate(COLOURS):
        size = (96, 32) if number == 3 else (64, 48)
        Image.new("RGB", size, colour).save(tmp_path / f"{number}.png")
        made.append(Asset(id=str(number), path=f"{number}.png", width=size[0], height=size[1], created=0))
    return made


def page(cells: list[Asset | None], **more: object) -> SheetPage:
    own = {"title": "a boat", "about": "Model", "columns": ("Seed 1", "种子 2"), "rows": ("3", "5")}
    return SheetPage(cells=tuple(cells), **(own | more))


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
