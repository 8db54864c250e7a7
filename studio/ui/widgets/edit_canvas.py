"""The canvas of Edit: a document in tiles, the tools that work on it, and what is laid over it to be seen."""

from collections.abc import Callable
from typing import cast

from PySide6.QtCore import QEvent, QMetaObject, QObject, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHideEvent,
    QImage,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPen,
    QPointingDevice,
    QResizeEvent,
    QShowEvent,
    QTabletEvent,
)
from PySide6.QtWidgets import QGraphicsScene, QGraphicsView, QWidget

from studio.core.edits import Region
from studio.ui.i18n import tr
from studio.ui.theme import colours
from studio.ui.widgets.edit_canvas_bars import Status, ZoomPill
from studio.ui.widgets.edit_canvas_brush import BrushRing
from studio.ui.widgets.edit_canvas_compare import Comparing
from studio.ui.widgets.edit_canvas_frames import BADGE_ROOM, Frame
from studio.ui.widgets.edit_canvas_outline import Outline
from studio.ui.widgets.edit_canvas_picture import Compare, Picture, Side
from studio.ui.widgets.edit_canvas_tools import (
    Brushing,
    Clicking,
    Handler,
    Lasso,
    Polygon,
    Rectangle,
    ToolSignals,
    Touch,
)
from studio.ui.widgets.edit_canvas_view import MARGIN, WIDE_MARGIN, NavigatedView
from studio.ui.widgets.edit_canvas_workshop import Workshop
from studio.viewmodels.edit_surface import Changed, Pixels, Surface
from studio.viewmodels.edit_tools import (
    HIDE_MASK_KEY,
    ORIGINAL_KEY,
    PAINTING,
    TOOL_KEYS,
    VEIL_KEY,
    Tool,
    ToolState,
)

Modifier = Qt.KeyboardModifier
Button = Qt.MouseButton
TABLET = (QEvent.Type.TabletPress, QEvent.Type.TabletMove, QEvent.Type.TabletRelease)
FRAMED = (Tool.CROP, Tool.EXTEND, Tool.CONTEXT)
NOTHING = Region(0, 0, 0, 0)
SCRUB = 0.02  # steps of zoom for each pixel that the zoom tool is dragged
STILL = 3  # pixels within which a press is a click

_HANDLERS: dict[Tool, Callable[["EditCanvas"], Handler]] = {
    Tool.BRUSH: Brushing,
    Tool.ERASER: Brushing,
    Tool.PAINT: Brushing,
    Tool.LASSO: Lasso,
    Tool.POLYGON: Polygon,
    Tool.RECTANGLE: Rectangle,
    Tool.WAND: Clicking,
    Tool.OBJECT: Clicking,
    Tool.EYEDROPPER: Clicking,
    Tool.TEXT: Clicking,
    Tool.HAND: Handler,
    Tool.ZOOM: Handler,
}


