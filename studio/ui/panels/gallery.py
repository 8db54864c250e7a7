"""The Gallery: everything that was made, by day, to search, star, look at, and make again."""

from PySide6.QtCore import QObject, QPoint, QSignalBlocker, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QSlider, QVBoxLayout, QWidget

from studio.core.records import Asset
from studio.ui import figures
from studio.ui.actions import Action, menu_of
from studio.ui.i18n import tr
from studio.ui.panel import Building, Region
from studio.ui.panels.gallery_inspector import GalleryInspector
from studio.ui.panels.gallery_side import GallerySide
from studio.ui.panels.gallery_tiles import DayHeading, PictureTileDelegate
from studio.ui.panels.gallery_trash import TrashActions
from studio.ui.panels.picture_actions import PictureActions
from studio.ui.widgets.empty import EmptyState, Glyph
from studio.ui.widgets.fields import SearchField
from studio.ui.widgets.grid_layout import GridLayout
from studio.ui.widgets.header import Header
from studio.ui.widgets.large_view import LargeView
from studio.ui.widgets.naming import call
from studio.ui.widgets.picture_browser import PictureBrowser
from studio.ui.widgets.picture_grid import PictureGrid
from studio.ui.widgets.tile_buttons import TileButtons
from studio.viewmodels.create import AgainWanted
from studio.viewmodels.create_inputs import InputWanted
from studio.viewmodels.gallery import TILE_RANGE, GalleryViewModel, Place
from studio.viewmodels.shell import Shell

GAP = 8
TILE_STEP = 24


def build(shell: Shell) -> Building["GalleryPanel"]:
    """The panel over this session, for the window."""
    viewmodel = GalleryViewModel(shell.session, shell.state, shell.thumbnails, shell)
    yield
    panel = GalleryPanel(viewmodel, shell, shell)
    yield from panel.fill()
    return panel


