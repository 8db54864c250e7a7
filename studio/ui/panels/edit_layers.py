"""Layers of the document: seen or not, named, faded, moved, one on another."""

from collections.abc import Callable

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    QTimer,
)
from PySide6.QtGui import QColor, QDropEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from studio.core.layers import Layer
from studio.ui.actions import Action
from studio.ui.i18n import layer_words, tr
from studio.ui.icons import draw_icon
from studio.ui.panels.edit_drag import DragHandle
from studio.ui.theme import RADIUS, RADIUS_THUMBNAIL, colours, font
from studio.ui.widgets.buttons import IconButton
from studio.ui.widgets.fields import SliderField
from studio.ui.widgets.labels import plain_tip
from studio.ui.widgets.tile_painting import paint_picture
from studio.viewmodels.edit import EditViewModel
from studio.viewmodels.edit_layers import LAYER_ROLE

ROW, THUMB, EYE = 40, 28, 28
MOST_ROWS = 6
LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
SETTLED_MS = 250  # after the last move of the slider, so that a drag is one step


class LayersBox(QWidget):
    """The list, the opacity of the active layer, and buttons for the actions.

    Attributes:
        list: the layers, the highest first.
    """

    def __init__(self, viewmodel: EditViewModel, actions: "LayerActions") -> None:
        super().__init__()
        layers = viewmodel.layers
        self._viewmodel, self._layers = viewmodel, layers
        layers.words = layer_words
        self.list = LayerList(viewmodel, actions.rewrite)
        self.opacity = SliderField("Opacity", 0, 100, default=100)
        self.opacity.changed.connect(self._on_moved)
        self._settle = QTimer(self, singleShot=True, interval=SETTLED_MS)
        self._settle.timeout.connect(self._fade)
        self._fading = ""  # the layer that the slider was moved for
        row = QHBoxLayout()
        row.setSpacing(2)
        for action, icon in actions.buttons:
            button = IconButton(icon, action.english)
            button.bind(action)
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(DragHandle(viewmodel))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(6)
        whole.addWidget(self.list)
        whole.addWidget(self.opacity)
        whole.addLayout(row)
        layers.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        row = self._layers.active
        self.opacity.setEnabled(row >= 0)
        if row >= 0 and self._settle.isActive() and self._layers.layer(row).id != self._fading:
            self._settle.stop()
            self._fade()
        if row >= 0 and not self._settle.isActive():
            self.opacity.set_value(round(self._layers.layer(row).opacity * 100))

    def _on_moved(self) -> None:
        if (row := self._layers.active) >= 0:
            self._fading = self._layers.layer(row).id
            self._settle.start()

    def _fade(self) -> None:
        self._viewmodel.commands.fade_layer(self._fading, self.opacity.value() / 100)


