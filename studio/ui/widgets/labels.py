"""Labels that know their type role, translate themselves and elide instead of clipping."""

from html import escape

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QWidget

from studio.ui.i18n import tr
from studio.ui.theme import Type, font


class Label(QLabel):
    """A label with a type role and a tone.

    Its first argument is English and is translated, now and whenever the language changes. `say` does the
    same later; `setText` shows a person's own words as they are. Never rich text.

    Attributes:
        tone: "", secondary, accent, success, warning or danger.
    """

    def __init__(
        self,
        english: str = "",
        role: Type = "body",
        tone: str = "",
        *,
        wrap: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._english = ""
        self._params: dict[str, object] = {}
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._role: Type = role
        self.setFont(font(role))
        self.setProperty("tone", tone)
        self.setWordWrap(wrap)
        if wrap:
            policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
            policy.setHeightForWidth(True)
            self.setSizePolicy(policy)
        if english:
            self.say(english)

    def say(self, english: str, **params: object) -> None:
        """Show this English string in the person's language."""
        self._english, self._params = english, params
        super().setText(tr(english, **params))

    def set_tone(self, tone: str) -> None:
        if self.property("tone") != tone:
            self.setProperty("tone", tone)
            self.style().unpolish(self)
            self.style().polish(self)

    def setText(self, text: str) -> None:
        self._english = ""
        super().setText(text)

    def heightForWidth(self, width: int) -> int:
        """Layouts ask with the whole room, although the label may be told to stay narrower."""
        return super().heightForWidth(min(width, self.maximumWidth()))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.setFont(font(self._role))
            if self._english:
                super().setText(tr(self._english, **self._params))
        super().changeEvent(event)


class CutLabel(Label):
    """Has its whole text as tooltip while it shows less of it."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._update_tip()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._update_tip()

    def setText(self, text: str) -> None:
        super().setText(text)
        self._update_tip()

    def say(self, english: str, **params: object) -> None:
        super().say(english, **params)
        self._update_tip()

    def _update_tip(self) -> None:
        self.setToolTip(plain_tip(self.text()) if self._is_cut() else "")

    def _is_cut(self) -> bool:
        """Subclasses say."""
        return False


class ElidedLabel(CutLabel):
    """One line that ends in an ellipsis where it does not fit; the whole text is its tooltip then."""

    def __init__(
        self,
        english: str = "",
        role: Type = "body",
        tone: str = "",
        *,
        middle: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """`middle` puts the ellipsis into the middle, as suits a path."""
        self._mode = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
        super().__init__(english, role, tone, parent=parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        area = self.contentsRect()
        shown = self.fontMetrics().elidedText(self.text(), self._mode, area.width())
        painter.drawText(area, self.alignment() | Qt.TextFlag.TextSingleLine, shown)

    def _is_cut(self) -> bool:
        return self.fontMetrics().horizontalAdvance(self.text()) > self.contentsRect().width()


def plain_tip(text: str) -> str:
    """Tooltip that shows the text as it stands: Qt would take some for HTML, and load the files it names."""
    return f"<span style='white-space: pre-wrap'>{escape(text)}</span>" if "<" in text else text


class Line(QFrame):
    """A hairline."""

    def __init__(self, *, vertical: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("line", "vertical" if vertical else "horizontal")
        if vertical:
            self.setFixedWidth(1)
        else:
            self.setFixedHeight(1)
