"""Buttons that paint themselves from the theme's tokens: plain, primary, quiet, danger, and icons alone."""

import sys
from typing import Literal

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QColor, QEnterEvent, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from studio.ui.i18n import tr
from studio.ui.icons import draw_icon
from studio.ui.theme import CONTROL, DARK, INK, RADIUS, SMALL, STAR, colours, font

Kind = Literal["plain", "primary", "quiet", "danger"]

KEY_NAMES = {
    "Return": "↵",
    "Up": "↑",
    "Down": "↓",
    "Left": "←",
    "Right": "→",
    "plus": "+",
    "Backspace": "⌫",
    "PgUp": "Page Up",
    "PgDown": "Page Down",
}


def keys_text(keys: QKeySequence | str) -> str:
    """A shortcut as the person's keyboard names it: Ctrl Shift ↵; ⇧⌘↵ on a Mac."""
    sequence = QKeySequence(keys)
    if sys.platform == "darwin":
        return sequence.toString(QKeySequence.SequenceFormat.NativeText)
    names = sequence.toString(QKeySequence.SequenceFormat.PortableText).replace("++", "+plus").split("+")
    return " ".join(KEY_NAMES.get(name, name) for name in names)


def tip_with_keys(text: str, keys: QKeySequence | str) -> str:
    shown = keys_text(keys)
    return f"{text} ({shown})" if shown else text


