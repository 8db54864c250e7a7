"""Icons from one thin-line set, drawn in the theme's colours at any size.

The set is Phosphor 1.3, whose font file lies in the package qtawesome; importing that package costs 0.3 s,
so the file is found by path and drawn here.
"""

import functools
import importlib.util
import json
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPixmap

from studio.ui.theme import colours

Tone = Literal["text", "secondary", "accent", "success", "warning", "danger", "on_accent", "disabled"]

# Our words for the glyphs, and a turn in degrees where the set lacks one.
GLYPHS: dict[str, tuple[str, int]] = {
    "chat": ("chat", 0),
    "create": ("sparkle", 0),
    "gallery": ("image", 0),
    "settings": ("sliders-horizontal", 0),
    "panel-right": ("browser", 90),
    "panel-left": ("browser", -90),
    "search": ("magnifying-glass", 0),
    "close": ("x", 0),
    "down": ("caret-down", 0),
    "up": ("caret-up", 0),
    "left": ("caret-left", 0),
    "right": ("caret-right", 0),
    "more": ("dots-three", 0),
    "pause": ("pause", 0),
    "play": ("play", 0),
    "stop": ("stop", 0),
    "clock": ("clock", 0),
    "warning": ("warning", 0),
    "notice": ("warning-circle", 0),
    "info": ("info", 0),
    "done": ("check-circle", 0),
    "failed": ("x-circle", 0),
    "check": ("check", 0),
    "trash": ("trash", 0),
    "star": ("star", 0),
    "star-on": ("star-fill", 0),
    "again": ("arrow-counter-clockwise", 0),
    "undo": ("arrow-u-up-left", 0),
    "turn-left": ("arrow-counter-clockwise", 0),
    "turn-right": ("arrow-clockwise", 0),
    "vary": ("shuffle", 0),
    "seed": ("dice-five", 0),
    "lock": ("lock-simple", 0),
    "unlock": ("lock-simple-open", 0),
    "swap": ("arrows-left-right", 0),
    "copy": ("copy", 0),
    "save": ("download-simple", 0),
    "export": ("export", 0),
    "folder": ("folder", 0),
    "folder-open": ("folder-open", 0),
    "folder-add": ("folder-plus", 0),
    "add": ("plus", 0),
    "remove": ("minus", 0),
    "edit": ("pencil-simple", 0),
    "new": ("note-pencil", 0),
    "branch": ("git-branch", 0),
    "send": ("paper-plane-right", 0),
    "arrow-up": ("arrow-up", 0),
    "arrow-down": ("arrow-down", 0),
    "offline": ("wifi-slash", 0),
    "online": ("wifi-high", 0),
    "model": ("cube", 0),
    "memory": ("cpu", 0),
    "keyboard": ("keyboard", 0),
    "palette": ("command", 0),
    "sun": ("sun", 0),
    "moon": ("moon", 0),
    "language": ("translate", 0),
    "sort": ("arrows-down-up", 0),
    "expand": ("arrows-out", 0),
    "scissors": ("scissors", 0),
    "picture": ("image-square", 0),
    "user": ("user", 0),
    "code": ("code", 0),
    "report": ("bug", 0),
    "drag": ("dots-six-vertical", 0),
    "grid": ("squares-four", 0),
    "wand": ("magic-wand", 0),
    "text": ("text-aa", 0),
    "compare": ("columns", 0),
    "recipe": ("receipt", 0),
    "brush": ("paint-brush", 0),
    "eye": ("eye", 0),
    "adapter": ("puzzle-piece", 0),
    "control": ("stack", 0),
    "tag": ("tag", 0),
    "verify": ("shield-check", 0),
    "shared": ("users", 0),
    "link": ("arrow-square-out", 0),
    "commercial": ("currency-circle-dollar", 0),
    "forbidden": ("prohibit", 0),
    "unknown": ("question", 0),
    "circle": ("circle", 0),
    "circle-part": ("circle-half", 0),
    "redo": ("arrow-u-up-right", 0),
    "hand": ("hand", 0),
    "closer": ("magnifying-glass-plus", 0),
    "eraser": ("eraser", 0),
    "paint": ("paint-brush-broad", 0),
    "lasso": ("scribble-loop", 0),
    "polygon": ("polygon", 0),
    "selection": ("selection", 0),
    "object": ("target", 0),
    "crop": ("crop", 0),
    "extend": ("frame-corners", 0),
    "context": ("bounding-box", 0),
    "eyedropper": ("eyedropper", 0),
    "words": ("text-t", 0),
    "eye-off": ("eye-slash", 0),
    "turn": ("arrow-clockwise", 0),
    "layers": ("stack-simple", 0),
    "merge": ("arrow-square-down", 0),
    "mask": ("selection-background", 0),
    "attach": ("paperclip", 0),
    "persona": ("user-circle", 0),
    "pin": ("push-pin", 0),
    "unpin": ("push-pin-slash", 0),
    "file": ("file-text", 0),
    "thought": ("brain", 0),
    "fork": ("git-fork", 0),
    "go-on": ("fast-forward", 0),
    "summary": ("article", 0),
}


@functools.cache
def _fonts() -> Path:
    spec = importlib.util.find_spec("qtawesome")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("qtawesome's fonts")
    return Path(spec.origin).parent / "fonts"


@functools.cache
def _codepoints() -> dict[str, str]:
    return json.loads((_fonts() / "phosphor-charmap-1.3.0.json").read_text())


@functools.cache
def _family() -> str:
    number = QFontDatabase.addApplicationFont(str(_fonts() / "phosphor-1.3.0.ttf"))
    return QFontDatabase.applicationFontFamilies(number)[0]


def glyph_text(name: str) -> tuple[str, str]:
    """The icon as a character and the font family that has it, for a text document."""
    return chr(int(_codepoints()[GLYPHS[name][0]], 16)), _family()


def draw_icon(painter: QPainter, name: str, rect: QRect | QRectF, colour: QColor | str) -> None:
    """Draw the icon `name` centred in `rect`, as large as fits."""
    glyph, turn = GLYPHS[name]
    area = QRectF(rect)
    font = QFont(_family())
    font.setPixelSize(round(min(area.width(), area.height())))
    painter.save()
    painter.setFont(font)
    painter.setPen(QColor(colour))
    if turn:
        painter.translate(area.center())
        painter.rotate(turn)
        painter.translate(-area.center())
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, chr(int(_codepoints()[glyph], 16)))
    painter.restore()


def icon(name: str, tone: Tone = "secondary") -> QIcon:
    """An icon that takes its colour from the theme each time it is drawn."""
    return QIcon(_Glyph(name, tone))


class _Glyph(QIconEngine):
    def __init__(self, name: str, tone: Tone) -> None:
        super().__init__()
        self._name = name
        self._tone: Tone = tone

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        tone = "disabled" if mode == QIcon.Mode.Disabled else self._tone
        draw_icon(painter, self._name, rect, tone_colour(tone))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return pixmap

    def clone(self) -> QIconEngine:
        return _Glyph(self._name, self._tone)


def tone_colour(tone: Tone) -> QColor:
    now = colours()
    return QColor(now.accent_text if tone == "accent" else getattr(now, tone))
