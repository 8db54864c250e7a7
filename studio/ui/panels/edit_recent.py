"""The documents of earlier as cards, the newest first: some of them, and more when they are asked for."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from studio.core.layers import DocumentCard
from studio.core.records import Asset
from studio.ui import figures
from studio.ui.actions import Action, menu_of
from studio.ui.i18n import plural, tr
from studio.ui.icons import draw_icon
from studio.ui.theme import RADIUS, RADIUS_THUMBNAIL, colours, font
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.fields import SearchField
from studio.ui.widgets.flow import FlowLayout
from studio.ui.widgets.labels import Label, plain_tip
from studio.ui.widgets.tile_painting import paint_tile
from studio.viewmodels.thumbnails import Thumbnails

CARD = QSize(280, 64)
THUMB = 48
FIRST = 6
MORE = 24  # cards at a time; each is a widget
FIELD = 220

AssetOf = Callable[[str], Asset | None]


class RecentDocuments(QWidget):
    """Nothing while there are none.

    Attributes:
        field: a part of the name; there once not all are seen.
        more: shows further ones.

    Signals:
        reopen_wanted, remove_wanted (str): the id of a document.
    """

    reopen_wanted = Signal(str)
    remove_wanted = Signal(str)

    def __init__(self, thumbnails: Thumbnails) -> None:
        super().__init__()
        self._thumbnails = thumbnails
        self._documents: Sequence[DocumentCard] = ()
        self._asset_of: AssetOf = lambda _: None
        self._most = FIRST
        self.field = SearchField("Find by name")
        self.field.setFixedWidth(FIELD)
        self.more = Button("", "quiet")
        self._none = Label("No document has such a name.", "body", "secondary")
        self._cards = QWidget()
        self._flow = FlowLayout(gap=8)
        self._cards.setLayout(self._flow)
        self._lay_out()
        self.field.textChanged.connect(lambda: self._show_first())
        self.more.clicked.connect(lambda: self._show_more())
        self.show_documents((), self._asset_of)

    def show_documents(self, documents: Sequence[DocumentCard], asset_of: AssetOf) -> None:
        """`asset_of` gives the picture of a document, for its small picture."""
        self._documents, self._asset_of = documents, asset_of
        self.setVisible(bool(documents))
        self.field.setVisible(len(documents) > FIRST)
        self._fill()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(Label("Documents of earlier", "section", "secondary"))
        top.addStretch(1)
        top.addWidget(self.field)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(8)
        whole.addLayout(top)
        whole.addWidget(self._none)
        whole.addWidget(self._cards)
        whole.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)

    def _show_first(self) -> None:
        self._most = FIRST
        self._fill()

    def _show_more(self) -> None:
        self._most += MORE
        self._fill()

    def _fill(self) -> None:
        for old in self._cards.findChildren(DocumentButton):
            self._flow.removeWidget(old)
            old.hide()
            old.setParent(None)
            old.deleteLater()
        wanted = self.field.text().strip().casefold() if len(self._documents) > FIRST else ""
        found = [card for card in self._documents if wanted in card.name.casefold()]
        for card in found[: self._most]:
            button = DocumentButton(card, self._asset_of(card.asset), self._thumbnails)
            button.clicked.connect(partial(self._reopen, card.id))
            button.remove_wanted.connect(partial(self.remove_wanted.emit, card.id))
            self._flow.addWidget(button)
            button.show()
        self._none.setVisible(not found)
        self._cards.setVisible(bool(found))
        self.more.setVisible(len(found) > self._most)
        self.more.say("Show more ({n} left)", n=len(found) - self._most)

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
        about = now.warning if self._card.unsaved else now.secondary
        for role, ink, text in ((True, now.text, self._card.name), (False, about, self._about())):
            painter.setFont(font("button" if role else "secondary"))
            painter.setPen(QColor(ink))
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, words.width())
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
            words.translate(0, 20)

    def _about(self) -> str:
        card = self._card
        if card.unsaved:
            return tr("Not saved yet, kept in memory")
        steps = plural(card.steps, "1 step", "{n} steps") if card.steps else tr("no steps")
        return f"{card.width} × {card.height} · {steps} · {figures.clock(card.changed)}"

    def _translate(self) -> None:
        self.setAccessibleName(f"{self._card.name or tr('Picture')}, {self._about()}")
        self.setToolTip(plain_tip(self._card.name))
        self.update()

    def _on_ready(self, asset_id: str) -> None:
        if self._asset is not None and self._asset.id == asset_id:
            self.update()
