"""Contact sheets in Create: their actions, the form, the page, and those made lately."""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, QStandardPaths
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from studio.core.jobs import GenerateImages
from studio.core.records import Asset
from studio.core.sheet_page import Written
from studio.core.sheet_state import CellState, SheetState
from studio.ui.actions import Action, menu_of
from studio.ui.dialogs.sheet_builder import SheetBuilderSheet
from studio.ui.i18n import tr
from studio.ui.panels.create_sheet import SheetPage, is_resumable
from studio.ui.panels.picture_actions import NAME_LENGTH, PictureActions
from studio.ui.sheet_words import about_words, size_words
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.header import Header
from studio.ui.widgets.large_view import LargeView
from studio.ui.widgets.menu import Menu
from studio.ui.widgets.sheet_grid import STEP
from studio.viewmodels.sheet import SheetViewModel
from studio.viewmodels.shell import Shell

FORMATS = {"PNG (*.png)": "png", "PDF (*.pdf)": "pdf"}
TITLE_LENGTH = 48  # of a sheet in the menu of recent ones


class CreateSheets(QObject):
    """Everything that the panel has for contact sheets.

    Attributes:
        page: the sheet that is open; the panel puts it into its middle.
        new: the action that opens the form.
        also: what can be done with a picture here as anywhere; for the menu of a cell.
    """

    def __init__(
        self,
        viewmodel: SheetViewModel,
        shell: Shell,
        pictures: PictureActions,
        shown: Callable[[bool], object],
        middle: QWidget,
    ) -> None:
        """`shown` is called when the page comes or goes; `middle` is what dialogs open over."""
        super().__init__(middle)
        self._viewmodel, self._shell, self._pictures = viewmodel, shell, pictures
        self._shown, self._middle = shown, middle
        self._builder: SheetBuilderSheet | None = None
        self._menu: QMenu | None = None
        self.also: list[QAction] = []
        self._own = self._make_actions()
        large = LargeView(
            shell.thumbnails,
            [
                ("star", "Pick", self._pick),
                ("trash", "Reject", self._reject),
                ("copy", "Copy picture", pictures.copy),
                ("save", "Save as…", pictures.save),
            ],
        )
        self.page = SheetPage(viewmodel, shell.thumbnails, large, self._stop, self._resume, self._export)
        self.page.hide()
        self._recent_button = IconButton("clock", "Recent sheets")
        self._recent_button.bind(self._recent)
        self._connect()
        self._refresh()

    @property
    def is_open(self) -> bool:
        return not self.page.isHidden()

    def actions(self) -> list[Action]:
        return list(self._own)

    def add_to(self, header: Header) -> None:
        """The button that makes one and the list of those made lately."""
        button = Button("X/Y sheet", "quiet", icon="grid", tip="Compare two settings in a contact sheet")
        button.bind(self.new)
        header.add(button)
        header.add(self._recent_button)

    def chosen(self) -> list[Asset]:
        return self.page.chosen()

    def open_of(self, job: GenerateImages) -> None:
        """The sheet that a job belongs to."""
        if job.sheet is not None:
            self._viewmodel.open(job.sheet.id)

    def escape(self) -> bool:
        """From large to the sheet, from the sheet to the batches; False where none was open."""
        return self.page.close_large() or self.close()

    def close(self) -> bool:
        if not self.is_open:
            return False
        self.page.close_large()
        self.page.hide()
        self._shown(False)
        self._refresh()
        return True

    # Building.

    def _make_actions(self) -> list[Action]:
        vm = self._viewmodel
        grid = lambda: self.page.grid  # noqa: E731 - the page is made from these actions
        self.new = Action("X/Y sheet", self._open_builder, "Ctrl+Shift+X", "grid", parent=self)
        self._recent = Action("Recent sheets", vm.ask_recent, "Ctrl+Alt+X", "clock", parent=self)
        self._pick = Action("Pick", self._on_pick, "P", "star", parent=self)
        self._reject = Action("Reject", self._on_reject, "X", "trash", parent=self)
        self._larger = Action("Zoom in", lambda: grid().zoom(STEP), "+", "add", parent=self)
        self._smaller = Action("Zoom out", lambda: grid().zoom(1 / STEP), "-", "remove", parent=self)
        self._fit = Action("Fit the sheet", lambda: grid().fit(), "0", "expand", parent=self)
        self._stop = Action("Stop the sheet", vm.stop, "Ctrl+Alt+S", "stop", parent=self)
        self._resume = Action("Continue the sheet", vm.resume, "Ctrl+Alt+G", "play", parent=self)
        self._export = Action("Export the sheet…", self._ask_where, "Ctrl+E", "export", parent=self)
        in_sheet = [self._pick, self._reject, self._larger, self._smaller, self._fit]
        return [self.new, self._recent, *in_sheet, self._stop, self._resume, self._export]

    def _connect(self) -> None:
        vm, page = self._viewmodel, self.page
        vm.opened.connect(self._on_opened)
        vm.changed.connect(self._refresh)
        vm.refused.connect(self._shell.messages.problem)
        vm.recent_arrived.connect(self._show_recent)
        vm.exported.connect(self._on_exported)
        page.closed.connect(self.close)
        page.picked.connect(self._refresh)
        page.menu_wanted.connect(self._show_menu)

    def _refresh(self) -> None:
        """Actions in line with what is open and chosen."""
        state = self._viewmodel.state if self.is_open else None
        numbers = self.page.grid.numbers() if state else []
        assets = self._viewmodel.cells.assets(numbers)
        for action in (self._pick, self._reject):
            action.setEnabled(bool(assets))
        for action in (self._larger, self._smaller, self._fit):
            action.setEnabled(state is not None and not self.page.is_large)
        rejected = bool(assets) and all(asset.trashed for asset in assets)
        self._reject.say("Take back" if rejected else "Reject")
        self._stop.setEnabled(state is not None and state.busy and not self._viewmodel.elsewhere)
        self._resume.setEnabled(state is not None and is_resumable(state))
        made = state is not None and any(cell.state is CellState.DONE for cell in state.cells)
        self._export.setEnabled(made)

    # What the person does.

    def _open_builder(self) -> None:
        if self._builder is None:
            self._builder = SheetBuilderSheet(self._viewmodel.builder, self._middle.window())
            self._builder.make_wanted.connect(self._make)
        self._builder.begin()

    def _make(self) -> None:
        if self._viewmodel.make() and self._builder is not None:
            self._builder.close_overlay()
            self.page.grid.setFocus()

    def _on_opened(self) -> None:
        self.page.setCurrentIndex(0)
        self.page.show()
        self._shown(True)
        self.page.refresh()
        self.page.grid.fit()
        self.page.grid.setFocus()
        self._refresh()

    def _on_pick(self) -> None:
        self._viewmodel.pick(self.page.grid.numbers())

    def _on_reject(self) -> None:
        """Into the trash, with an undo; what is there already comes back."""
        numbers = self.page.grid.numbers()
        if assets := self._viewmodel.to_reject(numbers):
            self._pictures.trash_all(assets)
        else:
            self._viewmodel.take_back(numbers)

    def _show_menu(self, at: QPoint) -> None:
        if self._viewmodel.cells.assets(self.page.grid.numbers()):
            pictures = self._pictures
            self._menu = menu_of(
                [self._pick, self._reject],
                self.also,
                [pictures.copy, pictures.copy_prompt, pictures.save, pictures.show_folder],
                [self._export],
            )
            self._menu.popup(at)

    def _show_recent(self, sheets: tuple[SheetState, ...]) -> None:
        menu = Menu(parent=self._middle)
        for state in sheets:
            action = QAction(recent_words(state), menu)
            action.triggered.connect(partial(self._viewmodel.open, state.sheet.id))
            menu.addAction(action)
        if not sheets:
            menu.addAction(tr("No sheet was made yet")).setEnabled(False)
        self._menu = menu
        menu.popup(self._recent_button.mapToGlobal(QPoint(0, self._recent_button.height())))

    def _ask_where(self) -> None:
        state = self._viewmodel.state
        if state is None:
            return
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
        dialog = QFileDialog(self._middle, tr("Export the sheet…"), folder)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(list(FORMATS))
        dialog.filterSelected.connect(partial(_use_suffix, dialog))
        dialog.setDefaultSuffix("png")
        dialog.selectFile(f"{file_stem(state)}.png")
        dialog.fileSelected.connect(self._export_to)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _export_to(self, path: str) -> None:
        state = self._viewmodel.state
        if state is not None:
            self._viewmodel.export(state.prompt, about_words(state), Path(path))

    def _on_exported(self, written: Written) -> None:
        name = written.path.name
        if written.scale < 1:
            text = "Saved as {name}, its pictures at {percent}% so that it is not too large"
            self._shell.messages.notify(text, name=name, percent=round(100 * written.scale))
        else:
            self._shell.messages.notify("Saved as {name}", name=name)


def _use_suffix(dialog: QFileDialog, chosen: str) -> None:
    dialog.setDefaultSuffix(FORMATS[chosen])


def recent_words(state: SheetState) -> str:
    """a boat with red sails · 4 × 3 · 12 / 12, for a menu."""
    title = " ".join(state.prompt.split())
    title = title if len(title) <= TITLE_LENGTH else title[: TITLE_LENGTH - 1] + "…"
    words = " · ".join((title, size_words(state), f"{state.made} / {len(state.cells)}"))
    return words.replace("&", "&&")


def file_stem(state: SheetState) -> str:
    """The first words of the prompt and the sheet's sides, free of what a file system forbids."""
    words = re.sub(r"[\W_]+", "-", state.prompt)[:NAME_LENGTH].strip("-") or "sheet"
    return f"{words}-{size_words(state).replace(' × ', 'x')}"