class GalleryPanel(QObject):
    """See `ui.panel.Panel`. `receive` takes a text and searches for it, or a picture and shows it large."""

    name = "gallery"
    title = "Gallery"

    def __init__(self, viewmodel: GalleryViewModel, shell: Shell, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._viewmodel, self._shell = viewmodel, shell
        self._menu: QMenu | None = None
        self._awaited: Asset | None = None  # to be large as soon as it is in the list
        self.middle = QWidget()
        self.header = Header("")
        self.pictures = PictureActions(viewmodel.pictures, shell.messages, self._chosen, self.middle)
        self.trash = TrashActions(viewmodel.pictures, shell.messages, self._chosen, self.middle)
        self._own = self._own_actions()

    def fill(self) -> Building[None]:
        viewmodel, pictures = self._viewmodel, self.pictures
        yield
        self.side = GallerySide()
        self.search = SearchField("Search pictures", keys="Ctrl+F")
        self.size = QSlider(Qt.Orientation.Horizontal)
        yield
        buttons = TileButtons(pictures.star, ("brush", "Edit", self._edit))
        self.browser = PictureBrowser(self._make_grid(buttons), buttons, self._make_large())
        yield
        self.inspector = GalleryInspector(
            viewmodel.thumbnails, self._shell.state, pictures.star, self._again, pictures.copy, pictures.save
        )
        yield
        self._make_pages()
        self.focus_targets: dict[Region, QWidget] = {"middle": self.browser.grid, "side": self.side}
        self._lay_out()
        self._connect()
        self._show_place()
        self._show_tile()
        self._show_rest()
        self._on_picked()

    def actions(self) -> list[Action]:
        pictures = self.pictures
        return [
            *self._own,
            pictures.star,
            pictures.copy,
            pictures.copy_prompt,
            pictures.copy_recipe,
            pictures.save,
            pictures.show_folder,
            pictures.trash,
            self.trash.restore,
            self.trash.erase,
        ]

    def escape(self) -> bool:
        if self.browser.close_large():
            return True
        searching = bool(self._viewmodel.text)
        if searching:
            self.search.clear()
        return searching

    def receive(self, payload: object) -> None:
        if isinstance(payload, str):
            self.search.setText(payload)
        elif isinstance(payload, Asset):
            self.search.clear()
            self._viewmodel.search_now()
            self._viewmodel.go(Place.TRASH if payload.trashed else Place.ALL)
            self._awaited = payload
            self._viewmodel.model.fetch_rest()
            self._show_awaited()

    # Building.

    def _own_actions(self) -> list[Action]:
        find = Action("Search pictures", self._to_search, "Ctrl+F", "search", parent=self)
        # Space does it in the grid; as a shortcut of the window it would be taken from every button.
        self._open = Action("View large", lambda: self.browser.open_large(), "Ctrl+I", "expand", parent=self)
        self._again = Action("Make again", self._make_again, "Ctrl+R", "again", parent=self)
        self._reuse = Action("Use these settings", self._use, "Ctrl+U", "settings", parent=self)
        self._compare = Action("Compare", self._compare_chosen, "C", "compare", parent=self)
        self._edit = Action("Edit", self._edit_chosen, "E", "brush", parent=self)
        self._begin = Action("Use as input", self._begin_with, "I", "picture", parent=self)
        larger = Action("Larger pictures", lambda: self._resize(1), "Ctrl++", "add", parent=self)
        smaller = Action("Smaller pictures", lambda: self._resize(-1), "Ctrl+-", "remove", parent=self)
        pictures = [self._open, self._edit, self._compare, self._again, self._reuse, self._begin]
        return [find, *pictures, larger, smaller]

    def _make_grid(self, buttons: TileButtons) -> PictureGrid:
        vm = self._viewmodel
        arrangement = GridLayout(tile=vm.tile, gap=GAP, margins=(20, 10), heading=36, after=16, square=True)
        grid = PictureGrid("Pictures", arrangement, lambda: DayHeading(vm.model), buttons)
        grid.setItemDelegate(PictureTileDelegate(vm.thumbnails, grid))
        grid.show_model(vm.model)
        vm.thumbnails.ready.connect(grid.repaint_asset)
        return grid

    def _make_large(self) -> LargeView:
        pictures = self.pictures
        shown = [
            ("star", "Star", pictures.star),
            ("brush", "Edit", self._edit),
            ("compare", "Compare", self._compare),
            ("again", "Make again", self._again),
            ("copy", "Copy picture", pictures.copy),
            ("save", "Save as…", pictures.save),
            ("trash", "Move to trash", pictures.trash),
        ]
        return LargeView(self._viewmodel.thumbnails, shown)

    def _make_pages(self) -> None:
        first = EmptyState(
            "gallery", "No pictures yet", "Pictures you make appear here.", "Make the first one"
        )
        found = EmptyState(
            "search", "Nothing found", "Try fewer or other words.", "Clear the search", "plain"
        )
        self._pages = {
            Place.ALL: first,
            Place.STARRED: EmptyState("star", "Nothing starred", "Press S on a picture to keep it at hand."),
            Place.TRASH: EmptyState("trash", "The trash is empty", "Pictures you delete wait here first."),
        }
        self._nothing_found = found
        for page in (found, *self._pages.values()):
            self.browser.addWidget(page)
        assert first.button and found.button
        first.button.clicked.connect(lambda: self._shell.go("create"))
        found.button.clicked.connect(self.search.clear)

    def _lay_out(self) -> None:
        least, most = TILE_RANGE
        self.size.setRange(least, most)
        call(self.size, "Size of the pictures")
        self.size.setFixedWidth(88)
        self.size.setPageStep(TILE_STEP)
        self.search.setFixedWidth(280)
        self.header.add_lead(self.search)
        self.header.add(Glyph("picture", 16))
        self.header.add(self.size)
        self.middle.setProperty("surface", "panel")
        whole = QVBoxLayout(self.middle)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.header)
        whole.addWidget(self.browser, 1)

    def _connect(self) -> None:
        vm = self._viewmodel
        vm.place_changed.connect(self._show_place)
        vm.counts_changed.connect(self._show_counts)
        vm.found_changed.connect(self._show_counts)
        vm.tile_changed.connect(self._show_tile)
        vm.model.loaded.connect(self._show_rest)
        vm.model.rowsInserted.connect(lambda: self._show_rest())
        vm.model.rowsRemoved.connect(lambda: self._show_rest())
        vm.model.failed.connect(self._shell.messages.problem)
        self.side.chosen.connect(vm.go)
        self.search.textChanged.connect(vm.search)
        vm.model.rowsInserted.connect(self._show_awaited)
        vm.model.modelReset.connect(self._show_awaited)
        self.search.returnPressed.connect(self._from_search)
        self.size.valueChanged.connect(vm.set_tile)
        self.browser.picked.connect(self._on_picked)
        self.browser.menu_wanted.connect(self._show_menu)
        self.inspector.opened.connect(self.browser.open_large)
        self.inspector.copy_recipe.bind(self.pictures.copy_recipe)
        self.inspector.menu_wanted.connect(self._show_menu)

    # What is shown.

    def _show_place(self) -> None:
        self.side.select(self._viewmodel.place)
        self._show_counts()

    def _show_counts(self) -> None:
        vm = self._viewmodel
        self.side.show_counts(vm.counts)
        found = "" if vm.found is None else tr("{n} found", n=figures.count(vm.found))
        self.header.context.setText(found)
        here = vm.counts.get(vm.place)
        if here:
            self.search.say("Search {n} pictures", n=figures.count(here))
        else:
            self.search.say("Search pictures")

    def _show_tile(self) -> None:
        blocked = QSignalBlocker(self.size)
        self.size.setValue(self._viewmodel.tile)
        del blocked
        self.browser.grid.set_tile(self._viewmodel.tile)

    def _show_rest(self) -> None:
        """The pictures, or a page that says why there are none."""
        vm = self._viewmodel
        if vm.model.rowCount() or not (vm.model.is_filled and vm.model.complete):
            self.browser.rest_on(self.browser.grid)
        else:
            self.browser.rest_on(self._nothing_found if vm.text.strip() else self._pages[vm.place])

    def _on_picked(self) -> None:
        assets = self._chosen()
        self.pictures.refresh(assets)
        self.trash.refresh(assets)
        one = assets[0] if len(assets) == 1 else None
        self._open.setEnabled(one is not None)
        self._edit.setEnabled(one is not None and not one.trashed)
        self._compare.setEnabled(self.browser.can_compare)
        self._begin.setEnabled(bool(assets))
        for action in (self._again, self._reuse):
            action.setEnabled(one is not None and bool(one.recipe.prompt))
        record = self._viewmodel.job_of(one) if one else None
        self.inspector.show_assets(assets, record.notes if record else ())

    def _chosen(self) -> list[Asset]:
        return self.browser.chosen()

    # What the person does.

    def _show_awaited(self) -> None:
        row = self._viewmodel.model.row_of(self._awaited) if self._awaited else None
        if row is not None:
            self._awaited = None
            self.browser.grid.choose(row)
            self.browser.open_large()

    def _to_search(self) -> None:
        self.browser.close_large()
        self.search.setFocus()
        self.search.selectAll()

    def _from_search(self) -> None:
        self._viewmodel.search_now()
        if self._viewmodel.model.rowCount():
            self.browser.grid.setFocus()

    def _compare_chosen(self) -> None:
        self.browser.compare()
        self._on_picked()

    def _resize(self, steps: int) -> None:
        self._viewmodel.set_tile(self._viewmodel.tile + steps * TILE_STEP)

    def _make_again(self) -> None:
        """The very same picture; of one from elsewhere the settings are shown."""
        self._shell.go("create", AgainWanted(self._chosen()[0]))

    def _use(self) -> None:
        self._shell.go("create", self._chosen()[0].recipe)

    def _edit_chosen(self) -> None:
        self._shell.go("edit", self._chosen()[0])

    def _begin_with(self) -> None:
        for asset in self._chosen():
            self._shell.go("create", InputWanted(asset))

    def _show_menu(self, at: QPoint) -> None:
        if not self._chosen():
            return
        pictures, trash = self.pictures, self.trash
        if self._viewmodel.place is Place.TRASH:
            groups: list[list[QAction]] = [[self._open], [trash.restore], [trash.erase]]
        else:
            files: list[QAction] = [
                pictures.copy,
                pictures.copy_prompt,
                pictures.copy_recipe,
                pictures.save,
                pictures.show_folder,
            ]
            groups = [
                [self._open, self._edit, self._compare, self._again, self._reuse, self._begin],
                [pictures.star, *files],
                [pictures.trash],
            ]
        self._menu = menu_of(*groups)
        self._menu.popup(at)
