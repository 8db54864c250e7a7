"""Edit: one picture on a canvas with tools, what is asked of a model at the side, and every step undone."""

import importlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, Qt
from PySide6.QtGui import QAction, QImage
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from studio.core.edit_news import Remark
from studio.core.errors import BadRequest, DiskFull, FileUnwritable, NotFound, StudioError
from studio.core.records import Asset
from studio.ui.edit_words import remark_words
from studio.ui.panel import Building, Region
from studio.ui.panels.edit_actions import EditActions
from studio.ui.panels.edit_compare import CompareMenu
from studio.ui.panels.edit_drag import EditSurface
from studio.ui.panels.edit_empty import FirstDocument
from studio.ui.panels.edit_export import EditExport
from studio.ui.panels.edit_files import EditFiles
from studio.ui.panels.edit_header import EditHeader
from studio.ui.panels.edit_inspector import EditInspector
from studio.ui.panels.edit_tools import ToolActions
from studio.ui.steps import Steps
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.fields import take_typed
from studio.ui.widgets.tab_order import stops, tab_after
from studio.viewmodels.edit import EditViewModel
from studio.viewmodels.edit_take_groups import Take
from studio.viewmodels.shell import Shell
from studio.viewmodels.waiting import TakenOut

if TYPE_CHECKING:
    from studio.ui.panels.edit_work import EditWork

# What the place to work needs, each of some tens of milliseconds.
WORK_MODULES = (
    "studio.session.edit_tools",
    "studio.viewmodels.edit_commands",
    "studio.ui.widgets.edit_canvas_picture",
    "studio.ui.widgets.edit_canvas",
    "studio.ui.panels.edit_sheets",
    "studio.ui.panels.edit_work",
)

DROPPED = "Drop a picture to open it"
DROPPED_BESIDE = "Drop a picture to open it, or with Shift to add it as a layer"


def build(shell: Shell) -> Building["EditPanel"]:
    """The panel over this session, for the window."""
    viewmodel = EditViewModel(shell.session, shell.state, shell.thumbnails, shell)
    yield
    panel = EditPanel(viewmodel, shell, shell)
    yield from panel.fill()
    return panel


