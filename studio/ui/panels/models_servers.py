"""Servers on this computer that run models of their own: add an address, see what each has, remove it."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from studio.core.records import Problem
from studio.core.servers import ServerState
from studio.ui.i18n import plural, sentence_of, tr
from studio.ui.panels.models_lines import FolderLine, buttons_of, fill, put_in_order
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.labels import Label
from studio.viewmodels.models import ModelsViewModel

ABOUT = (
    "Models that llama-server, Ollama or LM Studio run here. A server is asked only while its address "
    "stands in this list; nothing leaves this computer."
)
USUAL = "Ollama listens at 127.0.0.1:11434, LM Studio at 127.0.0.1:1234, llama-server at 127.0.0.1:8080."
EXAMPLE = "127.0.0.1:11434"
FIELD = 224


class ServersSection(QWidget):
    """A row for each server of the list, and a field for one more.

    Attributes:
        lines: the rows that are shown.

    Signals:
        add_wanted, remove_wanted (str): what was typed; the address of a row.
    """

    add_wanted = Signal(str)
    remove_wanted = Signal(str)

    def __init__(self, viewmodel: ModelsViewModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._viewmodel = viewmodel
        self._listed: tuple[ServerState, ...] | None = None
        self.lines: list[FolderLine] = []
        self.field = QLineEdit()
        self.field.setPlaceholderText(EXAMPLE)
        self.field.setFixedWidth(FIELD)
        self.field.returnPressed.connect(self._on_add)
        self.add = Button("Add", icon="add", tip="Ask the server at this address for its models")
        self.add.clicked.connect(self._on_add)
        self.again = IconButton("again", "Ask the servers again")
        self.again.clicked.connect(viewmodel.commands.ask_servers)
        self._rows = QVBoxLayout()
        self._lay_out()
        viewmodel.servers_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """List the servers as they are now; a field whose address has been listed is emptied."""
        servers = self._viewmodel.servers()
        if servers != self._listed:
            self._listed = servers
            self.lines = [self._line(server) for server in servers]
            fill(self._rows, self.lines)
            self.put_in_order()
        self.again.setVisible(bool(servers))
        self.field.setAccessibleName(tr("Address of a server"))

    def put_in_order(self) -> None:
        """Rows that came later are reached by Tab where they stand."""
        put_in_order(self.again, *buttons_of(self.lines), self.field, self.add)

    def added(self) -> None:
        """What was typed stands in the list now."""
        self.field.clear()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._listed = None
            self.refresh()
        super().changeEvent(event)

    def _lay_out(self) -> None:
        heading = QHBoxLayout()
        heading.setSpacing(8)
        heading.addWidget(Label("Servers on this computer", "title"))
        heading.addWidget(self.again)
        heading.addStretch(1)
        row = QHBoxLayout()
        row.setContentsMargins(0, 10, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.field)
        row.addWidget(self.add)
        row.addStretch(1)
        self._rows.setSpacing(0)
        self._rows.setContentsMargins(0, 6, 0, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 28, 0, 0)
        column.setSpacing(0)
        column.addLayout(heading)
        for words in (ABOUT, USUAL):
            label = Label(words, "secondary", "secondary", wrap=True)
            label.setContentsMargins(0, 6, 0, 0)
            column.addWidget(label)
        column.addLayout(self._rows)
        column.addLayout(row)

    def _line(self, server: ServerState) -> FolderLine:
        remove = Button("Remove", tip="Ask this server no more")
        remove.clicked.connect(lambda: self.remove_wanted.emit(server.address))
        return FolderLine("control", *server_words(server), remove)

    def _on_add(self) -> None:
        if text := self.field.text().strip():
            self.add_wanted.emit(text)
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)


def server_words(server: ServerState) -> tuple[str, str, str]:
    """Title, what stands below it, and what it has."""
    title = f"{server.software} · {server.address}" if server.software else server.address
    if not server.asked:
        return title, tr("Being asked for its models"), ""
    if server.code:
        problem = Problem(code=server.code, params=server.params)
        return title, sentence_of(problem), tr("no models")
    names = ", ".join(spec.name for spec in server.models)
    return title, names or tr("It has no model."), plural(len(server.models), "{n} model", "{n} models")
