"""What Edit shows while no document is open: how to begin, and the documents of earlier as cards."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QPushButton, QVBoxLayout, QWidget

from studio.core.layers import DocumentCard
from studio.core.records import Asset
from studio.ui import figures
from studio.ui.actions import Action, menu_of
from studio.ui.i18n import plural, tr
from studio.ui.icons import draw_icon
from studio.ui.theme import RADIUS, RADIUS_THUMBNAIL, colours, font
from studio.ui.widgets.empty import EmptyState
from studio.ui.widgets.flow import FlowLayout
from studio.ui.widgets.labels import Label, plain_tip
from studio.ui.widgets.tile_painting import paint_tile
from studio.viewmodels.thumbnails import Thumbnails

CARD = QSize(248, 64)
THUMB = 48
MOST = 6


class FirstDocument(QWidget):
    """The empty state, and below it the cards.

    Attributes:
        open: the one button.

    Signals:
        reopen_wanted, remove_wanted (str): the id of a document.
    """

    reopen_wanted = Signal(str)
    remove_wanted = Signal(str)

    def __init__(self, thumbnails: Thumbnails) -> None:
        super().__init__()
        self._thumbnails = thumbnails
        self._state = EmptyState(
            "brush",
            "Open a picture to change it",
            "Drop one here, paste one, or send one from Create or the Gallery.",
            "Open…",
        )
        assert self._state.button is not None
        self.open = self._state.button
        self._earlier = Label("Documents of earlier", "section", "secondary")
        self._cards = QWidget()
        self._flow = FlowLayout(gap=8)
        self._cards.setLayout(self._flow)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(24, 0, 24, 24)
        whole.setSpacing(8)
        whole.addWidget(self._state, 1)
        whole.addWidget(self._earlier, 0, Qt.AlignmentFlag.AlignLeft)
        whole.addWidget(self._cards)
        self.show_recent((), lambda _: None)

    def show_recent(self, cards: Sequence[DocumentCard], asset_of: Callable[[str], Asset | None]) -> None:
        """`asset_of` gives the picture of a document, for its small picture."""
        for old in self._cards.findChildren(DocumentButton):
            self._flow.removeWidget(old)
            old.hide()
            old.setParent(None)
            old.deleteLater()
        for card in cards[:MOST]:
            button = DocumentButton(card, asset_of(card.asset), self._thumbnails)
            button.clicked.connect(partial(self._reopen, card.id))
            button.remove_wanted.connect(partial(self.remove_wanted.emit, card.id))
            self._flow.addWidget(button)
            button.show()
        self._earlier.setVisible(bool(cards))
        self._cards.setVisible(bool(cards))

    def _reopen(self, document_id: str, checked: bool = False) -> None:
        self.reopen_wanted.emit(document_id)


class DocumentButton(QPushButton):
    """A document of earlier: what it shows, its name, size and steps; its menu deletes it.

    Signals:
        remove_wanted: for good.
    """

    remove_wanted = Signal()

    def __init__(self, card: DocumentCard, asset: Asset | None, thumbnails: Thumbnails) -> None:
        super().__init__()
        self._card, self._asset, self._thumbnails = card, asset, thumbnails
        self._remove = Action(
            "Delete the document for good", self.remove_wanted.emit, "", "trash", parent=self
        )
        self._menu: QMenu | None = None
        self.setFixedSize(CARD)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        thumbnails.ready.connect(self._on_ready)
        self._translate()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self._menu = menu_of([self._remove])
        self._menu.popup(event.globalPos())

    def paintEvent(self, event: QPaintEvent) -> None:
        now = colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(now.border_strong if self.underMouse() else now.border))
        painter.setBrush(QColor(now.hover_raised if self.underMouse() else now.raised))
        painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), RADIUS, RADIUS)
        box = QRect(8, 8, THUMB, THUMB)
        if self._asset is None or not paint_tile(
            painter, box, self._asset, self._thumbnails, RADIUS_THUMBNAIL
        ):
            draw_icon(painter, "picture", box.adjusted(14, 14, -14, -14), now.secondary)
        words = QRect(box.right() + 12, 13, self.width() - box.right() - 22, 18)
        for role, ink, text in ((True, now.text, self._card.name), (False, now.secondary, self._about())):
            painter.setFont(font("button" if role else "secondary"))
            painter.setPen(QColor(ink))
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, words.width())
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
            words.translate(0, 20)

    def _about(self) -> str:
        card = self._card
        steps = plural(card.steps, "1 step", "{n} steps")
        return f"{card.width} × {card.height} · {steps} · {figures.clock(card.changed)}"

    def _translate(self) -> None:
        self.setAccessibleName(f"{self._card.name or tr('Picture')}, {self._about()}")
        self.setToolTip(plain_tip(self._card.name))
        self.update()

    def _on_ready(self, asset_id: str) -> None:
        if self._asset is not None and self._asset.id == asset_id:
            self.update()
