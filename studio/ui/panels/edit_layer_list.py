"""The list of the layers, the highest first: seen or not, named, moved, chosen."""

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QDropEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from studio.core.layers import Blending, Layer
from studio.ui.actions import Action
from studio.ui.edit_words import BLENDING
from studio.ui.i18n import tr
from studio.ui.icons import draw_icon
from studio.ui.theme import RADIUS, RADIUS_THUMBNAIL, Type, colours, font
from studio.ui.widgets.labels import plain_tip
from studio.ui.widgets.tile_painting import paint_picture
from studio.viewmodels.edit import EditViewModel
from studio.viewmodels.edit_layers import LAYER_ROLE

ROW, THUMB, EYE = 40, 28, 28
MOST_ROWS = 6
LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


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
    """Eye, small picture, name, and below it how the layer blends, if not normally; opacity where it is not
    whole."""

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
        words = QRect(QPoint(box.right() + 9, area.top()), QPoint(right, area.bottom()))
        ink = now.text if layer.visible else now.disabled
        if layer.blending is Blending.NORMAL:
            _write(painter, words, "body", ink, index.data())
        else:
            _write(painter, words.adjusted(0, 3, 0, -17), "body", ink, index.data())
            _write(
                painter, words.adjusted(0, 21, 0, -3), "caption", now.secondary, tr(BLENDING[layer.blending])
            )
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


def _write(painter: QPainter, area: QRect, role: Type, ink: str, words: str) -> None:
    """A line of them, cut off where there is no more room."""
    painter.setFont(font(role))
    painter.setPen(QColor(ink))
    painter.drawText(
        area, LEFT, painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, area.width())
    )
