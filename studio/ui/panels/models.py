"""The Models panel: what fits this machine, what is installed, and the folders it comes from."""

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtWidgets import QMenu, QStackedWidget, QVBoxLayout, QWidget

from studio.core.model import ModelSpec
from studio.ui.actions import Action, menu_of
from studio.ui.panel import Building, Region
from studio.ui.panels.models_actions import ModelActions, open_folder
from studio.ui.panels.models_folders import FoldersPage
from studio.ui.panels.models_heading import CountedSegment, MachineLine
from studio.ui.panels.models_inspector import ModelInspector
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.empty import EmptyState
from studio.ui.widgets.fields import SearchField
from studio.ui.widgets.header import Header
from studio.ui.widgets.labels import Label
from studio.ui.widgets.model_drop import DropSurface
from studio.ui.widgets.model_painting import Act
from studio.ui.widgets.model_table import ModelTable
from studio.viewmodels.model_rows import HubLine
from studio.viewmodels.models import ModelsViewModel, Tab
from studio.viewmodels.shell import Shell

WORDS_FROM = 860  # pixels of the header from which Add a folder has words


def build(shell: Shell) -> Building["ModelsPanel"]:
    """The panel over this session, for the window."""
    viewmodel = ModelsViewModel(shell.session, shell.state, shell)
    yield
    panel = ModelsPanel(viewmodel, shell, shell)
    yield from panel.fill()
    return panel


