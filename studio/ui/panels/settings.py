"""The Settings panel: language, look, library, models, memory, what may go online, and where things are."""

from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QUrl
from PySide6.QtGui import QAction, QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from studio.ui import figures
from studio.ui.actions import Action
from studio.ui.i18n import plural, tr
from studio.ui.panel import Building, Region
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.fields import CheckBox, Combo
from studio.ui.widgets.header import Header, Titled
from studio.ui.widgets.section import ScrollColumn
from studio.ui.widgets.segment import Segment
from studio.ui.widgets.setting_row import PlaceRow, SettingGroup, SettingRow
from studio.viewmodels.settings import SettingsViewModel
from studio.viewmodels.shell import Shell

COLUMN = 720
IDLE_MINUTES = (1, 5, 10, 30, 60, 0)


def build(shell: Shell) -> Building["SettingsPanel"]:
    """The panel over this session, for the window."""
    panel = SettingsPanel(SettingsViewModel(shell.session, shell), shell)
    yield from panel.fill()
    return panel


class SettingsPanel(QWidget):
    """One column in the middle; neither side nor inspector."""

    name = "settings"
    title = "Settings"
    side: QWidget | None = None
    inspector: QWidget | None = None

    def __init__(self, model: SettingsViewModel, shell: Shell) -> None:
        super().__init__()
        self._model = model
        self._shell = shell
        self._listed: tuple[str, ...] = ()  # the model folders that have a row
        self.header = Header("Settings")
        self.middle: QWidget = self

    def fill(self) -> Building[None]:
        yield
        self._make_controls()
        self._make_actions()
        scroll = ScrollColumn()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(Titled(self.header, scroll))
        column = _column_in(scroll)
        for group in self._groups():
            yield
            column.addWidget(group)
        self.focus_targets: dict[Region, QWidget] = {"middle": self.language}
        yield
        self._model.changed.connect(self.refresh)
        self.refresh()

    def actions(self) -> list[QAction]:
        return list[QAction](self._actions)

    def escape(self) -> bool:
        return False

    def receive(self, payload: object) -> None:
        """Nothing is sent here."""

    def refresh(self) -> None:
        """Show what is set now."""
        settings = self._model.settings
        self.language.select(settings.language)
        self.theme.select(settings.theme)
        self.reduced_motion.setChecked(settings.reduced_motion)
        self.read_ahead.setChecked(settings.read_ahead)
        self.suggest_titles.setChecked(settings.suggest_titles)
        self.offline.setChecked(settings.offline)
        self.memory.fill((self._memory_words(choice), choice) for choice in self._model.memory_choices())
        self.memory.select(settings.memory_budget)
        self.idle.fill((_idle_words(minutes), minutes) for minutes in IDLE_MINUTES)
        self.idle.select(settings.idle_release_minutes)
        self._show_library()
        self._show_model_folders()
        self._about.sentence.setText(
            "\n".join(part for part in (self._model.versions(), self._model.devices()) if part)
        )

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.refresh()
        super().changeEvent(event)

    # Building.

    def _make_controls(self) -> None:
        self.language = Segment("Language", (("System", "system"), ("English", "en"), ("简体中文", "zh")))
        self.language.chosen.connect(self._changing("language"))
        self.theme = Segment("Theme", (("System", "system"), ("Light", "light"), ("Dark", "dark")))
        self.theme.chosen.connect(self._changing("theme"))
        self.reduced_motion = CheckBox("Reduce motion")
        self.reduced_motion.clicked.connect(self._changing("reduced_motion"))
        self.read_ahead = CheckBox("Read ahead")
        self.read_ahead.clicked.connect(self._changing("read_ahead"))
        self.suggest_titles = CheckBox("Suggest titles")
        self.suggest_titles.clicked.connect(self._changing("suggest_titles"))
        self.offline = CheckBox("Stay offline")
        self.offline.clicked.connect(self._changing("offline"))
        self.memory = Combo("Memory for models")
        self.memory.chosen.connect(self._changing("memory_budget"))
        self.idle = Combo("Give memory back")
        self.idle.chosen.connect(self._changing("idle_release_minutes"))
        for widget in (self.language, self.theme):
            widget.setFixedWidth(264)
        for widget in (self.memory, self.idle):
            widget.setFixedWidth(200)

    def _changing(self, field: str) -> Callable[[object], None]:
        def change(value: object) -> None:
            self._model.change(**{field: value})

        return change

    def _make_actions(self) -> None:
        self._actions = [
            Action("Choose the library folder…", self._choose_library, "Ctrl+Shift+O", "folder"),
            Action("Open the library folder", self._open_library, "Ctrl+Shift+L", "folder-open"),
            Action("Add a model folder…", self._add_model_folder, "Ctrl+O", "folder-add"),
            Action("Look for models again", self._model.rescan_models, "F5", "again"),
            Action("Copy the crash report", self._copy_report, "Ctrl+Shift+C", "copy"),
            Action("Read the crash report", self._shell.report_wanted.emit, "Ctrl+Shift+R", "report"),
        ]
        for action in self._actions:
            action.setParent(self)

    def _groups(self) -> Iterator[QWidget]:
        choose, open_, add, rescan, copy, read = self._actions
        self._library = SettingRow("Library folder", "", _buttons((choose, "Change…"), (open_, "Open")))
        self._models = SettingRow("Model folders", "", _buttons((rescan, "Look again"), (add, "Add folder…")))
        folders = QWidget()
        self._folders = QVBoxLayout(folders)
        self._folders.setContentsMargins(0, 0, 0, 0)
        self._folders.setSpacing(0)
        self._folders.addWidget(self._models)
        self._about = SettingRow("Versions", "", _buttons((read, "Crash report"), (copy, "Copy report")))
        yield SettingGroup(
            "General",
            SettingRow("Language", "The window changes at once.", self.language),
            SettingRow("Theme", "System follows light and dark as they change.", self.theme),
            SettingRow("Motion", "Panels and messages appear without moving.", self.reduced_motion),
        )
        yield SettingGroup("Library", self._library)
        yield SettingGroup(
            "Models",
            folders,
            SettingRow("Memory", "What models may hold together; more is given back first.", self.memory),
            SettingRow("When idle", "Models are given back after a while without work.", self.idle),
        )
        yield SettingGroup(
            "Chat",
            SettingRow(
                "While you write",
                "The model reads what is there already, so that the answer begins sooner.",
                self.read_ahead,
            ),
            SettingRow(
                "Titles",
                "After its first answer the model names the conversation, unless you did.",
                self.suggest_titles,
            ),
        )
        yield SettingGroup(
            "Privacy",
            SettingRow(
                "Network",
                "Nothing is fetched while this is on. Pictures and chats never leave this machine.",
                self.offline,
            ),
        )
        yield SettingGroup("Where things are kept", *(self._place(*place) for place in self._model.places()))
        yield SettingGroup("About", self._about)

    def _place(self, name: str, path: Path) -> QWidget:
        button = IconButton("folder-open", "Show in folder", size=24)
        button.clicked.connect(lambda: _open_folder(path if path.suffix == "" else path.parent))
        return PlaceRow(name, str(path), button)

    # Showing.

    def _show_library(self) -> None:
        following = self._model.next_library
        if following is None:
            self._library.sentence.setText(str(self._model.library))
        else:
            self._library.sentence.say("{folder}, from the next start on", folder=following)

    def _show_model_folders(self) -> None:
        count = self._model.model_count
        self._models.sentence.setText(plural(count, "{n} model found", "{n} models found"))
        if self._model.settings.model_folders != self._listed:
            self._listed = self._model.settings.model_folders
            self._list_folders()

    def _list_folders(self) -> None:
        """A row for each; whoever has the keyboard on one loses it."""
        while item := self._folders.takeAt(1):
            if widget := item.widget():
                widget.deleteLater()
        for folder in self._listed:
            remove = IconButton("close", "Forget this folder", size=24)
            remove.clicked.connect(lambda _=False, gone=folder: self._model.remove_model_folder(gone))
            self._folders.addWidget(PlaceRow("", folder, remove))

    def _memory_words(self, choice: int) -> str:
        return figures.size(choice) if choice else tr("Automatic")

    # Doing.

    def _choose_library(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, tr("Library folder"), str(self._model.library))
        if folder:
            self._model.change(library=folder)

    def _open_library(self) -> None:
        _open_folder(self._model.library)

    def _add_model_folder(self) -> None:
        if folder := QFileDialog.getExistingDirectory(self, tr("Add a model folder")):
            self._model.add_model_folder(folder)

    def _copy_report(self) -> None:
        QGuiApplication.clipboard().setText(self._shell.session.crash_report())
        self._shell.messages.notify("Crash report copied. It holds no prompt, message or picture.")


def _column_in(scroll: ScrollColumn) -> QVBoxLayout:
    """In its middle. What is put into something is styled anew with all that it holds: this one is in its
    place before it is filled."""
    outer = QWidget()
    scroll.column.addWidget(outer)
    row = QHBoxLayout(outer)
    row.setContentsMargins(0, 0, 0, 0)
    inner = QWidget()
    inner.setMaximumWidth(COLUMN + 48)
    row.addStretch(1)
    row.addWidget(inner, 1000)
    row.addStretch(1)
    column = QVBoxLayout(inner)
    column.setContentsMargins(24, 24, 24, 0)
    column.setSpacing(0)
    return column


def _buttons(*bound: tuple[Action, str]) -> QWidget:
    """Buttons for these actions, with words of their own."""
    box = QWidget()
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    for action, english in bound:
        button = Button(english)
        button.bind(action)
        row.addWidget(button, 0, Qt.AlignmentFlag.AlignRight)
    return box


def _idle_words(minutes: int) -> str:
    if not minutes:
        return tr("Never")
    return plural(minutes, "After {n} minute", "After {n} minutes")


def _open_folder(folder: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
