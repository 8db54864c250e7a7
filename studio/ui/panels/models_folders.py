"""The folders that models are read from, and those of other tools that could be."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.ui import figures
from studio.ui.i18n import plural, tr
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.empty import Glyph
from studio.ui.widgets.labels import ElidedLabel, Label, Line
from studio.ui.widgets.model_words import place_word
from studio.ui.widgets.section import ScrollColumn
from studio.viewmodels.model_folders import FolderRow, tool_name
from studio.viewmodels.models import ModelsViewModel

UNCHANGED = (
    "Models are read where they lie. Nothing in these folders is ever changed, moved or deleted, "
    "and what another tool adds shows up here."
)
COLUMN = 960


class FoldersPage(ScrollColumn):
    """Rows for what is read, and offers below them.

    Attributes:
        adopted, offered: the rows that are shown.

    Signals:
        forget_wanted (str), adopt_wanted (str), show_wanted (str): a folder's path.
    """

    forget_wanted = Signal(str)
    adopt_wanted = Signal(str)
    show_wanted = Signal(str)

    def __init__(self, viewmodel: ModelsViewModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._viewmodel = viewmodel
        self._listed: tuple[object, ...] = ()
        self.adopted: list[FolderLine] = []
        self.offered: list[FolderLine] = []
        self._none = Label("No folder is read yet.", "body", "secondary", wrap=True)
        self._none.setContentsMargins(0, 12, 0, 12)
        self._rows, self._offers = QVBoxLayout(), QVBoxLayout()
        self._offer_title = Label("On this machine", "title")
        self._offer_words = Label(
            "Folders of other tools that are not read yet.", "secondary", "secondary", wrap=True
        )
        self._lay_out()
        viewmodel.folders_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """List the folders as they are now; nothing is made anew where nothing changed."""
        folders, offers = self._viewmodel.folders(), self._viewmodel.offers
        listed = (tuple(folders), offers)
        if listed != self._listed:
            self._listed = listed
            self.adopted = [self._adopted_line(folder) for folder in folders]
            self.offered = [self._offer_line(path) for path in offers]
            _fill(self._rows, self.adopted)
            _fill(self._offers, self.offered)
        self._none.setVisible(not any(folder.path for folder in folders))
        for label in (self._offer_title, self._offer_words):
            label.setVisible(bool(offers))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._listed = ()
            self.refresh()
        super().changeEvent(event)

    def _lay_out(self) -> None:
        outer = QWidget()
        row = QHBoxLayout(outer)
        row.setContentsMargins(0, 0, 0, 0)
        inner = QWidget()
        inner.setMaximumWidth(COLUMN)
        row.addWidget(inner, 1000)
        row.addStretch(1)
        column = QVBoxLayout(inner)
        column.setContentsMargins(20, 20, 20, 20)
        column.setSpacing(0)
        title = Label("Read from here", "title")
        words = Label(UNCHANGED, "secondary", "secondary", wrap=True)
        drop = Label(
            "Drop a folder or a model file on this panel to add it.", "secondary", "secondary", wrap=True
        )
        for label in (title, words, drop, self._offer_title, self._offer_words):
            label.setContentsMargins(0, 0, 0, 6)
        self._offer_title.setContentsMargins(0, 28, 0, 6)
        column.addWidget(title)
        column.addWidget(words)
        column.addWidget(drop)
        column.addWidget(self._none)
        for layout in (self._rows, self._offers):
            layout.setSpacing(0)
            layout.setContentsMargins(0, 6, 0, 0)
        column.addLayout(self._rows)
        column.addWidget(self._offer_title)
        column.addWidget(self._offer_words)
        column.addLayout(self._offers)
        self.column.addWidget(outer)

    def _adopted_line(self, folder: FolderRow) -> "FolderLine":
        if not folder.path:
            return FolderLine(
                "model",
                tr("The hub's cache"),
                tr("Shared with every tool that uses it"),
                folder_words(folder),
            )
        show = IconButton("folder-open", "Show in folder")
        show.clicked.connect(lambda: self.show_wanted.emit(folder.path))
        forget = Button("Forget", tip="Forget this folder")
        forget.clicked.connect(lambda: self.forget_wanted.emit(folder.path))
        title = tool_name(folder.tool) or place_word(folder.path)
        return FolderLine("folder", title, folder.path, folder_words(folder), show, forget)

    def _offer_line(self, path: str) -> "FolderLine":
        adopt = Button("Adopt", icon="folder-add", tip="Read the models of this folder where they lie")
        adopt.clicked.connect(lambda: self.adopt_wanted.emit(path))
        return FolderLine("folder", place_word(path), path, "", adopt)


class FolderLine(QWidget):
    """Name and path, what is in it, buttons.

    Attributes:
        buttons: at its right.
    """

    def __init__(self, icon: str, title: str, path: str, words: str, *buttons: QWidget) -> None:
        """All texts are in the person's language."""
        super().__init__()
        self.title, self.path = (
            ElidedLabel("", "button"),
            ElidedLabel("", "secondary", "secondary", middle=True),
        )
        self.title.setText(title)
        self.path.setText(path)
        self.words = Label("", "secondary", "secondary")
        self.words.setText(words)
        self.buttons = buttons
        names = QVBoxLayout()
        names.setSpacing(2)
        names.addWidget(self.title)
        names.addWidget(self.path)
        row = QHBoxLayout()
        row.setContentsMargins(0, 10, 0, 10)
        row.setSpacing(12)
        row.addWidget(Glyph(icon, 16))
        row.addLayout(names, 1)
        row.addWidget(self.words)
        for button in buttons:
            row.addWidget(button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(row)
        whole.addWidget(Line())


def folder_words(folder: FolderRow) -> str:
    """12 models · 48 GB · 1 cannot be used"""
    broken = plural(folder.broken, "{n} cannot be used", "{n} cannot be used") if folder.broken else ""
    parts = (
        plural(folder.models, "{n} model", "{n} models"),
        figures.size(folder.size_bytes) if folder.size_bytes else "",
        broken,
    )
    return " · ".join(part for part in parts if part)


def _fill(layout: QVBoxLayout, rows: Sequence[QWidget]) -> None:
    while item := layout.takeAt(0):
        if widget := item.widget():
            widget.hide()
            widget.deleteLater()
    for row in rows:
        layout.addWidget(row)
