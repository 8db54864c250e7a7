"""The canvas of Edit: a document in tiles, the tools that work on it, and what is laid over it to be seen."""

from typing import cast

from PySide6.QtCore import QEvent, QMetaObject, QObject, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHideEvent,
    QImage,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPen,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QGraphicsView, QWidget

from studio.core.edits import Region
from studio.ui.i18n import tr
from studio.ui.theme import colours
from studio.ui.widgets.edit_canvas_bars import Status, ZoomPill
from studio.ui.widgets.edit_canvas_compare import Comparing
from studio.ui.widgets.edit_canvas_frames import Frame
from studio.ui.widgets.edit_canvas_outline import Outline
from studio.ui.widgets.edit_canvas_picture import Compare, Side
from studio.ui.widgets.edit_canvas_tool_view import FRAMED, ToolView
from studio.ui.widgets.edit_canvas_view import MARGIN, WIDE_MARGIN
from studio.viewmodels.edit_surface import Changed, Pixels, Surface
from studio.viewmodels.edit_tools import (
    HIDE_MASK_KEY,
    ORIGINAL_KEY,
    TOOL_KEYS,
    VEIL_KEY,
    Tool,
    ToolState,
)


class EditCanvas(ToolView):
    """Shows a document and lets the person work on it.

    Strokes go straight into the document; what other tools do is told by `did`, for somebody else to do.

    Attributes:
        tools: the tool that is on and how it is set; shared with whoever shows them.
        did: the signals of the tools.
        surface: the document that is shown.
        reduced_motion: the dashes around what is chosen stand still.
    """

    def __init__(self, tools: ToolState, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self.outline = Outline(self._workshop, self)
        self._connection: QMetaObject.Connection | None = None
        self._below: Surface | None = None  # what was shown before a preview
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
        self._connection = self._below = None
        if surface is not None:
            self._connection = surface.changed.connect(self._on_changed)
        self.fitted = self.fitted or self.picture.still is None  # one may have looked at it already
        self._show(surface)

    def show_preview(self, image: QImage, size: QSize) -> None:
        """A small picture in the place of one of that size, which is still being read; fitted. Tools rest
        until a document is shown, or `clear_preview` brings back what was shown before."""
        below = self._below or self.surface
        self.show_document(None)
        self._below = below
        self.fitted = True
        self.picture.show_still(image, size.width(), size.height())
        self.set_size(size.width(), size.height())
        self._refresh()

    def clear_preview(self) -> None:
        if self._below is not None or self.surface is None:
            self.fitted = True
            self.picture.still = None
            self.show_document(self._below)

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

    def show_progress(self, jpeg: bytes, region: Region) -> None:
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
        self,
        before: Side,
        after: Side,
        mode: Compare,
        over: QRectF | None = None,
        names: tuple[str, str] = ("Before", "After"),
    ) -> None:
        """Show two pictures at one scale; tools rest until `stop_comparing`.

        `over`: where the one after lies, in pixels of the one before; without it both are shown as wide.
        `names` are English.
        """
        self._leave_off(None)
        self.picture.compare(before, after, mode, over)
        self._comparing = Comparing(self, self.picture, names)
        if (compared := self.picture.compared) is not None:
            self.set_whole(compared.place if mode == "difference" else compared.place | compared.other)
        self._say_status()
        self._refresh()

    def stop_comparing(self) -> None:
        self.picture.stop_comparing()
        self._comparing = None
        self.set_whole(self.picture.picture_rect())
        self._say_status()
        self._refresh()

    @property
    def is_comparing(self) -> bool:
        return self._comparing is not None

    # Frames.

    def frame(self, tool: Tool) -> Frame:
        """The frame of crop, extension or context."""
        return cast(Frame, self._handler_of(tool))

    # How it is done.

    def _show(self, surface: Surface | None) -> None:
        self._handlers.clear()
        self._comparing = None
        awaited = self.picture.still is not None
        self.picture.show_surface(surface)
        width, height = (surface.state.width, surface.state.height) if surface else (1, 1)
        if not awaited or self.picture.still is None:
            self.set_size(width, height)
        self.outline.watch((lambda: surface.selection) if surface else None, width, height)
        self._say_name()
        self._refresh()

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
        if self._comparing is not None:
            self.status.show_text(self._comparing.remark())
            return
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
        elif self.surface is not None and not self.picture.proposes:
            if self.picture.shows_veil:
                self.outline.paint(painter, self.to_view())
            self._handler.paint(painter, self.to_view())
            self._ring.paint(painter)
        if self._by_keyboard:
            painter.setPen(QPen(QColor(colours().focus), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.viewport().rect().adjusted(1, 1, -1, -1))
        painter.restore()

    # The keyboard.

    def event(self, event: QEvent) -> bool:
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and self._handler.claims(event)
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        used = (
            (not self._resting and self._handler.key(event))
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
