"""The foot of the Create inspector: whether what is asked for fits the memory, and how long it takes."""

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.plan import Foreseen, Outlook
from studio.ui import figures
from studio.ui.i18n import tr
from studio.ui.plan_words import plan_sentence, unbroken
from studio.ui.widgets.empty import Glyph
from studio.ui.widgets.labels import Label, Line


class PlanFoot(QWidget):
    """Nothing while it is not known."""

    def __init__(self) -> None:
        super().__init__()
        self._foreseen = Foreseen()
        self._usual: Outlook | None = None
        self._glyph = Glyph("done", 16, "success")
        self.words = Label("", "secondary", "", wrap=True)
        self.more = Label("", "secondary", "warning", wrap=True)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self._glyph)
        line.addWidget(self.words, 1)
        inner = QVBoxLayout()
        inner.setContentsMargins(16, 8, 16, 10)
        inner.setSpacing(4)
        inner.addLayout(line)
        inner.addWidget(self.more)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(Line())
        whole.addLayout(inner)
        self.hide()

    def show_foreseen(self, foreseen: Foreseen, usual: Outlook | None) -> None:
        """`usual`: what one picture of the model's own size takes."""
        self._foreseen, self._usual = foreseen, usual
        outlook = foreseen.outlook
        self.setVisible(outlook is not None)
        if outlook is None:
            return
        amount = figures.part_of(outlook.needed_bytes, outlook.has_bytes)
        words = "Fits: peak {amount}" if outlook.measured else "Fits: peak about {amount}"
        if not outlook.fits:
            words = "Does not fit: {amount}"
        parts = [tr(words, amount=amount), self._time()]
        self.words.setText(unbroken(" · ".join(parts)))
        self._glyph.show_icon(*(("done", "success") if outlook.fits else ("warning", "warning")))
        self.words.set_tone("secondary" if outlook.fits else "warning")
        more = "" if outlook.fits else self._remedy(outlook)
        self.more.setText(more)
        self.more.setVisible(bool(more))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.show_foreseen(self._foreseen, self._usual)
        super().changeEvent(event)

    def _time(self) -> str:
        seconds = self._foreseen.seconds
        if seconds is None:
            return tr("first time: no measure yet")
        return tr("about {time}", time=figures.duration(max(seconds, 1.0), 0))

    def _remedy(self, outlook: Outlook) -> str:
        """Where the model itself fits, it is the size, the number or the second pass."""
        if self._usual is not None and self._usual.fits:
            return tr("At the model's own size, without a second pass, it does.")
        return plan_sentence(outlook)
