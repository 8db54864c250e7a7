"""Create: a prompt above, the batches that came of it below, settings at the side."""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QModelIndex, QObject, QPoint
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from studio.core.inputs import Role
from studio.core.job_checks import MAX_PICTURES
from studio.core.jobs import GenerateImages
from studio.core.recipe import Recipe
from studio.core.records import Asset
from studio.ui.actions import Action, menu_of
from studio.ui.i18n import tr
from studio.ui.panel import Building, Region
from studio.ui.panels.create_actions import CreateActions
from studio.ui.panels.create_drop import RecipeDrop
from studio.ui.panels.create_empty import FirstPicture
from studio.ui.panels.create_ended import EndedTiles
from studio.ui.panels.create_heading import BatchHeading
from studio.ui.panels.create_inputs import InputsRow
from studio.ui.panels.create_inspector import CreateInspector
from studio.ui.panels.create_middle import PicturesFirst, PictureSurface
from studio.ui.panels.create_news import CreateNews
from studio.ui.panels.create_prompt import PromptBox
from studio.ui.panels.create_sheets import CreateSheets
from studio.ui.panels.create_tiles import BatchTileDelegate, spoken
from studio.ui.panels.create_vary import VaryActions
from studio.ui.panels.picture_actions import PictureActions
from studio.ui.widgets.fields import take_typed
from studio.ui.widgets.grid_layout import GridLayout
from studio.ui.widgets.header import Header
from studio.ui.widgets.large_view import LargeView
from studio.ui.widgets.picture_browser import PictureBrowser
from studio.ui.widgets.picture_grid import PictureGrid
from studio.ui.widgets.tile_buttons import TileButtons
from studio.viewmodels.batches import TILE_ROLE
from studio.viewmodels.create import AgainWanted, CreateViewModel
from studio.viewmodels.create_inputs import InputWanted
from studio.viewmodels.create_recipes import recipe_of
from studio.viewmodels.shell import Shell
from studio.viewmodels.tiles import Tile, TileState
from studio.viewmodels.waiting import TakenOut

TILE, GAP = 208, 12


def build(shell: Shell) -> Building["CreatePanel"]:
    """The panel over this session, for the window: all at once it takes 0.1 s."""
    viewmodel = CreateViewModel(shell.session, shell.state, shell.thumbnails, shell)
    yield
    panel = CreatePanel(viewmodel, shell, shell)
    yield from panel.fill()
    return panel


