"""What opens over the canvas of Edit: adjustments that show at once, sizes, angles, words."""

from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from studio.core.adjustments import Adjustment, Histogram
from studio.ui.actions import Action
from studio.ui.dialogs.edit_adjust import (
    AdjustSheet,
    BlurSheet,
    CurvesSheet,
    HueSheet,
    LevelsSheet,
    SharpenSheet,
)
from studio.ui.dialogs.edit_size import ResizeSheet, StraightenSheet
from studio.ui.dialogs.edit_text import TextSheet
from studio.ui.panels.edit_actions import EditActions
from studio.ui.panels.edit_canvas import CanvasBinding
from studio.viewmodels.edit import EditViewModel

TEXT_SHARE = 12  # words are at first a twelfth of the picture's height


class EditSheets(QObject):
    """Opens them, and does what they say.

    Attributes:
        adjusting: the adjustment that is open, or was last.
    """

    def __init__(
        self, viewmodel: EditViewModel, actions: EditActions, binding: CanvasBinding, widget: QWidget
    ) -> None:
        super().__init__(widget)
        self._viewmodel, self._binding, self._widget = viewmodel, binding, widget
        self.adjusting: AdjustSheet | None = None
        self.resizing: ResizeSheet | None = None
        self.straightening: StraightenSheet | None = None
        self.writing: TextSheet | None = None
        kinds: tuple[
            tuple[Action, type[LevelsSheet | CurvesSheet | HueSheet | BlurSheet | SharpenSheet]], ...
        ] = (
            (actions.levels, LevelsSheet),
            (actions.curves, CurvesSheet),
            (actions.hue, HueSheet),
            (actions.blur, BlurSheet),
            (actions.sharpen, SharpenSheet),
        )
        for action, kind in kinds:
            action.triggered.connect(partial(self._adjust, kind))
        actions.resize.triggered.connect(lambda: self._resize())
        actions.straighten.triggered.connect(lambda: self._straighten())
        actions.text.triggered.connect(lambda: self._write(*self._middle()))
        actions.layers.rewrite.triggered.connect(lambda: self._rewrite())
        binding.text_wanted.connect(self._write_at)
        self._seen: QImage | None = None  # what the open adjustment would make of the picture
        viewmodel.preview.ready.connect(self._on_preview)
        viewmodel.preview.counted.connect(self._on_counted)

    def escape(self) -> bool:
        """Closes what is open; False where nothing is."""
        sheets = (self.adjusting, self.resizing, self.straightening, self.writing)
        opened = [one for one in sheets if one is not None and one.isVisible()]
        for sheet in opened:
            sheet.close_overlay()
        return bool(opened)

    def _adjust(
        self,
        kind: type[LevelsSheet | CurvesSheet | HueSheet | BlurSheet | SharpenSheet],
        checked: bool = False,
    ) -> None:
        vm = self._viewmodel
        if self.adjusting is not None:
            self.adjusting.close_overlay()
            self.adjusting.deleteLater()
        sheet = self.adjusting = kind(self._binding.canvas)
        sheet.changed.connect(vm.preview.ask)
        sheet.accepted.connect(self._on_accepted)
        sheet.compared.connect(self._on_compared)
        sheet.closed.connect(self._on_closed)
        self._seen = None
        vm.preview.begin()
        vm.preview.count()
        sheet.open()

    def _on_preview(self, image: QImage) -> None:
        if self.adjusting is not None and self.adjusting.isVisible():
            self._seen = image
            self._binding.show_image(image)

    def _on_counted(self, counts: Histogram) -> None:
        if self.adjusting is not None and self.adjusting.isVisible():
            self.adjusting.show_counts(counts)

    def _on_compared(self, before: bool) -> None:
        self._binding.show_image(None if before else self._seen)

    def _on_accepted(self, adjustment: Adjustment) -> None:
        self._viewmodel.commands.adjust(adjustment)

    def _on_closed(self) -> None:
        self._viewmodel.preview.end()
        self._binding.show_image(None)

    def _resize(self) -> None:
        document = self._viewmodel.document
        if document is None:
            return
        if self.resizing is None:
            self.resizing = ResizeSheet(self._widget.window(), self._viewmodel.commands.problem_of_size)
            self.resizing.accepted.connect(self._on_resize)
        self.resizing.ask(document.state.width, document.state.height)

    def _on_resize(self) -> None:
        if self.resizing is not None:
            self._viewmodel.commands.resize(*self.resizing.asked)

    def _straighten(self) -> None:
        if self.straightening is None:
            self.straightening = StraightenSheet(self._widget.window())
            self.straightening.accepted.connect(self._on_straighten)
        self.straightening.ask()

    def _on_straighten(self) -> None:
        if self.straightening is not None:
            self._viewmodel.commands.straighten(self.straightening.degrees.value())

    def _middle(self) -> tuple[int, int]:
        document = self._viewmodel.document
        return (document.state.width // 8, document.state.height // 8) if document else (0, 0)

    def _write_at(self, x: int, y: int) -> None:
        """Words that are there already can be written anew."""
        layer = self._viewmodel.commands.text_at(x, y)
        if layer is not None and layer.text is not None:
            self._text_sheet().ask_again(layer.id, layer.text)
        else:
            self._write(x, y)

    def _write(self, x: int, y: int) -> None:
        document = self._viewmodel.document
        if document is not None:
            size = max(8, document.state.height // TEXT_SHARE)
            self._text_sheet().ask(x, y, self._viewmodel.tools.now.colour, size)

    def _rewrite(self) -> None:
        document = self._viewmodel.document
        layer = document.state.active_layer if document else None
        if layer is not None and layer.text is not None:
            self._text_sheet().ask_again(layer.id, layer.text)

    def _text_sheet(self) -> TextSheet:
        if self.writing is None:
            self.writing = TextSheet(self._widget.window())
            self.writing.written.connect(self._viewmodel.commands.put_text)
        return self.writing
