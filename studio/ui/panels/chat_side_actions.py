"""What one can do with conversations at the side: pin, put into folders, export and import."""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QPoint
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QWidget

from studio.core.conversations import Conversation, Exported, Imported
from studio.core.errors import StudioError
from studio.ui.actions import Action
from studio.ui.amounts import size
from studio.ui.dialogs.name import NameSheet
from studio.ui.i18n import tr
from studio.ui.icons import icon
from studio.ui.theme import HEADER
from studio.ui.widgets.menu import Menu
from studio.viewmodels.chat import ChatViewModel
from studio.viewmodels.chat_files import ChatFilesViewModel
from studio.viewmodels.messages import MessageCentre

FORMS = {"Markdown (*.md)": ".md", "JSON (*.json)": ".json"}
_UNFIT = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')  # for names of files, on one system or another
_NAME_LETTERS = 60


class ChatSideActions(QObject):
    """Acts on the open conversation, its folder, or the folder whose menu was asked for last.

    Attributes:
        pin, move, export, rename_folder, remove_folder, export_all, import_file: the actions.
    """

    def __init__(
        self, viewmodel: ChatViewModel, files: ChatFilesViewModel, messages: MessageCentre, parent: QWidget
    ) -> None:
        """`parent` is the widget over whose window questions open."""
        super().__init__(parent)
        self._viewmodel, self._files, self._messages, self._widget = viewmodel, files, messages, parent
        self._shelf = viewmodel.conversations
        self._folder = ""
        self._sheet: NameSheet | None = None
        self.pin = self._action("Pin the conversation", self._pin, "Ctrl+Shift+D", "pin")
        self.move = self._action("Move to a folder…", self._show_folders, "Ctrl+M", "folder")
        self.export = self._action("Export the conversation…", self._export, "Ctrl+Shift+E", "export")
        self.rename_folder = self._action("Rename the folder…", self._rename_folder, "Shift+F2", "edit")
        self.remove_folder = self._action("Remove the folder", self._remove_folder, "Ctrl+Alt+M", "close")
        self.export_folder = self._action("Export the folder…", self._export_folder, "Ctrl+Alt+F", "export")
        self.export_all = self._action("Export all conversations…", self._export_all, "Ctrl+Alt+E", "export")
        self.import_file = self._action("Import conversations…", self._import, "Ctrl+O", "save")
        files.imported.connect(self._on_imported)
        files.exported.connect(self._on_exported)
        files.failed.connect(self._on_failed)
        self.refresh()

    def all(self) -> list[Action]:
        """In the order of palette and F1."""
        return [
            *(self.pin, self.move, self.export, self.rename_folder, self.remove_folder, self.export_folder),
            *(self.export_all, self.import_file),
        ]

    def refresh(self) -> None:
        """Enable what can be done with the open conversation."""
        shown = self._shown()
        self.pin.say("Unpin the conversation" if shown and shown.pinned else "Pin the conversation")
        for action in (self.pin, self.move, self.export):
            action.setEnabled(shown is not None)
        self._aim_at(shown.folder if shown else "")
        self.export_all.setEnabled(bool(self._shelf.ids()))

    def folders_menu(self) -> Menu:
        """Where the open conversation can be put."""
        shown = self._shown()
        here = shown.folder if shown else ""
        menu = Menu(parent=self._widget)
        menu.setTitle(tr("Move to"))
        menu.setIcon(icon("folder"))
        for name in self._shelf.folders:
            into = menu.addAction(name.replace("&", "&&"), partial(self._move, name))
            into.setEnabled(name != here)
        if self._shelf.folders:
            menu.addSeparator()
        menu.addAction(tr("New folder…"), self._new_folder)
        out = menu.addAction(tr("No folder"), partial(self._move, ""))
        out.setEnabled(bool(here))
        return menu

    def conversation_menu(self, rename: Action, trash: Action) -> Menu:
        """Of the open conversation, with what the panel adds."""
        self.refresh()
        folders = self.folders_menu()
        menu = self._menu([rename, self.pin, folders.menuAction(), self.export], [trash])
        menu.aboutToHide.connect(folders.deleteLater)  # not when it closes itself: one may come back to it
        return menu

    def folder_menu(self, name: str) -> Menu:
        self._aim_at(name)
        return self._menu([self.rename_folder, self.export_folder], [self.remove_folder])

    def files_menu(self) -> Menu:
        self.refresh()
        return self._menu([self.import_file], [self.export_all])

    def _menu(self, *groups: list[QAction]) -> Menu:
        """Gone when it is closed."""
        menu = Menu(*groups, parent=self._widget)
        menu.aboutToHide.connect(menu.deleteLater)
        return menu

    def _action(self, english: str, run: Callable[[], None], keys: str, glyph: str) -> Action:
        return Action(english, run, keys, glyph, parent=self)

    def _aim_at(self, folder: str) -> None:
        self._folder = folder
        for action in (self.rename_folder, self.remove_folder, self.export_folder):
            action.setEnabled(bool(folder))

    def _shown(self) -> Conversation | None:
        branch = self._viewmodel.branch
        return branch.conversation if branch and not branch.conversation.trashed else None

    # Pins and folders.

    def _pin(self) -> None:
        if shown := self._shown():
            self._shelf.pin(shown.id, not shown.pinned)

    def _show_folders(self) -> None:
        menu = self.folders_menu()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self._widget.mapToGlobal(QPoint(16, HEADER)))

    def _move(self, folder: str) -> None:
        if shown := self._shown():
            self._shelf.move(shown.id, folder)

    def _new_folder(self) -> None:
        if shown := self._shown():
            self.ask_name("New folder", "Name of the folder", "", partial(self._shelf.move, shown.id))

    def _rename_folder(self) -> None:
        old = self._folder
        renamed = partial(self._shelf.rename_folder, old)
        self.ask_name("Rename the folder", "Name of the folder", old, renamed)

    def _remove_folder(self) -> None:
        """Nothing but the folder goes; undone, all that lay in it lies there again."""
        name, held = self._folder, self._shelf.ids(self._folder)
        self._shelf.remove_folder(name)

        def put_back() -> None:
            for conversation in held:
                self._shelf.move(conversation, name)

        self._messages.undoable("Folder {name} removed; its conversations stay", put_back, name=name)

    def ask_name(self, title: str, field: str, name: str, then: Callable[[str], None]) -> None:
        """`name` is the one so far; `then` gets the new one, which is never empty."""
        if self._sheet is not None:
            self._sheet.deleteLater()
        self._sheet = NameSheet(self._widget.window(), title, field)
        self._sheet.named.connect(then)
        self._sheet.ask(name)

    # Files.

    def _export(self) -> None:
        if shown := self._shown():
            self._ask_target([shown.id], shown.title or tr("Conversation"))

    def _export_folder(self) -> None:
        self._ask_target(self._shelf.ids(self._folder), self._folder)

    def _export_all(self) -> None:
        self._ask_target(self._shelf.ids(), tr("Conversations"))

    def _ask_target(self, ids: list[str], name: str) -> None:
        beside = _UNFIT.sub(" ", name)[:_NAME_LETTERS].strip(" .") or "chat"
        target, form = QFileDialog.getSaveFileName(
            self._widget, tr("Export conversations"), f"{beside}.md", ";;".join(FORMS)
        )
        if target:
            known = target.lower().endswith(tuple(FORMS.values()))
            self._files.export(ids, Path(target if known else target + FORMS.get(form, ".md")))

    def _import(self) -> None:
        kinds = f"{tr('Conversations')} (*.json *.zip)"
        file, _ = QFileDialog.getOpenFileName(self._widget, tr("Import conversations"), "", kinds)
        if file:
            self._files.import_file(Path(file))

    # How it ended.

    def _on_imported(self, imported: Imported) -> None:
        self._shelf.fill()
        count, lost = len(imported.conversations), imported.left_out
        if lost:
            self._messages.notify(
                "{n} conversations imported; {lost} could not be read, or not to the end",
                warning=True,
                n=count,
                lost=lost,
            )
        elif imported.left_pictures:
            self._messages.notify(
                "{n} conversations imported; {lost} damaged pictures were left out",
                warning=True,
                n=count,
                lost=imported.left_pictures,
            )
        elif imported.left_messages:
            self._messages.notify(
                "{n} conversations imported; {lost} messages of tools and the like were left out",
                n=count,
                lost=imported.left_messages,
            )
        elif count == 1:
            self._messages.notify("1 conversation imported")
        else:
            self._messages.notify("{n} conversations imported", n=count)
        self._viewmodel.open(imported.conversations[0].id)

    def _on_exported(self, exported: Exported) -> None:
        name, amount = exported.path.name, size(exported.size_bytes)
        self._messages.notify("Exported to {name} ({size})", name=name, size=amount)

    def _on_failed(self, error: StudioError) -> None:
        self._messages.problem(error)