class ModelsPanel(QObject):
    """See `ui.panel.Panel`. `receive` takes a text and searches the shelf for it."""

    name = "models"
    title = "Models"
    side: QWidget | None = None

    def __init__(self, viewmodel: ModelsViewModel, shell: Shell, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._viewmodel, self._shell = viewmodel, shell
        self._menu: QMenu | None = None
        self.middle = DropSurface("Drop to list its models")
        self.header = Header("")
        self.commands = ModelActions(viewmodel, shell.messages, self.middle)
        self._find = Action("Search models", self._to_search, "Ctrl+F", "search", parent=self)

    def fill(self) -> Building[None]:
        viewmodel = self._viewmodel
        yield
        self.tabs = CountedSegment(
            "Which models are listed",
            (("For this machine", Tab.SHELF), ("Installed", Tab.INSTALLED), ("Folders", Tab.FOLDERS)),
        )
        self.search = SearchField("Search models", keys="Ctrl+F")
        self.add = Button("Add a folder", icon="folder-add")
        self.add_narrow = IconButton("folder-add", "Add a folder")
        self.machine = MachineLine()
        self.table = ModelTable(viewmodel.list, viewmodel.fit_of, viewmodel.lighter)
        yield
        self.folders = FoldersPage(viewmodel)
        yield
        self.inspector = ModelInspector(viewmodel, self._shell.state)
        yield from self.inspector.fill(self.commands)
        yield
        self.focus_targets: dict[Region, QWidget] = {"middle": self.table}
        self._make_pages()
        yield
        self._lay_out()
        self._connect()
        self._show_tab()
        self._show_counts()
        self._show_machine()
        self._show_page()

    def actions(self) -> list[Action]:
        return [self._find, *self.commands.all()]

    def escape(self) -> bool:
        searching = bool(self._viewmodel.text)
        if searching:
            self.search.clear()
        return searching

    def receive(self, payload: object) -> None:
        if isinstance(payload, str):
            self._viewmodel.go(Tab.SHELF)
            self.search.setText(payload)
            self.table.choose_first()

    # Building.

    def _make_pages(self) -> None:
        self._list = QWidget()
        column = QVBoxLayout(self._list)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.table.titles)
        column.addWidget(self.table, 1)
        none = "Get one that suits this machine, or add a folder that holds some."
        self._none = EmptyState("model", "No models here yet", none, "Show what fits this machine")
        words = "Try fewer or other words, or look under For this machine and on the hub."
        self._nothing = EmptyState("search", "Nothing found", words, "Look under For this machine", "plain")
        reading = "The list of models worth having comes in a moment."
        self._reading = EmptyState("model", "Reading what suits this machine", reading)
        self.pages = QStackedWidget()
        for page in (self._list, self.folders, self._none, self._nothing, self._reading):
            self.pages.addWidget(page)

    def _lay_out(self) -> None:
        self.add.bind(self.commands.add_folder)
        self.add_narrow.bind(self.commands.add_folder)
        self.header.add_lead(self.tabs)
        self.header.add_lead(Label("Models", "title"))
        self.header.add(self.search)
        self.header.add(self.add)
        self.header.add(self.add_narrow)
        self.middle.setProperty("surface", "panel")
        whole = QVBoxLayout(self.middle)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.header)
        whole.addWidget(self.machine)
        whole.addWidget(self.pages, 1)

    def _connect(self) -> None:
        vm = self._viewmodel
        vm.tab_changed.connect(self._show_tab)
        vm.counts_changed.connect(self._show_counts)
        vm.machine_changed.connect(self._show_machine)
        vm.filled.connect(self._show_page)
        vm.outlook_changed.connect(self.table.viewport().update)
        vm.arrived.connect(self._on_arrived)
        self.tabs.chosen.connect(vm.go)
        self.search.textChanged.connect(self._on_typed)
        self.search.returnPressed.connect(self._on_entered)
        self.table.picked.connect(vm.choose)
        self.table.opened.connect(self._on_opened)
        self.table.acted.connect(self._on_acted)
        self.table.menu_wanted.connect(self._show_menu)
        self.inspector.menu_wanted.connect(self._show_menu)
        self.inspector.copied.connect(self._on_copied)
        self.folders.forget_wanted.connect(self.commands.forget)
        self.folders.adopt_wanted.connect(self.commands.adopt)
        self.folders.show_wanted.connect(open_folder)
        self.folders.servers.add_wanted.connect(self.commands.add_server)
        self.folders.servers.remove_wanted.connect(self.commands.remove_server)
        vm.commands.server_added.connect(self.folders.servers.added)
        self.middle.dropped.connect(self.commands.adopt)
        self.middle.resized.connect(self._fit_header)
        for page, go in ((self._none, self._to_shelf), (self._nothing, self._to_shelf)):
            assert page.button
            page.button.clicked.connect(go)

    # What is shown.

    def _show_tab(self) -> None:
        self.tabs.select(self._viewmodel.tab)
        self.table.scrollToTop()
        self.table.titles.show_disk(self._viewmodel.tab is Tab.INSTALLED)
        self.machine.setVisible(self._viewmodel.tab is not Tab.FOLDERS)
        listed = self._viewmodel.tab is not Tab.FOLDERS
        self.focus_targets["middle"] = self.table if listed else self.tabs

    def _show_counts(self) -> None:
        vm = self._viewmodel
        self.tabs.show_counts({Tab.INSTALLED: vm.installed_count, Tab.FOLDERS: vm.folder_count})

    def _show_machine(self) -> None:
        self.machine.show_machine(self._viewmodel.machine)
        self.table.viewport().update()

    def _show_page(self) -> None:
        """The list, or a page that says why there is none."""
        vm = self._viewmodel
        if vm.tab is Tab.FOLDERS:
            self.pages.setCurrentWidget(self.folders)
        elif vm.list.rowCount():
            self.pages.setCurrentWidget(self._list)
        elif vm.text:
            self.pages.setCurrentWidget(self._nothing)
        else:
            reading = vm.tab is Tab.SHELF and not vm.shelf_read
            self.pages.setCurrentWidget(self._reading if reading else self._none)

    def _fit_header(self, width: int) -> None:
        self.search.setFixedWidth(224 if width >= WORDS_FROM else 176)
        self.add.setVisible(width >= WORDS_FROM)
        self.add_narrow.setVisible(width < WORDS_FROM)

    # What the person does.

    def _to_search(self) -> None:
        self.search.setFocus()
        self.search.selectAll()

    def _to_shelf(self) -> None:
        self._viewmodel.go(Tab.SHELF)

    def _on_typed(self, text: str) -> None:
        """There is nothing to search among the folders."""
        if text.strip() and self._viewmodel.tab is Tab.FOLDERS:
            self._viewmodel.go(Tab.SHELF)
        self._viewmodel.search(text)

    def _on_entered(self) -> None:
        """What the hub is to be asked is asked at once, where nothing here has that name."""
        self.table.choose_first()
        row = self._viewmodel.list.row_of(self.table.current_key())
        item = self._viewmodel.list.item(row) if row >= 0 else None
        if isinstance(item, HubLine):
            self._viewmodel.take(item)

    def _on_opened(self, key: str) -> None:
        item = self._viewmodel.list.item(self._viewmodel.list.row_of(key))
        if isinstance(item, HubLine):
            self._viewmodel.take(item)
        else:
            self.commands.open_or_use()

    def _on_acted(self, key: str, act: Act) -> None:
        self.table.choose(key)
        match act:
            case Act.GET | Act.SEARCH | Act.AGAIN:
                self._on_opened(key)
            case Act.RETRY:
                self.commands.get.trigger()
            case Act.PAUSE | Act.RESUME:
                self.commands.pause.trigger()
            case Act.STOP:
                self.commands.ask_to_stop()
            case Act.LIGHTER:
                self._see_lighter(key)

    def _see_lighter(self, key: str) -> None:
        row = self._viewmodel.list.model(key)
        if row is not None and (lighter := self._viewmodel.lighter(row)) is not None:
            self.table.choose(lighter.key)
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_arrived(self, spec: ModelSpec) -> None:
        """It may be on no list that is in sight."""

        def show() -> None:
            self._shell.go(self.name)
            self.search.clear()
            self._viewmodel.go(Tab.INSTALLED)
            self.table.choose(spec.id)

        self._shell.messages.notify(
            "{name} is installed", name=spec.name, action_label="Show it", action=show
        )

    def _on_copied(self, text: str) -> None:
        self.commands.copy(text)

    def _show_menu(self, at: QPoint) -> None:
        if groups := self.commands.groups():
            self._menu = menu_of(*groups)
            self._menu.popup(at)