class LayerActions:
    """What one does with the active layer.

    Attributes:
        all: every action; buttons: those with a button, and its icon.
    """

    def __init__(self, viewmodel: EditViewModel, parent: QWidget) -> None:
        vm, layers = viewmodel, viewmodel.layers
        self._viewmodel, self._layers = vm, layers
        self._parent = parent
        self.add = Action(
            "Add a layer", lambda: vm.commands.add_layer(), "Ctrl+Shift+N", "add", parent=parent
        )
        self.duplicate = self._of_layer(
            "Duplicate the layer", lambda name: vm.commands.duplicate_layer(name), "Ctrl+Shift+J", "copy"
        )
        self.merge = self._of_layer(
            "Merge down", lambda name: vm.commands.merge_down(name), "Ctrl+E", "merge"
        )
        self.remove = self._of_layer(
            "Delete the layer", lambda name: vm.commands.remove_layer(name), "Shift+Del", "trash"
        )
        self.choose = self._of_layer(
            "Choose what the layer holds", lambda name: vm.commands.select_layer(name), "Ctrl+Shift+A", "mask"
        )
        self.higher = Action("Layer up", lambda: self._move(1), "Ctrl+]", "arrow-up", parent=parent)
        self.lower = Action("Layer down", lambda: self._move(-1), "Ctrl+[", "arrow-down", parent=parent)
        self.flatten = Action(
            "Flatten", lambda: vm.commands.flatten(), "Ctrl+Shift+E", "layers", parent=parent
        )
        self.mask = Action(
            "Keep the selection as a layer",
            lambda: vm.commands.keep_selection_as_layer(),
            "Ctrl+Alt+M",
            "mask",
            parent=parent,
        )
        # Without words of its own to change it is off; the sheets do it.
        self.rewrite = Action("Write the words anew…", _nothing, "Ctrl+Shift+T", "words", parent=parent)
        layers.changed.connect(self._refresh)
        self._refresh()

    @property
    def all(self) -> list[Action]:
        most = [self.add, self.duplicate, self.merge, self.remove, self.choose, self.rewrite]
        return [*most, self.higher, self.lower, self.flatten, self.mask]

    @property
    def buttons(self) -> list[tuple[Action, str]]:
        return [
            (self.add, "add"),
            (self.mask, "mask"),
            (self.duplicate, "copy"),
            (self.merge, "merge"),
            (self.higher, "arrow-up"),
            (self.lower, "arrow-down"),
            (self.remove, "trash"),
        ]

    def _of_layer(self, english: str, run: Callable[[str], None], keys: str, icon: str) -> Action:
        def act() -> None:
            row = self._layers.active
            if row >= 0:
                run(self._layers.layer(row).id)

        return Action(english, act, keys, icon, parent=self._parent)

    def _move(self, by: int) -> None:
        row = self._layers.active
        if row >= 0:
            index = self._layers.index_in_document(row) + by
            if 0 <= index < self._layers.rowCount():
                self._viewmodel.commands.move_layer(self._layers.layer(row).id, index)

    def _refresh(self) -> None:
        row, count = self._layers.active, self._layers.rowCount()
        some = row >= 0
        for action in (self.duplicate, self.choose):
            action.setEnabled(some)
        self.rewrite.setEnabled(some and self._layers.layer(row).text is not None)
        self.add.setEnabled(count > 0)
        self.mask.setEnabled(count > 0)
        self.remove.setEnabled(some and count > 1)
        self.merge.setEnabled(some and row < count - 1)
        self.lower.setEnabled(some and row < count - 1)
        self.higher.setEnabled(some and row > 0)
        self.flatten.setEnabled(count > 1)


