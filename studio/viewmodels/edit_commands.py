"""What is done to the open document at once, by the tools of the session: no model, no waiting.

Imported once a document is open: what works on pixels takes its time to import.
"""

from collections import deque
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from studio.core.adjustments import Adjustment
from studio.core.edits import Region
from studio.core.errors import StudioError
from studio.core.layers import Blending, Layer, TextStyle
from studio.session import edit_tools
from studio.session.edit_canvas_tools import check_size
from studio.session.edit_document import EditDocument
from studio.session.edit_opening import pixels_from
from studio.viewmodels.edit_pixels import Pixels, pixels_of
from studio.viewmodels.edit_tools import Mode
from studio.viewmodels.edit_words import drawn_text
from studio.viewmodels.edit_work import Worker

Points = list[tuple[float, float]]


class EditCommands(QObject):
    """Each is one step of the document; where none is open they do nothing. What was asked for first is done
    first, whichever of them takes longer.

    Attributes:
        worker: where those work that may take longer than the window can wait.

    Signals:
        failed (StudioError): it could not be done, and nothing was changed.
        done: one of them became a step, or found nothing to change.
        made_smaller: a picture from elsewhere was larger than the canvas.
        busy_changed (bool): one is at work.
        reshaping_changed (bool): one was asked for that gives every place of the picture another one; until
            it is done, no place of it can be named.
    """

    failed = Signal(object)
    done = Signal()
    made_smaller = Signal()
    busy_changed = Signal(bool)
    reshaping_changed = Signal(bool)

    def __init__(self, document: Callable[[], EditDocument | None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.worker = Worker(self)
        self.worker.failed.connect(self.failed)
        self.worker.busy_changed.connect(self._on_busy)
        self._waiting: deque[Callable[[], object]] = deque()
        self._reshapes = 0

    @property
    def busy(self) -> bool:
        return self.worker.busy or bool(self._waiting)

    def then(self, do: Callable[[], object]) -> None:
        """Once all that was asked for before is done; at once where nothing is at work."""
        if self.busy:
            self._waiting.append(do)
        else:
            do()

    # What is chosen.

    def select_all(self) -> None:
        self._work(edit_tools.select_all.work)

    def select_none(self) -> None:
        self._do(edit_tools.select_none)

    def invert_selection(self) -> None:
        self._work(edit_tools.invert_selection.work)

    def grow_selection(self, pixels: int) -> None:
        """Below 0 it shrinks."""
        self._work(lambda document: edit_tools.grow_selection.work(document, pixels))

    def feather_selection(self, pixels: int) -> None:
        self._work(lambda document: edit_tools.feather_selection.work(document, pixels))

    def select_from_alpha(self) -> None:
        self._work(edit_tools.select_from_alpha.work)

    def keep_selection_as_layer(self) -> None:
        self._do(edit_tools.keep_selection_as_layer)

    def select_layer(self, layer_id: str) -> None:
        self._work(lambda document: edit_tools.select_layer.work(document, layer_id))

    def select_rectangle(self, region: Region, mode: Mode) -> None:
        self._work(lambda document: edit_tools.select_rectangle.work(document, region, mode))

    def select_polygon(self, points: Points, mode: Mode, label: str) -> None:
        """`label`: what the tool is called, English."""
        self._work(lambda document: edit_tools.select_polygon.work(document, points, mode, label))

    def select_colour(self, x: int, y: int, tolerance: int, contiguous: bool, mode: Mode) -> None:
        self._work(
            lambda document: edit_tools.select_colour.work(document, x, y, tolerance, contiguous, mode)
        )

    def select_mask(self, mask: Pixels, mode: Mode) -> None:
        """What a model found, (h, w)."""
        self._work(lambda document: edit_tools.select_mask.work(document, mask, mode))

    # Layers.

    def add_layer(self) -> None:
        self._do(edit_tools.add_layer)

    def remove_layer(self, layer_id: str) -> None:
        self._do(lambda document: edit_tools.remove_layer(document, layer_id))

    def move_layer(self, layer_id: str, index: int) -> None:
        """`index` counts from the bottom."""
        self._do(lambda document: edit_tools.move_layer(document, layer_id, index))

    def rename_layer(self, layer_id: str, name: str) -> None:
        self._do(lambda document: edit_tools.set_layer(document, layer_id, name=name))

    def fade_layer(self, layer_id: str, opacity: float) -> None:
        self._do(lambda document: edit_tools.set_layer(document, layer_id, opacity=opacity))

    def blend_layer(self, layer_id: str, blending: Blending) -> None:
        self._do(lambda document: edit_tools.set_layer(document, layer_id, blending=blending))

    def show_layer(self, layer_id: str, visible: bool) -> None:
        self._do(lambda document: edit_tools.set_layer(document, layer_id, visible=visible))

    def activate_layer(self, layer_id: str) -> None:
        self._do(lambda document: edit_tools.activate_layer(document, layer_id))

    def duplicate_layer(self, layer_id: str) -> None:
        self._do(lambda document: edit_tools.duplicate_layer(document, layer_id))

    def merge_down(self, layer_id: str) -> None:
        self._work(lambda document: edit_tools.merge_down.work(document, layer_id))

    def flatten(self) -> None:
        self._work(edit_tools.flatten.work)

    # Pixels of the active layer.

    def adjust(self, adjustment: Adjustment) -> None:
        self._work(lambda document: edit_tools.adjust.work(document, adjustment))

    def fill_colour(self, colour: str) -> None:
        self._work(lambda document: edit_tools.fill_colour.work(document, colour))

    def clear_selected(self) -> None:
        self._work(edit_tools.clear_selected.work)

    def text_at(self, x: int, y: int) -> Layer | None:
        """The highest layer of words that is seen there."""
        document = self._document()
        shown = [one for one in document.state.layers if one.text and one.visible] if document else []
        for layer in reversed(shown):
            assert document is not None
            bounds = document.plane(layer.plane).bounds()
            if bounds.joined(Region(x, y, 1, 1)) == bounds:
                return layer
        return None

    def put_text(self, style: TextStyle, layer_id: str = "") -> None:
        """Words as a layer of their own, or in the place of what that layer shows; drawn here, for this is
        where fonts are."""

        def draw(document: EditDocument) -> None:
            width, height = document.state.width - style.x, document.state.height - style.y
            self.worker.do(
                lambda: pixels_of(drawn_text(style, width, height)), lambda pixels: put(document, pixels)
            )

        def put(document: EditDocument, pixels: Pixels) -> None:
            self._begin(
                document, lambda now: edit_tools.put_text.work(now, style, pixels, style.x, style.y, layer_id)
            )

        self._in_turn(draw)

    def paste(self, image: QImage, name: str) -> None:
        """A picture from elsewhere as a layer."""
        self._place(lambda: pixels_of(image), name)

    def place(self, source: Path | bytes, name: str) -> None:
        """A file or an encoded picture as a layer."""
        self._place(lambda: pixels_from(source, name), name)

    def _place(self, read: Callable[[], Pixels], name: str) -> None:
        def put(document: EditDocument, pixels: Pixels) -> None:
            height, width = pixels.shape[:2]
            self._begin(document, lambda now: edit_tools.paste_picture.work(now, pixels, name))
            if width > document.state.width or height > document.state.height:
                self.made_smaller.emit()

        self._in_turn(lambda document: self.worker.do(read, lambda pixels: put(document, pixels)))

    # The canvas.

    def crop(self, region: Region) -> None:
        self._reshape(lambda document: edit_tools.crop.work(document, region))

    def rotate(self, quarters: int) -> None:
        """Clockwise."""
        self._reshape(lambda document: edit_tools.rotate_quarter.work(document, quarters))

    def straighten(self, degrees: float) -> None:
        self._reshape(lambda document: edit_tools.straighten.work(document, degrees))

    def flip(self, *, horizontal: bool) -> None:
        self._reshape(lambda document: edit_tools.flip.work(document, horizontal))

    def resize(self, width: int, height: int) -> None:
        self._reshape(lambda document: edit_tools.resize.work(document, width, height))

    def problem_of_size(self, width: int, height: int) -> StudioError | None:
        """Why the canvas cannot become so large, or so small."""
        document = self._document()
        try:
            if document is not None:
                check_size(document.state, width, height)
        except StudioError as error:
            return error
        return None

    def _in_turn(self, use: Callable[[EditDocument], object]) -> None:
        """On the document that is open now, once it is its turn, also where another one is open by then."""
        document = self._document()
        if document is not None:
            self.then(lambda: self._try(document, use))

    def _do(self, tool: Callable[[EditDocument], object]) -> None:
        def use(document: EditDocument) -> None:
            tool(document)
            self.done.emit()

        self._in_turn(use)

    def _work(self, tool: Callable[[EditDocument], edit_tools.Work]) -> None:
        """Worked out in the thread, then one step."""
        self._in_turn(lambda document: self._begin(document, tool))

    def _reshape(self, tool: Callable[[EditDocument], edit_tools.Work]) -> None:
        self._count_reshapes(1)
        self._work(tool)
        self.then(lambda: self._count_reshapes(-1))

    def _count_reshapes(self, by: int) -> None:
        before, self._reshapes = self._reshapes, self._reshapes + by
        if bool(before) != bool(self._reshapes):
            self.reshaping_changed.emit(bool(self._reshapes))

    def _begin(self, document: EditDocument, tool: Callable[[EditDocument], edit_tools.Work]) -> None:
        def begin(document: EditDocument) -> None:
            work = tool(document)
            self.worker.do(work, lambda outcome: self._try(document, lambda _: self._commit(work, outcome)))

        self._try(document, begin)

    def _commit(self, work: edit_tools.Work, outcome: edit_tools.Outcome) -> None:
        work.commit(outcome)
        self.done.emit()

    def _try(self, document: EditDocument, use: Callable[[EditDocument], object]) -> None:
        if not document.is_closed:
            try:
                use(document)
            except StudioError as error:
                self.failed.emit(error)

    def _on_busy(self, busy: bool) -> None:
        if self._waiting and not self.worker.busy:
            # What the next one asks for comes before the others.
            rest, self._waiting = self._waiting, deque[Callable[[], object]]()
            try:
                rest.popleft()()
            finally:
                self._waiting.extend(rest)
                self._on_busy(busy)
        elif busy == self.worker.busy:
            self.busy_changed.emit(busy)