class EditCanvas(NavigatedView):
    """Shows a document and lets the person work on it.

    Strokes go straight into the document; what other tools do is told by `did`, for somebody else to do.

    Attributes:
        tools: the tool that is on and how it is set; shared with whoever shows them.
        did: the signals of the tools.
        surface: the document that is shown.
        reduced_motion: the dashes around what is chosen stand still.
    """

    def __init__(self, tools: ToolState, parent: QWidget | None = None) -> None:
        scene = QGraphicsScene()
        super().__init__(scene, parent)
        scene.setParent(self)
        scene.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.tools = tools
        self.did = ToolSignals(self)
        self._workshop = Workshop(self)
        self.picture = Picture(self._workshop, self.port, self._repaint)
        scene.addItem(self.picture)
        self.outline = Outline(self._workshop, self)
        self._ring = BrushRing(tools, self)
        self._handlers: dict[Tool, Handler] = {}
        self._comparing: Comparing | None = None
        self._zooming: tuple[QPointF, QPointF] | None = None  # where it began, where it is
        self._pen_down = False
        self._connection: QMetaObject.Connection | None = None
        self._shows_context = False
        self._by_keyboard = False  # it has the keyboard, and by the keyboard
        self.status = Status(self)
        self.pill = ZoomPill(self)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
        self.outline.found.connect(self._on_outline)
        self.outline.marched.connect(self.viewport().update)
        self.looked.connect(self._on_looked)
        tools.tool_changed.connect(self._on_tool)
        tools.changed.connect(self._on_settings)
        self._say_name()

    @property
    def surface(self) -> Surface | None:
        return self.picture.surface

    @property
    def reduced_motion(self) -> bool:
        return not self.outline.marching

    @reduced_motion.setter
    def reduced_motion(self, on: bool) -> None:
        self.outline.marching = not on
        self._march()

    @property
    def busy(self) -> bool:
        """Something that will be shown is being made."""
        return self._workshop.busy or self.outline.waits

    # What is shown.

    def show_document(self, surface: Surface | None) -> None:
        """Show it, fitted; None shows nothing."""
        if self._connection is not None:
            QObject.disconnect(self._connection)  # by its handle: the document itself may be gone
        self._connection = surface.changed.connect(self._on_changed) if surface is not None else None
        self.fitted = True
        self._show(surface)

    def show_veil(self, on: bool) -> None:
        """The colour and the line over what is chosen."""
        self.picture.veiled = on
        self._march()
        self.viewport().update()

    def show_proposal(self, image: QImage | Pixels | None, over: QRectF | None = None) -> None:
        """Lay a picture over the canvas, which stays as it is; None takes it away.

        It covers `over`, in pixels of the picture and perhaps beyond it; None is the whole picture.
        """
        self.picture.propose(image, over)
        self._refresh()

    def show_preview(self, jpeg: bytes, region: Region) -> None:
        """What a job has so far, in its place; nothing for no bytes."""
        over = QRectF(region.left, region.top, region.width, region.height)

        def arrived(image: QImage) -> None:
            self.picture.preview(None if image.isNull() else image, over)
            self._repaint(over)

        if jpeg:
            self._workshop.make("preview", lambda: QImage.fromData(jpeg), arrived)
        else:
            self._workshop.make("preview", QImage, arrived)

    def compare(
        self, before: Side, after: Side, mode: Compare, names: tuple[str, str] = ("Before", "After")
    ) -> None:
        """Show two pictures of the canvas's shape; tools rest until `stop_comparing`. `names` are English."""
        self._leave_off(None)
        self.picture.compare(before, after, mode)
        self._comparing = Comparing(self, self.picture, names)
        self._refresh()

    def stop_comparing(self) -> None:
        self.picture.stop_comparing()
        self._comparing = None
        self._refresh()

    @property
    def is_comparing(self) -> bool:
        return self._comparing is not None

    # Frames.

    def frame(self, tool: Tool) -> Frame:
        """The frame of crop, extension or context."""
        return cast(Frame, self._handler_of(tool))

    def show_context(self, region: Region | None, least: Region = NOTHING) -> None:
        """What a model will see, as a dashed frame that the context tool changes; it holds `least`."""
        frame = self.frame(Tool.CONTEXT)
        frame.least = least
        self._shows_context = region is not None
        if region is not None:
            frame.set_region(region)
        self.redraw(self.picture.boundingRect())

    # What tools ask for.

    def redraw(self, area: QRectF) -> None:
        """What lies over this part of the picture, with room for handles and words."""
        margin = BADGE_ROOM
        shown = self.to_view().mapRect(area).toAlignedRect()
        self.viewport().update(shown.adjusted(-margin, -margin, margin, margin))

    # How it is done.

    @property
    def _handler(self) -> Handler:
        return self._comparing or self._handler_of(self.tools.tool)

    def _handler_of(self, tool: Tool) -> Handler:
        if tool not in self._handlers:
            made = Frame(self, tool) if tool in FRAMED else _HANDLERS[tool](self)
            self._handlers[tool] = made
        return self._handlers[tool]

    def _show(self, surface: Surface | None) -> None:
        self._handlers.clear()
        self._comparing = None
        self._shows_context = False
        self.picture.show_surface(surface)
        width, height = (surface.state.width, surface.state.height) if surface else (1, 1)
        self.set_size(width, height)
        self.outline.watch((lambda: surface.selection) if surface else None, width, height)
        self._say_name()
        self._refresh()

    def _leave_off(self, still: Handler | None) -> None:
        """What tools are at, but for one that is still on; frames stay where they are."""
        for handler in self._handlers.values():
            if handler is not still and handler.busy and not isinstance(handler, Frame):
                handler.cancel()

    def _refresh(self) -> None:
        """Everything may look different."""
        whole = self._comparing is not None or self._by_keyboard
        mode = QGraphicsView.ViewportUpdateMode
        self.setViewportUpdateMode(mode.FullViewportUpdate if whole else mode.MinimalViewportUpdate)
        self.share = 0.5 if self.picture.compare_mode == "side_by_side" else 1.0
        self.margin = WIDE_MARGIN if self.tools.tool is Tool.EXTEND else MARGIN
        if self.fitted:
            self.fit()
        self._march()
        self.update_cursor()
        self.viewport().update()

    def _repaint(self, area: QRectF) -> None:
        shown = self.to_view().mapRect(area).toAlignedRect()
        self.viewport().update(shown.adjusted(-2, -2, 2, 2) & self.viewport().rect())

    def _on_changed(self, changed: Changed) -> None:
        if changed.resized:
            self._show(self.surface)
            return
        self.picture.mark(changed.region, changed.chosen)
        for region in (changed.region, changed.chosen):
            if not region.is_empty:
                self._repaint(QRectF(region.left, region.top, region.width, region.height))
        if not changed.chosen.is_empty:
            self.outline.changed()

    def _on_outline(self, before: QRectF, now: QRectF) -> None:
        self._say_status()
        self._march()
        for area in (before, now):
            self._repaint(area)

    def _march(self) -> None:
        seen = self.isVisible() and self.picture.veiled and not self.picture.proposes
        self.outline.let_march(seen and self._comparing is None)

    def _on_looked(self) -> None:
        self.outline.look_from(self.zoom)
        if self._handler.busy or self.tools.tool in FRAMED:
            self.viewport().update()

    def _on_tool(self) -> None:
        self._leave_off(self._handler_of(self.tools.tool))
        self._refresh()
        self._ring.refresh()

    def _on_settings(self) -> None:
        self._ring.refresh()
        self._say_status()

    def _say_status(self) -> None:
        share = self.outline.share
        if share <= 0:
            self.status.show_text("")
            return
        percent = f"{100 * share:.1f}" if share >= 0.001 else "< 0.1"
        self.status.show_text(
            tr(
                "Mask {percent}% of the picture · feather {feather} px",
                percent=percent,
                feather=self.tools.now.feather,
            )
        )

    def _say_name(self) -> None:
        self.setAccessibleName(tr("Canvas"))
        if self.surface is not None:
            state = self.surface.state
            self.setAccessibleDescription(f"{state.name}, {state.width} × {state.height}")

    # Painting.

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        painter.fillRect(rect, QColor(colours().canvas))

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """In the coordinates of the viewport, so that lines are as thick at every zoom."""
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._comparing is not None:
            self._comparing.paint(painter, self.to_view())
        elif not self.picture.proposes:
            if self.picture.shows_veil:
                self.outline.paint(painter, self.to_view())
            if self._shows_context and self.tools.tool is not Tool.CONTEXT:
                self.frame(Tool.CONTEXT).paint_line(painter, self.to_view())
            self._handler.paint(painter, self.to_view())
            self._ring.paint(painter)
        if self._by_keyboard:
            painter.setPen(QPen(QColor(colours().focus), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.viewport().rect().adjusted(1, 1, -1, -1))
        painter.restore()

    # The pointer.

    def _touch(self, event: QMouseEvent) -> Touch:
        return Touch(self.to_picture(event.position()), 1.0, event.modifiers())

    def _looks_only(self, touch: Touch) -> bool:
        """The pointer moves the picture, whatever the button's tool."""
        if self._comparing is not None:
            return not self._comparing.takes(touch)
        return self.holds_navigation or self.tools.tool is Tool.HAND or self.picture.proposes

    def mousePressEvent(self, event: QMouseEvent) -> None:
        touch, button = self._touch(event), event.button()
        if button == Button.MiddleButton or (button == Button.LeftButton and self._looks_only(touch)):
            self.begin_drag(event.position(), event.modifiers())
        elif button == Button.RightButton and event.modifiers() & Modifier.AltModifier:
            self._ring.begin_sizing(event.position())
        elif button == Button.LeftButton and self.tools.tool is Tool.ZOOM:
            self._zooming = (event.position(), event.position())
        elif button == Button.LeftButton:
            self._handler.press(touch)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._ring.move_to(event.position())
        if self.is_dragged:
            self.drag_to(event.position())
        elif self._ring.is_sizing:
            self._ring.size_to(event.position())
        elif self._zooming is not None:
            start, before = self._zooming
            self._zooming = (start, event.position())
            self.zoom_by((event.position().x() - before.x()) * SCRUB, start)
        elif event.buttons() & Button.LeftButton:
            self._handler.move(self._touch(event))
        else:
            self._handler.hover(self._touch(event))
            self.update_cursor()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.is_dragged:
            self.end_drag()
        elif self._ring.is_sizing:
            self._ring.end_sizing()
        elif self._zooming is not None:
            start, _ = self._zooming
            self._zooming = None
            if (event.position() - start).manhattanLength() <= STILL:
                self.zoom_by(-1 if event.modifiers() & Modifier.AltModifier else 1, start)
        elif event.button() == Button.LeftButton:
            self._handler.release(self._touch(event))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """The second press of two; only what has a meaning for it does something else than at the first."""
        touch = self._touch(event)
        if event.button() == Button.LeftButton and not self._looks_only(touch):
            self._handler.double(touch)
        if not isinstance(self._handler, Polygon):
            self.mousePressEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() in TABLET and self._penned(cast(QTabletEvent, event)):
            return True
        if event.type() == QEvent.Type.Leave:
            self._ring.move_to(None)
        return super().viewportEvent(event)

    def _penned(self, event: QTabletEvent) -> bool:
        """Whether a pen was used for a tool; else it is a mouse, as Qt makes of it what is not accepted."""
        erases = event.pointerType() == QPointingDevice.PointerType.Eraser
        touch = Touch(self.to_picture(event.position()), event.pressure(), event.modifiers(), erases)
        if self.tools.tool not in PAINTING or (self._looks_only(touch) and not self._pen_down):
            return False
        self._ring.move_to(event.position())
        if event.type() == QEvent.Type.TabletPress and event.button() == Button.LeftButton:
            self._pen_down = True
            self._handler.press(touch)
        elif event.type() == QEvent.Type.TabletMove and self._pen_down:
            self._handler.move(touch)
        elif event.type() == QEvent.Type.TabletRelease and self._pen_down:
            self._pen_down = False
            self._handler.release(touch)
        else:
            return event.type() == QEvent.Type.TabletMove
        event.accept()
        return True

    def update_cursor(self) -> None:
        if self.is_dragged or self.holds_navigation:
            super().update_cursor()
        elif self.tools.tool is Tool.HAND or self.picture.proposes:
            self.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
        elif self._handler.cursor == Qt.CursorShape.BlankCursor and not self._ring.is_clear:
            self.viewport().setCursor(Qt.CursorShape.CrossCursor)
        else:
            self.viewport().setCursor(self._handler.cursor)

    # The keyboard.

    def keyPressEvent(self, event: QKeyEvent) -> None:
        used = (
            self._handler.key(event)
            or self._escaped(event)
            or self._held_key(event, True)
            or self.navigate_key(event)
            or self._ring.key(event)
            or self._tool_key(event)
        )
        event.setAccepted(used)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not event.isAutoRepeat():
            self._held_key(event, False)
        super().keyReleaseEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        reason = Qt.FocusReason
        self._by_keyboard = event.reason() in (reason.TabFocusReason, reason.BacktabFocusReason)
        self._refresh()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.let_go()
        self.picture.held_original = self.picture.held_bare = False
        self._by_keyboard = False
        self._refresh()
        super().focusOutEvent(event)

    def _escaped(self, event: QKeyEvent) -> bool:
        if event.key() != Qt.Key.Key_Escape:
            return False
        if self._comparing is not None:
            self.stop_comparing()
        elif self._handler.busy:
            self._handler.cancel()
        else:
            return False
        return True

    def _held_key(self, event: QKeyEvent, down: bool) -> bool:
        """Hide the mask or see the original for as long as a key is held."""
        keys = _keys_of(event)
        if down and keys == QKeySequence(VEIL_KEY):
            self.show_veil(not self.picture.veiled)
        elif keys == QKeySequence(HIDE_MASK_KEY):
            self.picture.held_bare = down
        elif keys == QKeySequence(ORIGINAL_KEY):
            self.picture.held_original = down
        else:
            return False
        self.viewport().update()
        return True

    def _tool_key(self, event: QKeyEvent) -> bool:
        keys = _keys_of(event)
        tool = next((tool for tool, key in TOOL_KEYS.items() if QKeySequence(key) == keys), None)
        if tool is not None:
            self.tools.choose(tool)
        return tool is not None

    # The widget.

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._say_name()
            self._say_status()
        super().changeEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.pill.place()
        self.status.place()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """What was painted moves along; the ring of the brush does not."""
        super().scrollContentsBy(dx, dy)
        self._ring.scrolled(dx, dy)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._march()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._march()


def _keys_of(event: QKeyEvent) -> QKeySequence:
    return QKeySequence(event.keyCombination())
