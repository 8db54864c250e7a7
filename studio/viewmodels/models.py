"""What the Models panel shows: the shelf for this machine, what is installed, and model folders."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import PurePath
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal

from studio.core.downloads import Download, DownloadState, Wanted
from studio.core.errors import LicenceNotAccepted, StayOffline, TokenRefused, TokenUnknown
from studio.core.model import ModelProblem, ModelSpec
from studio.core.plan import Outlook
from studio.core.servers import ServerState
from studio.core.shelf import Fit, FitLevel, Machine
from studio.session import Session
from studio.viewmodels.latest import Latest
from studio.viewmodels.model_account import HubAccount
from studio.viewmodels.model_commands import ModelCommands
from studio.viewmodels.model_folders import FolderRow, folder_rows
from studio.viewmodels.model_hub import HubSearch
from studio.viewmodels.model_list import ModelList
from studio.viewmodels.model_rows import (
    FOUND,
    HERE,
    Asked,
    HubLine,
    Item,
    ModelRow,
    RowState,
    by_repository,
    hub_row,
    installed_row,
    installed_rows,
    shelf_rows,
    sorted_by_fit,
    with_headings,
)
from studio.viewmodels.model_search import RowSearch
from studio.viewmodels.shell import WindowState

STATE_KEY = "models.tab"
UNKNOWN = Fit(level=FitLevel.UNKNOWN)


ACCOUNT_WANTED = {LicenceNotAccepted.code, TokenRefused.code, TokenUnknown.code}


class Access(NamedTuple):
    """What the hub wants first.

    Attributes:
        page: that of the licence to accept; empty where there is none.
        refused: it does not know the token that was sent.
    """

    page: str = ""
    refused: bool = False


class Tab(StrEnum):
    SHELF = "shelf"
    INSTALLED = "installed"
    FOLDERS = "folders"


class ModelsViewModel(QObject):
    """State of the Models panel, free of widgets.

    Attributes:
        tab: which of the three lists is shown.
        list: the rows of shelf or installed models, after the search.
        chosen: the key of the row that the inspector shows; empty for none.
        hub: what is asked of the hub.
        account: who is signed in at the hub.
        commands: what can be done with models and folders.
        offers: folders of other tools that are on this machine and are not read yet.

    Signals:
        tab_changed, counts_changed, machine_changed, folders_changed, servers_changed, chosen_changed: read
            anew.
        outlook_changed: `outlook_of` the rows anew.
        filled: the list has other rows, or something new to say.
        arrived (ModelSpec): what was fetched is installed now.
    """

    tab_changed = Signal()
    counts_changed = Signal()
    machine_changed = Signal()
    folders_changed = Signal()
    servers_changed = Signal()
    chosen_changed = Signal()
    outlook_changed = Signal()
    filled = Signal()
    arrived = Signal(object)

    def __init__(self, session: Session, state: WindowState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._state = state
        kept = state.get(STATE_KEY)
        self.tab = Tab(kept) if kept in list(Tab) else Tab.SHELF
        self.list = ModelList(self)
        self.chosen = ""
        self.account = HubAccount(session, self)
        self.hub = HubSearch(session, self)
        self.commands = ModelCommands(session, self)
        self.offers: tuple[str, ...] = ()
        self._downloads = {download.id: download for download in session.models.downloads()}
        self._settling: set[str] = set()  # downloads that are done and that no scan has met yet
        self._installed_known = False
        self._search = RowSearch(self)
        self._shown: ModelRow | None = None
        self._looking = Latest(self)
        self._looking.arrived.connect(self._on_places)
        self._index_models()
        self._connect()
        session.models.look()
        self._look_for_places()
        self._refill()

    def _connect(self) -> None:
        session = self._session
        session.models.changed.connect(self._on_models_changed)
        session.models.shelf_changed.connect(self._on_shelf_changed)
        session.models.machine_changed.connect(self._on_machine_changed)
        session.models.outlook_changed.connect(self.outlook_changed)
        session.settings_changed.connect(self._on_settings_changed)
        session.models.servers_changed.connect(self._on_servers_changed)
        session.models.download_changed.connect(self._on_download_changed)
        session.models.download_dropped.connect(self._on_download_dropped)
        self.hub.changed.connect(self._refill)
        self.hub.refused.connect(self._on_search_refused)
        self.commands.checked.connect(self._on_checked)

    # What is shown.

    @property
    def text(self) -> str:
        """What is searched for."""
        return self.hub.text

    @property
    def machine(self) -> Machine | None:
        return self._session.models.machine()

    @property
    def installed_count(self) -> int:
        return len(self._session.models.installed())

    @property
    def folder_count(self) -> int:
        return len(self._session.settings.model_folders)

    @property
    def offline(self) -> bool:
        return self._session.settings.offline

    @property
    def shelf_read(self) -> bool:
        return bool(self._session.models.shelf())

    def chosen_row(self) -> ModelRow | None:
        """None among the folders, and where the chosen one is not listed."""
        return None if self.tab is Tab.FOLDERS else self.list.model(self.chosen)

    def access(self) -> Access | None:
        """What the hub wants before it gives the chosen model, or before it is searched; among the folders,
        where nothing is chosen, who is signed in."""
        if self.tab is Tab.FOLDERS:
            return Access()
        row = self.chosen_row()
        problem = row.download.problem if row is not None and row.download is not None else None
        code = problem.code if problem is not None else ""
        searched = self.hub.problem.code if self.hub.problem is not None else ""
        refused = TokenUnknown.code in (code, searched)
        gated = row is not None and row.gated and row.state is not RowState.INSTALLED
        if row is not None and (gated or code == LicenceNotAccepted.code):
            return Access(self.page_of(row), refused)
        return Access("", refused) if {code, searched} & ACCOUNT_WANTED else None

    def page_of(self, row: ModelRow) -> str:
        """The address of its page on the hub."""
        return self._session.models.hub_page(row.repository)

    def folders(self) -> list[FolderRow]:
        folders = self._session.settings.model_folders
        return folder_rows(folders, self._session.models.installed(), self._session.models.problems())

    def servers(self) -> tuple[ServerState, ...]:
        """Those of the list, as they told of themselves last."""
        return self._session.models.servers()

    def problems(self) -> Sequence[ModelProblem]:
        return self._session.models.problems()

    def fit_of(self, row: ModelRow) -> Fit:
        """Of what is on the disk, else as the shelf says; unknown for what the hub alone knows."""
        model = row.spec or row.entry
        return self._session.models.fit_of(model) if model is not None else UNKNOWN

    def outlook_of(self, row: ModelRow) -> Outlook | None:
        """How an installed model will be held; None while that is not known, and for parts of models."""
        return self._session.models.outlook_of(row.spec) if row.spec is not None else None

    def lighter(self, row: ModelRow) -> ModelRow | None:
        """The largest of the same kind that is listed and fits well, else the smallest slow or tight one."""
        alike = [(self.fit_of(one), one) for one in self.list.models() if one.entry and one.kind is row.kind]
        well = [one for one in alike if one[0].level is FitLevel.FITS]
        if well:
            return max(well, key=lambda one: one[0].needed_bytes)[1]
        tight = [one for one in alike if one[0].level in (FitLevel.SLOW, FitLevel.TIGHT)]
        return min(tight, key=lambda one: one[0].needed_bytes)[1] if tight else None

    # What the person does.

    def go(self, tab: Tab) -> None:
        if tab is not self.tab:
            self.tab = tab
            self._state.put(STATE_KEY, tab)
            self.tab_changed.emit()
            self._refill()
            if tab is Tab.FOLDERS:
                self._look_for_places()

    def search(self, text: str) -> None:
        self.hub.set_text(text)

    def choose(self, key: str) -> None:
        if key != self.chosen:
            self.chosen = key
            self._shown = self.chosen_row()
            self.chosen_changed.emit()

    def take(self, line: HubLine) -> None:
        """Do what a line about the hub offers."""
        if line.asked is Asked.GET and self.hub.wanted is not None:
            self.commands.install(self.hub.wanted, self.hub.wanted.repository)
        elif line.asked in (Asked.SEARCH, Asked.FAILED):
            self.hub.search()

    # Rows.

    def _refill(self) -> None:
        if self.tab is not Tab.FOLDERS:
            self.list.fill(list(self._items()))
        self.filled.emit()
        if (shown := self.chosen_row()) != self._shown:
            self._shown = shown
            self.chosen_changed.emit()

    def _items(self) -> list[Item]:
        items = list(with_headings(self._rows_with(self._searched())))
        if self.tab is Tab.SHELF:
            rows = [item for item in items if isinstance(item, ModelRow)]
            here = self._named_here({row.spec.id for row in rows if row.spec is not None})
            items += with_headings((HERE, row) for row in here)
            items += self._hub_items([*rows, *here])
        return items

    def _named_here(self, listed: set[str]) -> list[ModelRow]:
        """What is installed of the repository that the text names and stands in none of the shelf's rows."""
        wanted = self.hub.wanted
        specs = self._specs_of(wanted.repository) if wanted is not None else []
        return [installed_row(spec) for spec in specs if spec.id not in listed and _is_wanted(spec, wanted)]

    def _searched(self) -> list[str]:
        """The words of the text, or the repository that an address names."""
        wanted = self.hub.wanted
        return [wanted.repository.lower()] if wanted else self.text.lower().split()

    def _rows_with(self, words: list[str]) -> Sequence[tuple[str, ModelRow]]:
        """The rows of the tab that have all these words; every row without any."""
        session = self._session
        if self.tab is Tab.SHELF:
            installed, downloads = self._by_repository, self._active()
            rows = shelf_rows(session.models.shelf(), installed, self._starters, downloads, self.hub.met)
            found = [one for one in rows if all(word in one[1].haystack() for word in words)]
            return sorted_by_fit(found, self.fit_of)
        if not self._installed_known:
            rows = installed_rows(
                session.models.installed(),
                session.models.problems(),
                session.models.shelf(),
                session.models.servers(),
            )
            self._search.put(rows)
            self._installed_known = True
        return self._search.find(words)

    def _hub_items(self, rows_here: list[ModelRow]) -> list[Item]:
        """What the hub found and is not listed yet, and the line about it."""
        listed = {row.repository for row in rows_here}
        downloads = {one.wanted.repository: one for one in self._active()}
        rows = [
            (FOUND, hub_row(one, downloads.get(one.repository), self._installed_as(one.repository)))
            for one in self.hub.found or ()
            if one.repository not in listed
        ]
        wanted = self.hub.wanted
        named = wanted is not None and any(_is_of(row, wanted) for row in rows_here)
        lines = [line for line in self.hub.lines() if not (named and line.asked is Asked.GET)]
        if self.hub.found and not rows:
            lines = [HubLine(asked=Asked.NOTHING, text=self.text)]
        return [*with_headings(rows), *lines]

    def _installed_as(self, repository: str) -> ModelSpec | None:
        return next(iter(self._specs_of(repository)), None)

    def _active(self) -> list[Download]:
        """What is not done, or so lately that the scan has not met it, the newest first."""
        kept = [
            one
            for one in self._downloads.values()
            if one.state is not DownloadState.DONE or one.id in self._settling
        ]
        return sorted(kept, key=lambda one: one.created, reverse=True)

    # Following the session.

    def _on_models_changed(self) -> None:
        self._index_models()
        arrived = self._settle()
        self._list_anew()
        self.folders_changed.emit()
        for spec in arrived:
            self.arrived.emit(spec)

    def _on_servers_changed(self) -> None:
        self._list_anew()
        self.servers_changed.emit()

    def _on_shelf_changed(self) -> None:
        self._list_anew()

    def _list_anew(self) -> None:
        self._installed_known = False
        self._refill()
        self.counts_changed.emit()

    def _settle(self) -> list[ModelSpec]:
        """What the downloads that are done brought, as far as the scan has come; it may tell in pieces."""
        arrived: list[ModelSpec] = []
        for download_id in tuple(self._settling):
            repository = self._downloads[download_id].wanted.repository
            if specs := self._specs_of(repository):
                arrived += specs
            elif not self._is_broken(repository):
                continue
            self._settling.discard(download_id)
        return arrived

    def _specs_of(self, repository: str) -> list[ModelSpec]:
        """What is installed of it: the whole, or single files."""
        return list(self._by_repository.get(repository.lower(), ()))

    def _is_broken(self, repository: str) -> bool:
        folder = f"models--{repository.replace('/', '--')}"
        return any(folder in PurePath(problem.path).parts for problem in self._session.models.problems())

    def _index_models(self) -> None:
        """Once for each scan: a download tells of itself several times a second."""
        models = self._session.models.installed()
        self._by_repository = by_repository(models)
        self._starters = [spec for spec in models if spec.starter]

    def _on_machine_changed(self) -> None:
        self.machine_changed.emit()
        self._refill()
        self.chosen_changed.emit()

    def _on_settings_changed(self) -> None:
        self.counts_changed.emit()
        self.folders_changed.emit()
        self.chosen_changed.emit()
        self.filled.emit()
        if self.tab is Tab.FOLDERS:
            self._look_for_places()

    def _on_download_changed(self, download: Download) -> None:
        self._downloads[download.id] = download
        if download.state is DownloadState.DONE:
            self._settling.add(download.id)
        if self.tab is Tab.SHELF:
            self._refill()

    def _on_download_dropped(self, download_id: str) -> None:
        self._downloads.pop(download_id, None)
        self._settling.discard(download_id)
        if self.tab is Tab.SHELF:
            self._refill()

    def _on_checked(self, _: str) -> None:
        self.chosen_changed.emit()

    def _on_search_refused(self, error: StayOffline) -> None:
        search: Callable[[], object] = self.hub.search
        self.commands.refused.emit(error, search)

    def _look_for_places(self) -> None:
        self._looking.ask(self._session.models.known_places())

    def _on_places(self, offers: tuple[str, ...]) -> None:
        self.offers = offers
        self.folders_changed.emit()


def _is_of(row: ModelRow, wanted: Wanted) -> bool:
    """The row is the model that an address names, or its download."""
    if row.spec is not None and wanted.files:
        return _is_wanted(row.spec, wanted)
    return row.repository.lower() == wanted.repository.lower() and not wanted.files


def _is_wanted(spec: ModelSpec, wanted: Wanted | None) -> bool:
    files = wanted.files if wanted is not None else ()
    return not files or any(spec.path.replace("\\", "/").endswith(f"/{name}") for name in files)
