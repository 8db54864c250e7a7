"""Layers of the document: their list, and how the active one lies over the others."""

from PySide6.QtCore import QEvent, QTimer
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.layers import Blending
from studio.ui.edit_words import BLENDING, BLENDINGS
from studio.ui.i18n import layer_words, tr
from studio.ui.panels.edit_drag import DragHandle
from studio.ui.panels.edit_layer_actions import LayerActions
from studio.ui.panels.edit_layer_list import LayerList
from studio.ui.widgets.buttons import IconButton
from studio.ui.widgets.fields import Combo, SliderField
from studio.ui.widgets.labels import Label
from studio.viewmodels.edit import EditViewModel

SETTLED_MS = 250  # after the last move of the slider, so that a drag is one step
LABEL = 64  # pixels of the labels, at least


class LayersBox(QWidget):
    """The list, how the active layer lies over those below, and buttons for the actions.

    Attributes:
        list: the layers, the highest first.
        blending, opacity: of the active one.
    """

    def __init__(self, viewmodel: EditViewModel, actions: LayerActions) -> None:
        super().__init__()
        layers = viewmodel.layers
        self._viewmodel, self._layers = viewmodel, layers
        layers.words = layer_words
        self.list = LayerList(viewmodel, actions.rewrite)
        self.blending = Combo("Blending")
        self.blending.setMaxVisibleItems(len(Blending) + len(BLENDINGS))
        self.blending.chosen.connect(self._on_chosen)
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
        whole.addLayout(self._labelled())
        whole.addWidget(self.opacity)
        whole.addLayout(row)
        layers.changed.connect(self._show)
        self._translate()
        self._show()

    def _labelled(self) -> QHBoxLayout:
        """The field of blending, under that of opacity to the pixel."""
        label = Label("Blending", "secondary", "secondary")
        label.setMinimumWidth(LABEL)
        label.setBuddy(self.blending)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(label)
        row.addWidget(self.blending, 1)
        return row

    def _show(self) -> None:
        row = self._layers.active
        layer = self._layers.layer(row) if row >= 0 else None
        self.blending.setEnabled(layer is not None and layer.kind != "mask")
        self.blending.select(layer.blending if layer else Blending.NORMAL)
        self.opacity.setEnabled(row >= 0)
        if row >= 0 and self._settle.isActive() and self._layers.layer(row).id != self._fading:
            self._settle.stop()
            self._fade()
        if row >= 0 and not self._settle.isActive():
            self.opacity.set_value(round(self._layers.layer(row).opacity * 100))

    def _on_chosen(self, name: str) -> None:
        """Qt keeps the word of an enumeration and forgets what it is."""
        if (row := self._layers.active) >= 0:
            self._viewmodel.commands.blend_layer(self._layers.layer(row).id, Blending(name))

    def _on_moved(self) -> None:
        if (row := self._layers.active) >= 0:
            self._fading = self._layers.layer(row).id
            self._settle.start()

    def _fade(self) -> None:
        self._viewmodel.commands.fade_layer(self._fading, self.opacity.value() / 100)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def _translate(self) -> None:
        self.blending.fill_groups([[(tr(BLENDING[one]), one) for one in group] for group in BLENDINGS])