class CreatePanel(QObject):
    """See `ui.panel.Panel`. `receive` takes a Recipe or a TakenOut and writes it into the fields, an
    AgainWanted to make its picture again, and an InputWanted to begin with its picture.
    """

    name = "create"
    title = "Create"

    def __init__(self, viewmodel: CreateViewModel, shell: Shell, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._viewmodel, self._shell = viewmodel, shell
        self._menu: QMenu | None = None
        self.middle = PictureSurface("Drop pictures here")
        self.header = Header("Create")
        self.side: QWidget | None = None
        self.pictures = PictureActions(viewmodel.pictures, shell.messages, self._chosen, self.middle)
        self.recipes = RecipeDrop(viewmodel.drop, shell.messages, self.middle, self.add_inputs)
        self.sheets = CreateSheets(viewmodel.sheets, shell, self.pictures, self._show_sheet, self.middle)
        self.sheets.add_to(self.header)
        self._vary = VaryActions(viewmodel, self._chosen, self._use, self)
        acts = self.acts = CreateActions(viewmodel, self._vary, self)
        self.sheets.also = [acts.open, acts.edit, acts.reuse, acts.begin, *self._vary.all]
        self._news = CreateNews(viewmodel, shell.messages, self)

    def fill(self) -> Building[None]:
        viewmodel = self._viewmodel
        yield
        self.inspector = CreateInspector(viewmodel.settings, self._shell.state)
        yield from self.inspector.fill()
        yield
        self.prompt = self._make_box()
        yield
        buttons = TileButtons(
            self.pictures.star,
            ("brush", "Edit", self.acts.edit),
            ("vary", "Vary a little", self._vary.little),
            ("again", "Make again", self.acts.again),
        )
        self.inputs = InputsRow(viewmodel.inputs, viewmodel.settings, viewmodel.thumbnails)
        self.browser = PictureBrowser(self._make_grid(buttons), buttons, self._make_large())
        self._first = FirstPicture()
        self.browser.addWidget(self._first)
        self.focus_targets: dict[Region, QWidget] = {
            "middle": self.prompt.prompt,
            "inspector": self.inspector.picker,
        }
        yield
        self._lay_out()
        self._connect()
        self._show_rest()
        self._on_picked()
        self._show_models()

    def actions(self) -> list[Action]:
        pictures = self.pictures
        return [
            *self.acts.all,
            *self.recipes.actions,
            pictures.star,
            pictures.copy,
            pictures.copy_prompt,
            pictures.copy_recipe,
            pictures.save,
            pictures.show_folder,
            pictures.trash,
            *self.sheets.actions(),
        ]

    def escape(self) -> bool:
        opened = self.recipes.close() or self.sheets.escape() or self.browser.close_large()
        return opened or self.prompt.escape() or self._viewmodel.stop_current()

    def receive(self, payload: object) -> None:
        if isinstance(payload, Recipe):
            self._use(payload)
        elif isinstance(payload, AgainWanted):
            self._make_picture_again(payload.asset)
        elif isinstance(payload, InputWanted):
            self._viewmodel.inputs.add_assets([payload.asset])
            self._to_prompt()
        elif isinstance(payload, TakenOut):
            self._viewmodel.settings.set_num_images(min(payload.job.num_images, MAX_PICTURES))
            self._use_job(payload.job)

    def add_inputs(self, paths: Iterable[Path], role: Role | None = None) -> None:
        """Begin the next job with these files; without a role each gets the likely one."""
        self._viewmodel.inputs.add_files(paths, role)

    # Building.

    def _make_box(self) -> PromptBox:
        vm = self._viewmodel
        box = PromptBox(vm.settings, vm.prompt, self.acts.generate, *self.acts.help)
        box.card.models_wanted.connect(partial(self._shell.go, "models"))
        return box

    def _make_grid(self, buttons: TileButtons) -> PictureGrid:
        vm = self._viewmodel
        vm.results.describe = spoken
        arrangement = GridLayout(tile=TILE, gap=GAP, margins=(24, 14), heading=36, after=20)
        grid = PictureGrid("Results", arrangement, self._make_heading, buttons)
        grid.setItemDelegate(BatchTileDelegate(vm.results, vm.thumbnails, grid))
        grid.show_model(vm.results)
        vm.thumbnails.ready.connect(grid.repaint_asset)
        return grid

    def _make_heading(self) -> BatchHeading:
        vm = self._viewmodel
        heading = BatchHeading(vm.results)
        heading.again_wanted.connect(vm.make_again)
        heading.stop_wanted.connect(vm.stop)
        heading.use_wanted.connect(self._use_job)
        heading.copy_wanted.connect(self._copy_prompt_of)
        heading.trash_wanted.connect(self._trash_batch)
        heading.sheet_wanted.connect(self.sheets.open_of)
        return heading

    def _make_large(self) -> LargeView:
        pictures = self.pictures
        shown = [
            ("brush", "Edit", self.acts.edit),
            ("compare", "Compare", self.acts.compare),
            ("star", "Star", pictures.star),
            ("copy", "Copy picture", pictures.copy),
            ("save", "Save as…", pictures.save),
            ("trash", "Move to trash", pictures.trash),
        ]
        return LargeView(self._viewmodel.thumbnails, shown)

    def _lay_out(self) -> None:
        self.middle.setProperty("surface", "panel")
        self._well = QWidget()
        well = QVBoxLayout(self._well)
        well.setContentsMargins(24, 16, 24, 12)
        well.setSpacing(0)
        well.addWidget(self.inputs)
        well.addWidget(self.prompt)
        whole = QVBoxLayout(self.middle)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.header)
        whole.addWidget(self._well)
        whole.addWidget(self.browser, 1)
        whole.addWidget(self.sheets.page, 1)

    def _connect(self) -> None:
        vm = self._viewmodel
        model = vm.results
        self._connect_actions()
        self._connect_ended(EndedTiles(model, self.browser.grid))
        model.rowsInserted.connect(self._on_rows_inserted)
        model.modelReset.connect(self._show_rest)
        model.rowsRemoved.connect(self._show_rest)
        vm.settings.models_changed.connect(self._show_models)
        vm.submitted.connect(self._show_newest)
        self.middle.dropped_files.connect(self.recipes.take)
        self.middle.dropped_assets.connect(vm.inputs.add_ids)
        self._first_pictures = PicturesFirst(self.middle)
        self._shell.session.lane_changed.connect(self.inspector.show_lane)
        self.inspector.fast.get_wanted.connect(partial(self._shell.go, "models"))
        self.inspector.advanced.measure_wanted.connect(self._measure_cache)
        self._first.taken.connect(self._take_example)
        self.recipes.used.connect(self._to_prompt)
        self.prompt.prompt.pasted.connect(vm.drop.look_at)
        self.recipes.get_wanted.connect(partial(self._shell.go, "models"))
        self.browser.picked.connect(self._on_picked)
        self.sheets.page.picked.connect(self._on_picked)
        self.browser.menu_wanted.connect(self._show_menu)
        self.browser.currentChanged.connect(
            lambda: self._well.setVisible(not self.browser.is_large and not self.sheets.is_open)
        )

    def _connect_actions(self) -> None:
        acts = self.acts
        for action, run in (
            (acts.generate, self._generate),
            (acts.anew, partial(self._generate, new_seed=True)),
            (acts.write, self._to_prompt),
            (acts.judge, self._to_pictures),
            (acts.open, self._open_large),
            (acts.again, self._make_again),
            (acts.reuse, self._use_chosen),
            (acts.compare, self._compare_chosen),
            (acts.edit, self._edit_chosen),
            (acts.begin, self._begin_with),
            (acts.paste, self._paste),
        ):
            action.triggered.connect(partial(_without_state, run))

    def _connect_ended(self, ended: EndedTiles) -> None:
        ended.run_wanted.connect(self._viewmodel.resume)
        ended.settings_wanted.connect(self._use_job)
        ended.model_wanted.connect(lambda: self.inspector.picker.setFocus())
        ended.details_wanted.connect(self._shell.messages.details_wanted)
        ended.get_wanted.connect(partial(self._shell.go, "models"))

    # What is shown.

    def _show_rest(self) -> None:
        """The batches, or how to begin where there are none."""
        results = self._viewmodel.results
        empty = results.is_filled and results.rowCount() == 0
        self.browser.rest_on(self._first if empty else self.browser.grid)

    def _show_sheet(self, shown: bool) -> None:
        """A contact sheet takes the whole middle."""
        self.browser.setVisible(not shown)
        self._well.setVisible(not shown and not self.browser.is_large)
        self._on_picked()
        if not shown:
            self.browser.grid.setFocus()

    def _on_rows_inserted(self, parent: QModelIndex, first: int, last: int) -> None:
        """Keys go on with the batch that was asked for, not with what it pushed out of sight."""
        self._show_rest()
        if first == 0:
            self.browser.grid.go_to(0)

    def _show_models(self) -> None:
        settings = self._viewmodel.settings
        self._first.show_model(settings.model)
        for action in (self.acts.generate, self.acts.anew):  # that there is no model is not known yet
            action.setEnabled(settings.model is not None or not settings.looking)

    def _show_newest(self) -> None:
        self.sheets.close()
        self.browser.close_large()
        self.browser.grid.scrollToTop()

    def _on_picked(self) -> None:
        """Actions in line with what is chosen, among the batches or in the open sheet."""
        in_sheet, chosen = self.sheets.is_open, self._chosen()
        self.pictures.refresh(chosen)
        self._vary.refresh(chosen)
        acts = self.acts
        acts.reuse.setEnabled(len(chosen) == 1)
        acts.edit.setEnabled(len(chosen) == 1)
        acts.begin.setEnabled(bool(chosen))
        tile = None if in_sheet else self._tile()
        acts.open.setEnabled(bool(chosen) if in_sheet else tile is not None and tile.asset is not None)
        acts.compare.setEnabled(not in_sheet and bool(chosen))
        acts.again.setEnabled(tile is not None and tile.state in (TileState.DONE, TileState.ENDED))

    def _chosen(self) -> list[Asset]:
        return self.sheets.chosen() if self.sheets.is_open else self.browser.chosen()

    def _tile(self) -> Tile | None:
        index = self.browser.grid.currentIndex()
        return index.data(TILE_ROLE) if index.isValid() else None

    # What the person does.

    def _generate(self, *, new_seed: bool = False) -> None:
        """Where it is refused, the person is led to the field; the prompt's box is in sight anyway."""
        vm = self._viewmodel
        take_typed()
        if not vm.generate(new_seed=new_seed):
            self._lead_to_problem()

    def _measure_cache(self) -> None:
        take_typed()
        if not self._viewmodel.measure_cache():
            self._lead_to_problem()

    def _lead_to_problem(self) -> None:
        vm = self._viewmodel
        for field, error in vm.settings.problems.items():
            if field == "inputs":
                self.inputs.go_to_fault()  # which may be scrolled away, so it is told, too
            if field not in ("prompt", "negative_prompt") and not self.inspector.go_to(field):
                self._shell.messages.problem(error)

    def _to_prompt(self) -> None:
        self.sheets.close()
        self.browser.close_large()
        self.prompt.prompt.setFocus()

    def _to_pictures(self) -> None:
        """To the one that was looked at last; the newest after something was made."""
        self.browser.close_large()
        grid = self.browser.grid
        if not self.sheets.is_open and grid.isVisible():
            if not grid.currentIndex().isValid():
                grid.go_to(0)
            grid.setFocus()

    def _open_large(self) -> None:
        (self.sheets.page if self.sheets.is_open else self.browser).open_large()

    def _make_again(self) -> None:
        """While the seed is locked, which promises that repeats are identical, this very picture; else all of
        its batch with a new seed, as the batch's heading does."""
        tile = self._tile()
        if tile and tile.asset and self._viewmodel.settings.draft.seed_locked:
            self._make_picture_again(tile.asset)
        elif tile:
            self._viewmodel.make_again(tile.job)

    def _make_picture_again(self, asset: Asset) -> None:
        """Of a picture that does not say how it was made, the settings are shown instead."""
        if not self._viewmodel.make_picture_again(asset):
            self._use(asset.recipe)

    def _compare_chosen(self) -> None:
        if not self.browser.can_compare:
            alone = len(self._chosen()) == 1
            self._shell.messages.notify("Choose a second picture." if alone else "Choose two pictures.")
        self.browser.compare()
        self._on_picked()

    def _edit_chosen(self) -> None:
        self._shell.go("edit", self._chosen()[0])

    def _take_example(self, text: str) -> None:
        self._viewmodel.settings.set_prompt(text)
        self.prompt.prompt.setFocus()

    def _begin_with(self) -> None:
        """Where the inputs are out of sight, they come into it."""
        chosen = self._chosen()
        self.sheets.close()
        self.browser.close_large()
        self._viewmodel.inputs.add_assets(chosen)

    def _paste(self) -> None:
        held = QGuiApplication.clipboard().mimeData()
        image = QGuiApplication.clipboard().image()
        if files := [Path(url.toLocalFile()) for url in held.urls() if url.isLocalFile()]:
            self.recipes.take(files)
        elif not image.isNull():
            self._viewmodel.inputs.add_image(image, tr("Pasted picture"))

    def _use_chosen(self) -> None:
        self._use(self._chosen()[0].recipe)

    def _use(self, recipe: Recipe) -> None:
        """Write it into the fields, and say what of it this machine does not have."""
        found = self._viewmodel.recipes.use(recipe)
        self._to_prompt()
        self._news.tell_missing(recipe, found=found)

    def _use_job(self, job: GenerateImages) -> None:
        self._use(recipe_of(job))

    def _copy_prompt_of(self, job: GenerateImages) -> None:
        QGuiApplication.clipboard().setText(job.template or job.prompt)
        self._shell.messages.notify("Prompt copied")

    def _trash_batch(self, job: GenerateImages) -> None:
        batch = self._viewmodel.results.batch(job.id)
        assets = [asset for asset in batch.assets.values() if not asset.trashed] if batch else []
        if assets:
            self.pictures.trash_all(assets)

    def _show_menu(self, at: QPoint) -> None:
        if self._chosen():
            pictures = self.pictures
            self._menu = menu_of(
                *self.acts.of_picture,
                [
                    pictures.star,
                    pictures.copy,
                    pictures.copy_prompt,
                    pictures.copy_recipe,
                    pictures.save,
                    pictures.show_folder,
                ],
                [pictures.trash],
            )
            self._menu.popup(at)


def _without_state(run: Callable[[], object], checked: bool = False) -> None:
    """Qt tells whether the action is checked, which none of these is."""
    run()