class Button(QPushButton):
    """A button with words, and an icon or its shortcut beside them.

    Its first argument is English and translated; `say` changes it, and `setText` shows words as they are.
    Without `icon` it is words alone. `keys` is only shown; the shortcut itself belongs to an action.
    """

    def __init__(
        self,
        english: str,
        kind: Kind = "plain",
        *,
        icon: str = "",
        keys: str = "",
        tip: str = "",
        height: int = CONTROL,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.kind: Kind = kind
        self.glyph = icon
        self.keys = keys
        self._tip = tip
        self._told: dict[str, object] = {}
        self._height = height
        self._english = english
        self._params: dict[str, object] = {}
        self._bound: QAction | None = None
        self._worded = True
        self.setFont(font("strong" if kind in ("primary", "danger") else "button"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAutoDefault(False)
        self._translate()

    def say(self, english: str, **params: object) -> None:
        """Show this English string in the person's language."""
        if (english, params) != (self._english, self._params):
            self._english, self._params = english, params
            self._translate()

    def tell(self, english: str, **params: object) -> None:
        """Which of several it is: as its tooltip and to a screen reader, where the words are the same."""
        self._tip, self._told = english, params
        self._name()

    def setText(self, text: str) -> None:
        self._english = ""
        super().setText(text)
        self._name()

    def set_icon(self, name: str) -> None:
        self.glyph = name
        self.updateGeometry()
        self.update()

    def bind(self, action: QAction) -> None:
        """Do what the action does, be enabled when it is, and tell its shortcut."""
        self._bound = action
        self.setEnabled(action.isEnabled())
        self.clicked.connect(action.trigger)
        action.changed.connect(self._follow)
        self._translate()

    def show_words(self, on: bool) -> None:
        """Or the icon alone, with the words as its tooltip."""
        if on != self._worded:
            self._worded = on
            self._name()
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._content_width() + 2 * self._padding(), self._height)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill, edge, ink = self._look()
        painter.setPen(QColor(edge) if edge else Qt.PenStyle.NoPen)
        painter.setBrush(QColor(fill) if fill else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        self._draw_content(painter, ink)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def _padding(self) -> int:
        return 12 if self._height > SMALL and self._worded else 8

    def _shortcut_text(self) -> str:
        return keys_text(self.keys)

    def _content_width(self) -> int:
        if not self._worded:
            return 16
        width = self.fontMetrics().horizontalAdvance(self.text())
        if self.glyph:
            width += 16 + 6
        if self.keys:
            width += 8 + self.fontMetrics().horizontalAdvance(self._shortcut_text())
        return width

    def _look(self) -> tuple[str, str, str]:
        """Fill, edge and ink; empty for none."""
        now = colours()
        over, down = self.underMouse() and self.isEnabled(), self.isDown() or self.isChecked()
        if not self.isEnabled():
            return "", ("" if self.kind == "quiet" else now.border), now.disabled
        match self.kind:
            case "primary":
                fill = now.accent_pressed if down else now.accent_hover if over else now.accent
                return fill, "", now.on_accent
            case "danger":
                return now.danger_fill, "", now.on_accent
            case "quiet":
                return (now.hover if over or down else ""), "", (now.text if over or down else now.secondary)
            case "plain":
                fill = now.hover_raised if down or over else now.raised
                return fill, now.border_strong, now.text

    def _draw_content(self, painter: QPainter, ink: str) -> None:
        left = (self.width() - self._content_width()) // 2
        if self.glyph:
            draw_icon(painter, self.glyph, QRect(left, (self.height() - 16) // 2, 16, 16), ink)
            left += 22
        if not self._worded:
            return
        painter.setFont(self.font())
        painter.setPen(QColor(ink))
        words = self.fontMetrics().horizontalAdvance(self.text())
        centre = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(QRect(left, 0, words + 2, self.height()), centre, self.text())
        if self.keys:
            painter.setFont(font("secondary"))
            painter.drawText(
                QRect(left + words + 8, 0, self.width(), self.height()), centre, self._shortcut_text()
            )

    def _translate(self) -> None:
        if self._english:
            super().setText(tr(self._english, **self._params))
        self._name()

    def _name(self) -> None:
        """For tooltips and screen readers."""
        tip = tr(self._tip, **self._told) if self._tip else self.text()
        keys = self._bound.shortcut() if self._bound else QKeySequence(self.keys)
        told = self._tip or not keys.isEmpty() or not self._worded
        self.setToolTip(tip_with_keys(tip, keys) if told else "")
        self.setAccessibleName(tip if self._told else self.text())
        self.updateGeometry()

    def _follow(self) -> None:
        if self._bound is not None:
            self.setEnabled(self._bound.isEnabled())
            self._translate()


class IconButton(QPushButton):
    """A square button with an icon alone; its English name is its tooltip and its accessible name.

    Checked, it is accent on accent soft unless `lit` is off. `on_picture` draws it in ink for the scrim.
    """

    def __init__(
        self,
        icon: str,
        english: str,
        *,
        keys: str = "",
        size: int = CONTROL,
        glyph_size: int = 16,
        checkable: bool = False,
        lit: bool = True,
        on_picture: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.glyph = icon
        self._english = english
        self._params: dict[str, object] = {}
        self.keys = keys
        self._glyph_size = glyph_size
        self._on_picture = on_picture
        self._lit = lit
        self._bound: QAction | None = None
        self.setCheckable(checkable)
        self.setFixedSize(size, size)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAutoDefault(False)
        self._translate()

    def say(self, english: str, **params: object) -> None:
        """Another English name, when the button now does something else."""
        self._english, self._params = english, params
        self._translate()

    def set_icon(self, name: str) -> None:
        if name != self.glyph:
            self.glyph = name
            self.update()

    def bind(self, action: QAction) -> None:
        """Do what the action does; follow its enabled and checked state; tell its shortcut."""
        self._bound = action
        self.setCheckable(action.isCheckable())
        self.clicked.connect(action.trigger)
        action.changed.connect(self._follow)
        self._follow()

    def sizeHint(self) -> QSize:
        return self.size()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        now = colours()
        over = self.underMouse() and self.isEnabled()
        fill = ""
        if over or self.isDown():
            fill = DARK.hover_raised if self._on_picture else now.hover_raised
        elif self.isChecked() and self._lit:
            fill = now.accent_soft
        if fill:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(fill))
            painter.drawRoundedRect(QRectF(self.rect()), RADIUS, RADIUS)
        inset = (self.width() - self._glyph_size) // 2
        area = QRect(inset, inset, self._glyph_size, self._glyph_size)
        draw_icon(painter, self.glyph, area, self._ink(over))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        self.update()
        super().enterEvent(event)

    def _ink(self, over: bool) -> QColor:
        now = colours()
        if self._on_picture:
            return STAR if self.glyph == "star-on" else INK
        if not self.isEnabled():
            return QColor(now.disabled)
        if self.isChecked() and self._lit:
            return QColor(now.accent_text)
        return QColor(now.text if over else now.secondary)

    def _translate(self) -> None:
        name = tr(self._english, **self._params)
        keys = self._bound.shortcut() if self._bound else QKeySequence(self.keys)
        self.setAccessibleName(name)
        self.setToolTip(tip_with_keys(name, keys))

    def _follow(self) -> None:
        if self._bound is not None:
            self.setEnabled(self._bound.isEnabled())
            self.setChecked(self._bound.isChecked())
            self._translate()
