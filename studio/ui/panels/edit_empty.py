"""What Edit shows while no document is open: how to begin, and below it the documents of earlier."""

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.core.layers import DocumentCard
from studio.ui.panels.edit_recent import AssetOf, RecentDocuments
from studio.ui.widgets.empty import EmptyState
from studio.ui.widgets.section import Scroller
from studio.viewmodels.thumbnails import Thumbnails

LEAST = 240  # pixels in height of how to begin, however many cards follow


class FirstDocument(Scroller):
    """The empty state, and below it the cards.

    Attributes:
        open: the one button.
        recent: the cards.
    """

    def __init__(self, thumbnails: Thumbnails) -> None:
        inner = QWidget()
        super().__init__(inner)
        state = EmptyState(
            "brush",
            "Open a picture to change it",
            "Drop one here, paste one, or send one from Create or the Gallery.",
            "Open…",
        )
        state.setMinimumHeight(LEAST)
        assert state.button is not None
        self.open = state.button
        self.recent = RecentDocuments(thumbnails)
        whole = QVBoxLayout(inner)
        whole.setContentsMargins(24, 0, 24, 24)
        whole.setSpacing(8)
        whole.addWidget(state, 1)
        whole.addWidget(self.recent)

    def show_recent(self, documents: Sequence[DocumentCard], asset_of: AssetOf) -> None:
        self.recent.show_documents(documents, asset_of)