class LayerList(QListView):
    """Click chooses, the eye shows and hides, F2 renames, dragging reorders; a double click renames too, and
    writes words anew.
    """

    def __init__(self, viewmodel: EditViewModel, rewrite: Action) -> None:
        super().__init__()
        self._rewrite = rewrite
        layers = viewmodel.layers
        self._viewmodel, self._layers = viewmodel, layers
        self.setItemDelegate(LayerDelegate(viewmodel, self))
        self.setModel(layers)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDragEnabled(True)
        self.setDropIndicatorShown(True)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.clicked.connect(self._on_clicked)
        layers.changed.connect(self._show)
        self._translate()
        self._show()

    def _show(self) -> None:
        rows = min(MOST_ROWS, max(1, self._layers.rowCount()))
        self.setFixedHeight(rows * ROW)
        if (row := self._layers.active) >= 0:
            self.setCurrentIndex(self._layers.index(row))

    def _on_clicked(self, index: QModelIndex) -> None:
        self._viewmodel.commands.activate_layer(self._layers.layer(index.row()).id)

    def toggle(self, row: int) -> None:
        layer = self._layers.layer(row)
        self._viewmodel.commands.show_layer(layer.id, not layer.visible)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.position().x() < EYE:
            self.toggle(index.row())
            event.accept()
            return
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and self._layers.layer(index.row()).text is not None:
            self._on_clicked(index)
            self._rewrite.trigger()
            event.accept()
            return
        super().mouseDoubleClickEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if event.key() == Qt.Key.Key_Space and index.isValid():
            self.toggle(index.row())
            return
        super().keyPressEvent(event)
        if self.currentIndex() != index and self.currentIndex().isValid():
            self._on_clicked(self.currentIndex())

    def event(self, event: QEvent) -> bool:
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() == Qt.Key.Key_Space
        ):
            event.accept()
            return True
        return super().event(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Only the document moves its layers; the list follows."""
        source, target = self.currentIndex().row(), self.indexAt(event.position().toPoint())
        row = target.row() if target.isValid() else self._layers.rowCount() - 1
        event.setDropAction(Qt.DropAction.IgnoreAction)
        event.accept()
        if source >= 0 and row != source:
            self._viewmodel.commands.move_layer(
                self._layers.layer(source).id, self._layers.index_in_document(row)
            )

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def _translate(self) -> None:
        self.setAccessibleName(tr("Layers"))


class LayerDelegate(QStyledItemDelegate):
    """Eye, small picture, name, and opacity where it is not whole."""

    def __init__(self, viewmodel: EditViewModel, parent: LayerList) -> None:
        super().__init__(parent)
        self._viewmodel, self._layers = viewmodel, viewmodel.layers

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(80, ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        layer: Layer = index.data(LAYER_ROLE)
        area, now = option.rect, colours()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if index.row() == self._layers.active:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(now.accent_soft))
            painter.drawRoundedRect(area.adjusted(0, 1, 0, -1), RADIUS, RADIUS)
        eye = QRect(area.left() + 7, area.top() + (ROW - 16) // 2, 16, 16)
        draw_icon(
            painter,
            "eye" if layer.visible else "eye-off",
            eye,
            now.secondary if layer.visible else now.disabled,
        )
        box = QRect(area.left() + EYE + 2, area.top() + (ROW - THUMB) // 2, THUMB, THUMB)
        paint_picture(painter, box, self._layers.thumbnail(layer), RADIUS_THUMBNAIL)
        right = area.right() - 8
        painter.setFont(font("secondary"))
        painter.setPen(QColor(now.secondary))
        faded = f"{layer.opacity:.0%}" if layer.opacity < 1 else ""
        if faded:
            painter.drawText(area.adjusted(0, 0, -8, 0), RIGHT, faded)
            right -= painter.fontMetrics().horizontalAdvance(faded) + 8
        if layer.kind != "picture":
            sign = QRect(right - 14, area.top() + (ROW - 14) // 2, 14, 14)
            draw_icon(painter, "mask" if layer.kind == "mask" else "words", sign, now.secondary)
            right -= 20
        painter.setFont(font("body"))
        painter.setPen(QColor(now.text if layer.visible else now.disabled))
        words = QRect(QPoint(box.right() + 9, area.top()), QPoint(right, area.bottom()))
        shown = painter.fontMetrics().elidedText(index.data(), Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(words, LEFT, shown)
        painter.restore()

    def helpEvent(
        self,
        event: QHelpEvent,
        view: QAbstractItemView,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> bool:
        """The whole name, which seldom fits."""
        if event.type() != QEvent.Type.ToolTip or not index.isValid():
            return super().helpEvent(event, view, option, index)
        QToolTip.showText(event.globalPos(), plain_tip(index.data()), view)
        return True

    def createEditor(
        self, parent: QWidget, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QWidget:
        field = QLineEdit(parent)
        field.setAccessibleName(tr("Name"))
        return field

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        editor.setGeometry(option.rect.adjusted(EYE + THUMB + 4, 5, -4, -5))

    def setModelData(
        self, editor: QWidget, model: QAbstractItemModel, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        layer: Layer = index.data(LAYER_ROLE)
        if isinstance(editor, QLineEdit) and (name := editor.text().strip()) and name != index.data():
            self._viewmodel.commands.rename_layer(layer.id, name)


def _nothing() -> None:
    """The sheets do it."""
