"""The text of a .docx file: paragraphs, headings, lists and tables in their order."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
from docx.oxml.ns import qn

from studio.core.errors import DocumentDamaged, DocumentLocked, DocumentTooLarge, DocumentUnsupported
from studio.media.documents.collected import Collected

_UNPACKED_BYTES = 400 << 20
_MOST_PARTS = 10_000
_MAIN = "word/document.xml"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_WORDS, _TAB, _BREAKS = qn("w:t"), qn("w:tab"), (qn("w:br"), qn("w:cr"))
_HEADING = "heading "


def read_docx(path: Path, name: str, found: Collected) -> None:
    """Raises DocumentUnsupported for another kind of archive, DocumentTooLarge for a small file that unpacks
    to a huge one, DocumentLocked, DocumentDamaged."""
    _check_archive(path, name)
    try:
        document: Any = docx.Document(str(path))
        styles = {style.style_id: (style.name or "").lower() for style in document.styles}
        body: Any = document.element.body
        # The same text once more, for programs that do not know its shapes.
        repeats: list[Any] = list(body.iter(_FALLBACK))
        for repeated in repeats:
            repeated.getparent().remove(repeated)
    except Exception as error:  # of a strange file the library raises anything at all
        raise DocumentDamaged(name=name) from error
    for block in _blocks(body, styles):
        if not found.add(block):
            return


def _check_archive(path: Path, name: str) -> None:
    """By what the archive says of itself: of no part more is unpacked than that."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise DocumentDamaged(name=name) from error
    if not any(part.filename == _MAIN for part in parts):
        raise DocumentUnsupported(name=name)
    if any(part.flag_bits & 1 for part in parts):
        raise DocumentLocked(name=name)
    unpacked = sum(part.file_size for part in parts)
    if unpacked > _UNPACKED_BYTES or len(parts) > _MOST_PARTS:
        raise DocumentTooLarge(name=name, size_bytes=unpacked, most_bytes=_UNPACKED_BYTES)


def _blocks(element: Any, styles: dict[str, str]) -> Iterator[str]:
    """Each paragraph and each row of a table, also inside of content controls and what was inserted."""
    for child in element:
        if child.tag == qn("w:p"):
            yield _paragraph(child, styles)
        elif child.tag == qn("w:tr"):
            cells = (" ".join(_blocks(cell, styles)).strip() for cell in _cells(child))
            yield "| " + " | ".join(cells) + " |"
        elif child.tag == qn("w:tbl"):
            yield from _blocks(child, styles)
            yield ""
        elif child.tag != qn("w:sectPr"):
            yield from _blocks(child, styles)


def _cells(row: Any) -> Iterator[Any]:
    """Also those inside of content controls; not those of tables within a cell, which are part of it."""
    for child in row:
        if child.tag == qn("w:tc"):
            yield child
        else:
            yield from _cells(child)


def _paragraph(paragraph: Any, styles: dict[str, str]) -> str:
    pieces = list[str]()
    for node in paragraph.iter(_WORDS, _TAB, *_BREAKS):
        if node.tag == _WORDS:
            pieces.append(node.text or "")
        else:
            pieces.append("\t" if node.tag == _TAB else "\n")
    text = "".join(pieces).strip()
    return _mark(paragraph, styles) + text if text else ""


def _mark(paragraph: Any, styles: dict[str, str]) -> str:
    """As Markdown would begin it."""
    found = paragraph.find(qn("w:pPr"))
    style = found.find(qn("w:pStyle")) if found is not None else None
    name = styles.get(style.get(qn("w:val")), "") if style is not None else ""
    if name.startswith(_HEADING) and name.removeprefix(_HEADING).isdecimal():
        return "#" * min(int(name.removeprefix(_HEADING)), 6) + " "
    listed = name.startswith("list ") or (found is not None and found.find(qn("w:numPr")) is not None)
    return "- " if listed else ""