class EditPanel(QObject):
    """See `ui.panel.Panel`. `receive` takes an Asset, its id, or the Path of a picture, and opens it; and a
    TakenOut, to be changed here.
    """

    name = "edit"
    title = "Edit"

    def __init__(self, viewmodel: EditViewModel, shell: Shell, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.viewmodel, self._shell = viewmodel, shell
        self.middle = EditSurface(DROPPED)
        self.header = EditHeader(viewmodel)
        self.side: QWidget | None = None
        self._work: EditWork | None = None
        self._making = Steps(self._make_work(), self)
        self._told: list[StudioError] = []  # what went wrong, as long as it may be true
        self.acts = EditActions(viewmodel, self.middle)
        self.tool_actions = ToolActions(viewmodel.tools, self.middle)

    def fill(self) -> Building[None]:
        vm, acts = self.viewmodel, self.acts
        yield
        self.compare = CompareMenu(vm, lambda: self.work.canvas, acts, self)
        self.files = EditFiles(vm, self._shell.messages, acts, self.middle)
        self.export = EditExport(vm, self._shell.state, self._shell.messages, acts, self.middle)
        yield
        self.inspector = EditInspector(vm, self._shell.state)
        yield from self.inspector.fill(acts)
        yield
        self.first = FirstDocument(vm.thumbnails)
        self.focus_targets: dict[Region, QWidget] = {
            "middle": self.first.open,
            "inspector": self.inspector.prompt.prompt,
        }
        self._fill_header()
        self._lay_out()
        self._connect()
        self._show_document()
        self._show_recent()
        self._enter(self._shell.panel)

    @property
    def work(self) -> "EditWork":
        """Made when the first document is open."""
        self._making.finish()
        assert self._work is not None
        return self._work

    def actions(self) -> list[QAction]:
        return [*self.acts.all, *self.tool_actions.all]

    def escape(self) -> bool:
        """Out of the words first, so that the keys of tools are not typed; then what is open, or runs."""
        work = self._work
        if work and self.inspector.prompt.is_written:
            work.canvas.setFocus(Qt.FocusReason.TabFocusReason)  # by the keyboard, so it shows its ring
            return True
        return bool(work and (work.sheets.escape() or work.binding.escape())) or self.viewmodel.stop()

    def receive(self, payload: object) -> None:
        if isinstance(payload, Asset | Path):
            self.viewmodel.open(payload)
        elif isinstance(payload, str):
            self._open_ids([payload])
        elif isinstance(payload, TakenOut) and payload.job.edit is not None:
            self.viewmodel.settings.use_job(payload.job, payload.job.edit)

    # Building.

    def _make_work(self) -> Building[None]:
        for name in WORK_MODULES:
            importlib.import_module(name)
            yield
        from studio.ui.panels.edit_work import EditWork

        work = EditWork(self.viewmodel, self.acts, self.tool_actions, self.middle, self.pages)
        yield
        work.canvas.did.stroke_done.connect(lambda: self._forget_problems(BadRequest))
        self.pages.addWidget(work)
        self.focus_targets["middle"] = work.canvas
        tab_after(stops((self.header,))[-1], [work])
        self._work = work

    def _fill_header(self) -> None:
        acts = self.acts
        saving = Button("Export…", icon="export")
        saving.bind(acts.export)
        keeping = Button("Save to gallery", icon="gallery")
        keeping.bind(acts.keep)
        self.header.fill(
            (acts.undo, acts.redo), (self.compare.button, self.files.open_button, saving, keeping)
        )

    def _lay_out(self) -> None:
        self.middle.setProperty("surface", "panel")
        self.pages = QStackedWidget()
        self.pages.addWidget(self.first)
        whole = QVBoxLayout(self.middle)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.header)
        whole.addWidget(self.pages, 1)

    def _connect(self) -> None:
        vm, acts = self.viewmodel, self.acts
        acts.run.triggered.connect(lambda: self._run())
        acts.apply.triggered.connect(lambda: self._apply())
        acts.discard.triggered.connect(lambda: self._discard())
        self.inspector.takes.discard_wanted.connect(self._discard_all)
        acts.back.triggered.connect(lambda: self._return())
        acts.compare_two.triggered.connect(
            lambda: self.compare.compare_assets(self.inspector.lineage.chosen())
        )
        acts.write.triggered.connect(lambda: self.inspector.go_to("prompt"))
        vm.opened.connect(self._show_document)
        vm.seen_first.connect(self._show_first_view)
        vm.layers.changed.connect(self.header.show_document)
        vm.recent_changed.connect(self._show_recent)
        vm.busy_changed.connect(self._on_busy)
        vm.refused.connect(self._tell_problem)
        vm.opened.connect(lambda: self._forget_problems(StudioError))
        for signal in (vm.kept, vm.commanded):
            signal.connect(lambda: self._forget_problems(BadRequest))
        vm.made_smaller.connect(self._tell_smaller)
        vm.exported.connect(lambda: self._forget_problems(BadRequest, FileUnwritable, DiskFull))
        vm.kept.connect(self._tell_kept)
        vm.saved_again.connect(self._tell_saved)
        vm.remarked.connect(self._tell_remark)
        vm.take_hidden.connect(self._tell_hidden)
        vm.take_settled.connect(self._tell_settled)
        vm.made_elsewhere.connect(self._offer_whole)
        vm.applied_older.connect(
            lambda: self._shell.messages.notify("The canvas has changed since this take was made")
        )
        self.inspector.prompt.get.clicked.connect(lambda: self._shell.go("models"))
        self.first.open.clicked.connect(acts.open.trigger)
        self.first.recent.reopen_wanted.connect(vm.reopen)
        self.first.recent.remove_wanted.connect(vm.remove)
        self.middle.dropped_files.connect(self.files.take)
        self.middle.dropped_layers.connect(self.files.take_as_layers)
        self.middle.dropped_bytes.connect(self.files.take_bytes)
        self.middle.dropped_image.connect(self.files.take_image)
        self.middle.dropped_link.connect(self.files.refuse_link)
        self.middle.dropped_assets.connect(self._open_ids)
        self._shell.session.lane_changed.connect(self.inspector.show_lane)
        self._shell.panel_changed.connect(self._enter)

    # What is shown.

    def _enter(self, panel: str) -> None:
        if panel == self.name:
            self.viewmodel.enter()

    def _show_document(self) -> None:
        opened = self.viewmodel.document is not None
        self.middle.say(DROPPED_BESIDE if opened else DROPPED)
        self.header.show_document()
        if opened:
            self._making.after(self._show_canvas)
        else:
            self._turn_page()

    def _show_canvas(self) -> None:
        """The document may be closed again by now."""
        self._turn_page()
        if self.viewmodel.document is not None:
            self.work.canvas.setFocus()

    def _show_first_view(self, image: QImage, size: QSize) -> None:
        """Until the document is open, or cannot be opened."""
        self._making.after(partial(self._show_seen, image, size))

    def _show_seen(self, image: QImage, size: QSize) -> None:
        if self.viewmodel.busy:  # else there is more to be seen by now
            self.work.canvas.show_preview(image, size)
            self.pages.setCurrentWidget(self.work)

    def _on_busy(self) -> None:
        self.header.show_document()
        if not self.viewmodel.busy and self._work is not None:
            self._work.canvas.clear_preview()
            self._turn_page()

    def _turn_page(self) -> None:
        self.pages.setCurrentWidget(self.first if self.viewmodel.document is None else self.work)

    def _show_recent(self) -> None:
        self.first.show_recent(self.viewmodel.recent, self.viewmodel.asset)

    # What the person does.

    def _run(self) -> None:
        """Where it is refused, the person is led to the field."""
        take_typed()
        if self.viewmodel.run():
            self._forget_problems(BadRequest)
            return
        for field, error in self.viewmodel.settings.problems.items():
            if not self.inspector.go_to(field):
                self._shell.messages.problem(error)

    def _apply(self) -> None:
        vm = self.viewmodel
        if vm.takes.shown is not None:
            vm.apply()
        elif vm.takes.done:
            self._shell.messages.notify("Show the take first that is to be applied (Alt+Right).")
        elif vm.document is not None:
            self._shell.messages.notify("There is no take to apply yet.")

    def _discard(self) -> None:
        asset = self.viewmodel.discard()
        if asset is not None:
            undo = partial(self.viewmodel.take_back, asset)
            self._shell.messages.undoable("Take discarded", undo, icon="trash")

    def _discard_all(self, job_id: str) -> None:
        takes = self.viewmodel.takes
        gone = takes.discard_all(job_id)
        if gone:
            undo = partial(takes.bring_back, gone)
            self._shell.messages.undoable("Takes discarded: {count}", undo, icon="trash", count=len(gone))

    def _tell_hidden(self, take: Take) -> None:
        show = partial(self.viewmodel.takes.choose, take.key)
        self._shell.messages.notify(
            "Take {number} is hidden", action_label="Show", action=show, number=take.index + 1
        )

    def _tell_settled(self, take: Take) -> None:
        self._shell.messages.notify(
            "Take {number} was applied first; undo takes it back", number=take.index + 1
        )

    def _offer_whole(self, take: Take) -> None:
        """One that was made for another canvas can be looked at on its own."""
        if take.asset is not None:
            self._shell.messages.offer(
                "Take {number} was made for a canvas that was resized, cropped, flipped or turned since.",
                "Show it on its own canvas",
                partial(self.viewmodel.return_to, take.asset),
                lambda: None,
                number=take.index + 1,
            )

    def _return(self) -> None:
        """To the picture that is chosen, from where another branch can begin."""
        chosen = self.inspector.lineage.chosen()
        if len(chosen) == 1:
            self.viewmodel.return_to(chosen[0])

    def _open_ids(self, ids: Sequence[str]) -> None:
        """The first of them."""
        for asset_id in ids[:1]:
            if asset := self.viewmodel.asset(asset_id):
                self.viewmodel.open(asset)
            else:
                self._shell.messages.problem(NotFound(name=asset_id))

    def _tell_problem(self, error: StudioError) -> None:
        self._told.append(error)
        self._shell.messages.problem(error)

    def _forget_problems(self, *kinds: type[StudioError]) -> None:
        """Something went well since: those of these kinds are no longer true."""
        for error in self._told:
            if isinstance(error, kinds):
                self._shell.messages.withdraw(error.code)
        self._told = [error for error in self._told if not isinstance(error, kinds)]

    def _tell_remark(self, remark: Remark) -> None:
        self._shell.messages.notify("{said}", said=remark_words(remark))

    def _tell_saved(self) -> None:
        self._forget_problems(DiskFull, FileUnwritable)
        self._shell.messages.notify("Everything is saved again.")

    def _tell_smaller(self) -> None:
        self._shell.messages.notify("The picture is larger than the canvas and was made smaller.")

    def _tell_kept(self, asset: Asset) -> None:
        self._shell.messages.notify(
            "Saved to the gallery",
            action_label="Show",
            action=partial(self._shell.go, "gallery"),
        )
