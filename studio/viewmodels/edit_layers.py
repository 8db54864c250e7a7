"""The layers of the open document as rows, the highest first, with small pictures of what they hold."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter

from studio.core.edits import Region
from studio.core.layers import Layer

if TYPE_CHECKING:
    from studio.session.edit_changes import Changed
    from studio.session.edit_document import EditDocument

LAYER_ROLE = Qt.ItemDataRole.UserRole + 1
THUMBNAIL = 64  # pixels of the longer side

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()


class LayerListModel(QAbstractListModel):
    """Rows of Layer (`LAYER_ROLE`).

    Attributes:
        words: how the name of a layer is shown, as it is painted, read aloud and written anew.

    Signals:
        changed: other layers, or another one is active.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.words: Callable[[str], str] = str
        self._document: EditDocument | None = None
        self._layers: tuple[Layer, ...] = ()
        self._thumbnails: dict[str, QImage] = {}  # by plane
        self._drawn_from: dict[str, object] = {}  # the tiles of the plane then, which a change replaces

    @property
    def active(self) -> int:
        """The row of the layer that tools change; -1 for none."""
        state = self._document.state if self._document else None
        return next((row for row, one in enumerate(self._layers) if state and one.id == state.active), -1)

    def show_document(self, document: "EditDocument | None") -> None:
        if self._document is not None:
            self._document.changed.disconnect(self._on_changed)
        self._document = document
        self._thumbnails.clear()
        if document is not None:
            document.changed.connect(self._on_changed)
        self._show()

    def layer(self, row: int) -> Layer:
        return self._layers[row]

    def index_in_document(self, row: int) -> int:
        """Rows count from the top, layers from the bottom."""
        return len(self._layers) - 1 - row

    def thumbnail(self, layer: Layer) -> QImage:
        """What the layer holds, read in steps that leave most of it out."""
        made = self._thumbnails.get(layer.plane)
        if made is None:
            made = self._thumbnails[layer.plane] = self._drawn(layer)
        return made

    def _on_changed(self, change: "Changed") -> None:
        if not change.region.is_empty:
            self._forget_changed()
        self._show()

    def _forget_changed(self) -> None:
        """Thumbnails of planes whose tiles are others now."""
        assert self._document is not None
        shown = {one.plane for one in self._document.state.layers}
        for name in [one for one in self._thumbnails if one in shown]:
            if self._document.plane(name).tiles is not self._drawn_from[name]:
                del self._thumbnails[name]

    def _show(self) -> None:
        layers = tuple(reversed(self._document.state.layers)) if self._document else ()
        if [one.id for one in layers] == [one.id for one in self._layers]:
            self._layers = layers
            if layers:
                self.dataChanged.emit(self.index(0), self.index(len(layers) - 1))
        else:
            self.beginResetModel()
            self._layers = layers
            self.endResetModel()
        kept = {one.plane for one in layers}
        self._thumbnails = {plane: one for plane, one in self._thumbnails.items() if plane in kept}
        self._drawn_from = {plane: one for plane, one in self._drawn_from.items() if plane in kept}
        self.changed.emit()

    def _drawn(self, layer: Layer) -> QImage:
        assert self._document is not None
        plane = self._document.plane(layer.plane)
        self._drawn_from[layer.plane] = plane.tiles
        step = max(1, max(plane.width, plane.height) // THUMBNAIL)
        image = QImage(
            -(-plane.width // step), -(-plane.height // step), QImage.Format.Format_ARGB32_Premultiplied
        )
        image.fill(QColor(0, 0, 0) if plane.channels == 1 else QColor(0, 0, 0, 0))
        painter = QPainter(image)
        for at in plane.tiles_in(Region(0, 0, plane.width, plane.height)):
            tile = plane.tile(at)
            if tile is not None:
                few = tile[::step, ::step].copy()
                grey = plane.channels == 1
                kind = QImage.Format.Format_Grayscale8 if grey else QImage.Format.Format_RGBA8888
                height, width = few.shape[:2]
                part = QImage(few.tobytes(), width, height, width * plane.channels, kind)
                painter.drawImage(at[1] * 256 // step, at[0] * 256 // step, part)
        painter.end()
        return image

    # Qt asks.

    def flags(self, index: Index) -> Qt.ItemFlag:
        own = Qt.ItemFlag.ItemIsEditable | Qt.ItemFlag.ItemIsDragEnabled | Qt.ItemFlag.ItemIsDropEnabled
        return super().flags(index) | own

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._layers)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        layer = self._layers[index.row()]
        if role == LAYER_ROLE:
            return layer
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return self.words(layer.name)
        return None
