"""A page of HTML as text: without scripts, with links and headings kept in words."""

import re
from pathlib import Path

import msgspec
from bs4 import BeautifulSoup
from bs4.element import NavigableString, PageElement, PreformattedString, Tag

from studio.core.errors import DocumentDamaged, DocumentUnsupported
from studio.media.documents.collected import Collected
from studio.media.documents.plain import decoded

_MOST_BYTES = 6 << 20  # of markup, of which half a megabyte is parsed in a second
_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.I)
_DROPPED = ("script", "style", "noscript", "template", "iframe", "object", "svg", "canvas", "form", "nav")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BLOCKS = (
    *("p", "div", "section", "article", "header", "footer", "main", "aside", "blockquote", "pre", "figure"),
    *("ul", "ol", "li", "dl", "dt", "dd", "table", "tr", "title", "hr", *_HEADINGS),
)
_LINES = ("li", "tr", "dt", "dd", "div")  # blocks without a space around them


def read_html(path: Path, name: str, found: Collected) -> None:
    """Raises DocumentUnsupported for what is no text, DocumentDamaged."""
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
        page = BeautifulSoup(_markup(data, name), "html.parser")
        text = _text(page)
    except DocumentUnsupported:
        raise
    except Exception as error:  # of a strange file the library raises anything at all
        raise DocumentDamaged(name=name) from error
    found.add(text)
    found.full = found.full or len(data) > _MOST_BYTES


def _markup(data: bytes, name: str) -> str:
    """In the encoding that the page says it has, where there is one of that name."""
    said = _CHARSET.search(data[:4096])
    if said:
        try:
            return data[:_MOST_BYTES].decode(said[1].decode(), "replace")
        except (LookupError, UnicodeError):
            pass
    text = decoded(data[:_MOST_BYTES], whole=len(data) <= _MOST_BYTES)
    if text is None:
        raise DocumentUnsupported(name=name)
    return text


class _End(msgspec.Struct, frozen=True):
    """Where a tag ends that says something there, or one whose spaces count."""

    text: str = ""
    is_pre: bool = False


def _text(page: BeautifulSoup) -> str:
    """In one pass without recursion: tags may lie in each other as deep as a page likes."""
    pieces, preformatted = list[str](), 0
    left: list[PageElement | _End] = [page]
    while left:
        node = left.pop()
        if isinstance(node, _End):
            pieces.append(node.text)
            preformatted -= node.is_pre
        elif isinstance(node, NavigableString):
            if not isinstance(node, PreformattedString):  # comments and their kin
                pieces.append(node if preformatted else re.sub(r"\s+", " ", node))
        elif isinstance(node, Tag) and node.name not in _DROPPED:
            before, end = _said(node)
            pieces.append(before)
            preformatted += end.is_pre
            left.append(end)
            left.extend(reversed(node.contents))
    lines = [line.rstrip() for line in "".join(pieces).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _said(tag: Tag) -> tuple[str, _End]:
    """What stands before and behind the words of a tag."""
    name = tag.name
    if name == "a":
        address = str(tag.get("href") or "")
        return "", _End(f" ({address})" if address.startswith(("http://", "https://")) else "")
    if name == "img":
        return f"[{tag['alt']}]" if tag.get("alt") else "", _End()
    if name in ("td", "th"):
        return "", _End(" | ")
    if name == "br":
        return "\n", _End()
    if name not in _BLOCKS:
        return "", _End()
    alone = "\n" if name in _LINES else "\n\n"
    mark = "#" * int(name[1]) + " " if name in _HEADINGS else "- " if name == "li" else ""
    return alone + mark, _End(alone, is_pre=name == "pre")
