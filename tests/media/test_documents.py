"""The text of files given with a message, in whatever they are written and however broken they are."""

import io
import zipfile
from pathlib import Path

import docx
import pytest
from docx.opc.constants import CONTENT_TYPE as CT
from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from studio.core.errors import (
    DocumentDamaged,
    DocumentLocked,
    DocumentTooLarge,
    DocumentUnopened,
    DocumentUnsupported,
    DocumentWithoutText,
    StudioError,
)
from studio.media.documents.__main__ import read_document
from studio.media.documents.collected import Collected
from studio.media.documents.kinds import kind_of
from studio.media.documents.plain import bounded, decoded, read_plain
from studio.media.documents.wire import TEXT_LIMIT

SENTENCES = "海上一只红帆的船，日落时分慢慢驶回港湾。灯塔的光照在水面上，孩子们在岸边等着。"
ARABIC = "السلام عليكم"


def pdf(*pages: str, lock: str = "", password: str = "", owner: str | None = None) -> bytes:
    """With a line of ASCII on each page. `lock`: how it is locked; `owner`: who knows this may do all."""
    writer = PdfWriter()
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    for text in pages:
        page = writer.add_blank_page(300, 300)
        fonts = DictionaryObject({NameObject("/F1"): font})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        stream = DecodedStreamObject()
        stream.set_data(f"BT /F1 12 Tf 20 200 Td ({text}) Tj ET".encode())
        page[NameObject("/Contents")] = stream
    if lock:
        writer.encrypt(password, owner, algorithm=lock)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def word() -> bytes:
    document = docx.Document()
    document.add_heading("The harbour", 2)
    document.add_paragraph("Two boats 两只船")
    document.add_paragraph("first", style="List Bullet")
    table = document.add_table(2, 2)
    for number, cell in enumerate(table._cells):
        cell.text = f"cell {number}"
    table.cell(1, 1).add_table(1, 1).cell(0, 0).text = "within"
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def read(file: Path, data: bytes, kind: str) -> Collected:
    file.write_bytes(data)
    found = Collected()
    read_document(file, kind, found)
    return found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "given"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "gbk", "gb18030"], ids=str
)
def test_chinese_text_is_read_in_every_encoding_that_people_have(encoding: str):
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
    assert decoded(mark + SENTENCES.encode(encoding), whole=True) == SENTENCES


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16-le"])
def test_western_text_is_no_chinese(encoding: str):
    text = "Le café de la société était fermé; à bientôt, señor Müller! Übermäßig heiß."
    assert decoded(text.encode(encoding), whole=True) == text


def test_text_that_breaks_off_loses_half_a_character_at_most():
    assert decoded("船船".encode()[:-1], whole=True) == "船"
    assert decoded(SENTENCES.encode("gbk")[:-1], whole=True) == SENTENCES[:-1]
    assert decoded("abc".encode("utf-16")[:-1], whole=True) == "ab"


def test_a_few_broken_bytes_are_marked_and_the_rest_is_read():
    text = decoded(SENTENCES.encode() + b"\xff" + SENTENCES.encode(), whole=True)
    assert text == f"{SENTENCES}\ufffd{SENTENCES}"


@pytest.mark.parametrize(
    "data", [bytes(range(256)) * 4, b"MZ\x90\x00\x03", b"\x7fELF\x02\x01\x01\x00", b"\x01\x02\x03\x04" * 50]
)
def test_what_is_no_text_is_refused(file: Path, data: bytes):
    file.write_bytes(data)
    with pytest.raises(DocumentUnsupported):
        read_plain(file)


@pytest.mark.parametrize("data", [b"", b" \n", b"\x00\x00"[:0], "\ufeff".encode()])
def test_a_file_without_a_word_is_told(file: Path, data: bytes):
    file.write_bytes(data)
    with pytest.raises(DocumentWithoutText):
        read_plain(file)


