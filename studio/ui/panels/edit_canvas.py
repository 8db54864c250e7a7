"""Binds the canvas to the document: what tools did becomes a step of it, and takes lie over it."""

from typing import cast

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from studio.core.edits import Margins, Operation, Region
from studio.ui.edit_words import TOOLS
from studio.ui.panels.edit_compare import place_of
from studio.ui.widgets.edit_canvas import EditCanvas
from studio.viewmodels.edit import EditViewModel
from studio.viewmodels.edit_surface import Surface
from studio.viewmodels.edit_tools import Mode, Tool

Places = list[tuple[float, float]]


class CanvasBinding(QObject):
    """Between the view-model and the widget.

    Attributes:
        canvas: the widget.

    Signals:
        text_wanted (x, y): words are to begin there, in pixels of the picture.
        proposal_changed: another take, or none, lies on the canvas.
    """

    text_wanted = Signal(int, int)
    proposal_changed = Signal()

    def __init__(self, viewmodel: EditViewModel, canvas: EditCanvas, parent: QObject) -> None:
        super().__init__(parent)
        self._viewmodel, self.canvas = viewmodel, canvas
        self._operation = viewmodel.settings.operation
        vm, did, commands = viewmodel, canvas.did, viewmodel.commands
        did.polygon_drawn.connect(self._on_polygon)
        did.rectangle_drawn.connect(commands.select_rectangle)
        did.wand_clicked.connect(self._on_wand)
        did.object_clicked.connect(self._on_object)
        did.text_placed.connect(self.text_wanted)
        did.colour_picked.connect(self._on_colour)
        did.selection_dropped.connect(commands.select_none)
        did.frame_changed.connect(self._on_frame)
        did.frame_accepted.connect(self._on_accepted)
        did.refused.connect(vm.refused)
        canvas.in_turn = commands.then
        canvas.make_way = vm.make_way
        commands.reshaping_changed.connect(canvas.rest)
        vm.opened.connect(self.show_document)
        vm.tools.tool_changed.connect(self._on_tool)
        vm.settings.options_changed.connect(self._on_settings)
        vm.takes.current_changed.connect(self.show_take)
        vm.thumbnails.ready.connect(self._on_ready)
        vm.previewed.connect(canvas.show_progress)
        self._on_settings()

    def escape(self) -> bool:
        """Ends comparing, else takes the take away; False where there was neither."""
        if self.canvas.is_comparing:
            self.canvas.stop_comparing()
            return True
        shown = self._viewmodel.takes.shown is not None
        self._viewmodel.takes.choose(None)
        return shown

    def show_take(self) -> None:
        """The one that is chosen, over the canvas; nothing where none is."""
        take = self._viewmodel.takes.shown
        if take is None or take.asset is None:
            self.canvas.show_proposal(None)
        elif (image := self._viewmodel.thumbnails.whole(take.asset)) is not None:
            self.canvas.show_proposal(image, place_of(take))
        self.proposal_changed.emit()

    def show_image(self, image: QImage | None) -> None:
        """Something to look at in the place of the picture, as a sheet that is open proposes it."""
        if image is None:
            self.show_take()
        else:
            self.canvas.show_proposal(image)

    def show_document(self) -> None:
        """The one that is open now."""
        # To the checker of types a signal of a class is none of its objects'.
        self.canvas.show_document(cast(Surface | None, self._viewmodel.document))
        self.canvas.show_proposal(None)
        self._on_tool()

    def _on_ready(self, asset_id: str) -> None:
        take = self._viewmodel.takes.shown
        if take is not None and take.asset is not None and take.asset.id == asset_id:
            self.show_take()

    # What tools did.

    def _on_polygon(self, points: Places, mode: Mode) -> None:
        """With the tool of that name, or with the lasso."""
        name, _, _ = TOOLS[self._viewmodel.tools.tool]
        self._viewmodel.commands.select_polygon(points, mode, name)

    def _on_wand(self, x: int, y: int, mode: str) -> None:
        now = self._viewmodel.tools.now
        self._viewmodel.commands.select_colour(x, y, now.tolerance, now.contiguous, mode)  # type: ignore[arg-type]

    def _on_object(self, x: int, y: int, mode: str) -> None:
        """Where no model finds objects, the wand takes what has the colour there."""
        if self._viewmodel.finds_objects:
            self._viewmodel.select_object(x, y, mode)  # type: ignore[arg-type]
        else:
            self._on_wand(x, y, mode)

    def _on_colour(self, colour: str) -> None:
        self._viewmodel.tools.set(colour=colour)
        self._viewmodel.tools.choose(Tool.PAINT)

    def _on_frame(self, tool: str, region: Region) -> None:
        settings = self._viewmodel.settings
        if tool == Tool.CONTEXT:
            settings.set_region(region)
        elif tool == Tool.EXTEND:
            settings.set_margins(self._margins(region))

    def _on_accepted(self, tool: str, region: Region) -> None:
        vm = self._viewmodel
        if tool == Tool.CROP:
            vm.commands.crop(region)
            vm.tools.choose(Tool.HAND)
        elif tool == Tool.EXTEND:
            vm.settings.set_margins(self._margins(region))
            vm.run()
        elif tool == Tool.CONTEXT:
            vm.tools.choose(Tool.BRUSH)

    # Frames and fields agree.

    def _on_tool(self) -> None:
        """A tool that belongs to an operation brings it along, and a frame is set around what is seen."""
        vm = self._viewmodel
        if vm.document is None:
            return
        if vm.tools.tool in (Tool.EXTEND, Tool.CROP):
            vm.settle_take()
        elif vm.tools.tool is Tool.CONTEXT:
            vm.make_way()
        if vm.tools.tool is Tool.EXTEND:
            vm.settings.choose_operation(Operation.EXTEND)
        elif vm.tools.tool is Tool.CONTEXT:
            vm.settings.set_region(vm.settings.region or vm.context())
        self._place_frames()

    def _on_settings(self) -> None:
        settings, tools = self._viewmodel.settings, self._viewmodel.tools
        tools.set(feather=settings.edit.feather)
        before, self._operation = self._operation, settings.operation
        if before is not self._operation:
            if self._operation is Operation.EXTEND:
                tools.choose(Tool.EXTEND)
            elif before is Operation.EXTEND and tools.tool is Tool.EXTEND:
                tools.choose(Tool.HAND)
        self._place_frames()

    def _place_frames(self) -> None:
        vm = self._viewmodel
        if vm.document is None:
            return
        state, margins = vm.document.state, vm.settings.margins
        if vm.tools.tool is Tool.EXTEND:
            width, height = (
                state.width + margins.left + margins.right,
                state.height + margins.top + margins.bottom,
            )
            self.canvas.frame(Tool.EXTEND).set_region(Region(-margins.left, -margins.top, width, height))
        elif vm.tools.tool is Tool.CONTEXT and vm.settings.region is not None:
            self.canvas.frame(Tool.CONTEXT).set_region(vm.settings.region)

    def _margins(self, region: Region) -> Margins:
        document = self._viewmodel.document
        if document is None:
            return Margins()
        right, bottom = region.right - document.state.width, region.bottom - document.state.height
        return Margins(max(0, -region.left), max(0, -region.top), max(0, right), max(0, bottom))
