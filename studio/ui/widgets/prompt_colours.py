"""Colours what means something in a prompt while it is typed."""

from bisect import bisect_right
from collections.abc import Callable, Container

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QColor, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from studio.core.model_names import LoraNames
from studio.core.prompts.spans import Span, SpanKind, spans
from studio.ui.theme import Colours, colours

_SOFT = (SpanKind.ALTERNATIVES, SpanKind.WILDCARD)
_ORDER = {SpanKind.WEIGHT: 0, SpanKind.ALTERNATIVES: 1}  # the later ones are painted over these
LONG, FEW_LINES, TYPED, LATER_MS = 1500, 4, 8, 80
AT_ONCE = 12  # lines that are painted again in one turn: more than the field shows
Wildcards = Callable[[], Container[str] | None]
Loras = Callable[[], LoraNames | None]
Marked = tuple[int, int, SpanKind]  # in the characters that Qt counts


class PromptColours(QSyntaxHighlighter):
    """Marks may reach over lines, so they are found in the whole text, once for each change of it; only lines
    whose marks are other ones are painted again: those below the change first, many of them a few a turn.

    In a long line, which costs enough to lay out, they only move along with the text while one types, and are
    found a moment later.
    """

    def __init__(self, document: QTextDocument, wildcards: Wildcards, loras: Loras) -> None:
        """`wildcards`, `loras`: those that there are now; None: not known."""
        super().__init__(QObject(document))
        self._wildcards, self._loras = wildcards, loras
        self._marks: list[Marked] = []
        self._lines: list[list[Marked]] = [[]]  # the same, each line's from where it begins
        self._painted: dict[int, list[Marked]] = {}  # by line, from where it begins
        self._theme: Colours | None = None
        self._formats: dict[SpanKind, QTextCharFormat] = {}
        self._both = QTextCharFormat()
        self._later = QTimer(self, singleShot=True, interval=LATER_MS)
        self._later.timeout.connect(self.look_again)
        self._changed = 0  # the line that was changed last
        self._rest = QTimer(self, singleShot=True, interval=0)
        self._rest.timeout.connect(self._repaint_others)
        # Before and after Qt paints the changed lines; all in one signal, after which the text is laid out.
        document.contentsChange.connect(self._on_change)
        self.setDocument(document)
        document.contentsChange.connect(self._repaint_others)

    def look_again(self) -> None:
        """The marks are to be found anew: also where wildcards, LoRAs or the theme are other ones."""
        if colours() is not self._theme:
            self._painted = {}
        self._read()
        self._repaint_others()

    def highlightBlock(self, text: str) -> None:
        line = self.currentBlock().blockNumber()
        self._painted[line] = marks = self._lines[line]
        heavy = [(start, length) for start, length, kind in marks if kind is SpanKind.WEIGHT]
        for start, length, kind in marks:
            self.setFormat(start, length, self._formats[kind])
            if kind in _SOFT:
                self._add_weights(start, start + length, heavy)

    def _add_weights(self, start: int, end: int, heavy: list[tuple[int, int]]) -> None:
        """Where words of a choice have a weight, they show both."""
        for begin, length in heavy[max(bisect_right(heavy, (start, 0)) - 1, 0) :]:
            if begin >= end:
                break
            left, right = max(begin, start), min(begin + length, end)
            if left < right:
                self.setFormat(left, right - left, self._both)

    def _on_change(self, at: int, removed: int, added: int) -> None:
        document = self.document()
        typed = removed + added <= TYPED
        if typed and document.characterCount() > LONG and document.blockCount() <= FEW_LINES:
            self._marks = [_moved(mark, at, removed, added) for mark in self._marks]
            self._lines = _by_line(self._marks, document)
            self._later.start()
        else:
            self._read()
        self._changed = document.findBlock(at).blockNumber()

    def _repaint_others(self) -> None:
        """Lines that nobody touched, where a brace on another line means something else now."""
        count = len(self._lines)
        below = ((self._changed + place) % count for place in range(count))
        others = [line for line in below if self._painted.get(line) != self._lines[line]]
        for line in others[:AT_ONCE]:
            self.rehighlightBlock(self.document().findBlockByNumber(line))
        if len(others) > AT_ONCE:
            self._rest.start()

    def _read(self) -> None:
        self._later.stop()
        text = self.document().toPlainText()
        places = _places(text)
        found = _filled(text, spans(text, self._wildcards(), self._loras()))
        self._marks = [(places(one.start), places(one.end), one.kind) for one in found]
        self._lines = _by_line(self._marks, self.document())
        now = colours()
        if now is not self._theme:
            self._theme, self._formats = now, _formats(now)
            self._both = QTextCharFormat(self._formats[SpanKind.WEIGHT])
            self._both.setBackground(QColor(now.accent_soft))


def _by_line(marks: list[Marked], document: QTextDocument) -> list[list[Marked]]:
    """A mark that reaches over several lines is in each of them."""
    begins, block = list[int](), document.begin()
    while block.isValid():
        begins.append(block.position())
        block = block.next()
    ends = [*(begin - 1 for begin in begins[1:]), document.characterCount() - 1]
    lines: list[list[Marked]] = [[] for _ in begins]
    for start, end, kind in marks:
        line = bisect_right(begins, start) - 1
        while line < len(begins) and begins[line] < end:
            left, right = max(start - begins[line], 0), min(end, ends[line]) - begins[line]
            if left < right:
                lines[line].append((left, right - left, kind))
            line += 1
    return lines


def _moved(mark: Marked, at: int, removed: int, added: int) -> Marked:
    """Where a mark is after a change; one that was changed grows or shrinks with it."""
    start, end, kind = mark
    start = start if start < at else max(start - removed, at) + added
    end = end if end <= at else max(end - removed, at) + added
    return start, max(start, end), kind


def _filled(text: str, found: tuple[Span, ...]) -> list[Span]:
    """The braces of a choice with all that stands between them, in the order of painting."""
    filled, opened = list[Span](), list[int]()
    for one in found:
        if one.kind is not SpanKind.ALTERNATIVES:
            filled.append(one)
        elif text[one.start] == "{":
            opened.append(one.start)
        elif text[one.start] == "}" and opened:
            start = opened.pop()
            if not opened:
                filled.append(Span(start, one.end, SpanKind.ALTERNATIVES))
    return sorted(filled, key=lambda one: _ORDER.get(one.kind, 2))


def _places(text: str) -> Callable[[int], int]:
    """From characters of Python to those of Qt, which counts some twice."""
    if text.isascii() or all(ord(mark) < 0x10000 for mark in text):
        return lambda at: at
    places, wide = list[int](), 0
    for mark in text:
        places.append(wide)
        wide += 2 if ord(mark) > 0xFFFF else 1
    places.append(wide)
    return lambda at: places[at]


def _formats(now: Colours) -> dict[SpanKind, QTextCharFormat]:
    weight, soft, lora, error = (QTextCharFormat() for _ in range(4))
    weight.setForeground(QColor(now.accent_text))
    soft.setBackground(QColor(now.accent_soft))
    lora.setForeground(QColor(now.secondary))
    error.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
    error.setUnderlineColor(QColor(now.danger))
    error.setForeground(QColor(now.danger))
    return {
        SpanKind.WEIGHT: weight,
        SpanKind.ALTERNATIVES: soft,
        SpanKind.WILDCARD: soft,
        SpanKind.LORA: lora,
        SpanKind.ERROR: error,
    }
