"""A view of a picture on which tools work: it hands mouse and pen to the tool that is on."""

from collections.abc import Callable
from typing import cast

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QMouseEvent,
    QPointingDevice,
    QTabletEvent,
)
from PySide6.QtWidgets import QGraphicsScene, QWidget

from studio.ui.widgets.edit_canvas_brush import BrushRing
from studio.ui.widgets.edit_canvas_clicks import Clicking
from studio.ui.widgets.edit_canvas_compare import Comparing
from studio.ui.widgets.edit_canvas_frames import BADGE_ROOM, Frame
from studio.ui.widgets.edit_canvas_lines import Lasso, Polygon, Rectangle
from studio.ui.widgets.edit_canvas_picture import Picture
from studio.ui.widgets.edit_canvas_strokes import Brushing
from studio.ui.widgets.edit_canvas_tools import Handler, ToolSignals, Touch
from studio.ui.widgets.edit_canvas_view import NavigatedView
from studio.ui.widgets.edit_canvas_workshop import Workshop
from studio.viewmodels.edit_surface import Surface
from studio.viewmodels.edit_tools import (
    PAINTING,
    Tool,
    ToolState,
)

Modifier = Qt.KeyboardModifier
Button = Qt.MouseButton
TABLET = (QEvent.Type.TabletPress, QEvent.Type.TabletMove, QEvent.Type.TabletRelease)
FRAMED = (Tool.CROP, Tool.EXTEND, Tool.CONTEXT)
SCRUB = 0.02  # steps of zoom for each pixel that the zoom tool is dragged
STILL = 3  # pixels within which a press is a click

_HANDLERS: dict[Tool, Callable[["ToolView"], Handler]] = {
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


class ToolView(NavigatedView):
    """See `EditCanvas`, which shows what lies on it.

    Attributes:
        tools: the tool that is on and how it is set; shared with whoever shows them.
        did: the signals of the tools.
        picture: what they work on.
        in_turn: does something once what the document is at is done; at once unless it is set.
        make_way: called when a tool is to work where a proposal lies; it may take that away.
    """

    def __init__(self, tools: ToolState, parent: QWidget | None = None) -> None:
        scene = QGraphicsScene()
        super().__init__(scene, parent)
        scene.setParent(self)
        scene.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.tools = tools
        self.did = ToolSignals(self)
        self._workshop = Workshop(self)
        self.in_turn: Callable[[Callable[[], object]], object] = lambda do: do()
        self.make_way: Callable[[], object] = lambda: None
        self.picture = Picture(self._workshop, self.port, self._repaint)
        scene.addItem(self.picture)
        self._ring = BrushRing(tools, self)
        self._handlers: dict[Tool, Handler] = {}
        self._comparing: Comparing | None = None
        self._zooming: tuple[QPointF, QPointF] | None = None  # where it began, where it is
        self._pen_down = self._resting = False

    @property
    def surface(self) -> Surface | None:
        return self.picture.surface

    def redraw(self, area: QRectF) -> None:
        """What lies over this part of the picture, with room for handles and words."""
        margin = BADGE_ROOM
        shown = self.to_view().mapRect(area).toAlignedRect()
        self.viewport().update(shown.adjusted(-margin, -margin, margin, margin))

    def _repaint(self, area: QRectF) -> None:
        shown = self.to_view().mapRect(area).toAlignedRect()
        self.viewport().update(shown.adjusted(-2, -2, 2, 2) & self.viewport().rect())

    # Tools.

    @property
    def _handler(self) -> Handler:
        return self._comparing or self._handler_of(self.tools.tool)

    def _handler_of(self, tool: Tool) -> Handler:
        if tool not in self._handlers:
            made = Frame(self, tool) if tool in FRAMED else _HANDLERS[tool](self)
            self._handlers[tool] = made
        return self._handlers[tool]

    def _leave_off(self, still: Handler | None) -> None:
        """What tools are at, but for one that is still on; frames stay where they are."""
        for handler in self._handlers.values():
            if handler is not still and handler.busy and not isinstance(handler, Frame):
                handler.cancel()

    def rest(self, on: bool) -> None:
        """Whether tools rest, since every place of the picture is about to become another one; a stroke that
        goes on ends where it is by then."""
        self._resting = on
        if on:
            self._leave_off(self._handler if self.tools.tool in PAINTING else None)
        self.update_cursor()

    # The pointer.

    def _touch(self, event: QMouseEvent) -> Touch:
        return Touch(self.to_picture(event.position()), 1.0, event.modifiers())

    def _looks_only(self, touch: Touch) -> bool:
        """The pointer moves the picture, whatever the button's tool."""
        if self._comparing is not None:
            return not self._comparing.takes(touch)
        if self.surface is None or self._resting:
            return True
        return self.holds_navigation or self.tools.tool is Tool.HAND or self.picture.proposes

    def _begin_work(self) -> None:
        """What is drawn goes into the picture, so that is to be seen."""
        looking = self.holds_navigation or self.tools.tool in (Tool.HAND, Tool.ZOOM)
        if self.picture.proposes and self._comparing is None and not looking:
            self.make_way()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        touch, button = self._touch(event), event.button()
        if button == Button.LeftButton:
            self._begin_work()
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
        if event.type() == QEvent.Type.TabletPress and self.tools.tool in PAINTING:
            self._begin_work()
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
        elif self._resting:
            self.viewport().setCursor(Qt.CursorShape.BusyCursor)
        elif self.tools.tool is Tool.HAND or self.picture.proposes or self.surface is None:
            self.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
        elif self._handler.cursor == Qt.CursorShape.BlankCursor and not self._ring.is_clear:
            self.viewport().setCursor(Qt.CursorShape.CrossCursor)
        else:
            self.viewport().setCursor(self._handler.cursor)
