"""Files that are given with a message: read in threads and processes of their own, pictures copied."""

import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from studio.core.errors import (
    DocumentDamaged,
    DocumentUnending,
    DocumentUnopened,
    DocumentUnsupported,
    LibraryMissing,
    PictureUnreadable,
)
from studio.core.paths import Paths
from studio.session import attachments
from studio.session.attachments import AttachmentDesk
from tests.media.test_documents import pdf

HANGS = 30  # seconds


@pytest.fixture
def desk(paths: Paths) -> Iterator[AttachmentDesk]:
    paths.library.mkdir(parents=True)
    made = AttachmentDesk(paths)
    yield made
    made.close()


def encoded(kind: str, **more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(out, kind, **more)
    return out.getvalue()


def test_a_text_is_read_with_its_name_and_size(desk: AttachmentDesk, tmp_path: Path):
    file = tmp_path / "航海 notes.md"
    file.write_bytes("红帆\r\n".encode("gbk"))
    read = desk.read(file).result(HANGS)
    assert (read.name, read.text, read.size_bytes, read.cut) == ("航海 notes.md", "红帆\n", 6, False)


def test_a_pdf_is_read_by_a_process_of_its_own(desk: AttachmentDesk, tmp_path: Path):
    file = tmp_path / "-letter"
    file.write_bytes(pdf("Two boats"))
    assert desk.read(file).result(HANGS).text == "Two boats\n\n"


def test_why_a_document_is_not_read_comes_back_from_its_process(desk: AttachmentDesk, tmp_path: Path):
    file = tmp_path / "letter.pdf"
    file.write_bytes(b"%PDF-1.7 and nothing else")
    with pytest.raises(DocumentDamaged, match=r"letter\.pdf"):
        desk.read(file).result(HANGS)


def test_a_process_that_never_ends_is_given_up(desk: AttachmentDesk, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(attachments, "HARD_SECONDS", 0.05)
    monkeypatch.setattr(
        attachments, "document_command", lambda *_: [sys.executable, "-c", "import time; time.sleep(60)"]
    )
    file = tmp_path / "loop.pdf"
    file.write_bytes(b"%PDF-1.7")
    with pytest.raises(DocumentUnending):
        desk.read(file).result(HANGS)


@pytest.mark.parametrize("data", [b"\x7fELF\x00\x00", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"])
def test_what_is_no_text_is_refused(desk: AttachmentDesk, tmp_path: Path, data: bytes):
    file = tmp_path / "data"
    file.write_bytes(data)
    with pytest.raises(DocumentUnsupported):
        desk.read(file).result(HANGS)


def test_folders_pipes_and_what_is_gone_are_told(desk: AttachmentDesk, tmp_path: Path):
    if sys.platform != "win32":
        os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "gone", tmp_path / "pipe", Path("a\0b")):
        with pytest.raises(DocumentUnopened):
            desk.read(path).result(HANGS)


def test_a_long_paste_becomes_a_file(desk: AttachmentDesk):
    read = desk.read_text("Pasted\ntext", "\ud800" + "word " * 1_000_000).result(HANGS)
    assert (read.name, len(read.text), read.cut) == ("Pasted text", 1_999_999, True)


def test_pictures_are_copied_once_upright_and_by_their_hash(
    desk: AttachmentDesk, paths: Paths, tmp_path: Path
):
    turned = Image.Exif()
    turned[0x0112] = 6
    plain = desk.read_picture(lambda: encoded("JPEG"), "a.jpg").result(HANGS)
    file = tmp_path / "no ending"
    file.write_bytes(encoded("JPEG"))
    assert desk.read(file).result(HANGS).picture == plain.picture
    assert plain.picture.startswith("chats/pictures/") and plain.picture.endswith(".jpg")
    assert (paths.library / plain.picture).read_bytes() == encoded("JPEG")
    upright = desk.read_picture(lambda: encoded("JPEG", exif=turned), "b.jpg").result(HANGS)
    with Image.open(paths.library / upright.picture) as image:
        assert (image.format, image.size) == ("PNG", (30, 40))
    assert len(list(paths.chat_pictures.iterdir())) == 2


def test_a_picture_that_breaks_off_is_told_by_its_name(desk: AttachmentDesk, paths: Paths):
    with pytest.raises(PictureUnreadable, match="half"):
        desk.read_picture(lambda: b"\x89PNG\r\n\x1a\n" + bytes(30), "half.png").result(HANGS)
    paths.library.rmdir()
    with pytest.raises(LibraryMissing):
        desk.read_picture(lambda: encoded("PNG"), "a.png").result(HANGS)
