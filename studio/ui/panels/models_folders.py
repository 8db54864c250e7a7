"""The folders that models are read from, those of other tools that could be, and servers with models."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.errors import ModelMissing
from studio.ui import figures
from studio.ui.i18n import plural, tr
from studio.ui.panels.models_lines import FolderLine, buttons_of, fill, put_in_order
from studio.ui.panels.models_servers import ServersSection
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.labels import Label
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
        servers: the section below them.

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
        self.servers = ServersSection(viewmodel)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # or it has no place that rows could come behind
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
            fill(self._rows, self.adopted)
            fill(self._offers, self.offered)
            put_in_order(self, *buttons_of((*self.adopted, *self.offered)), self.servers.again)
            self.servers.put_in_order()
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
        column.addWidget(self.servers)
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


def folder_words(folder: FolderRow) -> str:
    """12 models · 48 GB · 1 cannot be used"""
    if folder.trouble:
        return tr("It is not there" if folder.trouble == ModelMissing.code else "It may not be read")
    broken = plural(folder.broken, "{n} cannot be used", "{n} cannot be used") if folder.broken else ""
    parts = (
        plural(folder.models, "{n} model", "{n} models"),
        figures.size(folder.size_bytes) if folder.size_bytes else "",
        broken,
    )
    return " · ".join(part for part in parts if part)
