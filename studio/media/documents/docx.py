"""The text of a .docx file in reading order: paragraphs, headings, lists, tables and what stands at the edges
of the pages.

Footnotes stand below the paragraph, or the row, that refers to them, endnotes at the end, each with its mark
as Markdown has it. A header stands before its section and a footer behind it, once for all pages.
"""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
from docx.oxml import parse_xml
from docx.oxml.ns import qn

from studio.core.errors import DocumentDamaged, DocumentLocked, DocumentTooLarge, DocumentUnsupported
from studio.media.documents.collected import Collected

_UNPACKED_BYTES = 400 << 20
_MOST_PARTS = 10_000
_MAIN = "word/document.xml"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_WORDS, _TAB, _BREAKS = qn("w:t"), qn("w:tab"), (qn("w:br"), qn("w:cr"), qn("w:p"))  # one in a text box
_HEADING = "heading "
_NOTES = {qn("w:footnoteReference"): "footnote", qn("w:endnoteReference"): "endnote"}
_EDGES = {"header": qn("w:headerReference"), "footer": qn("w:footerReference")}


def read_docx(path: Path, name: str, found: Collected) -> None:
    """Raises DocumentUnsupported for another kind of archive, DocumentTooLarge for a small file that unpacks
    to a huge one, DocumentLocked, DocumentDamaged."""
    _check_archive(path, name)
    try:
        document: Any = docx.Document(str(path))
        text = _Text(document)
        body = _without_repeats(document.element.body)
    except Exception as error:  # of a strange file the library raises anything at all
        raise DocumentDamaged(name=name) from error
    for block in text.of(body):
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


def _without_repeats(element: Any) -> Any:
    """Without the same text once more, for programs that do not know its shapes."""
    repeats: list[Any] = list(element.iter(_FALLBACK))
    for repeated in repeats:
        repeated.getparent().remove(repeated)
    return element


class _Text:
    """Reads one document from its beginning to its end."""

    def __init__(self, document: Any) -> None:
        self._part: Any = document.part
        self._styles = {style.style_id: (style.name or "").lower() for style in document.styles}
        self._notes = {kind: _notes(self._part, kind) for kind in _NOTES.values()}
        self._marks: dict[Any, str] = {}  # by the element of a note
        self._below: list[str] = []  # footnotes of the block that is read
        self._behind: list[str] = []  # endnotes
        self._told: set[str] = set()  # headers and footers

    def of(self, body: Any) -> Iterator[str]:
        section: list[Any] = []
        for child in body:
            section.append(child)
            ends = child if child.tag == qn("w:sectPr") else child.find(f"{qn('w:pPr')}/{qn('w:sectPr')}")
            if ends is not None:
                yield from self._section(section, ends)
                section = []
        yield from self._blocks(section)
        yield from self._behind

    def _section(self, children: list[Any], properties: Any) -> Iterator[str]:
        yield from self._edge(properties, "header")
        yield from self._blocks(children)
        yield from self._edge(properties, "footer")

    def _edge(self, properties: Any, kind: str) -> Iterator[str]:
        """Where it says something that no other has said: most are alike, or hold a number alone."""
        for reference in properties.iter(_EDGES[kind]):
            part = self._part.rels.get(reference.get(qn("r:id")))
            if part is None or part.is_external:
                continue
            text = "\n".join(self._blocks(_parsed(part.target_part))).strip()
            if text and not text.isdecimal() and text not in self._told:
                self._told.add(text)
                yield text + "\n"

    def _blocks(self, elements: Any) -> Iterator[str]:
        """Each paragraph and each row of a table, also inside of content controls and what was inserted."""
        for child in elements:
            if child.tag == qn("w:p"):
                yield self._paragraph(child)
                yield from self._told_below()
            elif child.tag == qn("w:tr"):
                cells = [self._cell(cell) for cell in _cells(child)]
                yield "| " + " | ".join(cells) + " |"
                yield from self._told_below()
            elif child.tag == qn("w:tbl"):
                yield from self._blocks(child)
                yield ""
            elif child.tag != qn("w:sectPr"):
                yield from self._blocks(child)

    def _cell(self, cell: Any) -> str:
        """On one line; its footnotes wait for the end of the row."""
        below, self._below = self._below, []
        notes, words = list[str](), list[str]()
        for child in cell:
            if child.tag == qn("w:p"):
                words.append(self._paragraph(child))
                notes += self._told_below()
            else:
                words += self._blocks((child,))
        self._below = [*below, *notes]
        return " ".join(" ".join(words).split())

    def _told_below(self) -> list[str]:
        notes, self._below = self._below, []
        return notes

    def _paragraph(self, paragraph: Any) -> str:
        pieces = list[str]()
        for node in paragraph.iter(_WORDS, _TAB, *_BREAKS, *_NOTES):
            if node.tag == _WORDS:
                pieces.append(node.text or "")
            elif node.tag in _NOTES:
                pieces.append(self._note(node, _NOTES[node.tag]))
            elif node is not paragraph:
                pieces.append("\t" if node.tag == _TAB else "\n")
        text = "".join(pieces).strip()
        return _mark(paragraph, self._styles) + text if text else ""

    def _note(self, reference: Any, kind: str) -> str:
        """Its mark; what it says is kept for where it belongs."""
        note = self._notes[kind].get(reference.get(qn("w:id")))
        if note is None:
            return ""
        if note not in self._marks:  # entered first: a note may refer to itself
            self._marks[note] = mark = f"[^{len(self._marks) + 1}]"
            text = " ".join(" ".join(self._paragraph(one) for one in note.iter(qn("w:p"))).split())
            (self._below if kind == "footnote" else self._behind).append(f"{mark}: {text}")
        return self._marks[note]


def _notes(part: Any, kind: str) -> dict[str, Any]:
    """The elements of footnotes or endnotes by the ids that references have."""
    for relation in part.rels.values():
        if relation.reltype.endswith(f"/{kind}s") and not relation.is_external:
            found = _parsed(relation.target_part).iter(qn(f"w:{kind}"))
            # Those of a type are lines that separate them from the page.
            return {
                note.get(qn("w:id")): note for note in found if note.get(qn("w:type")) in (None, "normal")
            }
    return {}


def _parsed(part: Any) -> Any:
    element = getattr(part, "element", None)
    return _without_repeats(parse_xml(part.blob) if element is None else element)


def _cells(row: Any) -> Iterator[Any]:
    """Those of the row itself, not of a table inside one of them."""
    for child in row:
        if child.tag == qn("w:tc"):
            yield child
        else:
            yield from _cells(child)


def _mark(paragraph: Any, styles: dict[str, str]) -> str:
    """As Markdown would begin it."""
    found = paragraph.find(qn("w:pPr"))
    style = found.find(qn("w:pStyle")) if found is not None else None
    name = styles.get(style.get(qn("w:val")), "") if style is not None else ""
    if name.startswith(_HEADING) and name.removeprefix(_HEADING).isdecimal():
        return "#" * min(int(name.removeprefix(_HEADING)), 6) + " "
    listed = name.startswith("list ") or (found is not None and found.find(qn("w:numPr")) is not None)
    return "- " if listed else ""
