"""What one can do with the chosen model, as actions with shortcuts; what cannot be undone is asked first."""

from pathlib import Path

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QAction, QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from studio.core.downloads import Checking
from studio.core.messages import Converted
from studio.core.model import Ability, ModelSpec
from studio.core.servers import SOURCE as SERVER
from studio.ui import figures
from studio.ui.actions import Action
from studio.ui.dialogs.erase import EraseSheet
from studio.ui.i18n import tr
from studio.viewmodels.messages import MessageCentre
from studio.viewmodels.model_rows import ModelRow, RowState
from studio.viewmodels.models import ModelsViewModel

LOST = "{size} of {name} are removed from the disk. This cannot be undone, but it can be fetched again."
UNFINISHED = "{size} of {name} were fetched and are removed from the disk. This cannot be undone."


class ModelActions(QObject):
    """Acts on the chosen row of the view-model.

    Attributes:
        get, use, pause, stop, verify, convert, remove, show_folder, open_page, add_folder, rescan: the
            actions.
    """

    def __init__(self, viewmodel: ModelsViewModel, messages: MessageCentre, parent: QWidget) -> None:
        """`parent` is the widget over whose window questions open."""
        super().__init__(parent)
        self._viewmodel, self._messages, self._widget = viewmodel, messages, parent
        self.get = Action("Get", self._get, "Ctrl+D", "save", parent=self)
        self.use = Action("Use it", self._use, "Ctrl+U", "check", parent=self)
        self.pause = Action("Pause", self._pause, "Ctrl+Shift+D", "pause", parent=self)
        self.stop = Action("Stop the download…", self.ask_to_stop, "Ctrl+Shift+X", "stop", parent=self)
        self.verify = Action("Check the files", self._verify, "Ctrl+Shift+V", "verify", parent=self)
        self.convert = Action("Convert…", self._convert, "Ctrl+Shift+E", "again", parent=self)
        self.remove = Action("Remove…", self._ask_to_remove, "Del", "trash", parent=self)
        self.show_folder = Action("Show in folder", self._show, "Ctrl+Up", "folder-open", parent=self)
        self.open_page = Action("Open its page", self._open_page, "Ctrl+Shift+U", "link", parent=self)
        self.copy_words = Action("Copy trigger words", self._copy_words, "Ctrl+Shift+C", "copy", parent=self)
        self.add_folder = Action("Add a model folder…", self._add_folder, "Ctrl+O", "folder-add", parent=self)
        rescan = viewmodel.commands.rescan
        self.rescan = Action("Look for models again", rescan, "F5", "again", parent=self)
        self._connect()
        self.refresh()

    def all(self) -> list[Action]:
        """In the order of palette and F1."""
        return [
            self.get,
            self.use,
            self.pause,
            self.stop,
            self.verify,
            self.convert,
            self.remove,
            self.show_folder,
            self.open_page,
            self.copy_words,
            self.add_folder,
            self.rescan,
        ]

    def groups(self) -> list[list[QAction]]:
        """What can be done with the chosen row, for its menu."""
        groups: list[list[QAction]] = [
            [self.get, self.use],
            [self.pause, self.stop],
            [self.verify, self.convert, self.show_folder, self.open_page, self.copy_words],
            [self.remove],
        ]
        able = [[action for action in group if action.isEnabled()] for group in groups]
        return [group for group in able if group]

    def refresh(self) -> None:
        """Enable what can be done with the chosen row."""
        row = self._viewmodel.chosen_row()
        state = row.state if row is not None else None
        spec = row.spec if row is not None else None
        commands = self._viewmodel.commands
        self.get.setEnabled(state in (RowState.AVAILABLE, RowState.FAILED))
        self.get.say("Retry" if state is RowState.FAILED else "Get")
        self.use.setEnabled(spec is not None and commands.can_use(spec) and not commands.in_use(spec))
        self.use.say("In use" if spec is not None and commands.in_use(spec) else "Use it")
        self.pause.setEnabled(state in (RowState.RUNNING, RowState.WAITING, RowState.PAUSED))
        self.pause.say("Go on" if state is RowState.PAUSED else "Pause")
        self.pause.glyph = "play" if state is RowState.PAUSED else "pause"
        self.stop.setEnabled(self.pause.isEnabled() or state is RowState.FAILED)
        checking = spec is not None and isinstance(commands.checks.get(spec.id), Checking)
        served = spec is not None and spec.source == SERVER
        self.verify.setEnabled(spec is not None and can_be_checked(spec) and not checking)
        self.convert.setEnabled(row is not None and commands.can_convert(row))
        self.remove.setEnabled(spec is not None and commands.removable(spec))
        self.show_folder.setEnabled((spec is not None and not served) or state is RowState.BROKEN)
        self.open_page.setEnabled(row is not None and bool(row.repository))
        self.copy_words.setEnabled(spec is not None and bool(spec.trigger_words))

    def open_or_use(self) -> None:
        """What Enter does: get what is not here, go on with what stopped, use what is installed."""
        row = self._viewmodel.chosen_row()
        if row is None:
            return
        if row.state in (RowState.AVAILABLE, RowState.FAILED):
            self.get.trigger()
        elif row.state is RowState.PAUSED:
            self.pause.trigger()
        elif row.state is RowState.INSTALLED:
            self.use.trigger()

    def ask_to_stop(self) -> None:
        """At once while nothing was fetched; else what was is told first."""
        row = self._row()
        if row.download is None or not row.download.done_bytes:
            self._viewmodel.commands.drop(row)
        else:
            size = figures.size(row.download.done_bytes)
            self._ask(UNFINISHED, lambda: self._viewmodel.commands.drop(row), name=row.name, size=size)

    def copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._messages.notify("Copied")

    def adopt(self, path: str) -> None:
        self._viewmodel.commands.adopt(path)

    def forget(self, folder: str) -> None:
        """Read a folder no more; that can be undone."""
        self._viewmodel.commands.forget(folder)
        again = self._viewmodel.commands.read_again
        self._messages.undoable("{folder} is not read any more", lambda: again(folder), folder=folder)

    def add_server(self, text: str) -> None:
        self._viewmodel.commands.add_server(text)

    def remove_server(self, address: str) -> None:
        """Ask a server no more; that can be undone."""
        self._viewmodel.commands.remove_server(address)
        again = self._viewmodel.commands.add_server
        text = "The server at {address} is not asked any more"
        self._messages.undoable(text, lambda: again(address), address=address)

    # Doing.

    def _row(self) -> ModelRow:
        row = self._viewmodel.chosen_row()
        assert row is not None
        return row

    def _get(self) -> None:
        row = self._row()
        if row.state is RowState.FAILED:
            self._viewmodel.commands.resume(row)
        else:
            self._viewmodel.commands.get(row)

    def _use(self) -> None:
        spec = self._row().spec
        assert spec is not None
        self._viewmodel.commands.use(spec)

    def _pause(self) -> None:
        row, commands = self._row(), self._viewmodel.commands
        (commands.resume if row.state is RowState.PAUSED else commands.pause)(row)

    def _verify(self) -> None:
        spec = self._row().spec
        assert spec is not None
        self._viewmodel.commands.verify(spec)

    def _convert(self) -> None:
        row = self._row()
        beside = str(Path(row.key).with_suffix(".safetensors"))
        title, kinds = tr("Convert to safetensors"), "safetensors (*.safetensors)"
        target, _ = QFileDialog.getSaveFileName(self._widget, title, beside, kinds)
        if target:
            target = target if target.endswith(".safetensors") else f"{target}.safetensors"
            self._viewmodel.commands.convert(row, target)

    def _ask_to_remove(self) -> None:
        spec = self._row().spec
        assert spec is not None
        size = figures.size(spec.size_bytes)
        self._ask(LOST, lambda: self._viewmodel.commands.remove(spec), name=spec.name, size=size)

    def _ask(self, english: str, act: object, **params: object) -> None:
        sheet = EraseSheet(self._widget.window(), english, **params)
        sheet.confirmed.connect(act)
        sheet.closed.connect(sheet.deleteLater)
        sheet.ask()

    def _show(self) -> None:
        row = self._row()
        path = row.spec.path if row.spec is not None else row.key
        open_folder(path)

    def _open_page(self) -> None:
        QDesktopServices.openUrl(QUrl(self._viewmodel.page_of(self._row())))

    def _copy_words(self) -> None:
        spec = self._row().spec
        assert spec is not None
        self.copy(", ".join(spec.trigger_words))

    def _add_folder(self) -> None:
        if folder := QFileDialog.getExistingDirectory(self._widget, tr("Add a model folder")):
            self.adopt(folder)

    # How it ended.

    def _connect(self) -> None:
        commands = self._viewmodel.commands
        self._viewmodel.chosen_changed.connect(self.refresh)
        self._viewmodel.filled.connect(self.refresh)
        commands.failed.connect(self._messages.problem)
        commands.refused.connect(self._on_refused)
        commands.removed.connect(self._on_removed)
        commands.adopted.connect(self._on_adopted)
        commands.already_adopted.connect(self._on_already_adopted)
        commands.used.connect(self._on_used)
        commands.converted.connect(self._on_converted)

    def _on_refused(self, error: object, again: object) -> None:
        """The one place where the network is allowed from here: by a click on this button."""

        def allow() -> None:
            self._viewmodel.commands.allow_network()
            again()  # type: ignore[operator]

        text = "The studio stays offline, so nothing was fetched."
        self._messages.offer(text, "Allow the network", allow, lambda: None, icon="offline")

    def _on_removed(self, name: str, freed: object) -> None:
        self._messages.notify(
            "{name} was removed; {size} are free", name=name, size=figures.size(int(str(freed)))
        )

    def _on_adopted(self, folder: str) -> None:
        forget = self._viewmodel.commands.forget
        text = "Models in {folder} are listed now"
        self._messages.undoable(text, lambda: forget(folder), icon="folder-add", folder=folder)

    def _on_already_adopted(self, name: str) -> None:
        self._messages.notify("The folder of {name} is read already", name=name)

    def _on_converted(self, done: object) -> None:
        assert isinstance(done, Converted)
        name, size = Path(done.target).name, figures.size(done.size_bytes)
        self._messages.notify("{name} is written and listed; it has {size}", name=name, size=size)

    def _on_used(self, spec: object) -> None:
        assert isinstance(spec, ModelSpec)
        pictures = Ability.GENERATE in spec.abilities
        words = "Create makes pictures with {name} now" if pictures else "Chat answers with {name} now"
        self._messages.notify(words, name=spec.name)


def can_be_checked(spec: ModelSpec) -> bool:
    """Nothing but the hub says what a model's files should be."""
    return spec.source == "hub"


def open_folder(path: str) -> None:
    """The folder itself, or the one that the file lies in; a file would start whatever program it is of."""
    place = Path(path)
    folder = place if place.is_dir() else place.parent
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