def test_of_a_long_text_the_beginning_is_taken(file: Path):
    file.write_bytes(b"abcd\n" * (TEXT_LIMIT // 5 + 1))
    read = read_plain(file)
    assert (len(read.text), read.cut) == (TEXT_LIMIT, True)
    assert bounded("\ud800x", "paste").text == "x"
    assert bounded(f"{ARABIC} \u202e👩‍👩‍👧", "paste").text == f"{ARABIC} 👩‍👩‍👧"


@pytest.mark.parametrize(
    ("head", "name", "kind"),
    [
        (b"%PDF-1.7", "scan.txt", "pdf"),
        (b"junk before\n%PDF-1.4", "x", "pdf"),
        (b"PK\x03\x04", "letter.doc", "docx"),
        (b"\x89PNG\r\n\x1a\n", "notes.md", "picture"),
        (b"\xff\xd8\xff\xe0", "a", "picture"),
        (b"\n<!DOCTYPE html><p>", "page.txt", "html"),
        (b"<!-- saved -->\n<html>", "page", "html"),
        (b"<!---->" * 500, "a page that would be looked at for ever", "text"),
        (b"<b>just a part</b>", "part.htm", "html"),
        (b"<svg xmlns=''>", "drawing.svg", "text"),
        (b"import os\n", "code.py", "text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "old.doc", "unread"),
        (b"{\\rtf1\\ansi", "letter.rtf", "unread"),
        (b"\x00\x01\x02", "data.bin", "unread"),
    ],
)
def test_a_file_is_told_by_how_it_begins(head: bytes, name: str, kind: str):
    assert kind_of(head, name) == kind


def test_a_pdf_is_read_page_by_page(file: Path):
    assert read(file, pdf("Two boats", "One tower"), "pdf").text == "Two boats\n\nOne tower\n\n"


def test_a_pdf_without_text_is_no_locked_one(file: Path):
    assert read(file, pdf(""), "pdf").text == ""


@pytest.mark.parametrize("lock", ["RC4-128", "AES-128", "AES-256"])
def test_a_pdf_opens_that_anybody_may_read_and_none_with_a_password(file: Path, lock: str):
    assert read(file, pdf("not to be printed", lock=lock, owner="x"), "pdf").text.startswith("not")
    with pytest.raises(DocumentLocked):
        read(file, pdf("secret", lock=lock, password="x"), "pdf")


@pytest.mark.allow_log("EOF marker not found")
@pytest.mark.parametrize("kind", ["pdf", "docx"])
def test_a_document_that_breaks_off_is_damaged_or_read_as_far_as_it_goes(file: Path, kind: str):
    data = pdf("Two boats") if kind == "pdf" else word()
    for part in (40, len(data) // 2, len(data) - 20):
        try:
            found = read(file, data[:part], kind)
        except StudioError as error:
            assert isinstance(error, DocumentDamaged)
        else:
            assert found.text.strip() in ("", "Two boats")


def test_a_word_document_keeps_its_order(file: Path):
    text = read(file, word(), "docx").text
    assert text.startswith(
        "## The harbour\nTwo boats 两只船\n- first\n| cell 0 | cell 1 |\n| cell 2 | cell 3 | within | |"
    )
    assert text.count("within") == 1


def with_notes() -> bytes:
    """A header, a footer, a page number, a table in a table, two footnotes and an endnote."""
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "Harbour News"
    document.sections[0].footer.paragraphs[0].text = "Printed at sea"
    document.add_section().header.is_linked_to_previous = False
    document.sections[1].footer.is_linked_to_previous = False
    document.sections[1].footer.paragraphs[0].text = "7"
    for kind, number in (("footnote", 2), ("endnote", 3), ("footnote", 2)):
        run = document.add_paragraph(f"See {kind}").add_run()
        run._r.append(parse_xml(f'<w:{kind}Reference {nsdecls("w")} w:id="{number}"/>'))
    cell = document.add_table(1, 2).cell(0, 0)
    cell.text = "outer"
    cell.add_table(1, 1).cell(0, 0).text = "inner"
    for kind, number in (("footnote", 2), ("endnote", 3)):
        notes = f"<w:{kind}s {nsdecls('w')}><w:{kind} w:type='separator' w:id='0'><w:p/></w:{kind}>"
        said = f"<w:p><w:r><w:t>of a {kind}</w:t></w:r><w:r><w:{kind}Reference w:id='{number}'/></w:r></w:p>"
        notes += f"<w:{kind} w:id='{number}'>{said}</w:{kind}></w:{kind}s>"
        uri, about = PackURI(f"/word/{kind}s.xml"), f"{CT.WML_DOCUMENT_MAIN}.{kind}s"
        part = Part(uri, about, notes.encode(), document.part.package)
        document.part.relate_to(part, f"{RT.FOOTNOTES.removesuffix('footnotes')}{kind}s")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_a_word_document_is_read_with_its_notes_and_edges(file: Path):
    lines = [line for line in read(file, with_notes(), "docx").text.splitlines() if line]
    assert lines == [
        *("Harbour News", "Printed at sea"),
        *("See footnote[^1]", "[^1]: of a footnote[^1]", "See endnote[^2]", "See footnote[^1]"),
        *("| outer | inner | |  |", "[^2]: of a endnote[^2]"),
    ]


def test_other_archives_and_those_that_unpack_without_end_are_refused(file: Path, monkeypatch):
    monkeypatch.setattr("studio.media.documents.docx._UNPACKED_BYTES", 3 << 20)
    for name, error in (("xl/workbook.xml", DocumentUnsupported), ("word/document.xml", DocumentTooLarge)):
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(name, "w") as part:
            for _ in range(4 if error is DocumentTooLarge else 1):
                part.write(bytes(1 << 20))
        found = Collected()
        with pytest.raises(error):
            read_document(file, "docx", found)


def test_entities_of_a_word_document_are_not_followed(file: Path):
    data = io.BytesIO(word())
    out = io.BytesIO()
    with zipfile.ZipFile(data) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.infolist():
            said = old.read(part)
            if part.filename == "word/document.xml":
                head, _, rest = said.partition(b"?>")
                entity = b'?><!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
                said = head + entity + rest.replace(b"Two boats", b"Two &e; boats")
            new.writestr(part.filename, said)
    assert "root" not in read(file, out.getvalue(), "docx").text


def test_a_page_is_read_without_its_scripts_and_with_its_links(file: Path):
    page = b"""<!DOCTYPE html><html><head><meta charset="gbk"><title>Harbour</title><style>p{}</style></head>
    <body><script>alert("no")</script><h1>Boats</h1><p>Two   of
    them, see <a href="https://example.org/a">here</a> or <a href="javascript:x">not</a>.</p>
    <ul><li>red<li>\xba\xec</ul><pre>a
      b</pre><!-- hidden --><table><tr><td>1<td>2</table></body>"""
    text = read(file, page, "html").text
    assert "alert" not in text and "hidden" not in text and "javascript" not in text
    assert "# Boats" in text and "Two of them, see here (https://example.org/a) or not." in text
    assert "- red" in text and "- 红" in text and "a\n      b" in text


def test_a_page_of_nothing_but_open_tags_ends(file: Path):
    assert "deep" in read(file, b"<html>" + b"<div>" * 500 + b"deep", "html").text


def test_collected_text_ends_where_it_is_full():
    found = Collected(limit=10)
    assert found.add("12345") and not found.add("6789012")
    assert (found.text, found.full) == ("12345\n6789\n", True)


def test_what_is_gone_is_told(tmp_path: Path):
    with pytest.raises(DocumentUnopened):
        read_document(tmp_path / "gone", "pdf", Collected())
